"""The rules of transactions: orders, invoices, payments and what leads from one to the next."""
