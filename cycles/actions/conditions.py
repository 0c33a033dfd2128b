"""How much of what a stage waits for is missing, counted within intervals of the tree."""

from collections.abc import Callable, Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from controls.models import Finding, Task
from controls.rules import FindingState, TaskState
from registry import access
from registry.models import Appointment, Assignment, Declaration, Organization, PointVersion, Scheme
from registry.querysets.coverage import HANDED_IN, Coverage
from registry.querysets.ledger import LedgerFilter
from registry.querysets.places import lies_within
from registry.roles import Role
from registry.rules import (
    DECLARING_KINDS,
    DeclarationState,
    Interval,
    OrganizationKind,
    Phase,
    RegionState,
)

from ..models import Assessment, Cycle
from ..rules import AssessmentState, conditions_to_close

Intervals = Sequence[Interval]


def missing(cycle: Cycle, kind: str, intervals: Intervals) -> dict[str, int]:
    """Return for each condition of a stage how many are missing within `intervals`, 0 where it is met."""
    return {condition.key: _COUNTED[condition.key](cycle, intervals) for condition in conditions_to_close(kind)}


def open_ends(cycle: Cycle, kind: str) -> dict[str, int]:
    """Return the conditions of a stage that are not met in the whole region, with how many are missing."""
    counted = missing(cycle, kind, [cycle.region.interval])
    return {key: number for key, number in counted.items() if number}


def _scheme(cycle: Cycle, intervals: Intervals) -> int:
    return int(Scheme.objects.over(cycle.region.interval, cycle.year) is None)


def _leading_groups(cycle: Cycle, intervals: Intervals) -> int:
    """Count the units, and the region itself, without a leader or without an office."""

    def held(role: str) -> Exists:
        live = Assignment.objects.live(timezone.localdate())
        return Exists(live.filter(organization=OuterRef("pk"), role=role, person__is_active=True))

    units = Q(kind=OrganizationKind.UNIT) & ~Q(held(Role.PRINCIPAL_LEADER), held(Role.OFFICE_CLERK))
    region = Q(pk=cycle.region_id) & ~Q(held(Role.REGION_LEADER), held(Role.REGION_CLERK))
    return _open_organizations(intervals).filter(units | region).count()


def _training(cycle: Cycle, intervals: Intervals) -> int:
    return int(not cycle.trainings.filter(struck_by=None).exists())


def _notice(cycle: Cycle, intervals: Intervals) -> int:
    return int(getattr(cycle, "notice", None) is None or cycle.notice.issued_on is None)


def _undeclared(cycle: Cycle, intervals: Intervals) -> int:
    live = Appointment.objects.live(timezone.localdate())
    return Coverage(PointVersion, intervals, cycle.year, live).missing_people().count()


def _undeclared_bodies(cycle: Cycle, intervals: Intervals) -> int:
    """Count sections without a declaration on the level of sections, and units without one of their leadership team."""
    found = 0
    for level, kind in DECLARING_KINDS.items():
        handed_in = Declaration.objects.filter(
            organization=OuterRef("pk"),
            level=level,
            year=cycle.year,
            phase=Phase.POINTS,
            supplement=0,
            state__in=HANDED_IN,
        )
        found += _open_organizations(intervals).filter(~Exists(handed_in), kind=kind).count()
    return found


def _unfiled(cycle: Cycle, intervals: Intervals) -> int:
    waiting = (DeclarationState.SUBMITTED, DeclarationState.RETURNED)
    return _declarations(cycle, intervals).filter(state__in=waiting).count()


def _unsent(cycle: Cycle, intervals: Intervals) -> int:
    return _declarations(cycle, intervals).filter(state=DeclarationState.FILED, to_region=True, region_state="").count()


def _unanswered(cycle: Cycle, intervals: Intervals) -> int:
    return _declarations(cycle, intervals).filter(region_state__in=(RegionState.SENT, RegionState.ASKED)).count()


def _declarations(cycle: Cycle, intervals: Intervals) -> QuerySet[Declaration]:
    return Declaration.objects.within(intervals).filter(year=cycle.year, phase=Phase.POINTS, supplement=0)


def _without_measure(cycle: Cycle, intervals: Intervals) -> int:
    wanted = LedgerFilter(year=cycle.year, without_measure=True)
    return PointVersion.objects.in_ledger().within(intervals).matching(wanted).count()


def _overdue_tasks(cycle: Cycle, intervals: Intervals) -> int:
    within = lies_within(intervals, Organization)
    open_tasks = Task.objects.filter(within, state=TaskState.OPEN, due_on__lt=timezone.localdate())
    return open_tasks.filter(due_on__year=cycle.year).count()


def _unassessed(cycle: Cycle, intervals: Intervals) -> int:
    confirmed = Assessment.objects.filter(cycle=cycle, unit=OuterRef("pk"), state=AssessmentState.CONFIRMED)
    return _open_organizations(intervals).filter(~Exists(confirmed), kind=OrganizationKind.UNIT).count()


def _open_findings(cycle: Cycle, intervals: Intervals) -> int:
    open_states = (FindingState.OPEN, FindingState.REPORTED)
    within = lies_within(intervals, Organization)
    return Finding.objects.filter(within, state__in=open_states, raised_at__year__lte=cycle.year).count()


def _open_organizations(intervals: Intervals) -> QuerySet[Organization]:
    return Organization.objects.filter(access.within(intervals), closed_on=None)


_COUNTED: dict[str, Callable[[Cycle, Intervals], int]] = {
    "scheme": _scheme,
    "leading_groups": _leading_groups,
    "training": _training,
    "notice": _notice,
    "undeclared": _undeclared,
    "undeclared_bodies": _undeclared_bodies,
    "unfiled": _unfiled,
    "unsent": _unsent,
    "unanswered": _unanswered,
    "without_measure": _without_measure,
    "overdue_tasks": _overdue_tasks,
    "unassessed": _unassessed,
    "open_findings": _open_findings,
}
