"""What is this package? The SuiteTalk REST face of the account: records, SuiteQL, limits and access tokens."""
