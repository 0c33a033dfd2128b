"""An assessment in rows: what each indicator gave and by what, deductions, the score; the ranking; the sheet of a unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from registry.documents.sheets import PORTRAIT, Grid, Sheet, in_own_language
from registry.rules.workbooks import HEADINGS, Column

from ..models import Assessment, Deduction, SelfAssessment
from ..rules.assessment import Group, Indicator, Points, Score, Source, shown

# Where what is counted is seen down to its rows.
_SEEN_AT = {
    "training": "trainings", "declared": "progress", "covered": "coverage", "in_time": "coverage", "own_words": "coverage",
    "measures": "progress", "tasks": "progress", "corrected": "progress",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One indicator on the page: what it is, what it gave in words and points, and where its rows are seen."""

    indicator: Indicator
    told: str
    points: str
    seen_at: str
    entry: SelfAssessment | None


def rows(
    found: Score, inputs: Mapping[str, Any], entries: Mapping[str, SelfAssessment]
) -> list[tuple[Group, list[Row]]]:
    """Return the indicators by group, each with what it gave."""
    by_group: dict[Group, list[Row]] = {group: [] for group in Group}
    for item in found.items:
        key = item.indicator.key
        by_group[item.indicator.group].append(
            Row(item.indicator, _told(item, inputs), points_of(item), _SEEN_AT.get(key, ""), entries.get(key))
        )
    return list(by_group.items())


def points_of(item: Points) -> str:
    """Return the points of an indicator as they are shown; a dash where there was nothing to go by."""
    return "—" if item.share is None else shown(item.points)


def _told(item: Points, inputs: Mapping[str, Any]) -> str:
    key = item.indicator.key
    if key in inputs["counted"]:
        done, all_ = inputs["counted"][key]
        return _("%(done)s of %(all)s") % {"done": done, "all": all_} if all_ else _("nothing to count")
    if key in inputs["entered"]:
        return f"{inputs['entered'][key]} %"
    return _("nobody was asked") if item.indicator.source == Source.ASKED else _("not entered yet")


def reason_of(deduction: Deduction, sees: bool) -> str:
    """Return why points were taken off; of a disposal only that a reason is registered, to who may not see it."""
    return _("registered reason") if deduction.is_confidential and not sees else deduction.reason


@in_own_language
def assessment_sheet(
    assessment: Assessment, found: Score, inputs: Mapping[str, Any], deductions: Sequence[Deduction], *, sees: bool
) -> Sheet:
    """Return the result of a unit on paper: every indicator, what was taken off, the score and the grade."""
    lines = [
        (
            str(number),
            str(item.indicator.group.label),
            str(item.indicator.label),
            str(item.indicator.weight),
            _told(item, inputs),
            points_of(item),
        )
        for number, item in enumerate(found.items, start=1)
    ]
    title = _("Result of the assessment of the prevention of integrity risks, %(year)s") % {
        "year": assessment.cycle.year
    }
    return Sheet(
        template="documents/assessment.html",
        context={
            "unit": assessment.unit.name,
            "score": shown(found.total),
            "before": shown(found.before),
            "grade": found.band.label,
            "reasons": found.reasons,
            "deductions": [
                (_("veto") if each.is_veto else shown(each.points), reason_of(each, sees)) for each in deductions
            ],
            "confirmed_on": date_format(assessment.confirmed_at) if assessment.confirmed_at else "",
            "issuer": assessment.cycle.region.name,
            "running": "",
        },
        title=title,
        stem=f"{title} {assessment.unit.name}",
        paper=PORTRAIT,
        grids=[
            Grid(
                columns=("number", "group", "indicator", "weight", "told", "points"),
                headings=[
                    str(HEADINGS[Column.NUMBER]),
                    _("Part"),
                    _("Indicator"),
                    _("Weight"),
                    _("By what"),
                    _("Points"),
                ],
                rows=lines,
                merge_down={1: ()},
                flowing=frozenset({"indicator", "told"}),
            )
        ],
        mark="" if assessment.confirmed_at else _("DRAFT"),
    )
