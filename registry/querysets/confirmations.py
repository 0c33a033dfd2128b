"""Choosing what administrators have entered: by what is open, and by the places it touches."""

import datetime as dt
from collections.abc import Mapping

from django.db import models
from django.db.models import Q

from ..rules import ConfirmationState, Interval
from .places import overlaps


class ConfirmationQuerySet(models.QuerySet):
    def open(self, today: dt.date) -> "ConfirmationQuerySet":
        """Return what waits for a decision on `today`: what lapsed is over, whether the job of the clock has run or not."""
        return self.filter(
            Q(state=ConfirmationState.IN_EFFECT) | Q(state=ConfirmationState.WAITING, lapses_on__gte=today)
        )

    def lapsed(self, today: dt.date) -> "ConfirmationQuerySet":
        """Return what nobody decided in time and still says it waits."""
        return self.filter(state=ConfirmationState.WAITING, lapses_on__lt=today)

    def within(self, intervals: list[Interval]) -> "ConfirmationQuerySet":
        """Return what touches places within `intervals` only."""
        inside = Q(pk__in=[])
        here = Q(other=None)
        for low, high in intervals:
            inside |= Q(organization__tree_from__range=(low, high))
            here |= Q(other__tree_from__range=(low, high))
        return self.filter(inside & here)

    def to_confirm(self, person: int, scopes: Mapping[str, list[Interval]], today: dt.date) -> "ConfirmationQuerySet":
        """Return what `person` may decide: of their kind and part, neither entered by them nor about them."""
        mine = self.none()
        for permission, intervals in scopes.items():
            mine |= self.filter(confirmed_with=permission).within(intervals)
        return mine.open(today).exclude(entered_by=person).exclude(Q(person=person, person__isnull=False))

    def touching(self, interval: Interval) -> "ConfirmationQuerySet":
        """Return what touches an organization itself, or something above it."""
        point = [(interval[0], interval[0])]
        return self.filter(overlaps(point, "organization__") | overlaps(point, "other__"))
