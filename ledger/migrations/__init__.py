"""The steps by which the ledger's schema came to be."""
