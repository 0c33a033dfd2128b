"""Words of the first floor for templates."""
