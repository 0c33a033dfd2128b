"""Top floor: the year — stages, progress, assessment, correction, carrying forward."""
