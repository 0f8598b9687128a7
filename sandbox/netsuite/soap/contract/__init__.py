"""What is this package? The contract of the SOAP face: its WSDL and schemas, served, compiled and checked against."""
