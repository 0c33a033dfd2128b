"""The verbs of documents made in the background: asking, making in steps, fetching, deleting, and the clock's part."""

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from .. import access
from ..models import NumberedCopy, Person, ShelfFile, ShelfItem
from ..rules import Refused
from ..rules.shelf import (
    KEPT_FOR,
    LEASE,
    MOST_ATTEMPTS,
    OF_THE_LEDGER,
    OVER,
    ShelfState,
    Size,
    check_room,
    check_size,
)
from .audit import record


@dataclass(frozen=True)
class Made:
    """What came of making a document: the file, its name, and whose rows stand in it, as `ShelfItem.places`."""

    body: bytes
    file_name: str
    places: Sequence[Sequence[int | None]]
    copies: Sequence["MadeCopy"] = ()


@dataclass(frozen=True)
class MadeCopy:
    """What came of a numbered copy: its id, the digest of its file (SHA-256), that of its content, and how many lines it has."""

    pk: int
    file_digest: str
    content_digest: str
    count: int


# --- Of the person -------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask(*, by: Person, kind: str, arguments: Mapping[str, Any], words: str, size: Size) -> ShelfItem:
    """Put a document on the person's shelf that a worker makes; refuse what is too large, and more than one may have.

    `arguments` are plain values, `size` is what it would hold now, `words` say so to the person.
    """
    check_size(kind, size)
    Person.objects.select_for_update(no_key=True).get(pk=by.pk)  # two windows of one person ask one after the other
    check_room(**ShelfItem.objects.filter(person=by).exclude(state__in=OVER).room())
    item = ShelfItem.objects.create(
        person=by,
        kind=kind,
        language=translation.get_language(),
        arguments=dict(arguments),
        words=words,
        asked_at=timezone.now(),
    )
    record("document.ask", by=by, subject=item, content=[kind, arguments])
    return item


@transaction.atomic
def ask_again(*, by: Person, item: ShelfItem, size: Size) -> ShelfItem:
    """Ask for the same anew in the place of one that failed or expired."""
    item = _own(by, item)
    if item.state not in OVER:
        raise Refused(_("This document is still there."))
    if item.copies.exists():
        raise Refused(_("Numbered copies are not made twice. Issue new ones; each has a number of its own."))
    item.delete()
    return ask(by=by, kind=item.kind, arguments=item.arguments, words=item.words, size=size)


@transaction.atomic
def fetch(*, by: Person, item: ShelfItem) -> bytes:
    """Return the file to the person it was made for, if they may still read all of it, and note that it was taken out."""
    item = _own(by, item)
    access.check_fetch(item, by)
    if item.kind in OF_THE_LEDGER:
        record("ledger.export", by=by, subject=by, content=[item.kind, item.arguments, item.digest])
    else:
        record("document.fetch", by=by, subject=item, content=item.digest)
    return bytes(item.file.body)


@transaction.atomic
def delete(*, by: Person, item: ShelfItem) -> None:
    """Take a document off the shelf, whatever became of it; a worker that is at it stops."""
    item = _own(by, item)
    record("document.discard", by=by, subject=item)
    item.delete()


def _own(by: Person, item: ShelfItem) -> ShelfItem:
    found = access.own_documents(by).select_for_update(of=("self",)).filter(pk=item.pk).first()
    if found is None:
        raise Refused(_("This document was deleted meanwhile."))
    return found


# --- Of the worker: no transaction is open while a document is made ----------------------------------------------------------


def claim_next() -> ShelfItem | None:
    """Take the next document that is due and hold it for a lease; None where there is none. Of two workers one gets it."""
    now = timezone.now()
    _give_up(now)
    for item in ShelfItem.objects.due(now)[:5]:
        claim = secrets.token_hex(16)
        if (
            ShelfItem.objects.due(now)
            .filter(pk=item.pk)
            .order_by()
            .update(
                state=ShelfState.MAKING,
                claim=claim,
                claimed_until=now + LEASE,
                attempts=F("attempts") + 1,
                done=0,
                total=0,
            )
        ):
            item.refresh_from_db()
            return item
    return None


def _give_up(now: dt.datetime) -> None:
    for item in ShelfItem.objects.given_up(now):
        with translation.override(item.language):
            sentence = _(
                "It was begun %(count)s times and never came to an end. Narrow the filter, and ask for it again."
            )
        ShelfItem.objects.given_up(now).filter(pk=item.pk).update(
            state=ShelfState.FAILED, claim="", claimed_until=None, failure=sentence % {"count": MOST_ATTEMPTS}
        )


def renew(item: ShelfItem, *, done: int, total: int) -> bool:
    """Say how far it is and hold it for another lease; False where it was deleted or taken over: then nobody waits for it."""
    return bool(_held(item).update(done=done, total=total, claimed_until=timezone.now() + LEASE))


@transaction.atomic
def keep(item: ShelfItem, made: Made) -> bool:
    """Put the file on the shelf; False where it was deleted or taken over meanwhile."""
    now = timezone.now()
    if not _held(item).update(
        state=ShelfState.READY,
        claim="",
        claimed_until=None,
        done=F("total"),
        made_at=now,
        expires_at=now + KEPT_FOR,
        file_name=made.file_name,
        size=len(made.body),
        digest=sha256(made.body).hexdigest(),
        places=list(made.places),
    ):
        return False
    ShelfFile.objects.create(item=item, body=made.body)
    for each in made.copies:
        copies = NumberedCopy.objects.filter(pk=each.pk, made_at=None)
        copies.update(made_at=now, file_digest=each.file_digest, content_digest=each.content_digest, count=each.count)
        copy = NumberedCopy.objects.get(pk=each.pk)
        record("copy.make", by=item.person, subject=copy, content=[each.content_digest, each.file_digest], seals=[copy])
    return True


def fail(item: ShelfItem, sentence: str) -> None:
    """Say why it cannot be made; it is not tried again by itself."""
    _held(item).update(state=ShelfState.FAILED, claim="", claimed_until=None, failure=sentence)


def release(item: ShelfItem) -> None:
    """Give back what was begun and died: it is begun again, a few times at most."""
    _held(item).update(state=ShelfState.WAITING, claim="", claimed_until=None, done=0, total=0)


def _held(item: ShelfItem):
    return ShelfItem.objects.filter(pk=item.pk, claim=item.claim, state=ShelfState.MAKING)


# --- Of the clock ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def clear_away() -> None:
    """Remove files whose time is over, and later what was asked for; until then one may ask for the same again."""
    now = timezone.now()
    over = list(ShelfItem.objects.expired(now).values_list("pk", flat=True))
    ShelfFile.objects.filter(item__in=over).delete()
    ShelfItem.objects.filter(pk__in=over).update(state=ShelfState.EXPIRED, size=0)
    ShelfItem.objects.forgotten(now).delete()
