"""Choosing public notices."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q

from ..rules import SHOWN, Interval, NoticeState
from .places import lies_within, overlaps


class NoticeQuerySet(models.QuerySet):
    def visible(
        self,
        *,
        places: Collection[int],
        ledger: Sequence[Interval],
        publishing: Sequence[Interval],
        asked: models.QuerySet,
        decided: models.QuerySet,
        recused: Sequence[Interval],
    ) -> "NoticeQuerySet":
        """Return what a person may read.

        Posted: whoever has a place (tree numbers of the organizations of their posts) within the notice's scope, readers of
        the ledger there, publishers. Before: publishers, and whoever is asked or has decided. A notice with a line from a
        place one is recused from is not there.
        """
        organizations = self.model._meta.get_field("organization").related_model
        within = Q(pk__in=[])
        for place in places:
            within |= Q(shown_within__tree_from__lte=place, shown_within__tree_to__gte=place)
        posted = Q(state__in=SHOWN) & (within | lies_within(ledger, organizations))
        managed = lies_within(publishing, organizations)
        route = Q(approval__in=asked.values("pk")) | Q(approval__in=decided.values("pk"))
        found = self.filter(posted | managed | route)
        lines = self.model._meta.get_field("lines").related_model
        hidden = Exists(lines.objects.filter(lies_within(recused, organizations), notice=OuterRef("pk")))
        # What has no lines yet may come to have some from anywhere in its organization.
        return found.exclude(hidden).exclude(~Q(state__in=SHOWN) & overlaps(recused, "organization__"))

    def running(self, today: dt.date) -> "NoticeQuerySet":
        """Return the posted notices to which one may object on this day."""
        return self.filter(state=NoticeState.POSTED, ends_on__gte=today)

    def without_prepared_sheet(self, most_lines: int, most_characters: int) -> "NoticeQuerySet":
        """Return the posted notices with more lines or more characters whose PDF is not made yet."""
        return (
            self.exclude(number=None)
            .filter(prepared_sheet=None)
            .annotate(line_count=Count("lines"))
            .filter(Q(line_count__gt=most_lines) | Q(size__gt=most_characters))
            .order_by("pk")
        )

    def over(self, today: dt.date) -> "NoticeQuerySet":
        """Return the posted notices whose time is over and whose result is not recorded yet."""
        return self.filter(state=NoticeState.POSTED, ends_on__lt=today)


class ObjectionQuerySet(models.QuerySet):
    def open_about(self, notice: models.Model) -> "ObjectionQuerySet":
        """Return what is still to be answered about the points of a notice, on whichever notice it came in."""
        versions = notice.lines.values("point_version")
        whole = notice.__class__.objects.filter(lines__point_version__in=versions).values("pk")
        return self.filter(
            Q(notice=notice) | Q(line__point_version__in=versions) | Q(line=None, notice__in=whole),
            notice__kind=notice.kind,
            ruling="",
        )
