"""How we speak: one room for each system, the border that all calls cross, and the budget that they share."""
