"""The uniform check sheet (制式检查表) on paper and as a workbook, and the summary of inspections of a unit or a plan."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from registry.documents.ledger import running_line, safe_name
from registry.documents.sheets import LANDSCAPE, Grid, Sheet, in_own_language
from registry.models.stand_ins import for_words
from registry.output.writer import Table, write_workbook
from registry.rules import Category, Grade
from registry.rules.workbooks import grade_cell

from ..models import Finding, Inspection, InspectionLine
from ..rules import OPEN_INSPECTIONS, Answer, InspectionState

_COLUMNS = ("number", "place", "title", "grade", "measure", "answer", "note")
_WIDTHS = (6, 20, 26, 12, 46, 14, 36)
# The cells of a point go down its measures, the place down its points.
_MERGED = {1: (), 2: (1,), 3: (1, 2)}
_BOX = "□"


# --- One sheet -----------------------------------------------------------------------------------------------------------


def signed_words(inspection: Inspection) -> str:
    """Return who signed: “B 代 A” where somebody stood in."""
    return for_words(inspection.signed_by.name, inspection.signed_for.name if inspection.signed_for_id else "")


def _headings() -> list[str]:
    return [
        _("No."), _("Section or post"), _("Risk point"), _("Grade"), _("What is checked"), _("Carried out?"), _("What was found"),
    ]  # fmt: skip


def _place(line: InspectionLine) -> str:
    version = line.point_version
    return "\n".join(filter(None, (version.organization.name, version.post.name if version.post_id else "")))


def _cells(line: InspectionLine, words: Sequence[str], *, boxes: bool) -> tuple[str, ...]:
    """Return the cells of a line; one not answered yet has boxes to tick where it is for filling in by hand."""
    version = line.point_version
    if line.answer:
        answer = str(Answer(line.answer).label)
    else:
        answer = "\n".join(f"{_BOX} {each.label}" for each in Answer) if boxes else ""
    return (
        str(line.ordinal),
        _place(line),
        f"{version.title}\n{version.point.code or ''}".strip(),
        grade_cell(version.grade, words=words),
        line.text,
        answer,
        line.note,
    )


def _about(inspection: Inspection) -> str:
    parts = [
        _("No. %s") % inspection.number,
        _("checked: %s") % inspection.whom,
        _("unit: %s") % inspection.unit,
    ]
    if inspection.period:
        parts.append(inspection.period_words)
    if inspection.grade:
        parts.append(str(Grade(inspection.grade).label))
    parts += [_("by %s") % date_format(inspection.due_on), _("checks: %s") % inspection.who_checks]
    return _("; ").join(parts)


@in_own_language
def inspection_sheet(
    inspection: Inspection, lines: Sequence[InspectionLine], *, words: Sequence[str] = (), blank: bool = False
) -> Sheet:
    """Return the sheet; `blank`: for filling in by hand, whatever has been written down already.

    `words` are those for grades. Lines without an answer have boxes to tick.
    """
    if blank:
        lines = [
            InspectionLine(ordinal=line.ordinal, point_version=line.point_version, measure_version=line.measure_version)
            for line in lines
        ]
    is_signed = inspection.state == InspectionState.SIGNED and not blank
    title = _("Check sheet for integrity-risk points")
    return Sheet(
        "documents/inspection.html",
        {
            "about": _about(inspection),
            "purpose": inspection.purpose,
            "opinion": "" if blank else inspection.opinion,
            "signed": signed_words(inspection) if is_signed else "",
            "signed_at": timezone.localtime(inspection.signed_at).strftime("%Y-%m-%d %H:%M") if is_signed else "",
            "digest": inspection.digest if is_signed else "",
            "begun_on": date_format(inspection.begun_on) if inspection.begun_on and not blank else "",
            "running": _("; ").join(filter(None, [inspection.number, running_line()])),
        },
        title=title,
        stem=" ".join([title, safe_name(inspection.number)]),
        paper=LANDSCAPE,
        grids=[
            Grid(
                columns=_COLUMNS,
                headings=_headings(),
                rows=[_cells(line, words, boxes=True) for line in lines],
                merge_down=_MERGED,
                flowing=frozenset({"title", "measure", "note"}),
            )
        ],
    )


def inspection_workbook(inspection: Inspection, lines: Sequence[InspectionLine], *, words: Sequence[str] = ()) -> bytes:
    """Return the same sheet as a workbook."""
    below = [_("Opinion: %s") % inspection.opinion] if inspection.opinion else []
    if inspection.state == InspectionState.SIGNED:
        at = timezone.localtime(inspection.signed_at).strftime("%Y-%m-%d %H:%M")
        below.append(_("Signed: %(name)s, %(time)s") % {"name": signed_words(inspection), "time": at})
    return write_workbook(
        [
            Table(
                name=_("Check sheet"),
                titles=(_("Check sheet for integrity-risk points"), _about(inspection), *below),
                headings=_headings(),
                rows=[_cells(line, words, boxes=False) for line in lines],
                widths=_WIDTHS,
                merge_down=_MERGED,
                centred=frozenset({0, 3, 5}),
            )
        ]
    )


# --- The summary ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SummaryRow:
    """How many inspections there were: planned in all, signed, of these late, still open, of these overdue, dropped."""

    label: str
    planned: int
    signed: int
    signed_late: int
    open: int
    overdue: int
    dropped: int

    @property
    def cells(self) -> tuple[int, ...]:
        return self.planned, self.signed, self.signed_late, self.open, self.overdue, self.dropped


@dataclass(frozen=True)
class Summary:
    """What inspections came to: by grade, the answers of the signed sheets by category and by grade, and the findings raised."""

    rows: list[SummaryRow]
    by_category: list[tuple[str, list[int]]]
    by_grade: list[tuple[str, list[int]]]
    findings: int
    findings_open: int

    @property
    def total(self) -> SummaryRow:
        return self.rows[-1]


def summary(inspections: QuerySet[Inspection], *, words: Sequence[str] = (), findings: bool = True) -> Summary:
    """Return the summary of `inspections`; four queries. `words` are those for grades."""
    today = timezone.localdate()
    counts = inspections.counted(today)
    rows = [_row(grade_cell(grade, words=words), counts, {grade.value}) for grade in Grade]
    rows.append(_row(_("special inspections"), counts, {None}))
    rows.append(_row(_("all"), counts, {None, *(grade.value for grade in Grade)}))
    signed = inspections.filter(state=InspectionState.SIGNED).order_by()
    lines = InspectionLine.objects.filter(inspection__in=signed.values("pk")).order_by()
    answered: Counter = Counter()
    for category, grade, answer, number in lines.values_list(
        "point_version__category", "point_version__grade", "answer"
    ).annotate(number=Count("id")):
        answered[category, grade, answer] += number
    raised = Finding.objects.filter(line__inspection__in=inspections.order_by().values("pk")) if findings else None
    states = (
        Counter(dict(raised.order_by().values_list("state").annotate(number=Count("id")))) if findings else Counter()
    )
    return Summary(
        rows=rows,
        by_category=[(str(each.label), _answers(answered, 0, each.value)) for each in Category],
        by_grade=[(grade_cell(grade, words=words), _answers(answered, 1, grade.value)) for grade in Grade],
        findings=sum(states.values()),
        findings_open=states["open"] + states["reported"],
    )


def _answers(answered: Counter, place: int, value: str | int) -> list[int]:
    return [sum(n for key, n in answered.items() if key[place] == value and key[2] == each.value) for each in Answer]


def _row(label: str, counts: dict, grades: set) -> SummaryRow:
    found: Counter = Counter()
    for (grade, state, late), number in counts.items():
        if grade in grades:
            found[state, late] += number
    signed_late = found[InspectionState.SIGNED, True]
    overdue = sum(found[state, True] for state in OPEN_INSPECTIONS)
    dropped = found[InspectionState.DROPPED, False]
    return SummaryRow(
        label,
        planned=sum(found.values()) - dropped,
        signed=found[InspectionState.SIGNED, False] + signed_late,
        signed_late=signed_late,
        open=sum(found[state, False] for state in OPEN_INSPECTIONS) + overdue,
        overdue=overdue,
        dropped=dropped,
    )


def _summary_headings() -> list[str]:
    return [
        _("Grade"), _("Planned"), _("Signed"), _("Signed late"), _("Open"), _("Overdue"), _("Dropped"),
    ]  # fmt: skip


def _answer_headings(first: str) -> list[str]:
    return [first, *(str(each.label) for each in Answer)]


def _findings_line(found: Summary) -> str:
    return _("Findings raised from these sheets: %(count)s, of them not closed: %(open)s.") % {
        "count": found.findings,
        "open": found.findings_open,
    }


@in_own_language
def summary_sheet(found: Summary, *, scope: str, made_on: dt.date) -> Sheet:
    """Return the summary on paper."""
    title = _("Summary of inspections")
    return Sheet(
        "documents/inspection_summary.html",
        {
            "about": _("%(scope)s; made on %(day)s") % {"scope": scope, "day": date_format(made_on)},
            "findings": _findings_line(found),
            "running": running_line(),
        },
        title=title,
        stem=" ".join([title, safe_name(scope), made_on.isoformat()]),
        paper=LANDSCAPE,
        grids=[
            Grid(
                columns=("grade", "planned", "signed", "late", "open", "overdue", "dropped"),
                headings=_summary_headings(),
                rows=[(row.label, *map(str, row.cells)) for row in found.rows],
                title=_("Inspections by grade"),
            ),
            Grid(
                columns=("category", *Answer.values),
                headings=_answer_headings(_("Risk category")),
                rows=[(label, *map(str, cells)) for label, cells in found.by_category],
                title=_("Answers by category"),
            ),
            Grid(
                columns=("grade", *Answer.values),
                headings=_answer_headings(_("Grade")),
                rows=[(label, *map(str, cells)) for label, cells in found.by_grade],
                title=_("Answers by grade"),
            ),
        ],
    )


def summary_workbook(found: Summary, *, scope: str, made_on: dt.date) -> bytes:
    """Return the summary as a workbook: one sheet of inspections, one of answers."""
    about = _("%(scope)s; made on %(day)s") % {"scope": scope, "day": date_format(made_on)}
    answers = [*found.by_category, *found.by_grade]
    return write_workbook(
        [
            Table(
                name=_("Inspections"),
                titles=(_("Summary of inspections"), about, _findings_line(found)),
                headings=_summary_headings(),
                rows=[(row.label, *row.cells) for row in found.rows],
                widths=(24, 12, 12, 12, 12, 12, 12),
                centred=frozenset(range(1, 7)),
            ),
            Table(
                name=_("Answers"),
                titles=(_("Answers of the signed sheets"), about),
                headings=_answer_headings(_("Risk category or grade")),
                rows=[(label, *cells) for label, cells in answers],
                widths=(24, 16, 16, 16, 16),
                centred=frozenset(range(1, 5)),
            ),
        ]
    )
