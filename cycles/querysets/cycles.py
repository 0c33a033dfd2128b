"""Which cycles there are for whom."""

from collections.abc import Sequence

from django.db import models
from django.db.models import Q

from registry.rules import Interval


class CycleQuerySet(models.QuerySet):
    def over(self, intervals: Sequence[Interval]) -> "CycleQuerySet":
        """Return the cycles of regions that lie at or above one of `intervals`, or within one."""
        place = Q(pk__in=[])
        for low, high in intervals:
            place |= Q(region__tree_from__lte=high, region__tree_to__gte=low)
        return self.filter(place)

    def of(self, organization: models.Model, year: int) -> models.Model | None:
        """Return the cycle an organization works in: that of the nearest region above it that has one for the year."""
        above = Q(region__tree_from__lte=organization.tree_from, region__tree_to__gte=organization.tree_to)
        return self.filter(above, year=year).order_by("-region__depth").first()
