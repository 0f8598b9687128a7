"""How we speak NetSuite: SOAP and REST for writing, SuiteQL for reading, one error table for all."""
