"""What the system itself knows of a unit's year: each indicator that is counted, as done of all."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from controls.models import Finding, FindingStep, Task, TaskReport
from controls.rules import FindingState, FindingVerb, TaskState
from registry.documents import coverage
from registry.models import Appointment, Assignment, Declaration, Organization, Period, PointVersion
from registry.querysets.ledger import LedgerFilter
from registry.querysets.places import lies_within
from registry.roles import Role
from registry.rules import DeclarationState

from ..models import Cycle
from ..rules.assessment import share_of

# Of so many posts the same words are nobody's own (practice).
SAME_WORDS = 3


@dataclass(frozen=True)
class Counted:
    """How much of all is done. Nothing to do: nothing to go by."""

    done: int
    all: int

    @property
    def share(self) -> Fraction | None:
        return share_of(self.done, self.all)


def counted(cycle: Cycle, unit: Organization) -> dict[str, Counted]:
    """Return every counted indicator of a unit, as of now."""
    return {key: count(cycle, unit) for key, count in _COUNTED.items()}


def _bodies(cycle: Cycle, unit: Organization) -> Counted:
    live = Assignment.objects.live(timezone.localdate()).filter(organization=unit, person__is_active=True)
    held = set(live.filter(role__in=(Role.PRINCIPAL_LEADER, Role.OFFICE_CLERK)).values_list("role", flat=True))
    return Counted(len(held), 2)


def _training(cycle: Cycle, unit: Organization) -> Counted:
    return Counted(int(cycle.trainings.filter(organization=unit, struck_by=None).exists()), 1)


def _declared(cycle: Cycle, unit: Organization) -> Counted:
    found = coverage.counted([unit.interval], cycle.year)
    everybody = Appointment.objects.live(timezone.localdate()).filter(
        post__organization__tree_from__range=unit.interval
    )
    all_ = everybody.count()
    return Counted(all_ - found.missing_people().count(), all_)


def _covered(cycle: Cycle, unit: Organization) -> Counted:
    found = coverage.counted([unit.interval], cycle.year)
    cells = [
        (bodies, cell)
        for _level, bodies, cells in coverage.matrix(found, coverage.scheme_of(unit, cycle.year))
        for cell in cells
        if cell.is_expected
    ]
    all_ = sum(bodies for bodies, _cell in cells)
    return Counted(all_ - sum(cell.missing for _bodies, cell in cells), all_)


def _in_time(cycle: Cycle, unit: Organization) -> Counted:
    """Count what goes to the region: sent by the day, of what was sent or is overdue."""
    reported = Declaration.objects.within([unit.interval]).filter(
        year=cycle.year, supplement=0, to_region=True, state=DeclarationState.FILED
    )
    reported = reported.annotate(due=Period.objects.due_to_region([cycle.year]))
    due = reported.filter(Q(sent_at__isnull=False) | Q(due__lt=timezone.localdate()))
    return Counted(due.filter(sent_at__date__lte=F("due")).count(), due.count())


def _own_words(cycle: Cycle, unit: Organization) -> Counted:
    """Count the points of posts whose words do not stand for several posts alike."""
    points = PointVersion.objects.in_ledger().within([unit.interval]).matching(LedgerFilter(year=cycle.year))
    points = points.filter(post__isnull=False).order_by()
    alike = points.values("title", "manifestation").annotate(posts=Count("post", distinct=True), number=Count("pk"))
    copied = sum(row["number"] for row in alike.filter(posts__gte=SAME_WORDS))
    all_ = points.count()
    return Counted(all_ - copied, all_)


def _measures(cycle: Cycle, unit: Organization) -> Counted:
    points = PointVersion.objects.in_ledger().within([unit.interval])
    all_ = points.matching(LedgerFilter(year=cycle.year)).count()
    without = points.matching(LedgerFilter(year=cycle.year, without_measure=True)).count()
    return Counted(all_ - without, all_)


def _tasks(cycle: Cycle, unit: Organization) -> Counted:
    """Count the tasks that were due by today: reported as done by the day they were due."""
    due = Task.objects.filter(
        lies_within([unit.interval], Organization), due_on__year=cycle.year, due_on__lte=timezone.localdate()
    ).exclude(state=TaskState.DROPPED)
    in_time = TaskReport.objects.filter(task=OuterRef("pk"), done_on__lte=OuterRef("due_on"), sent_back_by=None)
    return Counted(due.filter(Exists(in_time), state=TaskState.DONE).count(), due.count())


def _corrected(cycle: Cycle, unit: Organization) -> Counted:
    """Count the findings that were to be corrected by today: verified by the day."""
    due = Finding.objects.filter(
        lies_within([unit.interval], Organization), due_on__year=cycle.year, due_on__lte=timezone.localdate()
    )
    verified = FindingStep.objects.filter(
        finding=OuterRef("pk"), verb=FindingVerb.VERIFY, at__date__lte=OuterRef("due_on")
    )
    return Counted(due.filter(Exists(verified), state=FindingState.VERIFIED).count(), due.count())


_COUNTED: dict[str, Callable[[Cycle, Organization], Counted]] = {
    "bodies": _bodies,
    "training": _training,
    "declared": _declared,
    "covered": _covered,
    "in_time": _in_time,
    "own_words": _own_words,
    "measures": _measures,
    "tasks": _tasks,
    "corrected": _corrected,
}
