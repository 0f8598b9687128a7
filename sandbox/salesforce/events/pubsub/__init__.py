"""The Pub/Sub API: gRPC and Avro over the org's events (salesforce.md 3.4)."""
