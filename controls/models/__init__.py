"""Tables of the first floor, and which of their rows are final (registry/models/sealing.py)."""

from django.db.models import Q

from registry.models import SealedTable, seal_tables

from ..rules import InspectionState
from .alerts import Alert, AlertStep
from .disposals import Disposal, DisposalStep
from .draws import Draw, Expert
from .findings import Finding, FindingStep
from .inspections import Inspection, InspectionLine, InspectionPlan
from .signals import Judgement, Signal, SignalSource, SignalUpload
from .tasks import Task, TaskReport

_MOVES = frozenset({"position", "state", "version"})
_OPENED = frozenset({"is_confidential", "opened_by_id", "opened_at", "opened_reason"})
_ADDRESSED = frozenset({"colour", "rung", "asked_permission", "asked_organization_id", "answer_by"})
_REVEAL = ("final", "result", "revealed_at", "revealed_by_id", "seed", "state", "value", "version")
_REVEALED_AGAIN = " OR ".join(f'OLD."{name}" {{differs}} NEW."{name}"' for name in _REVEAL)

seal_tables(
    SealedTable(TaskReport, later=frozenset({"sent_back_by_id", "sent_back_at", "sent_back_reason"})),
    SealedTable(Signal, loose=frozenset({"position", "judged", "version"}), later=_OPENED),
    SealedTable(SignalSource),
    SealedTable(Judgement),
    SealedTable(
        Inspection,
        loose=frozenset({"position"}),
        final=Q(state=InspectionState.SIGNED),
        guarded="OLD.\"state\" = 'signed'",
    ),
    SealedTable(InspectionLine, final=Q(is_signed=True), guarded='OLD."is_signed"'),
    # A draw is revealed once.
    SealedTable(
        Draw,
        loose=frozenset({"position"}),
        later=frozenset(_REVEAL),
        refused=f"OLD.\"state\" = 'revealed' AND ({_REVEALED_AGAIN})",
    ),
    SealedTable(Finding, loose=_MOVES, later=frozenset({"due_on"})),
    SealedTable(FindingStep),
    SealedTable(Alert, loose=_MOVES, later=_ADDRESSED),
    SealedTable(AlertStep),
    SealedTable(
        Disposal,
        loose=frozenset({"position", "state", "served_on", "due_on", "reached", "version"}),
        final=~Q(number=None),
        guarded='OLD."number" IS NOT NULL',
    ),
    SealedTable(DisposalStep),
)
