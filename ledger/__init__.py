"""What we remember: runs, deliveries, attempts, bindings, cursors, tables' entries, pauses and the audit, in SQL."""
