"""What the first floor prints and hands out."""
