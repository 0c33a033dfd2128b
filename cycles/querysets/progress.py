"""How far a year is, by place: the tree number of an organization. Each count is one query, whatever the number of rows."""

from collections.abc import Sequence

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from controls.rules import FindingState, TaskState
from registry.querysets.coverage import Coverage
from registry.querysets.ledger import LedgerFilter
from registry.querysets.places import lies_within
from registry.rules import DeclarationState, Interval, Phase, PointState

ByPlace = dict[int, int]


class Progress:
    """Counts of a year within merged `intervals`, up to a day."""

    def __init__(
        self,
        points: type[models.Model],
        tasks: type[models.Model],
        findings: type[models.Model],
        intervals: Sequence[Interval],
        year: int,
        live: QuerySet,
        today,
    ) -> None:
        """`points` is the model of versions, `live` the appointments of today."""
        organizations = points._meta.get_field("organization").related_model
        declarations = points._meta.get_field("declaration").related_model
        within = lies_within(intervals, organizations)
        self._coverage = Coverage(points, intervals, year, live)
        self._year, self._today = year, today
        self._declarations = declarations.objects.filter(within, year=year, phase=Phase.POINTS, supplement=0).order_by()
        self._versions = points.objects.in_ledger().within(intervals)
        self._tasks = tasks.objects.filter(within, due_on__year=year, due_on__lte=today).order_by()
        self._findings = findings.objects.filter(within).order_by()

    def people(self) -> ByPlace:
        """Return how many posts with a holder there are."""
        return self._coverage.posts()

    def undeclared(self) -> ByPlace:
        """Return how many appointments have not handed in the year's declaration."""
        return self._coverage.undeclared()

    def declarations(self, *states: DeclarationState) -> ByPlace:
        """Return how many first declarations of the year stand in one of `states`."""
        return _by_place(self._declarations.filter(state__in=states))

    def points(self, *states: PointState, without_measure: bool = False) -> ByPlace:
        """Return how many risk points of the year stand, in one of `states`, or without a measure."""
        rows = self._versions.matching(LedgerFilter(year=self._year, without_measure=without_measure)).order_by()
        return _by_place(rows.filter(state__in=states) if states else rows)

    def tasks(self, *states: TaskState) -> ByPlace:
        """Return how many tasks that were due by today stand in one of `states`."""
        return _by_place(self._tasks.filter(state__in=states))

    def findings(self) -> ByPlace:
        """Return how many findings are not corrected yet."""
        return _by_place(self._findings.filter(state__in=(FindingState.OPEN, FindingState.REPORTED)))

    # --- Who is late, as appointments of today -----------------------------------------------------------------------

    def late_to_declare(self) -> QuerySet:
        """Return the appointments that have not handed in the year's declaration."""
        return self._coverage.missing_people()

    def late_to_mend(self, appointments: QuerySet) -> QuerySet:
        """Return those of `appointments` whose declaration was returned and waits for them."""
        returned = self._declarations.filter(appointment=OuterRef("pk"), state=DeclarationState.RETURNED)
        return appointments.filter(Exists(returned))

    def late_with_measures(self, appointments: QuerySet) -> QuerySet:
        """Return those of `appointments` with a standing point of their post that has no measure."""
        wanted = LedgerFilter(year=self._year, without_measure=True)
        bare = self._versions.matching(wanted).order_by().filter(post=OuterRef("post"))
        return appointments.filter(Exists(bare))

    def late_with_tasks(self, appointments: QuerySet) -> QuerySet:
        """Return those of `appointments` whose post has a task that is overdue."""
        overdue = self._tasks.filter(post=OuterRef("post"), state=TaskState.OPEN, due_on__lt=self._today)
        return appointments.filter(Exists(overdue))


def _by_place(rows: QuerySet) -> ByPlace:
    found = rows.values("position").annotate(count=Count("pk"))
    return {row["position"]: row["count"] for row in found}


class UrgingQuerySet(models.QuerySet):
    def of(self, people: Sequence[int], since) -> "UrgingQuerySet":
        """Return the urgings of these people since a day, the latest first."""
        return self.filter(Q(person__in=people), on__gte=since).order_by("-on", "-pk")
