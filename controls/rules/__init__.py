"""What happens with filed measures during the year, as plain values; each rule names its clause in the founding document."""

from .findings import (
    FINDING_TRANSITIONS,
    MOST_DAYS,
    NEED_TEXT,
    REPEATED_WITHIN,
    deadline_faults,
    finding_after,
    finding_gaps,
)
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
