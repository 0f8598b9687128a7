"""Twins: a Salesforce org and a NetSuite account as small servers. They share no code with the rest of the project."""
