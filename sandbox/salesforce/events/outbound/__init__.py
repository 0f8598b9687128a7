"""Outbound Messages: SOAP notifications to an endpoint, until it acknowledges (salesforce.md 3.1)."""
