"""What is this package? The operations of the SOAP face, each from its element to its answer's text (netsuite.md 2.4 to 2.7)."""
