"""Choosing alerts, from plain values."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import models
from django.db.models import Exists, Max, OuterRef, Q, Subquery

from registry.querysets.places import lies_within
from registry.rules import Interval

from ..rules import AlertState


class AlertQuerySet(models.QuerySet):
    def within(self, intervals: Sequence[Interval]) -> "AlertQuerySet":
        """Return what lies in the merged `intervals` of the organization tree."""
        return self.filter(lies_within(intervals, self.model._meta.get_field("organization").related_model))

    def open(self) -> "AlertQuerySet":
        """Return those nobody has answered."""
        return self.filter(state=AlertState.OPEN)

    def unanswered_on(self, today: dt.date) -> "AlertQuerySet":
        """Return the open ones whose day to answer has passed."""
        return self.open().filter(answer_by__lt=today)

    def without_open_alert(self, causes: models.QuerySet, name: str) -> models.QuerySet:
        """Return of `causes` (signals, findings or tasks) those without an open alert, with the darkest colour so far as `known`."""
        own = self.filter(**{name: OuterRef("pk")}).order_by()
        darkest = own.values(name).annotate(darkest=Max("first_colour")).values("darkest")
        return causes.filter(~Exists(own.open())).annotate(known=Subquery(darkest))


def addressed_to(rights: Iterable[tuple[str, int]]) -> Q:
    """Return the condition that an alert, or a step of one, is addressed to one of these (permission, organization id)."""
    asked = Q(pk__in=[])
    for permission, organization in rights:
        asked |= Q(asked_permission=permission, asked_organization=organization)
    return asked
