"""Choosing public notices."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q

from ..rules import SHOWN, Interval, NoticeKind, NoticeState, PointState, RegionState
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
        extensions = self.model._meta.get_field("extensions").related_model.objects
        longer = Q(approval__in=asked.values("pk")) | Q(approval__in=decided.values("pk"))
        route |= Q(pk__in=extensions.filter(longer).values("notice"))
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


class NoticeLineQuerySet(models.QuerySet):
    def returned_by_region(self) -> "NoticeLineQuerySet":
        """Return the lines whose points the region wants changed; where an objection said so, that is told there."""
        return self.filter(
            upheld_by=None,
            point_version__declaration__region_state=RegionState.RETURNED,
            point_version__state__in=[PointState.TO_CHANGE, PointState.SUPERSEDED, PointState.WITHDRAWN],
        )

    def to_show_anew(self) -> "NoticeLineQuerySet":
        """Return the lines of filed points that were marked by an objection or returned, once what corrects them is filed.

        Until a later version of the point is shown: then it was shown anew.
        """
        point, version = OuterRef("point_version__point"), OuterRef("point_version")
        versions = self.model._meta.get_field("point_version").related_model.objects
        corrected = versions.filter(point=point, pk__gt=version, state=PointState.FILED)
        shown = self.model.objects.filter(
            point_version__point=point, point_version__pk__gt=version, notice__state__in=SHOWN
        )
        marked = Q(upheld_by__isnull=False) | Q(pk__in=self.model.objects.returned_by_region().values("pk"))
        return self.filter(
            marked, Exists(corrected), ~Exists(shown), notice__kind=NoticeKind.POINTS, notice__state__in=SHOWN
        )


class ObjectionQuerySet(models.QuerySet):
    def late(self) -> "ObjectionQuerySet":
        """Return what came in after the time of its notice."""
        return self.filter(received_on__gt=F("notice__ends_on"))

    def open_about(self, notice: models.Model) -> "ObjectionQuerySet":
        """Return what came in in time and is still to be answered about the points of a notice, on whichever notice."""
        versions = notice.lines.values("point_version")
        whole = notice.__class__.objects.filter(lines__point_version__in=versions).values("pk")
        return self.filter(
            Q(notice=notice) | Q(line__point_version__in=versions) | Q(line=None, notice__in=whole),
            notice__kind=notice.kind,
            ruling="",
            received_on__lte=F("notice__ends_on"),
        )
