"""Choosing monitoring signals, from plain values."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models import Count

from registry.querysets.places import lies_within
from registry.rules import Interval

from ..rules import Judging


@dataclass(frozen=True)
class SignalFilter:
    """What a reader of the register asks for; what is empty is not asked."""

    year: int | None = None
    interval: Interval | None = None
    channel: str = ""
    judged: str = ""
    words: str = ""


class SignalQuerySet(models.QuerySet):
    def within(self, intervals: Sequence[Interval]) -> "SignalQuerySet":
        """Return what lies in the merged `intervals` of the organization tree."""
        return self.filter(lies_within(intervals, self.model._meta.get_field("organization").related_model))

    def matching(self, wanted: SignalFilter) -> "SignalQuerySet":
        """Return what the filter asks for."""
        found = self
        if wanted.year:
            found = found.filter(received_on__range=(dt.date(wanted.year, 1, 1), dt.date(wanted.year, 12, 31)))
        if wanted.interval:
            found = found.filter(position__range=wanted.interval)
        if wanted.channel:
            found = found.filter(channel=wanted.channel)
        if wanted.judged:
            found = found.filter(judged=wanted.judged)
        for word in wanted.words.split():
            found = found.filter(text__icontains=word)
        return found

    def by_channel(self) -> dict[str, int]:
        """Return how many there are of each channel that has any."""
        return dict(self.order_by().values_list("channel").annotate(number=Count("pk")))

    def years(self) -> list[int]:
        """Return the years in which any came in, the latest first."""
        return [day.year for day in self.order_by().dates("received_on", "year", order="DESC")]

    def shows_risk(self, since: dt.date, until: dt.date) -> "SignalQuerySet":
        """Return those judged as risk that came in within these days, both counted."""
        return self.filter(judged=Judging.RISK, received_on__range=(since, until))
