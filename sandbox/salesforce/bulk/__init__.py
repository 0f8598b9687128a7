"""How do many thousand records come and go? Jobs of Bulk API 2.0 and 1.0, worked through beside other calls (salesforce.md 2)."""
