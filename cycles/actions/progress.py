"""Urging those who are late: once a day and person, recorded (催办)."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from controls.models import Finding, Task
from registry.actions.audit import record
from registry.models import Appointment, Person, PointVersion
from registry.rules import Interval, Refused

from .. import access
from ..models import Cycle, Urging
from ..querysets.progress import Progress
from ..rules import Step

MOST_AT_ONCE = 200


def progress_of(cycle: Cycle, intervals: Sequence[Interval]) -> Progress:
    """Return what is counted of a year within `intervals`, up to today."""
    today = timezone.localdate()
    live = Appointment.objects.live(today)
    return Progress(PointVersion, Task, Finding, intervals, cycle.year, live, today)


def late(cycle: Cycle, step: str, intervals: Sequence[Interval]):
    """Return the appointments within `intervals` that are late with a step, in the order of the tree."""
    progress = progress_of(cycle, intervals)
    live = Appointment.objects.live(timezone.localdate())
    found = {
        Step.DECLARE: progress.late_to_declare,
        Step.MEND: lambda: progress.late_to_mend(live),
        Step.MEASURES: lambda: progress.late_with_measures(live),
        Step.TASKS: lambda: progress.late_with_tasks(live),
    }[Step(step)]()
    return found.select_related("person", "post__organization").order_by("post__organization__tree_from", "post", "pk")


@transaction.atomic
def urge(*, by: Person, cycle: Cycle, step: str, appointments: Sequence[Appointment]) -> list[Urging]:
    """Urge people who are late with a step; who was urged today already is left out. Returns the urgings made."""
    if not appointments:
        raise Refused(_("Choose who is urged."))
    if len(appointments) > MOST_AT_ONCE:
        raise Refused(_("At most %(most)s people are urged at once.") % {"most": MOST_AT_ONCE})
    today = timezone.localdate()
    still_late = {
        appointment.pk: appointment
        for appointment in late(cycle, step, access.late_scope(cycle, by)).filter(
            pk__in=[appointment.pk for appointment in appointments]
        )
    }
    made = []
    for appointment in sorted(appointments, key=lambda each: each.pk):
        access.check_urge(cycle, appointment.post.organization, by)
        if appointment.pk not in still_late or appointment.person_id == by.pk:
            continue
        urging, is_new = Urging.objects.get_or_create(
            person=appointment.person,
            on=today,
            defaults={"cycle": cycle, "organization": appointment.post.organization, "step": step, "by": by},
        )
        if is_new:
            record("urging.make", by=by, subject=urging, content=[step, appointment.person_id], seals=[urging])
            made.append(urging)
    if not made:
        raise Refused(_("Nobody is urged: they were urged today already, or are not late any more."))
    return made
