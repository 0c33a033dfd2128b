"""The ledger workbook (台账): cover, summary, one sheet for each level. Taken in again, it changes nothing."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import segno
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..models import AuditHead, ImportBatch, MeasureVersion, NumberedCopy, PointVersion
from ..output.writer import MOST_CHARACTERS, Table, write_workbook
from ..rules import Category, Grade, Level, digest
from ..rules.workbooks import (
    HEADINGS,
    Beside,
    Column,
    beside_cells,
    category_cell,
    grade_cell,
    level_cell,
    measures_cell,
    remark_cell,
)
from .notice_sheet import verification_address
from .sheets import A3, Grid, Sheet, in_own_language, numbered, safe_name

MOST_ROWS = 20_000
# A sheet is laid out while the person waits.
MOST_ROWS_ON_PAPER = 200

# Widths in characters; the sum fits A3 landscape at about four fifths of full size.
_WIDTHS = {
    Column.NUMBER: 6,
    Column.ORGANIZATION: 14,
    Column.POST: 12,
    Column.LEVEL: 9,
    Column.CATEGORY: 12,
    Column.MATTER: 16,
    Column.TITLE: 18,
    Column.MANIFESTATION: 40,
    Column.GRADE: 10,
    Column.MEASURES: 42,
    Column.RESPONSIBLE: 11,
    Column.LEADER: 11,
    Beside.METHODS: 14,
    Beside.STATE: 9,
    Beside.SINCE: 12,
    Beside.UNTIL: 12,
    Column.CODE: 14,
    Column.REMARK: 18,
}
_FLOWING = (Column.MATTER, Column.TITLE, Column.MANIFESTATION, Column.MEASURES, Column.REMARK)
# Cells merged down, each only beside equal cells of the columns given: never across sections.
_MERGED = {
    Column.ORGANIZATION: (),
    Column.POST: (Column.ORGANIZATION,),
    Column.RESPONSIBLE: (Column.ORGANIZATION, Column.POST),
    Column.LEADER: (Column.ORGANIZATION,),
}
_READ_AT_ONCE = 2_000


@dataclass(frozen=True)
class Line:
    """One row of the ledger: how it is counted, and its cells in the order of `ledger_columns`, the number left empty."""

    level: str
    category: str
    grade: int | None
    cells: tuple[str, ...]


def _columns(beside: Collection[str]) -> list[Column | Beside]:
    """Return the columns of the ledger in their order: always those by which it can be taken in again, and those chosen."""
    return [column for column in _WIDTHS if isinstance(column, Column) or column in beside]


def ledger_columns(beside: Collection[str] = ()) -> list[str]:
    """Return the headings of the ledger with the columns chosen besides, in the user's language."""
    return [str(column.label if isinstance(column, Beside) else HEADINGS[column]) for column in _columns(beside)]


def ledger_rows(
    versions: QuerySet[PointVersion],
    words: Sequence[str] = (),
    beside: Collection[str] = (),
    step: Callable[[int], None] | None = None,
) -> list[Line]:
    """Return the ledger's rows of `versions` in their order; two queries whatever their number. `words` are those for grades.

    `beside` are the columns chosen. `step` is told now and then how many rows are read.
    """
    columns = _columns(beside)
    measures = _measures_of(versions)
    fields = (
        "pk", "unit_name", "organization_name", "post_name", "level", "category", "matter", "title", "manifestation",
        "grade", "responsible", "responsible_leader", "point__code", "kept", "as_written", "methods", "state", "valid_from",
        "valid_to",
    )  # fmt: skip
    rows = []
    for values in versions.values_list(*fields).iterator(chunk_size=_READ_AT_ONCE):
        if step is not None and len(rows) % _READ_AT_ONCE == 0:
            step(len(rows))
        rows.append(values)
    several_units = len({values[1] for values in rows}) > 1
    named = (dict(zip(fields, values, strict=True)) for values in rows)
    return [_line(row, columns, measures[row["pk"]], words, several_units=several_units) for row in named]


def content_digest(lines: Sequence[Line]) -> str:
    """Return the digest of rows of the ledger: what two copies with the same content have in common."""
    return digest([line.cells for line in lines])


def _measures_of(versions: QuerySet[PointVersion]) -> dict[int, list[str]]:
    """Return the texts of the measures by version."""
    found = defaultdict(list)
    for version, text in MeasureVersion.objects.held_by(versions).values_list("point_version", "text"):
        found[version].append(text)
    return found


def _line(
    row: dict,
    columns: Sequence[Column | Beside],
    measures: Sequence[str],
    words: Sequence[str],
    *,
    several_units: bool,
) -> Line:
    written = row["as_written"]
    cells = {
        Column.NUMBER: "",
        Column.ORGANIZATION: place_cell(row["unit_name"], row["organization_name"], several_units=several_units),
        Column.POST: row["post_name"],
        Column.LEVEL: level_cell(row["level"], written.get(Column.LEVEL, "")),
        Column.CATEGORY: category_cell(row["category"], written.get(Column.CATEGORY, "")),
        Column.MATTER: row["matter"],
        Column.TITLE: row["title"],
        Column.MANIFESTATION: row["manifestation"],
        Column.GRADE: grade_cell(row["grade"], written.get(Column.GRADE, ""), words),
        Column.MEASURES: measures_cell(measures, written.get(Column.MEASURES, "")),
        Column.RESPONSIBLE: row["responsible"],
        Column.LEADER: row["responsible_leader"],
        Column.CODE: row["point__code"] or "",
        Column.REMARK: remark_cell(row["kept"]),
        **beside_cells(row["methods"], row["state"], row["valid_from"], row["valid_to"]),
    }
    return Line(row["level"], row["category"], row["grade"], tuple(cells[column] for column in columns))


def place_cell(unit_name: str, organization_name: str, *, several_units: bool) -> str:
    """Return how a row names its unit or section, with the unit in front where rows of several units stand together."""
    if several_units and organization_name != unit_name:
        return f"{unit_name} {organization_name}"
    return organization_name


def ledger_workbook(
    versions: QuerySet[PointVersion],
    *,
    scope: str,
    filter_sentence: str,
    made_on: dt.date,
    words: Sequence[str] = (),
    beside: Collection[str] = (),
    lines: Sequence[Line] | None = None,
    copy: NumberedCopy | None = None,
) -> bytes:
    """Return the .xlsx of `versions`: exactly these, in this order. The caller has counted them: while somebody waits at most
    MOST_ROWS. `beside` are the columns chosen; `lines` are the rows with them where they were read before. A numbered copy
    says so on its cover.
    """
    lines = ledger_rows(versions, words, beside) if lines is None else lines
    return write_workbook(
        [
            _cover(versions, copy, scope=scope, filter_sentence=filter_sentence, made_on=made_on, count=len(lines)),
            _summary(lines, scope, words),
            *(
                _level_sheet(level, of_level, scope, _columns(beside), ledger_columns(beside))
                for level, of_level in by_level(lines)
                if of_level
            ),
        ]
    )


def _cover(
    versions: QuerySet[PointVersion],
    copy: NumberedCopy | None,
    *,
    scope: str,
    filter_sentence: str,
    made_on: dt.date,
    count: int,
) -> Table:
    rows = [(_("copy number"), copy.serial), (_("code for checking"), copy.code)] if copy else []
    rows += [
        (_("scope"), scope),
        (_("filter"), filter_sentence or _("none")),
        (_("made on"), date_format(made_on)),
        (_("risk points"), str(count)),
    ]
    if head := AuditHead.objects.as_printed():
        rows.append((_("audit head"), head))
    # Titles and headings speak for the whole file: they are told only where the whole file is in this workbook.
    for batch in ImportBatch.objects.wholly_in(versions.order_by().values("declaration")):
        rows.append((_("filed on paper, taken in from"), "\n".join(filter(None, [batch.file_name, batch.basis]))))
        for sheet in batch.headings:
            if sheet["titles"]:
                rows.append((_("above its table"), "\n".join(sheet["titles"])))
            rows.append((_("its headings"), " | ".join(sheet["headings"])))
    return Table(_("cover"), [_("Integrity-risk ledger")], (), rows, (30, 100), centred=frozenset({0}))


def _summary(lines: Sequence[Line], scope: str, words: Sequence[str]) -> Table:
    """Return how many points there are by level, grade and category; what is open is shown where there is any."""
    counts = Counter((line.level, line.grade, line.category) for line in lines)
    levels = [*Level.values, *([""] if any(not line.level for line in lines) else [])]
    grades = [*Grade.values, *([None] if any(line.grade is None for line in lines) else [])]
    categories = [*Category.values, *([""] if any(not line.category for line in lines) else [])]
    rows = []
    for level in levels:
        for grade in grades:
            cells = [counts[level, grade, category] for category in categories]
            rows.append((level_name(level), grade_cell(grade, words=words), *cells, sum(cells)))
        sums = [sum(counts[level, grade, category] for grade in grades) for category in categories]
        rows.append((level_name(level), _("together"), *sums, sum(sums)))
    sums = [sum(count for key, count in counts.items() if key[2] == category) for category in categories]
    rows.append((_("all levels"), _("together"), *sums, sum(sums)))
    headings = [
        str(HEADINGS[Column.LEVEL]),
        str(HEADINGS[Column.GRADE]),
        *map(category_cell, categories),
        _("together"),
    ]
    return Table(
        _("summary"),
        [_("Integrity-risk points by level, category and grade"), scope],
        headings,
        rows,
        (18, 20, *[15] * len(categories), 10),
        merge_down={0: ()},
        centred=frozenset(range(len(headings))),
    )


def level_name(level: str) -> str:
    """Return a level in words, also the one that is still open."""
    return str(Level(level).label) if level else _("level to be settled")


def _level_sheet(
    level: str, lines: Sequence[Line], scope: str, columns: Sequence[Column | Beside], headings: Sequence[str]
) -> Table:
    at = {column: index for index, column in enumerate(columns)}
    rows = [
        row
        for number, line in enumerate(lines, start=1)
        for row in _physical_rows(number, line.cells, at[Column.MEASURES])
    ]
    return Table(
        level_name(level),
        [_("Integrity-risk ledger: %s") % level_name(level), scope],
        headings,
        rows,
        tuple(_WIDTHS[column] for column in columns),
        merge_down={at[column]: [at[other] for other in others] for column, others in _MERGED.items()},
        centred=frozenset(at[column] for column in columns if column not in _FLOWING),
    )


def _physical_rows(number: int, cells: Sequence[str], measures: int) -> list[tuple[str, ...]]:
    """Return the row of a point; measures (the cell of that index) longer than a cell holds go on in rows of their own."""
    pieces = _pieces(cells[measures])
    first = (str(number), *cells[1:measures], pieces[0], *cells[measures + 1 :])
    return [first, *(("",) * measures + (piece,) + ("",) * (len(cells) - measures - 1) for piece in pieces[1:])]


def _pieces(text: str) -> list[str]:
    """Return `text` in pieces a cell can hold, cut at line ends."""
    room = MOST_CHARACTERS // 2  # a character may count twice
    pieces = [""]
    for line in text.split("\n"):
        if pieces[-1] and len(pieces[-1]) + len(line) + 1 > room:
            pieces.append(line)
        else:
            pieces[-1] = f"{pieces[-1]}\n{line}" if pieces[-1] else line
    return pieces


@in_own_language
def ledger_sheet(
    versions: QuerySet[PointVersion],
    *,
    scope: str,
    filter_sentence: str,
    year: int | None,
    made_on: dt.date,
    words: Sequence[str] = (),
    beside: Collection[str] = (),
    lines: Sequence[Line] | None = None,
    copy: NumberedCopy | None = None,
) -> Sheet:
    """Return `versions` on paper, exactly these in this order, a table for each level on pages of its own.

    While somebody waits at most MOST_ROWS_ON_PAPER; the caller has counted. `beside` are the columns chosen; `lines` are the
    rows with them where they were read before. A numbered copy has its number, a QR code and a short code.
    """
    lines = ledger_rows(versions, words, beside) if lines is None else lines
    about = {
        "scope": scope,
        "filter_sentence": filter_sentence or _("none"),
        "made_on": date_format(made_on),
        "count": len(lines),
    }
    sheet = Sheet(
        "documents/ledger.html",
        {
            "kind": "ledger with-more" if beside else "ledger",
            "about": _("Scope: %(scope)s; filter: %(filter_sentence)s; made on %(made_on)s; %(count)s risk points")
            % about,
            "running": running_line(),
        },
        title=_("Integrity-risk ledger"),
        stem=file_name(scope, year, made_on).removesuffix(".xlsx"),
        paper=A3,
        grids=[
            _level_grid(level, of_level, _columns(beside), ledger_columns(beside))
            for level, of_level in by_level(lines)
        ],
    )
    if copy is None:
        return sheet
    address = verification_address(copy.code)
    proof = {
        "serial": copy.serial,
        "code": copy.code,
        "address": address,
        "qr": segno.make(address, error="m").svg_data_uri(border=0),
        "content_digest": content_digest(lines),
    }
    return numbered(replace(sheet, context=sheet.context | proof), copy.serial)


def running_line() -> str:
    """Return what stands at the foot of every page: the head of the audit chain when it was printed."""
    head = AuditHead.objects.as_printed()
    return _("Audit head: %s") % head if head else ""


def by_level(lines: Sequence[Any]) -> list[tuple[str, list]]:
    """Return (level, its lines) for each level there is, what is open last; one empty one where there is no line at all."""
    levels = [level for level in (*Level.values, "") if any(line.level == level for line in lines)]
    return [(level, [line for line in lines if line.level == level]) for level in levels] or [(Level.POST, [])]


def _level_grid(level: str, lines: Sequence[Line], columns: Sequence[Column | Beside], headings: Sequence[str]) -> Grid:
    at = {column: index for index, column in enumerate(columns)}
    return Grid(
        columns=columns,
        headings=headings,
        rows=[(str(number), *line.cells[1:]) for number, line in enumerate(lines, start=1)],
        merge_down={at[column]: [at[other] for other in others] for column, others in _MERGED.items()},
        flowing=frozenset(_FLOWING),
        title=_("%(level)s: %(count)s risk points") % {"level": level_name(level), "count": len(lines)},
    )


def file_name(unit_name: str, year: int | None, day: dt.date) -> str:
    """Return the name of the file for `unit_name` (or another scope)."""
    name = safe_name(unit_name)
    if year is None:
        return _("Integrity-risk ledger %(unit)s (%(day)s).xlsx") % {"unit": name, "day": day.isoformat()}
    return _("Integrity-risk ledger %(unit)s %(year)s (%(day)s).xlsx") % {
        "unit": name,
        "year": year,
        "day": day.isoformat(),
    }
