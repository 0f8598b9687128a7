"""The house's front door: how changes knock over HTTP. What is accepted here is in the ledger."""
