"""Choosing meetings of the leadership team."""

from collections.abc import Collection, Sequence

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q

from ..rules import WRITING, ApprovalState, Interval, MeetingPurpose, MeetingState
from .places import lies_within


class MeetingQuerySet(models.QuerySet):
    def visible(self, person_id: int, *, units: Collection[int], recused: Sequence[Interval]) -> "MeetingQuerySet":
        """Return the deciding meetings a person reads: of `units` they enter for, and those they were present at."""
        organizations = self.model._meta.get_field("organization").related_model
        present = self.model.present.through.objects.filter(meeting=OuterRef("pk"), person=person_id)
        return self.filter(Q(organization__in=units) | Q(Exists(present)), purpose=MeetingPurpose.DECIDING).exclude(
            lies_within(recused, organizations)
        )

    def to_confirm(self, person_id: int, asked: models.QuerySet) -> "MeetingQuerySet":
        """Return the meetings with a line the person may confirm: present, not concerned, and no writer of it.

        `asked` are the approvals waiting for the person.
        """
        items = self.model._meta.get_field("items").related_model
        withdrawn = items.withdrawn.through.objects.filter(meetingitem=OuterRef("pk"), person=person_id)
        open_items = items.objects.undecided().filter(
            ~Exists(withdrawn), meeting=OuterRef("pk"), approval__in=asked.values("pk")
        )
        present = self.model.present.through.objects.filter(meeting=OuterRef("pk"), person=person_id)
        written = self.model.history.model.objects.filter(
            id=OuterRef("pk"), history_user=person_id, history_change_reason__in=WRITING
        )
        return self.filter(Exists(present), Exists(open_items), ~Exists(written), state=MeetingState.PUT)

    def with_counts(self, recused: Sequence[Interval]) -> "MeetingQuerySet":
        """Add to each meeting the number of its lines and of those decided, without those of places in `recused`."""
        seen = ~Q(pk__in=[])
        for interval in recused:
            seen &= ~Q(items__approval__position__range=interval)
        counted = self.annotate(
            item_count=Count("items", filter=seen), decided_count=Count("items__decision", filter=seen)
        )
        return counted.order_by(*self.model._meta.ordering)


class MeetingItemQuerySet(models.QuerySet):
    def undecided(self) -> "MeetingItemQuerySet":
        """Return the lines about approvals that still stand where they stood when they were entered."""
        return self.filter(decision=None, approval__state=ApprovalState.OPEN, approval__version=F("approval_version"))

    def waiting(self) -> "MeetingItemQuerySet":
        """Return those of them that wait for confirmation."""
        return self.undecided().filter(meeting__state=MeetingState.PUT)
