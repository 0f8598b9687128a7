"""How are many requests sent as one? The composite family (salesforce.md 1.6)."""
