"""Pages of the ground floor. GET shows or asks; POST acts."""
