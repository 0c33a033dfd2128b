"""Filed measures become tasks by the clock; tasks are reported done with evidence, and sent back (part III §4(3): 组织实施)."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from registry.actions.attachments import keep_attachment
from registry.actions.audit import record
from registry.actions.organization import console_actor
from registry.actions.writing import change, create
from registry.models import (
    Attachment,
    Declaration,
    ImportBatch,
    JobClaim,
    MeasureVersion,
    Organization,
    Person,
)
from registry.rules import (
    DeclarationState,
    MeasureState,
    OrganizationKind,
    Origin,
    Phase,
    Refused,
    Rhythm,
    Upload,
)

from .. import access
from ..models import Task, TaskReport
from ..querysets.tasks import TaskFilter
from ..rules import MOST_FILES, Commitment, Occasion, TaskState, check_done_on, check_occurred_on, keeps, owed

# What ended longer ago than this has been seen to; a machine that was off catches up with the rest.
CATCH_UP = dt.timedelta(days=30)
_AT_ONCE = 1_000
JOB = "tasks"


# --- By the clock ---------------------------------------------------------------------------------------------------------


def planned_tasks() -> list[tuple[str, Callable[[], None]]]:
    """Return the units whose measures are to be looked through: each once a day, and again after every filing of the day."""
    today = timezone.localdate()
    units = Organization.objects.filter(kind=OrganizationKind.UNIT).order_by("tree_from")
    midnight = timezone.make_aware(dt.datetime.combine(today, dt.time()))
    filed = Declaration.objects.filter(filed_at__gte=midnight, state=DeclarationState.FILED).order_by()
    taken_in = ImportBatch.objects.filter(entered_at__gte=midnight).order_by()
    changes = Counter(unit for rows in (filed, taken_in) for unit in rows.values_list("unit", flat=True))
    keys = {f"{today}:{unit.pk}:{changes[unit.pk]}": unit for unit in units}
    claimed = set(JobClaim.objects.filter(job=JOB, key__in=list(keys)).values_list("key", flat=True))
    return [(key, lambda found=unit: plan_unit(found)) for key, unit in keys.items() if key not in claimed]


@dataclass(frozen=True)
class _Standing:
    """A filed version of a measure with what its tasks say of their place."""

    pk: int
    measure: int
    state: str
    commitment: Commitment
    place: dict[str, Any]


@transaction.atomic
def plan_unit(unit: Organization) -> None:
    """Make the tasks the measures of a unit owe; let open ones go over to what replaced their measure, or be dropped.

    Looked through as often as one likes, it changes nothing more. One at a time: the unit is locked.
    """
    unit = Organization.objects.select_for_update(no_key=True).get(pk=unit.pk)
    today = timezone.localdate()
    versions = _filed_versions(unit, today)
    wanted: dict[tuple[int, str], tuple[_Standing, Occasion]] = {}
    for version in versions:  # in the order in which they began: of two the later one
        for occasion in owed(version.commitment, today):
            wanted[version.measure, occasion.period] = (version, occasion)
    known = {
        (measure, period): (pk, state, version)
        for pk, measure, period, state, version in Task.objects.filter(position__range=unit.interval)
        .filter(Q(state=TaskState.OPEN) | Q(due_on__gte=dt.date(today.year - 1, 1, 1)) | Q(period="once"))
        .values_list("pk", "measure", "period", "state", "measure_version")
    }
    by, now = console_actor(), timezone.now()
    _make(unit, [each for key, each in wanted.items() if key not in known], by=by, now=now)
    again = [
        (known[key][0], *each)
        for key, each in wanted.items()
        if key in known
        and (known[key][1] == TaskState.DROPPED or known[key][1] == TaskState.OPEN and known[key][2] != each[0].pk)
    ]
    _go_over(again, by=by, now=now)
    _drop(unit, {pk for pk, _version, _occasion in again}, by=by, now=now)


def _filed_versions(unit: Organization, today: dt.date) -> list[_Standing]:
    """Return the filed measures of a unit's standing points, and those that ended a short while ago, in order of beginning."""
    was_filed = Q(declaration__phase=Phase.MEASURES) | Q(declaration__origin=Origin.IMPORTED)
    ended = Q(was_filed, valid_to__gte=today - CATCH_UP) & ~Q(state__in=[MeasureState.DRAFT, MeasureState.PROPOSED])
    rows = (
        MeasureVersion.objects.filter(point_version__position__range=unit.interval)
        .filter(Q(state=MeasureState.FILED, valid_to=None) | ended)
        .exclude(rhythm__in=[Rhythm.ON_EVENT, ""])
        .order_by("valid_from", "pk")
        .values_list(
            "pk", "measure", "state", "rhythm", "declaration__year", "valid_from", "valid_to", "due_on",
            "measure__point", "point_version__organization", "point_version__position", "point_version__post",
        )
    )  # fmt: skip
    return [
        _Standing(
            pk,
            measure,
            state,
            Commitment(rhythm, year, valid_from, valid_to, due_on),
            {"point_id": point, "organization_id": organization, "position": position, "post_id": post},
        )
        for pk, measure, state, rhythm, year, valid_from, valid_to, due_on, point, organization, position, post in rows
    ]


def _make(unit: Organization, due: Sequence[tuple[_Standing, Occasion]], *, by: Person, now: dt.datetime) -> None:
    if not due:
        return
    Task.objects.bulk_create(
        (
            Task(
                measure_id=version.measure,
                measure_version_id=version.pk,
                changed_by=by,
                changed_at=now,
                **version.place,
                **asdict(occasion),
            )
            for version, occasion in due
        ),
        batch_size=_AT_ONCE,
    )
    content = [[version.pk, occasion.period] for version, occasion in due]
    record("task.make", by=by, subject=unit, content=content)


def _go_over(again: Sequence[tuple[int, _Standing, Occasion]], *, by: Person, now: dt.datetime) -> None:
    """Let open tasks be of the version that stands now; what was dropped and is owed again is open again."""
    for start in range(0, len(again), _AT_ONCE):
        part = {pk: (version, occasion) for pk, version, occasion in again[start : start + _AT_ONCE]}
        # Who reports one at this moment was first: it stays as it was reported.
        tasks = list(
            Task.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=part).exclude(state=TaskState.DONE)
        )
        for task in tasks:
            version, occasion = part[task.pk]
            task.measure_version_id, task.due_on = version.pk, max(occasion.due_on, task.starts_on)
            task.state, task.dropped_reason = TaskState.OPEN, ""
            task.version, task.changed_by, task.changed_at = F("version") + 1, by, now
        fields = ["measure_version", "due_on", "state", "dropped_reason", "version", "changed_by", "changed_at"]
        Task.objects.bulk_update(tasks, fields)


def _drop(unit: Organization, kept: Collection[int], *, by: Person, now: dt.datetime) -> None:
    """Drop the open tasks of measures that ended, with the reason; what was due before the end stays to be done."""
    ended = (
        Task.objects.filter(position__range=unit.interval, state=TaskState.OPEN)
        .exclude(measure_version__state=MeasureState.FILED)
        .values_list("pk", "due_on", "measure_version__rhythm", "measure_version__state", "measure_version__valid_to")
    )
    by_reason = defaultdict(list)
    for pk, due_on, rhythm, state, valid_to in ended:
        if pk not in kept and valid_to is not None and not keeps(due_on, rhythm, valid_to):
            by_reason[state, valid_to].append(pk)
    for (state, day), tasks in sorted(by_reason.items()):
        for start in range(0, len(tasks), _AT_ONCE):
            Task.objects.filter(pk__in=tasks[start : start + _AT_ONCE], state=TaskState.OPEN).update(
                version=F("version") + 1,
                state=TaskState.DROPPED,
                dropped_reason=_why_dropped(state, day),
                changed_by=by,
                changed_at=now,
            )
        record("task.drop", by=by, subject=unit, content=[state, str(day), tasks])


def _why_dropped(state: str, day: dt.date) -> str:
    """Return, in the installation's language, why a task is no longer needed."""
    with translation.override(settings.LANGUAGE_CODE):
        if state == MeasureState.WITHDRAWN:
            return _("The measure was withdrawn on %(day)s.") % {"day": day}
        return _("The measure was changed on %(day)s; what replaces it has tasks of its own once it is filed.") % {
            "day": day
        }


# --- By people ------------------------------------------------------------------------------------------------------------


def _lock(task: Task) -> Task:
    return Task.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(pk=task.pk)


@transaction.atomic
def report_done(
    *, by: Person, task: Task, expected: int, done_on: dt.date, text: str, uploads: Sequence[Upload] = ()
) -> TaskReport:
    """Report a task as done, with evidence, if it still has the version `expected`."""
    task = _lock(task)
    access.check_report(task, by)
    check_done_on(done_on, task.starts_on, timezone.localdate())
    return _report(task, by=by, expected=expected, done_on=done_on, text=text, uploads=uploads)


@transaction.atomic
def report_occurrence(
    *, by: Person, measure: MeasureVersion, occurred_on: dt.date, text: str, uploads: Sequence[Upload] = ()
) -> TaskReport:
    """Report that a measure without a clock was carried out on a day: its task is made and reported at once."""
    measure = (
        MeasureVersion.objects.select_for_update(of=("self",), no_key=True)
        .select_related("point_version")
        .get(pk=measure.pk)
    )
    access.check_occurrence(measure, by)
    check_occurred_on(occurred_on, measure.valid_from, timezone.localdate())
    period = occurred_on.isoformat()
    if Task.objects.filter(measure=measure.measure_id, period=period).exists():
        raise Refused(
            _("This measure is reported for %s already; what is missing there is added after it was sent back.")
            % occurred_on
        )
    point = measure.point_version
    task = create(
        Task(
            measure_id=measure.measure_id,
            measure_version=measure,
            point_id=point.point_id,
            organization_id=point.organization_id,
            position=point.position,
            post_id=point.post_id,
            period=period,
            starts_on=occurred_on,
            due_on=occurred_on,
        ),
        by=by,
    )
    record("task.make", by=by, subject=task, content=[[measure.pk, period]])
    return _report(task, by=by, expected=task.version, done_on=occurred_on, text=text, uploads=uploads)


def _report(
    task: Task, *, by: Person, expected: int, done_on: dt.date, text: str, uploads: Sequence[Upload]
) -> TaskReport:
    if not text.strip():
        raise Refused(_("Say what was done, and what shows it."))
    if len(uploads) > MOST_FILES:
        raise Refused(_("A report has at most %(most)s files.") % {"most": MOST_FILES})
    whom = access.for_whom(task, by)
    change(task, by=by, expected=expected, state=TaskState.DONE)
    report = TaskReport.objects.create(
        task=task, done_on=done_on, text=text.strip(), reported_by=by, reported_for_id=whom, reported_at=timezone.now()
    )
    report.attachments.set([keep_attachment(upload, by=by) for upload in uploads])
    record("task.report", by=by, subject=task, content=report_content(report), seals=[report])
    return report


def report_content(report: TaskReport) -> dict[str, Any]:
    """Return a report as plain values, its files by their digests: what its entry in the audit chain is about."""
    return {
        "done_on": report.done_on.isoformat(),
        "text": report.text,
        "for": report.reported_for_id,
        "files": sorted(report.attachments.values_list("digest", flat=True)),
    }


@transaction.atomic
def send_back(*, by: Person, task: Task, expected: int, reason: str) -> Task:
    """Send the last report of a task back with a reason; the report stays, and the task is to be done again."""
    task = _lock(task)
    access.check_send_back(task, by)
    if not reason.strip():
        raise Refused(_("Say why it is sent back."))
    report = task.reports.select_for_update(of=("self",), no_key=True).filter(sent_back_by=None).last()
    change(task, by=by, expected=expected, state=TaskState.OPEN)
    TaskReport.objects.filter(pk=report.pk).update(
        sent_back_by=by, sent_back_at=timezone.now(), sent_back_reason=reason.strip()
    )
    record("task.send_back", by=by, subject=task, content=[report.pk, reason.strip()], seals=[report])
    return task


def file_of(task: Task, pk: int) -> Attachment | None:
    """Return a file of one of the task's reports."""
    return Attachment.objects.filter(pk=pk, task_reports__task=task).first()


@transaction.atomic
def note_export(*, by: Person, wanted: TaskFilter, count: int) -> None:
    """Put into the chain that somebody took tasks out as a file: who and when, the filter only as a digest."""
    record("task.export", by=by, subject=by, content=[asdict(wanted), count])
