"""The table of preventive measures (防范措施表): what is done against each risk point, by whom and how often, by level."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..models import MeasureVersion, PointVersion
from ..rules import MeasureState, Rhythm
from ..rules.workbooks import HEADINGS, Column, grade_cell
from .ledger import by_level, level_name, place_cell, running_line
from .sheets import LANDSCAPE, Grid, Sheet, in_own_language, safe_name

_COLUMNS = (
    "number", "organization", "post", "title", "grade", "measure", "responsible", "rhythm", "due", "code",
)  # fmt: skip
# The cells of a point go down its measures, those of a post down its points.
_MERGED = {1: (), 2: (1,), 3: (1, 2, 9), 4: (1, 2, 9), 9: ()}


@dataclass(frozen=True)
class MeasureLine:
    """One measure of a point, or a point that has none: its level, and its cells in the order of the table, the number left out."""

    level: str
    cells: tuple[str, ...]


def measure_lines(versions: QuerySet[PointVersion], words: Sequence[str] = ()) -> list[MeasureLine]:
    """Return a line for each measure that holds of `versions`, in their order; two queries. `words` are those for grades."""
    of_version = defaultdict(list)
    fields = ("point_version", "text", "state", "evidence", "responsible", "rhythm", "due_on")
    for version, *measure in MeasureVersion.objects.held_by(versions).values_list(*fields):
        of_version[version].append(_measure_cells(*measure))
    rows = list(
        versions.values_list(
            "pk", "unit_name", "organization_name", "post_name", "level", "title", "grade", "responsible", "point__code"
        )
    )
    several_units = len({row[1] for row in rows}) > 1
    lines = []
    for pk, unit, organization, post, level, title, grade, responsible, code in rows:
        point = (
            place_cell(unit, organization, several_units=several_units),
            post,
            title,
            grade_cell(grade, words=words),
        )
        for text, by, *rest in of_version[pk] or [(_("none yet"), "", "", "")]:
            lines.append(MeasureLine(level, (*point, text, by or responsible, *rest, code or "")))
    return lines


def _measure_cells(
    text: str, state: str, evidence: str, responsible: str, rhythm: str, due_on: dt.date | None
) -> tuple[str, ...]:
    if state == MeasureState.PROPOSED:
        text += _("(%(text)s)") % {"text": MeasureState(state).label}
    if evidence:
        text += "\n" + _("Evidence: %(evidence)s") % {"evidence": evidence}
    return text, responsible, str(Rhythm(rhythm).label) if rhythm else "", date_format(due_on) if due_on else ""


@in_own_language
def measures_sheet(
    versions: QuerySet[PointVersion],
    *,
    scope: str,
    filter_sentence: str,
    year: int | None,
    made_on: dt.date,
    words: Sequence[str] = (),
) -> Sheet:
    """Return the measures of `versions` on paper, a table for each level. The caller has counted that they are not too many."""
    lines = measure_lines(versions, words)
    points = len({line.cells[-1] for line in lines})
    about = {
        "scope": scope,
        "filter_sentence": filter_sentence or _("none"),
        "made_on": date_format(made_on),
        "count": points,
    }
    title = _("Table of preventive measures against integrity risks")
    return Sheet(
        "documents/ledger.html",
        {
            "kind": "measures",
            "about": _("Scope: %(scope)s; filter: %(filter_sentence)s; made on %(made_on)s; %(count)s risk points")
            % about,
            "running": running_line(),
        },
        title=title,
        stem=" ".join(filter(None, [title, safe_name(scope), str(year or ""), made_on.isoformat()])),
        paper=LANDSCAPE,
        grids=[_grid(level, of_level) for level, of_level in by_level(lines)],
    )


def _grid(level: str, lines: Sequence[MeasureLine]) -> Grid:
    return Grid(
        columns=_COLUMNS,
        headings=[
            str(HEADINGS[Column.NUMBER]), str(HEADINGS[Column.ORGANIZATION]), str(HEADINGS[Column.POST]), str(HEADINGS[Column.TITLE]),
            str(HEADINGS[Column.GRADE]), str(HEADINGS[Column.MEASURES]), str(HEADINGS[Column.RESPONSIBLE]), _("how often"), _("by"),
            str(HEADINGS[Column.CODE]),
        ],
        rows=[(str(number), *line.cells) for number, line in enumerate(lines, start=1)],
        merge_down=_MERGED,
        flowing=frozenset({"title", "measure"}),
        title=level_name(level),
    )  # fmt: skip
