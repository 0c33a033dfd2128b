"""What the top floor prints."""
