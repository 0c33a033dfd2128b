"""Choosing uploaded ledgers."""

import datetime as dt

from django.db import models

from ..rules import UploadState


class UploadedLedgerQuerySet(models.QuerySet):
    def without_file(self) -> "UploadedLedgerQuerySet":
        """Return the rows without reading the bytes."""
        return self.defer("body")

    def due(self, before: dt.datetime) -> "UploadedLedgerQuerySet":
        """Return those uploaded before a moment whose file is still kept."""
        return self.filter(at__lt=before).exclude(body=b"").exclude(state=UploadState.EXPIRED)
