"""The verbs of the first floor."""
