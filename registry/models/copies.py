"""Numbered copies of what is printed, the digests of files that were handed out, and how often somebody checks one."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..querysets.copies import CopyQuerySet, PrintedFileQuerySet
from ..rules import NOTE_LENGTH, TITLE_LENGTH
from ..rules.shelf import DocumentKind
from .notices import PublicNotice
from .organization import Organization, Person
from .shelf import ShelfItem


class NumberedCopy(models.Model):
    """One copy of a notice or a ledger: its number, to whom it went, what stands in it by digest, and whether it came back.

    What is known only once the file is made (`made_at` and the digests) is entered then, the return when it comes back;
    everything else is final from the beginning. `item` is the document on a shelf that holds the file for some days.
    """

    unit = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="copies")
    serial = models.CharField(_("copy number"), max_length=40, unique=True)
    code = models.CharField(_("short code"), max_length=20, unique=True)
    kind = models.CharField(_("document"), max_length=20, choices=DocumentKind)
    notice = models.ForeignKey(PublicNotice, on_delete=models.PROTECT, null=True, related_name="copies")
    item = models.ForeignKey(ShelfItem, on_delete=models.SET_NULL, null=True, related_name="copies")
    title = models.CharField(_("what it is"), max_length=TITLE_LENGTH)
    scope = models.CharField(_("scope"), max_length=TITLE_LENGTH)
    issued_to = models.CharField(_("issued to"), max_length=100)
    purpose = models.CharField(_("purpose"), max_length=NOTE_LENGTH, blank=True)
    due_on = models.DateField(_("to be returned by"), null=True, blank=True)
    issued_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("issued"))
    made_at = models.DateTimeField(null=True)
    count = models.PositiveIntegerField(_("lines"), null=True)
    content_digest = models.CharField(max_length=80, blank=True)
    file_digest = models.CharField(max_length=64, blank=True)  # SHA-256
    returned_on = models.DateField(_("returned on"), null=True)
    returned_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    return_remark = models.CharField(_("remark on the return"), max_length=NOTE_LENGTH, blank=True)

    objects = CopyQuerySet.as_manager()

    class Meta:
        verbose_name = _("numbered copy")
        verbose_name_plural = _("numbered copies")
        ordering = ["-pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["unit", "returned_on"], name="copy_out"),
            models.Index(fields=["file_digest"], name="copy_by_file"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(made_at=None, file_digest="", content_digest="", count=None)
                | (Q(made_at__isnull=False, count__isnull=False) & ~Q(file_digest="") & ~Q(content_digest="")),
                name="copy_made_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(returned_on=None, returned_by=None)
                | Q(returned_on__isnull=False, returned_by__isnull=False),
                name="copy_returned_to_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.serial


class PrintedFile(models.Model):
    """The digest of a PDF of a posted notice that was given out, so that the file can be told from any other.

    No part of the record: what a notice says is sealed with the notice, and an upgrade may give the same sheet other bytes.
    """

    digest = models.CharField(max_length=64, primary_key=True)  # SHA-256
    notice = models.ForeignKey(PublicNotice, on_delete=models.CASCADE, related_name="printed_files")
    made_at = models.DateTimeField()

    objects = PrintedFileQuerySet.as_manager()

    class Meta:
        db_table = "printed_file"
        default_permissions = ()


class CheckTally(models.Model):
    """How many checks of sheets came from one address lately: under a keyed digest, never the address."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(null=True)

    class Meta:
        db_table = "check_tally"
        default_permissions = ()
