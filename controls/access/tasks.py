"""Who answers for a task, who sees it, who sends it back."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.access import (
    Asked,
    asked_at,
    holders,
    names,
    posts_answered_for,
    prepared_places,
    recusals_of,
    rights_of,
    scope,
    withheld_from,
)
from registry.models import Appointment, MeasureVersion, Organization, Person, Post
from registry.roles import Permission
from registry.rules import Interval, MeasureState, NotAllowed, OrganizationKind, Refused, Rhythm, StepKey

from ..models import Task
from ..rules import TaskState


def has_tasks(person: Person) -> bool:
    """Say whether tasks can be the person's: whether "My tasks" stands in their navigation."""
    return bool(person.is_active and (posts_answered_for(person) or prepared_places(person)))


def own_tasks(person: Person) -> QuerySet[Task]:
    """Return the tasks the person answers for today: of their posts, and of the sections and teams they prepare for."""
    if not person.is_active:
        return Task.objects.none()
    mine = Task.objects.answered_for(posts_answered_for(person), prepared_places(person))
    return mine.outside(recusals_of(person))


def work_scope(person: Person) -> list[Interval]:
    """Return where the person sees how measures are carried out: superiors, offices, inspectors."""
    return scope(person, Permission.VIEW_WORK)


def watched_tasks(person: Person) -> QuerySet[Task]:
    """Return the tasks of the board."""
    return Task.objects.within(work_scope(person))


def visible_tasks(person: Person) -> QuerySet[Task]:
    """Return the tasks the person may read: their own, those they watch over, and those they have reported."""
    if not person.is_active:
        return Task.objects.none()
    reported = Task.objects.filter(reports__reported_by=person).outside(withheld_from(person))
    seen = [each.order_by().values("pk") for each in (own_tasks(person), watched_tasks(person), reported)]
    return Task.objects.filter(Q(pk__in=seen[0]) | Q(pk__in=seen[1]) | Q(pk__in=seen[2]))


def answers_for(task: Task, person: Person) -> bool:
    """Say whether the task is the person's to do today."""
    return own_tasks(person).filter(pk=task.pk).exists()


def for_whom(task: Task, person: Person) -> int | None:
    """Return whom somebody who answers for a task only stands in for, or None where it is theirs."""
    if task.post_id is not None:
        return None
    rights = [
        right
        for right in rights_of(person)
        if right.permission == Permission.PREPARE and right.interval[0] == task.position
    ]
    return None if any(right.whom is None for right in rights) else next((right.whom for right in rights), None)


def place_of_task(task: Task) -> Organization:
    """Return where a task stands in the tree today, whatever has moved since it was made."""
    return Organization.objects.get(tree_from=task.position)


def answering(task: Task) -> QuerySet[Person]:
    """Return who answers for a task today, in order of their staff numbers."""
    if task.post_id is None:
        return holders(Permission.PREPARE, place_of_task(task)).order_by("username")
    chain = Post.objects.passed_on().get(task.post_id)
    live = Appointment.objects.live(timezone.localdate()).filter(post=chain[-1] if chain else task.post_id)
    return Person.objects.filter(pk__in=live.values("person"), is_active=True).order_by("username")


def check_report(task: Task, person: Person) -> None:
    """Refuse reporting to all but those who answer for the task, and of what is not to be done (yet, or any more)."""
    if not answers_for(task, person):
        who = names(answering(task).values_list("pk", flat=True)) or _("nobody at present")
        raise NotAllowed(_("This task is reported by who answers for it: %s.") % who)
    if task.state == TaskState.DONE:
        raise Refused(_("This task is reported as done already."))
    if task.state == TaskState.DROPPED:
        raise Refused(_("This task is no longer needed: %s") % task.dropped_reason)
    if task.starts_on > timezone.localdate():
        raise Refused(_("This task begins on %s; until then there is nothing to report.") % task.starts_on)


def superior(task: Task) -> Asked:
    """Return who sends a report of a task back: the next above who neither answers for it nor has reported it.

    Of a post its section head, of a section its supervising leader, of a team and its posts a principal leader; where nobody
    is, the next one up within the unit.
    """
    concerned = {*answering(task).values_list("pk", flat=True)}
    for reported in task.reports.values_list("reported_by", "reported_for"):
        concerned |= {*reported} - {None}
    place = place_of_task(task)
    if place.kind == OrganizationKind.UNIT:
        step = StepKey.PRINCIPAL
    else:
        step = StepKey.SUPERVISOR if task.post_id is None else StepKey.HEAD
    asked = asked_at(step, place, owners=concerned)
    return Asked(frozenset()) if asked.permission == Permission.DECIDE_FOR_REGION else asked


def check_send_back(task: Task, person: Person) -> None:
    """Refuse sending back to all but the superior, and of what is not reported."""
    asked = superior(task)
    if person.pk not in asked.people:
        who = names(asked.people, asked.standing_in) or _("nobody at present")
        raise NotAllowed(_("A report is sent back by the superior: %s.") % who)
    if task.state != TaskState.DONE:
        raise Refused(_("Nothing is reported that could be sent back."))


# --- Occurrences: measures that are carried out on an event ---------------------------------------------------------------


def occurring_measures(person: Person) -> QuerySet[MeasureVersion]:
    """Return the filed measures without a clock the person answers for: on an event, or (from paper) by no known rhythm."""
    if not person.is_active:
        return MeasureVersion.objects.none()
    mine = Q(point_version__post__in=posts_answered_for(person)) | Q(
        point_version__post=None, point_version__position__in=prepared_places(person)
    )
    found = MeasureVersion.objects.filter(
        mine, state=MeasureState.FILED, valid_to=None, rhythm__in=[Rhythm.ON_EVENT, ""]
    )
    for interval in recusals_of(person):
        found = found.exclude(point_version__position__range=interval)
    return found.order_by("point_version__position", "point_version", "ordinal", "pk")


def check_occurrence(measure: MeasureVersion, person: Person) -> None:
    """Refuse reporting an occurrence of what one does not answer for, or what does not stand any more."""
    if not occurring_measures(person).filter(pk=measure.pk).exists():
        raise NotAllowed(_("An occurrence is reported by who answers for the measure, while it stands."))
