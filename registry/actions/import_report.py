"""What taking in a ledger does or would do, as plain values: for the command line, the pages and JSON."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field

from django.utils.translation import gettext as _

from ..rules.conservation import Cells
from ..rules.proposals import Proposal
from ..rules.reading import Table
from ..rules.workbooks import Column, Problem, SheetLike, letter, word_form

# In the order in which a point is shown.
SHOWN = (
    Column.ORGANIZATION, Column.POST, Column.LEVEL, Column.CATEGORY, Column.MATTER, Column.TITLE, Column.MANIFESTATION,
    Column.GRADE, Column.MEASURES, Column.RESPONSIBLE, Column.LEADER, Column.REMARK,
)  # fmt: skip


@dataclass
class RowDetail:
    """One risk point of the file: where it stands, what becomes of it, and its values before and after.

    `place` names it for `confirmed`; `part` counts the points of one row from 1 (0: the row holds one). `becomes` is "new",
    "changed", "same", "carried" or "error". `before` (None for a new one) and `after` hold what is shown, by the values of
    `SHOWN`; `changed` names those that differ. `code` is that of the point that stands, empty for a new one.
    """

    place: str
    sheet: str
    row: int
    part: int
    becomes: str
    code: str
    before: dict[str, str] | None
    after: dict[str, str]
    changed: list[str]


@dataclass
class HeadingRead:
    """A column of a table: its heading as written, the Column it fills (empty: kept in the remarks under its heading).

    `learned` says that a person said so for this unit, now or earlier.
    """

    sheet: str
    column: str
    heading: str
    becomes: str
    learned: bool


@dataclass
class ImportReport:
    """What taking in a file does or would do. Counts are of risk points but for `sheets`; `open` counts by field.

    `carried` are unchanged points of an earlier year; `confirmed` those whose proposed category a person confirmed now;
    `missing` lists the names of sections and posts the unit does not have, `created` those that are made; `skipped` names the
    sheets that hold no ledger; `notes` are sentences about the file. `cells` tells where each cell went.
    `proposals` are for points whose category is still open. `applied` says whether it was written.
    """

    sheets: int = 0
    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    carried: int = 0
    confirmed: int = 0
    open: dict[str, int] = field(default_factory=lambda: {"category": 0, "grade": 0, "level": 0})
    missing: dict[str, list[str]] = field(default_factory=lambda: {"sections": [], "posts": []})
    created: dict[str, list[str]] = field(default_factory=lambda: {"sections": [], "posts": []})
    skipped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    headings: list[HeadingRead] = field(default_factory=list)
    cells: Cells = field(default_factory=Cells)
    proposals: list[Proposal] = field(default_factory=list)
    details: list[RowDetail] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    applied: bool = False

    def as_dict(self) -> dict:
        """Return the report as plain values, for JSON."""
        return asdict(self)

    @property
    def counts(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ("rows", "new", "changed", "same", "carried", "confirmed")}


def headings_read(tables: Sequence[Table], learned: Collection[str]) -> list[HeadingRead]:
    """Return the columns of the tables in their order; `learned` are the forms of headings a person told the meaning of."""
    return [
        HeadingRead(
            table.sheet.name, letter(column), heading, table.columns.get(column, ""), word_form(heading) in learned
        )
        for table in tables
        for column, heading in sorted(table.headings.items())
    ]


def notes_on(sheets: Sequence[SheetLike]) -> list[str]:
    """Return sentences about the file that are no fault of it."""
    return [
        _("The sheet “%s” is hidden in the file; it was read like the others.") % sheet.name
        for sheet in sheets
        if sheet.hidden
    ]
