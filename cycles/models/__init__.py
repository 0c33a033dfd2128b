"""Tables of the top floor, and which of their rows are final (registry/models/sealing.py)."""

from django.db.models import Q

from registry.models import SealedTable, seal_tables

from ..rules import AssessmentState, StageState
from .assessment import Assessment, Deduction, SelfAssessment
from .cycles import Closing, Cycle, Stage, StageChange, Training, WorkNotice
from .progress import Urging

seal_tables(
    SealedTable(Cycle),
    SealedTable(StageChange),
    SealedTable(Urging),
    SealedTable(SelfAssessment),
    SealedTable(Deduction, later=frozenset({"struck_by_id", "struck_at", "struck_reason"})),
    SealedTable(
        Assessment,
        loose=frozenset({"version", "changed_by_id", "changed_at"}),
        final=Q(state=AssessmentState.CONFIRMED),
        guarded="OLD.\"state\" = 'confirmed'",
    ),
    SealedTable(Closing, later=frozenset({"is_agreed", "left_open", "answered_by_id", "answered_at", "answer"})),
    SealedTable(Training, later=frozenset({"struck_by_id", "struck_at", "struck_reason"})),
    SealedTable(
        Stage,
        loose=frozenset({"version"}),
        final=Q(state=StageState.CLOSED),
        guarded="OLD.\"state\" = 'closed'",
    ),
    SealedTable(WorkNotice, final=Q(issued_on__isnull=False), guarded='OLD."issued_on" IS NOT NULL'),
)
