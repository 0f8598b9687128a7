"""People at work in both twins, day by day: sales in Salesforce, finance in NetSuite, through the public APIs alone."""
