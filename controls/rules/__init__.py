"""What happens with filed measures during the year, as plain values; each rule names its clause in the founding document."""

from .disposals import (
    ANSWERABLE,
    DECIDING_STEPS,
    DISPOSAL_TRANSITIONS,
    LATE_AGAIN_AFTER,
    MOST_TERM_DAYS,
    NEXT_KIND,
    SEEN_BY_TARGET,
    deciding_step,
    disposal_after,
    disposal_faults,
    disposal_number,
    escalation_due,
    not_to_be_computed,
    service_faults,
    target_of,
)
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
    DisposalKind,
    DisposalState,
    DisposalTarget,
    DisposalVerb,
    FindingState,
    FindingVerb,
    InspectionState,
    Judging,
    Service,
    Severity,
    SignalChannel,
    TaskState,
)
