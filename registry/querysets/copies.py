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
