"""The older Streaming API: CometD long polling over the org's events (salesforce.md 3.5)."""
