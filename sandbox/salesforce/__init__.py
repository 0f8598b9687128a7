"""The Salesforce twin: an org with REST, SOQL, collections and Bulk API 2.0 queries."""
