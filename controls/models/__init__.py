"""Tables of the first floor, and which of their rows are final (registry/models/sealing.py)."""

from django.db.models import Q

from registry.models import SealedTable, seal_tables

from ..rules import InspectionState
from .disposals import Disposal, DisposalStep
from .findings import Finding, FindingStep
from .inspections import Inspection, InspectionLine
from .signals import Judgement, Signal, SignalSource
from .tasks import Task, TaskReport

_MOVES = frozenset({"position", "state", "version"})

seal_tables(
    SealedTable(TaskReport, later=frozenset({"sent_back_by_id", "sent_back_at", "sent_back_reason"})),
    SealedTable(Signal, loose=frozenset({"position", "judged", "version"}), later=frozenset({"is_confidential"})),
    SealedTable(SignalSource),
    SealedTable(Judgement),
    SealedTable(
        Inspection,
        loose=frozenset({"position"}),
        final=Q(state=InspectionState.SIGNED),
        guarded="OLD.\"state\" = 'signed'",
    ),
    SealedTable(Finding, loose=_MOVES, later=frozenset({"due_on"})),
    SealedTable(FindingStep),
    SealedTable(
        Disposal,
        loose=frozenset({"position", "state", "served_on", "due_on", "reached", "version"}),
        final=~Q(number=None),
        guarded='OLD."number" IS NOT NULL',
    ),
    SealedTable(DisposalStep),
)
