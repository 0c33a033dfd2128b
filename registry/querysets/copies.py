"""Numbered copies: those of a register, those that are out, those that are late."""

import datetime as dt

from django.db import models
from django.db.models import Q


class CopyQuerySet(models.QuerySet):
    def out(self) -> "CopyQuerySet":
        """Return the copies that were made and have not come back."""
        return self.filter(made_at__isnull=False, returned_on=None)

    def late(self, today: dt.date) -> "CopyQuerySet":
        """Return the copies that should have come back before today."""
        return self.out().filter(due_on__lt=today)

    def made_in(self, units: models.QuerySet) -> "CopyQuerySet":
        """Return the copies these units have made, by number, with their notices."""
        made = self.filter(unit__in=units.order_by().values("pk"), made_at__isnull=False)
        return made.select_related("notice").order_by("serial")

    def returned(self) -> "CopyQuerySet":
        """Return the copies that came back."""
        return self.exclude(returned_on=None)

    def searched(self, words: str) -> "CopyQuerySet":
        """Return the copies with every word in their number, in whom they went to, or in what they are."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(serial__icontains=word)
                | Q(issued_to__icontains=word)
                | Q(title__icontains=word)
                | Q(purpose__icontains=word)
            )
        return found


class PrintedFileQuerySet(models.QuerySet):
    def given_out_in(self, units: models.QuerySet) -> "PrintedFileQuerySet":
        """Return the files of these units' notices by number of the notice, in the order they were made."""
        files = self.filter(notice__unit__in=units.order_by().values("pk"))
        return files.select_related("notice").order_by("notice__number", "made_at")
