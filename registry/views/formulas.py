"""Measures that read like a formula, pointed at where they are written, checked and reviewed."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..models import PointVersion
from ..rules import Change, Hint, Told, formula_hints


def hints_of(points: Iterable[PointVersion]) -> list[Hint]:
    """Return the hints about the measures (`shown_measures`) of a declaration's points."""
    told = [
        Told(f"point:{point.pk}", measure.text, measure.responsible, measure.rhythm, measure.evidence)
        for point in points
        if point.change != Change.WITHDRAWN
        for measure in point.shown_measures
    ]
    return formula_hints(told)


def hints_of_rows(rows: Iterable[Mapping[str, Any]]) -> list[Hint]:
    """Return the hints about the measures of one point, as they stand in its form."""
    names = ("text", "responsible", "rhythm", "evidence")
    return formula_hints([Told("", *(row.get(name) or "" for name in names)) for row in rows if row.get("text")])
