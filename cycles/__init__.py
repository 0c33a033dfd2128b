"""Top floor: the year with its stages, coverage, assessment and correction. Its rooms are built after the first floor."""
