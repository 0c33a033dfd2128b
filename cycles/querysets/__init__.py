"""Questions to the tables of the top floor, and what stages count below."""
