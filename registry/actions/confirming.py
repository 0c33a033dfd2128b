"""The verbs on what one enters and another confirms. Who may is the caller's to ask, in the same transaction."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Person
from ..models.confirming import Confirmed
from ..rules import EntryVerb, Refused, entry_after
from .audit import record
from .writing import change, create


def enter(entry: Confirmed, act: str, *, by: Person, content: Any) -> None:
    """Store a new entry that waits for somebody else's confirmation."""
    entry.entered_by, entry.entered_at = by, timezone.now()
    create(entry, by=by)
    record(f"{act}.enter", by=by, subject=entry, content=content, seals=[entry])


def answer(entry: Confirmed, act: str, verb: EntryVerb, *, by: Person, expected: int, reason: str = "") -> None:
    """Confirm an entry, or decline it with a reason."""
    state = entry_after(entry.state, verb, is_over=entry.is_over)
    if verb == EntryVerb.DECLINE and not reason.strip():
        raise Refused(_("Say why you decline it."))
    said = {"answered_by": by, "answered_at": timezone.now(), "answer": reason.strip()}
    change(entry, by=by, expected=expected, state=state, **said)
    record(f"{act}.{verb}", by=by, subject=entry, content=reason.strip(), seals=[entry])


def end(entry: Confirmed, act: str, *, by: Person, expected: int, reason: str) -> None:
    """End an entry at once, before its last day."""
    state = entry_after(entry.state, EntryVerb.END, is_over=entry.is_over)
    if not reason.strip():
        raise Refused(_("Say why it ends early."))
    change(
        entry, by=by, expected=expected, state=state, ended_by=by, ended_at=timezone.now(), end_reason=reason.strip()
    )
    record(f"{act}.{EntryVerb.END}", by=by, subject=entry, content=reason.strip(), seals=[entry])
