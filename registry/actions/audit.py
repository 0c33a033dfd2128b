"""Adding to the audit chain. Called inside the transaction of every act."""

import secrets
from typing import Any

from django.utils import timezone

from ..models import AuditEntry, AuditHead, Person
from ..rules import digest

BEGINNING = "0"


def record(act: str, *, by: Person, subject: str, content: Any = None) -> AuditEntry:
    """Append one entry: who did what to which opaque subject, and a salted digest of what it was about.

    The head row is locked first, so entries of concurrent transactions stand in one order.
    """
    head, _made = AuditHead.objects.select_for_update().get_or_create(
        pk=1, defaults={"sequence": 0, "digest": BEGINNING}
    )
    salt = secrets.token_hex(16)
    entry = AuditEntry(
        sequence=head.sequence + 1,
        at=timezone.now(),
        actor=by,
        act=act,
        subject=subject,
        content_digest=digest([salt, content]),
        previous=head.digest,
    )
    entry.digest = entry_digest(entry)
    entry.save(force_insert=True)
    AuditHead.objects.filter(pk=1).update(sequence=entry.sequence, digest=entry.digest)
    return entry


def entry_digest(entry: AuditEntry) -> str:
    """Return the digest that closes an entry over all its fields and the entry before it."""
    return digest(
        {
            "sequence": entry.sequence,
            "at": entry.at.isoformat(timespec="microseconds"),
            "actor": entry.actor_id,
            "act": entry.act,
            "subject": entry.subject,
            "content": entry.content_digest,
            "previous": entry.previous,
        }
    )
