"""Ledgers that somebody has uploaded to take them in: the file, what was chosen, and what taking it in would do."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..querysets.uploads import UploadedLedgerQuerySet
from ..rules import Outcome, UploadState
from .declarations import ImportBatch
from .organization import Organization, Person


class UploadedLedger(models.Model):
    """A workbook on its way into the ledger. Its bytes and rows are kept some days only; what it became is the batch.

    `choices` are what a person has confirmed, `report` and `seen` what was found with them and the digest of that, told in
    `language`; without one it was found before that was kept.
    """

    unit = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="uploaded_ledgers")
    year = models.PositiveSmallIntegerField(_("year"))
    basis = models.CharField(_("filed on paper: where, when, document number"), max_length=300, blank=True)
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()  # bytes
    digest = models.CharField(max_length=80)
    body = models.BinaryField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(_("state"), max_length=10, choices=UploadState, default=UploadState.CHECKED)
    choices = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    seen = models.CharField(max_length=80, blank=True)
    checked_at = models.DateTimeField()
    language = models.CharField(max_length=10, blank=True)
    version = models.PositiveIntegerField(default=1)
    batch = models.OneToOneField(ImportBatch, on_delete=models.PROTECT, null=True, related_name="upload")

    objects = UploadedLedgerQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["state", "at"], name="uploaded_ledger_due")]

    def __str__(self) -> str:
        return self.name


class UploadedRow(models.Model):
    """One risk point of an uploaded ledger: where it stands, what would become of it, its cells before and after."""

    upload = models.ForeignKey(UploadedLedger, on_delete=models.CASCADE, related_name="rows")
    ordinal = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome)
    content = models.JSONField()

    class Meta:
        ordering = ["ordinal"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["upload", "ordinal"], name="uploaded_row_once")]
        indexes = [models.Index(fields=["upload", "outcome", "ordinal"], name="uploaded_row_outcome")]
