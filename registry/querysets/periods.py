"""Which dates and which scheme hold for an organization in a year: a row set on the way up."""

from collections.abc import Collection, Sequence

from django.db import models
from django.db.models import Case, DateField, Value, When
from django.db.models.functions import Cast

from ..rules import Dates, Interval, Phase, Scheme, default_dates, merge


class PeriodQuerySet(models.QuerySet):
    def nearest(self, position: int, year: int, phase: str) -> models.Model | None:
        """Return the period set nearest above `position`, or None where the document's own dates hold."""
        return (
            self.filter(
                organization__tree_from__lte=position, organization__tree_to__gte=position, year=year, phase=phase
            )
            .order_by("-organization__depth")
            .first()
        )

    def dates(self, position: int, year: int, phase: str) -> Dates:
        """Return the dates that hold at `position`."""
        period = self.nearest(position, year, phase)
        return period.dates if period else default_dates(year, phase)

    def due_to_region(self, years: Collection[int]) -> Case:
        """Return the expression for the day by which a declaration of one of `years` is due at the region.

        A supplement has no date of its own: None.
        """
        rows = self.filter(year__in=years).select_related("organization").order_by("-organization__depth")
        nearest = [
            When(
                year=period.year,
                phase=period.phase,
                position__range=period.organization.interval,
                then=Value(period.due_to_region),
            )
            for period in rows
        ]
        defaults = [
            When(year=year, phase=phase, then=Value(default_dates(year, phase).due_to_region))
            for year in years
            for phase in Phase.values
        ]
        nothing = Cast(None, DateField())  # PostgreSQL takes a bare NULL for text
        return Case(
            When(supplement__gt=0, then=nothing), *nearest, *defaults, default=nothing, output_field=DateField()
        )


class SchemeQuerySet(models.QuerySet):
    def in_force(self, position: int, year: int) -> models.Model | None:
        """Return the scheme that holds at `position` in `year`, or None for the default one."""
        return self.over((position, position), year)

    def over(self, interval: Interval, year: int) -> models.Model | None:
        """Return the scheme set at or above all of `interval` that holds in `year`, or None for the default one.

        A scheme holds from its year on. Of the latest year that has any it is the one set nearest, of that the latest version.
        """
        low, high = interval
        return (
            self.filter(organization__tree_from__lte=low, organization__tree_to__gte=high, year__lte=year)
            .order_by("-year", "-organization__depth", "-version")
            .first()
        )

    def holding(self, organizations: Sequence[models.Model], year: int) -> dict[int, models.Model | None]:
        """Return what holds for each organization in `year`, by its id; one query for all of them."""
        above = models.Q(pk__in=[])
        for low, high in merge(organization.interval for organization in organizations):
            above |= models.Q(organization__tree_from__lte=high, organization__tree_to__gte=low)
        found = list(
            self.filter(above, year__lte=year)
            .select_related("organization", "made_by")
            .order_by("-year", "-organization__depth", "-version")
        )
        return {
            organization.pk: next((scheme for scheme in found if _covers(scheme.organization, organization)), None)
            for organization in organizations
        }

    def rule_over(self, interval: Interval, year: int) -> Scheme:
        """Return the same as plain values, the default one where none is set."""
        found = self.over(interval, year)
        return found.rule if found else Scheme()


def _covers(above: models.Model, organization: models.Model) -> bool:
    return above.tree_from <= organization.tree_from and organization.tree_to <= above.tree_to
