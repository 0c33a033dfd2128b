"""That no text of a ledger is lost: each cell that is not empty is looked up in what will be stored.

It knows where a cell stands, what its column means and what the rows hold, not how they were read: what reading forgets, it
finds.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.utils.translation import gettext as _

from .reading import LedgerRow, Table, kept_apart
from .text import clean_text
from .workbooks import Column, Problem, SheetLike, is_number_mark, is_open_word, letter, level_cell

_OPEN = (Column.CATEGORY, Column.GRADE, Column.LEVEL)
# Stands between texts looked through together; no stored text holds it.
_APART = "\0"
_PLACES = (Column.ORGANIZATION, Column.UNIT, Column.BODY, Column.POST)


@dataclass
class Cells:
    """How many cells of the tables hold something, and where it goes.

    `read` = `placed` (in a field) + `remarks` (kept under their heading) + `headings` (with titles, in the batch) + `numbers`
    (序号) + `lost`. `elsewhere` are cells of sheets that hold no ledger; they are not taken in.
    """

    read: int = 0
    placed: int = 0
    remarks: int = 0
    headings: int = 0
    numbers: int = 0
    lost: int = 0
    elsewhere: int = 0


@dataclass(frozen=True)
class Stored:
    """A point as it will be stored: the row that says it, and the names of its place as they will be shown."""

    row: LedgerRow
    names: tuple[str, ...]
    # A point may go on over thousands of rows; its texts are made bare once.
    _bare: dict[tuple[str, str | None], str] = field(default_factory=dict, compare=False)

    def bare_field(self, name: Column | None) -> str:
        """Return the texts of `texts_of` without white space, apart from each other."""
        if ("field", name) not in self._bare:
            self._bare["field", name] = _APART.join(map(_bare, self.texts_of(name)))
        return self._bare["field", name]

    def bare_kept(self, heading: str) -> str:
        """Return what is kept under a heading without white space."""
        if ("kept", heading) not in self._bare:
            self._bare["kept", heading] = _bare(self.row.kept.get(heading, ""))
        return self._bare["kept", heading]

    def texts_of(self, name: Column | None) -> list[str]:
        """Return the texts in which a cell of this column may be found; none where the column has no field."""
        row = self.row
        written = [row.as_written[name]] if name in row.as_written else []
        if name in _PLACES:
            return [*self.names, level_cell(row.level), *([row.values[name]] if name in row.values else [])]
        if name == Column.LEVEL:
            return [*written, level_cell(row.level)]
        if name == Column.MEASURES:
            return [*written, *row.measures]
        if name == Column.TITLE:
            return [*written, row.values[Column.TITLE], row.values[Column.MANIFESTATION]]
        return [*written, *([row.values[name]] if name in row.values and name != Column.REMARK else [])]


def account(
    sheets: Sequence[SheetLike], tables: Sequence[Table], stored: Sequence[Stored]
) -> tuple[Cells, list[Problem]]:
    """Return where the cells of the tables go, and a problem for each one that would be lost.

    `stored` are the points of all tables in their order.
    """
    cells, lost = Cells(), []
    points = iter(stored)
    for sheet in sheets:
        here = [table for table in tables if table.sheet is sheet]
        if not here:
            cells.elsewhere += sum(bool(text.strip()) for row in sheet.rows for text in row)
            continue
        found = [next(points) for table in here for _row in table.rows]
        lost += _account_for_sheet(sheet, here, found, cells)
    return cells, lost


def _account_for_sheet(
    sheet: SheetLike, tables: Sequence[Table], points: Sequence[Stored], cells: Cells
) -> list[Problem]:
    above = {_bare(text) for table in tables for text in (*table.titles, *table.texts)}
    by_row: dict[int, list[Stored]] = {}
    for point in points:
        for number in point.row.numbers:
            by_row.setdefault(number, []).append(point)
    numbers = sorted(by_row)
    ends = [table.last_row for table in tables]
    lost = []
    for index, row in enumerate(sheet.rows):
        table = tables[max(bisect_left(ends, index) - 1, 0)]
        own = by_row.get(index + 1, [])
        # A line between the rows goes with the point below it, below the table with the last one.
        at = bisect_left(numbers, index + 1)
        near = own or [point for number in numbers[max(at - 1, 0) : at + 1] for point in by_row[number]]
        for column, text in enumerate(row):
            if not (wanted := _bare(text)):
                continue
            cells.read += 1
            name = table.columns.get(column) if index > table.last_row else None
            if name == Column.NUMBER and is_number_mark(text):
                where = "numbers"
            elif own and (_is_placed(wanted, name, own) or (name in _OPEN and is_open_word(text))):
                where = "placed"
            elif any(wanted == _bare(point.row.told.get(table.heading(column), "")) for point in own):
                where = "placed"
            elif any(wanted in point.bare_kept(table.heading(column)) for point in own):
                where = "remarks"
            elif not own and wanted in above:
                where = "headings"
            else:
                where = _apart(wanted, near)
            setattr(cells, where, getattr(cells, where) + 1)
            if where == "lost":
                why = _("This cell would be lost. Move its text into a column with a heading and try again.")
                lost.append(Problem(sheet.name, index + 1, letter(column), why))
    return lost


def _is_placed(wanted: str, name: Column | None, points: Sequence[Stored]) -> bool:
    """Say whether a field of its column holds the cell, or those of the points together that were one list."""
    if any(wanted in point.bare_field(name) for point in points):
        return True
    return _bare("".join(point.row.as_written.get(name, "") for point in points if point.row.part)) == wanted


def _apart(wanted: str, points: Sequence[Stored]) -> str:
    """Return where a cell is that goes with no column: a line between the rows, or text that repeats that of another cell."""
    if any(wanted in point.bare_field(Column.CATEGORY) for point in points):
        return "placed"
    apart = kept_apart()
    if any(wanted in point.bare_kept(heading) for point in points for heading in apart):
        return "remarks"
    if any(wanted in point.bare_field(name).split(_APART) for point in points for name in Column):
        return "placed"
    return "remarks" if any(wanted == point.bare_kept(name) for point in points for name in point.row.kept) else "lost"


@lru_cache(maxsize=1_000)  # what is merged over many rows is one text
def _bare(text: str) -> str:
    """Return text without white space, which is not told apart."""
    return "".join(clean_text(text).split())
