"""The workbook of the board: how filed measures are carried out, a line for each task."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from registry.documents.ledger import safe_name
from registry.documents.sheets import in_own_language
from registry.models import Organization
from registry.output.writer import Table, write_workbook
from registry.rules import Rhythm

from ..models import Task
from ..rules import TaskState, days_words, lateness_words, period_words

MOST_ROWS = 20_000
_WIDTHS = (6, 18, 14, 16, 20, 42, 10, 14, 12, 12, 22, 12, 40, 12)


def standing(task: Task, done_on: dt.date | None, today: dt.date) -> str:
    """Return where a task stands, in words: late where it is or was."""
    if task.state == TaskState.OPEN:
        return days_words(task.due_on, today) if task.due_on <= today else str(TaskState.OPEN.label)
    if task.state == TaskState.DONE and done_on:
        return lateness_words(task.due_on, done_on) or str(TaskState.DONE.label)
    return str(task.get_state_display())


@in_own_language
def board_workbook(
    tasks: Sequence[Task],
    *,
    places: Mapping[int, Organization],
    reports: Mapping[int, tuple[dt.date, str, str]],
    today: dt.date,
    sentence: str,
) -> bytes:
    """Return the workbook of `tasks`. `places` by position; `reports` by task: the day, the words and who reported it."""
    rows = []
    for number, task in enumerate(tasks, start=1):
        version, point = task.measure_version, task.measure_version.point_version
        done_on, text, who = reports.get(task.pk, (None, "", ""))
        place = places.get(task.position)
        rows.append(
            (
                str(number),
                place.name if place else task.organization.name,
                task.post.name if task.post else "",
                point.point.code or "",
                point.title,
                version.text,
                str(Rhythm(version.rhythm).label) if version.rhythm else "",
                period_words(task.period),
                date_format(task.due_on, "Y-m-d"),
                date_format(done_on, "Y-m-d") if done_on else "",
                standing(task, done_on, today),
                who,
                text,
                task.dropped_reason,
            )
        )
    title = _("How the measures are carried out")
    table = Table(
        name=title[:31],
        titles=[
            title,
            _("Filter: %(filter_sentence)s; made on %(made_on)s; %(count)s tasks")
            % {"filter_sentence": sentence or _("none"), "made_on": date_format(today), "count": len(rows)},
        ],
        headings=[
            _("No."), _("Unit or section"), _("Post"), _("Code"), _("Risk point"), _("Measure"), _("How often"), _("Period"), _("By"),
            _("Done on"), _("State"), _("Reported by"), _("What was done"), _("Why it is no longer needed"),
        ],
        rows=rows,
        widths=_WIDTHS,
        centred=frozenset({0, 6, 7, 8, 9}),
    )  # fmt: skip
    return write_workbook([table])


def board_name(scope: str, today: dt.date) -> str:
    """Return the file name of the board's workbook, in the user's language."""
    return (
        " ".join(filter(None, [_("How the measures are carried out"), safe_name(scope), today.isoformat()])) + ".xlsx"
    )
