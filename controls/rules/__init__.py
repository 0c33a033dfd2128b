"""What happens with filed measures during the year, as plain values; each rule names its clause in the founding document."""

from .alerts import (
    ALERT_TRANSITIONS,
    HEADS,
    JUDGES,
    Cause,
    Given,
    Rung,
    alert_after,
    darker,
    given_by,
    reached_by,
    sentence_of,
)
from .signals import (
    MOST_SIGNALS,
    NUMBER_WIDTH,
    SOURCE_LENGTH,
    TWELVE_MONTHS,
    check_received,
    counter_of,
    number_of,
)
from .vocabulary import (
    AlertRule,
    AlertState,
    AlertVerb,
    Answer,
    FindingState,
    FindingVerb,
    InspectionState,
    Judging,
    Severity,
    SignalChannel,
    TaskState,
)
