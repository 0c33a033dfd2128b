"""The audit chain and the claims of jobs that run by the clock."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..querysets.audit import AuditHeadQuerySet, AuditQuerySet
from .organization import Organization, Person


class AuditEntry(models.Model):
    """One act. Each entry holds the digest of the one before it; entries are only ever added (actions/audit.py).

    It names actor, act, place and an opaque subject; what the act was about stands there only as a salted digest. `seals` is
    the digest of the entry's seals in their order, empty when it has none. Every digest names its algorithm. `form` says which
    of the canonical forms of docs/security.md was digested: 1 knew neither place, salt nor seals.
    """

    sequence = models.PositiveBigIntegerField(primary_key=True)
    form = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField(_("time"))
    actor = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(_("act"), max_length=60)
    subject = models.CharField(_("subject"), max_length=80)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, related_name="+")
    salt = models.CharField(max_length=40, blank=True)
    content_digest = models.CharField(max_length=80)
    seals = models.CharField(max_length=80, blank=True)
    previous = models.CharField(max_length=80)
    digest = models.CharField(max_length=80)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["sequence"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["actor", "sequence"], name="audit_by_actor"),
            models.Index(fields=["organization", "sequence"], name="audit_by_place"),
            models.Index(fields=["act", "sequence"], name="audit_by_act"),
            models.Index(fields=["at"], name="audit_by_time"),
        ]


class SealForm(models.Model):
    """Which columns of a table a seal covers. A table that gets a column gets another form; older seals keep theirs."""

    table = models.CharField(max_length=30)
    columns = models.JSONField()

    class Meta:
        default_permissions = ()


class Seal(models.Model):
    """The digest of a row that is final, put down with the act that made it so. The latest seal of a row counts."""

    entry = models.ForeignKey(AuditEntry, on_delete=models.PROTECT, related_name="+")
    form = models.ForeignKey(SealForm, on_delete=models.PROTECT, related_name="+")
    row = models.PositiveBigIntegerField()
    salt = models.CharField(max_length=40)
    digest = models.CharField(max_length=80)

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["form", "row"], name="seal_of_row")]


class AuditHead(models.Model):
    """The end of the chain: one row, locked while an entry is added."""

    sequence = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=80)

    objects = AuditHeadQuerySet.as_manager()

    class Meta:
        default_permissions = ()


class JobClaim(models.Model):
    """A job of `run_due` that was taken: one row for each job and day or subject, so that nothing runs twice."""

    job = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    claimed_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["job", "key"], name="job_claimed_once")]
