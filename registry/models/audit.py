"""The audit chain and the claims of jobs that run by the clock."""

from django.db import models

from .organization import Person


class AuditEntry(models.Model):
    """One act. Each entry holds the digest of the one before it; entries are only ever added (actions/audit.py).

    It names actor, act and an opaque subject; what the act was about stands there only as a salted digest.
    """

    sequence = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    content_digest = models.CharField(max_length=80)
    previous = models.CharField(max_length=80)
    digest = models.CharField(max_length=80)

    class Meta:
        ordering = ["sequence"]
        default_permissions = ()


class AuditHead(models.Model):
    """The end of the chain: one row, locked while an entry is added."""

    sequence = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=80)

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
