"""What becomes what: one YAML file a flow, and the small pure language that reads it."""
