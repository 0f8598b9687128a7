"""What is this package? SuiteQL, read with a parser and answered from views over the records."""
