"""Choosing rows by their place in the organization tree."""

from collections.abc import Sequence

from django.db import models
from django.db.models import Model, Q

from ..rules import Interval, OrganizationKind

# Up to two ranges the databases walk the index themselves; more are cheaper as a list of the organizations inside
# (a bare OR of 30 ranges cost 100 ms, the list a few).
MOST_RANGES = 2


class OrganizationQuerySet(models.QuerySet):
    def open_sections(self) -> "OrganizationQuerySet":
        """Return the sections that are not closed."""
        return self.filter(kind=OrganizationKind.SECTION, closed_on=None)


def overlaps(intervals: Sequence[Interval], prefix: str = "") -> Q:
    """Return the condition that an organization and what is below it touches one of the merged `intervals`.

    `prefix` leads to the organization, as in "organization__"; no interval: nothing.
    """
    condition = Q(pk__in=[])
    for low, high in intervals:
        condition |= Q(**{f"{prefix}tree_from__lte": high, f"{prefix}tree_to__gte": low})
    return condition


def lies_within(intervals: Sequence[Interval], organizations: type[Model]) -> Q:
    """Return the condition that `position` lies in one of the merged `intervals`; no interval: nothing."""
    if not intervals:
        return Q(pk__in=[])
    if len(intervals) <= MOST_RANGES:
        condition = Q()
        for low, high in intervals:
            condition |= Q(position__range=(low, high))
        return condition
    inside = Q()
    for low, high in intervals:
        inside |= Q(tree_from__range=(low, high))
    return Q(position__in=organizations.objects.filter(inside).values("tree_from"))
