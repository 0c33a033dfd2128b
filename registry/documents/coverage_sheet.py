"""The coverage of an organization in a year on paper: levels by categories, and its parts."""

import datetime as dt
from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Organization
from ..rules import Category, Cell, Level
from .coverage import Part
from .ledger import running_line
from .sheets import LANDSCAPE, Grid, Sheet, in_own_language, safe_name


@in_own_language
def coverage_sheet(
    organization: Organization,
    *,
    year: int,
    rows: Sequence[tuple[Level, int, Sequence[Cell]]],
    parts: Sequence[Part],
    made_on: dt.date,
) -> Sheet:
    """Return the coverage as `documents.coverage` gives it: `rows` of `matrix`, and `parts`."""
    about = {"name": organization.name, "year": year, "day": date_format(made_on)}
    title = _("Coverage of the search for integrity risks")
    return Sheet(
        "documents/coverage.html",
        {"about": _("%(name)s, %(year)s; made on %(day)s") % about, "running": running_line()},
        title=title,
        stem=" ".join([title, safe_name(organization.name), str(year), made_on.isoformat()]),
        paper=LANDSCAPE,
        grids=[_cells(rows), *([_parts(parts)] if parts else [])],
    )


def _cells(rows: Sequence[tuple[Level, int, Sequence[Cell]]]) -> Grid:
    return Grid(
        columns=("level", *Category.values),
        headings=[_("Level"), *(str(category.label) for category in Category)],
        rows=[
            (
                "\n".join(
                    [
                        str(level.label),
                        ngettext("%(number)s to declare", "%(number)s to declare", bodies) % {"number": bodies},
                    ]
                ),
                *(_cell(cell, bodies) for cell in cells),
            )
            for level, bodies, cells in rows
        ],
        title=_("Levels by categories"),
    )


def _cell(cell: Cell, bodies: int) -> str:
    points = ngettext("%(number)s risk point", "%(number)s risk points", cell.points) % {"number": cell.points}
    if not (cell.is_expected and bodies):
        return f"{_('not expected')}\n{points}"
    owed = _("missing %(number)s") % {"number": cell.missing} if cell.missing else _("complete")
    there = _("covered %(covered)s, empty %(empty)s") % {"covered": cell.covered, "empty": cell.empty}
    return f"{owed}\n{there}\n{points}"


def _parts(parts: Sequence[Part]) -> Grid:
    """Return the table of the parts; who owes a declaration is told where the reader may know it."""
    is_told = any(part.undeclared is not None for part in parts)
    headings = [_("Unit or section"), _("Posts with a holder"), *([_("Declarations owed")] if is_told else [])]
    return Grid(
        columns=("organization", "posts", *(["owed"] if is_told else []), "missing"),
        headings=[*headings, _("Cells of posts missing")],
        rows=[
            (part.organization.name, str(part.posts), *([str(part.undeclared)] if is_told else []), str(part.missing))
            for part in parts
        ],
        title=_("Its parts"),
    )
