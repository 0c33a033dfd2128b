"""Documents made in the background: which are due, which are somebody's, which are over."""

import datetime as dt

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Sum

from ..rules.shelf import MOST_ATTEMPTS, OVER, REMEMBERED_FOR, UNFINISHED, ShelfState


class ShelfQuerySet(models.QuerySet):
    def due(self, now: dt.datetime) -> "ShelfQuerySet":
        """Return what a worker may begin: what waits, and what somebody began whose lease has run out; the oldest first.

        What was begun fewer times comes first, so that one that kills its worker does not stand before the others.
        """
        return self.filter(self._is_due(now), attempts__lt=MOST_ATTEMPTS).order_by("attempts", "asked_at", "pk")

    def listed(self) -> "ShelfQuerySet":
        """Return the documents, each with `is_numbered`: whether it holds numbered copies, which are not made twice."""
        copies = self.model._meta.get_field("copies").related_model
        return self.annotate(is_numbered=Exists(copies.objects.filter(item=OuterRef("pk"))))

    def given_up(self, now: dt.datetime) -> "ShelfQuerySet":
        """Return what was begun as often as it may be and did not come to an end."""
        return self.filter(self._is_due(now), attempts__gte=MOST_ATTEMPTS)

    @staticmethod
    def _is_due(now: dt.datetime) -> Q:
        return Q(state=ShelfState.WAITING) | Q(state=ShelfState.MAKING, claimed_until__lt=now)

    def expired(self, now: dt.datetime) -> "ShelfQuerySet":
        """Return what is ready, and whose time is over."""
        return self.filter(state=ShelfState.READY, expires_at__lte=now)

    def forgotten(self, now: dt.datetime) -> "ShelfQuerySet":
        """Return what expired or failed so long ago that nobody asks for it again."""
        return self.filter(state__in=OVER, asked_at__lte=now - REMEMBERED_FOR)

    def room(self) -> dict[str, int]:
        """Return how many there are unfinished (`unfinished`), how many at all (`on_shelf`), and bytes together (`size`)."""
        found = self.order_by().aggregate(
            unfinished=Count("pk", filter=Q(state__in=UNFINISHED)), on_shelf=Count("pk"), size=Sum("size")
        )
        return found | {"size": found["size"] or 0}
