"""What is this package? Searches over SOAP: criteria, columns, pages."""
