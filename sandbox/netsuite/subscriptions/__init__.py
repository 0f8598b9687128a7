"""The rules of SuiteBilling: subscriptions from plans and price books, their lines, change orders and charges."""
