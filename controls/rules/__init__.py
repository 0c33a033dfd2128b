"""What happens with filed measures during the year, as plain values; each rule names its clause in the founding document."""

from .tasks import (
    MOST_FILES,
    SOON,
    Commitment,
    Occasion,
    check_done_on,
    check_occurred_on,
    days_words,
    keeps,
    lateness_words,
    owed,
    period_words,
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
