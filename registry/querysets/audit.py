"""Choosing entries of the audit chain."""

import datetime as dt
from collections.abc import Collection

from django.db import models
from django.utils import timezone

from ..rules import Interval


class AuditQuerySet(models.QuerySet):
    def wanted(
        self,
        *,
        actors: models.QuerySet | None = None,
        place: Interval | None = None,
        acts: Collection[str] | None = None,
        since: dt.date | None = None,
        until: dt.date | None = None,
    ) -> "AuditQuerySet":
        """Return the entries by any of `actors`, about `place` and what is below it, of one of `acts`, from a day until a day."""
        found = self
        if actors is not None:
            found = found.filter(actor__in=actors.order_by().values("pk"))
        if place is not None:
            found = found.filter(organization__tree_from__range=place)
        if acts is not None:
            found = found.filter(act__in=acts)
        if since is not None:
            found = found.filter(at__gte=_midnight(since))
        if until is not None:
            found = found.filter(at__lt=_midnight(until + dt.timedelta(days=1)))
        return found


class AuditHeadQuerySet(models.QuerySet):
    def as_printed(self) -> str:
        """Return number and digest of the chain's end as documents print them, "" before the first entry."""
        head = self.first()
        return f"{head.sequence} {head.digest}" if head is not None else ""


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
