"""The doors: one file a verb, one call each, and only keys pass through."""
