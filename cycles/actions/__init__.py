"""The verbs of the top floor: keyword-only, always `by=`, one transaction each."""
