"""Documents made in the background for one person: asked for, made by a worker, fetched until they expire."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..querysets.shelf import ShelfQuerySet
from ..rules.shelf import DocumentKind, ShelfState
from .organization import Person


class ShelfItem(models.Model):
    """One document on somebody's shelf.

    `arguments` say what is asked for as plain values (never rows): read again when it is made, with the rights the person has
    then. A worker holds it by `claim` until `claimed_until`. `places` say whose rows stand in the file: the organization they
    were filed under and their post (None: its own), for these move together. An earlier release wrote the organization alone.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="shelf")
    kind = models.CharField(_("document"), max_length=20, choices=DocumentKind)
    language = models.CharField(max_length=10)
    arguments = models.JSONField()
    words = models.TextField(_("what it shows"))
    state = models.CharField(_("state"), max_length=10, choices=ShelfState, default=ShelfState.WAITING)
    asked_at = models.DateTimeField(_("asked for"))
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.CharField(max_length=32, blank=True)
    claimed_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)
    failure = models.TextField(blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    size = models.PositiveIntegerField(default=0)  # bytes
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the file
    places = models.JSONField(default=list)

    objects = ShelfQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["state", "claimed_until"], name="shelf_due")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=ShelfState.READY)
                | (~Q(digest="") & Q(made_at__isnull=False, expires_at__isnull=False)),
                name="shelf_ready_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state=ShelfState.MAKING) | (~Q(claim="") & Q(claimed_until__isnull=False)),
                name="shelf_made_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def percent(self) -> int:
        """How much of it is made, of a hundred."""
        return 100 * self.done // self.total if self.total else 0


class ShelfFile(models.Model):
    """The file of a document that is ready: beside it, so that a list never reads files."""

    item = models.OneToOneField(ShelfItem, on_delete=models.CASCADE, primary_key=True, related_name="file")
    body = models.BinaryField()

    class Meta:
        default_permissions = ()
