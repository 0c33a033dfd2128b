"""The verbs of the ground floor: keyword-only, always `by=`, one transaction each."""
