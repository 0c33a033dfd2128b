"""Questions to the tables of the first floor."""
