"""Signing in: attempts, passwords used, sessions, and what was typed when one ended.

Of these only the passwords belong to the record of the body; the other tables live as short as sessions do, and are not
named like it.
"""

from django.contrib.sessions.models import Session
from django.db import models

from .organization import Person


class SignInTally(models.Model):
    """Attempts that failed under one staff number or from one address: a keyed digest, never what was typed."""

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveSmallIntegerField(default=0)
    last = models.DateTimeField(null=True)
    locked_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "sign_in_tally"
        default_permissions = ()


class UsedPassword(models.Model):
    """The hash of a password a person has had, so that it does not come back."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="used_passwords")
    password = models.CharField(max_length=128)
    since = models.DateTimeField()

    class Meta:
        ordering = ["-since", "-pk"]
        default_permissions = ()


class OpenSession(models.Model):
    """A session of a person: from where, since when, last used. It goes with the session itself."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="opened")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="open_sessions")
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField()
    seen = models.DateTimeField()

    class Meta:
        db_table = "sign_in_session"
        ordering = ["-seen", "-pk"]
        default_permissions = ()


class KeptForm(models.Model):
    """What a person sent when their session had ended: kept encrypted, shown to them alone, sent by themselves or never."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="kept_forms")
    page = models.CharField(max_length=2000)
    fields = models.TextField()
    left_out = models.BooleanField(default=False)
    kept_at = models.DateTimeField()

    class Meta:
        db_table = "sign_in_kept_form"
        ordering = ["-kept_at", "-pk"]
        default_permissions = ()
