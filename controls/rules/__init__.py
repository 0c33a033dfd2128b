"""What happens with filed measures during the year, as plain values; each rule names its clause in the founding document."""

from .vocabulary import (
    Answer,
    FindingState,
    FindingVerb,
    InspectionState,
    Judging,
    Severity,
    SignalChannel,
    TaskState,
)
