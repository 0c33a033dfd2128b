"""The first floor."""
