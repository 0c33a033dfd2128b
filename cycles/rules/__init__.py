"""The year as plain values: its stages, when they are, what they wait for; each rule names its clause."""

from .stages import (
    STAGE_TRANSITIONS,
    Condition,
    Fault,
    StageDates,
    conditions_to_close,
    date_faults,
    default_stages,
    may_change,
    opens_by_itself,
    stage_after,
)
from .vocabulary import PARTS, AssessmentState, Part, StageKind, StageState, StageVerb, Step
