"""Change Data Capture, Platform Events and Outbound Messages of the org (salesforce.md 3)."""
