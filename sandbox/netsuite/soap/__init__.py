"""What is this package? The SuiteTalk SOAP face of the account."""
