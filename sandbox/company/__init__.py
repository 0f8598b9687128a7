"""A company for both twins: from a folder of CSV files, or generated."""
