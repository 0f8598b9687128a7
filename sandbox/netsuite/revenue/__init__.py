"""Revenue recognition: arrangements, elements and plans, derived from orders and written by nobody (netsuite.md 4.5)."""
