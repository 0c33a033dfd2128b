"""Pages of the top floor. GET shows or asks; POST acts."""
