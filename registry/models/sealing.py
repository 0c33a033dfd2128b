"""Which rows are sealed once they are final: what a table may still change afterwards is named here and nowhere else.

The triggers (guards.py) refuse such changes, the seals find them out.
"""

from dataclasses import dataclass

from django.db import models
from django.db.models import Q

from ..rules import ExtensionState, MeasureState, PointState
from .approvals import Decision, Naming, Remark, Submission
from .confirmations import Confirmation
from .copies import NumberedCopy
from .ledger import MeasureVersion, PointVersion
from .notices import NoticeExtension, NoticeLine, Objection, PublicNotice
from .opt_outs import OptOut
from .organization import Appointment, Assignment, Recusal
from .stand_ins import StandIn


@dataclass(frozen=True)
class SealedTable:
    """A table with rows that become final: when they are, and which columns may change even then.

    `later` are columns an act of its own enters once more and seals anew; `loose` ones no seal covers. `guarded` says the same as
    `final` in SQL of the row as it was, for the trigger, empty: always; `refused` is what it refuses besides (guards.py).
    """

    model: type[models.Model]
    loose: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    final: Q = Q()
    guarded: str = ""
    refused: str = ""

    @property
    def name(self) -> str:
        return self.model._meta.model_name

    @property
    def key(self) -> str:
        return self.model._meta.pk.attname

    @property
    def columns(self) -> list[str]:
        """Return the columns a seal covers, in alphabetical order."""
        names = {field.attname for field in self.model._meta.concrete_fields}
        return sorted(names - self.loose)


# Filed, a version never becomes a draft again; what has ended stays ended.
_FILED = "OLD.\"state\" <> 'draft'"
_UNFILED_OR_REVIVED = (
    "NEW.\"state\" = 'draft' OR OLD.\"state\" IN ('superseded', 'withdrawn') "
    'AND (OLD."state" {differs} NEW."state" OR OLD."valid_to" {differs} NEW."valid_to")'
)
# Nothing is posted a second time, and only what still runs runs longer.
_POSTED_AGAIN = (
    'NEW."ends_on" < OLD."ends_on" OR NEW."ends_on" > OLD."ends_on" AND OLD."state" <> \'posted\' '
    "OR NEW.\"state\" = 'posted' AND OLD.\"state\" <> 'posted'"
)
_END = frozenset({"ends_on"})
_ANSWER = frozenset(
    {"state", "answered_by_id", "answered_at", "answer", "ended_by_id", "ended_at", "end_reason", "version"}
)

# Upper floors add theirs.
SEALED: dict[str, SealedTable] = {
    table.name: table
    for table in (
        SealedTable(
            PointVersion,
            frozenset({"position", "state", "valid_to"}),
            final=~Q(state=PointState.DRAFT),
            guarded=_FILED,
            refused=_UNFILED_OR_REVIVED,
        ),
        SealedTable(
            MeasureVersion,
            frozenset({"state", "valid_to"}),
            final=~Q(state=MeasureState.DRAFT),
            guarded=_FILED,
            refused=_UNFILED_OR_REVIVED,
        ),
        SealedTable(Submission, frozenset({"withdrawn_at"})),
        SealedTable(Decision),
        SealedTable(Remark),
        SealedTable(Naming),
        # An upheld objection is written on its line, the position follows a move.
        SealedTable(NoticeLine, frozenset({"position"}), later=frozenset({"upheld_by_id"})),
        SealedTable(
            PublicNotice,
            frozenset({"position", "state", "version", "changed_by_id", "changed_at"}),
            later=frozenset({"ends_on", "is_certain", "result", "result_at", "taken_down_at", "taken_down_reason"}),
            final=~Q(number=None),
            guarded='OLD."number" IS NOT NULL',
            refused=_POSTED_AGAIN,
        ),
        SealedTable(NoticeExtension, final=Q(state=ExtensionState.EXTENDED), guarded="OLD.\"state\" <> 'asked'"),
        SealedTable(Objection, later=frozenset({"version", "ruling", "answer", "answered_by_id", "answered_at"})),
        # Whom it is about is known last where it is about somebody new.
        SealedTable(
            Confirmation, later=frozenset({"person_id", "state", "decided_by_id", "decided_at", "remark", "used_at"})
        ),
        # The file is made after the number was given, and comes off the shelf; a copy may come back.
        SealedTable(
            NumberedCopy,
            loose=frozenset({"item_id"}),
            later=frozenset(
                {"made_at", "count", "content_digest", "file_digest", "returned_on", "returned_by_id", "return_remark"}
            ),
        ),
        SealedTable(Assignment, later=_END),
        SealedTable(Recusal, later=_END),
        SealedTable(Appointment, later=_END),
        SealedTable(StandIn, later=_ANSWER),
        SealedTable(OptOut, later=_ANSWER),
    )
}


def seal_tables(*tables: SealedTable) -> None:
    """Let tables of an upper floor be sealed and guarded, too; called where its models are declared."""
    SEALED.update({table.name: table for table in tables})
