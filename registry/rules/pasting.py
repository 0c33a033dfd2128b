"""Rows copied from a spreadsheet, as the clipboard gives them, read as entries of a declaration.

Cells are parted by tabs, rows by line ends; a cell that holds either is in quotation marks, doubled where they belong to it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .text import MEASURE_LENGTH, TEXT_LENGTH, TITLE_LENGTH, clean_text, problems
from .workbooks import HEADINGS, Column, category_of, column_of, split_measures

MOST_ROWS = 50
MOST_MEASURES = 20
# What is pasted without a row of headings stands in this order.
ORDER = (Column.CATEGORY, Column.MATTER, Column.TITLE, Column.MANIFESTATION, Column.MEASURES, Column.RESPONSIBLE)
_LIMITS = {
    Column.MATTER: (TITLE_LENGTH, True),
    Column.TITLE: (TITLE_LENGTH, True),
    Column.MANIFESTATION: (TEXT_LENGTH, False),
    Column.RESPONSIBLE: (TITLE_LENGTH, True),
}
_QUOTED = re.compile(r'"((?:[^"]|"")*)"(?=[\t\n]|\Z)')
_PLAIN = re.compile(r"[^\t\n]*")


@dataclass
class PastedPoint:
    """One entry: the row it stands in (from 1), what its fields hold, its measures, what is wrong by column."""

    row: int
    category: str = ""
    matter: str = ""
    title: str = ""
    manifestation: str = ""
    measures: list[dict[str, str]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Pasted:
    """What was pasted: entries, columns that no entry has a field for, and what is wrong with the whole."""

    points: list[PastedPoint] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        return bool(self.points) and not self.problems and not any(point.problems for point in self.points)


def cells_of(text: str) -> list[list[str]]:
    """Return the rows of cells of a copied range, without empty rows at the end.

    A quotation mark that nothing closes before the next tab or line end is a character like any other.
    """
    text = clean_text(text)
    rows: list[list[str]] = [[]]
    place = 0
    while True:
        if found := _QUOTED.match(text, place):
            rows[-1].append(found[1].replace('""', '"'))
        else:
            found = _PLAIN.match(text, place)
            rows[-1].append(found[0])
        place = found.end()
        if place >= len(text):
            break
        if text[place] == "\n":
            rows.append([])
        place += 1
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    return rows


def read_pasted(text: str) -> Pasted:
    """Return the entries of a copied range, with everything that is wrong."""
    rows = cells_of(text)
    if not rows:
        return Pasted(problems=[_("Nothing was pasted. Copy the rows in the spreadsheet and paste them here.")])
    columns, first = _columns(rows[0])
    pasted = Pasted()
    filled = {place for row in rows[first:] for place, cell in enumerate(row) if cell.strip()}
    for place, name in enumerate(columns):
        if name not in ORDER and place in filled:
            heading = rows[0][place].strip() if first else ""
            pasted.left_out.append(heading or _("column %s") % (place + 1))
    for number, row in enumerate(rows[first:], start=first + 1):
        if any(cell.strip() for cell in row):
            pasted.points.append(_point(number, columns, row))
        if len(pasted.points) > MOST_ROWS:
            break  # what is too much is not looked at; nobody reads ten thousand problems
    if not pasted.points:
        pasted.problems.append(_("Below the headings there is no row. Copy the rows together with their headings."))
    if len(pasted.points) > MOST_ROWS:
        pasted.problems.append(
            ngettext(
                "At most %(most)s row is taken at once; paste the rest afterwards.",
                "At most %(most)s rows are taken at once; paste the rest afterwards.",
                MOST_ROWS,
            )
            % {"most": MOST_ROWS}
        )
    return pasted


def _columns(first: Sequence[str]) -> tuple[list[Column | None], int]:
    """Return what each column holds, and in which row the entries begin: after headings, if the first row is one."""
    named = [column_of(cell) for cell in first]
    known = {name for name in named if name is not None}
    if len(known) >= 2 and known & {Column.TITLE, Column.MANIFESTATION}:
        return [name if name not in named[:place] else None for place, name in enumerate(named)], 1
    return [*ORDER, *[None] * max(0, len(first) - len(ORDER))], 0


def _point(number: int, columns: Sequence[Column | None], row: Sequence[str]) -> PastedPoint:
    cells = {name: row[place].strip() for place, name in enumerate(columns) if name and place < len(row)}
    for name in (Column.MATTER, Column.TITLE, Column.RESPONSIBLE):
        cells[name] = " ".join(cells.get(name, "").split())
    point = PastedPoint(
        row=number,
        category=category_of(cells.get(Column.CATEGORY, "")),
        matter=cells[Column.MATTER],
        title=cells[Column.TITLE],
        manifestation=cells.get(Column.MANIFESTATION, ""),
        measures=[
            {"text": text, "responsible": cells[Column.RESPONSIBLE], "rhythm": "", "evidence": ""}
            for text in split_measures(cells.get(Column.MEASURES, ""))[: MOST_MEASURES + 1]
        ],
    )
    _check(point, cells)
    return point


def _check(point: PastedPoint, cells: dict[Column, str]) -> None:
    def note(name: Column, sentence: str) -> None:
        point.problems.append((str(HEADINGS[name]), sentence))

    if not point.category:
        written = cells.get(Column.CATEGORY, "")
        note(
            Column.CATEGORY,
            _("“%s” is none of the five categories. Write one of them.") % written
            if written
            else _("No category is named. Write one of the five."),
        )
    if not point.title:
        note(Column.TITLE, _("The risk point has no name. Write a short one, one line."))
    for name, (limit, one_line) in _LIMITS.items():
        for sentence in problems(cells.get(name, ""), limit=limit, one_line=one_line):
            note(name, sentence)
    for measure in point.measures:
        for sentence in problems(measure["text"], limit=MEASURE_LENGTH):
            note(Column.MEASURES, sentence)
    if len(point.measures) > MOST_MEASURES:
        note(Column.MEASURES, _("A risk point has at most %s measures.") % MOST_MEASURES)


def values_of(point: PastedPoint) -> dict[str, Any]:
    """Return what an entry holds as the verbs take it. What is not pasted, grade and causes, is filled in afterwards."""
    return {
        "category": point.category,
        "matter": point.matter,
        "major": "",
        "title": point.title,
        "manifestation": point.manifestation,
        "causes": [],
        "methods": [],
        "likelihood": None,
        "harm": None,
        "criteria": [],
        "grade": None,
        "grade_reason": "",
    }
