"""What is this package? A NetSuite account as a small server: SOAP and REST over one set of records."""
