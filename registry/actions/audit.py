"""Adding to the audit chain, inside the transaction of every act, and sealing the rows an act made final."""

import datetime as dt
import json
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from ..models import SEALED, AuditEntry, AuditHead, Organization, Person, Seal, SealedTable, SealForm
from ..rules import algorithm_of, digest
from ..rules.acts import CONFIDENTIAL, CONFIDENTIAL_KINDS

BEGINNING = "0"
FORM = 2
DENIED = "denied"
# Who is refused more often in a minute is a program; the chain notes as many, the log the rest.
MOST_DENIALS = 30
# What a subject is called where the table's name is another.
_SUBJECTS = {
    "importbatch": "import_batch",
    "inspectionplan": "inspection_plan",
    "learnedheading": "heading",
    "numberedcopy": "copy",
    "nothingfound": "nothing_found",
    "optout": "opt_out",
    "publicnotice": "notice",
    "riskpoint": "point",
    "shelfitem": "document",
    "standin": "stand_in",
    "uploadedledger": "uploaded_ledger",
}
_AT_ONCE = 2_000


def hold_chain() -> AuditHead:
    """Return the end of the chain, and let nobody else's act be recorded until this transaction ends.

    What is read afterwards is as the last recorded act left it: nobody acts by a right whose end stands in the chain before.
    """
    head, _made = AuditHead.objects.select_for_update().get_or_create(
        pk=1, defaults={"sequence": 0, "digest": BEGINNING}
    )
    return head


def record(
    act: str,
    *,
    by: Person,
    subject: models.Model | str,
    content: Any = None,
    place: Organization | None = None,
    seals: Iterable[models.Model] | models.QuerySet = (),
) -> AuditEntry:
    """Append one entry: who did what to which opaque subject, and a salted digest of what it was about.

    `subject` is a row, or a word where the act is about none. `place` is the organization it concerns; of a row it is found by
    itself. `seals` are rows of sealed tables the act made final; they are stored already. The head row is locked first, so
    entries of concurrent transactions stand in one order. An act about something confidential is entered as no more than that;
    its digest still says which it was.
    """
    if act.partition(".")[0] in CONFIDENTIAL_KINDS:
        told = subject if isinstance(subject, str) else name_of(subject)
        act, subject, content, place = CONFIDENTIAL, CONFIDENTIAL, [act, told, content], None
    head = hold_chain()
    algorithm = settings.AUDIT_DIGEST
    found = _seals(seals, algorithm)
    salt = secrets.token_hex(16)
    entry = AuditEntry(
        sequence=head.sequence + 1,
        form=FORM,
        at=timezone.now(),
        actor=by,
        act=act,
        subject=subject if isinstance(subject, str) else name_of(subject),
        organization_id=place.pk if place is not None else place_of(subject),
        salt=salt,
        content_digest=digest([salt, content], algorithm),
        seals=seals_digest(found, algorithm) if found else "",
        previous=head.digest,
    )
    entry.digest = entry_digest(entry, algorithm)
    entry.save(force_insert=True)
    for seal in found:
        seal.entry = entry
    Seal.objects.bulk_create(found, batch_size=_AT_ONCE)
    AuditHead.objects.filter(pk=1).update(sequence=entry.sequence, digest=entry.digest)
    return entry


@transaction.atomic
def note_denial(*, by: Person, route: str, given: Mapping[str, Any]) -> None:
    """Put into the chain that somebody was refused what they asked for: the address by its name, without what was typed."""
    since = timezone.now() - dt.timedelta(minutes=1)
    if AuditEntry.objects.filter(actor=by, act=DENIED, at__gte=since).count() >= MOST_DENIALS:
        return
    known = ":".join(str(value) for value in given.values() if isinstance(value, int))
    about = route.partition(":")[2].partition("-")[0].removesuffix("s")
    # That somebody was refused something confidential is told, not what.
    subject = CONFIDENTIAL if about in CONFIDENTIAL_KINDS else f"{route}:{known}".rstrip(":")[:80]
    record(DENIED, by=by, subject=subject, content=[route, known])


@transaction.atomic
def note_audit(act: str, *, by: Person, content: Any) -> None:
    """Put into the chain that somebody looked after it."""
    record(act, by=by, subject=by, content=content)


def write_head_down() -> None:
    """Add where the chain ends now to the file of the administrator's choice: whoever cuts its end off is found by it."""
    head = AuditHead.objects.first()
    if head is None:
        return
    line = {"at": timezone.now().isoformat(timespec="seconds"), "sequence": head.sequence, "digest": head.digest}
    with settings.AUDIT_HEADS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def name_of(subject: models.Model) -> str:
    """Return the opaque name of a row: the word for its kind, and its id."""
    kind = subject._meta.model_name
    return f"{_SUBJECTS.get(kind, kind)}:{subject.pk}"


def place_of(subject: models.Model | str) -> int | None:
    """Return the id of the organization a row is about: itself, its own, or that of what it belongs to."""
    if isinstance(subject, Organization):
        return subject.pk
    for name in ("organization_id", "unit_id"):
        if (found := getattr(subject, name, None)) is not None:
            return found
    for name in ("section", "post", "assignment", "notice", "approval", "point", "declaration", "meeting"):
        if (owner := getattr(subject, name, None)) is not None:
            return place_of(owner)
    return None


def entry_digest(entry: AuditEntry, algorithm: str = "") -> str:
    """Return the digest that closes an entry over all its fields and the entry before it."""
    content = {
        "sequence": entry.sequence,
        "at": entry.at.isoformat(timespec="microseconds"),
        "actor": entry.actor_id,
        "act": entry.act,
        "subject": entry.subject,
        "content": entry.content_digest,
        "previous": entry.previous,
    }
    if entry.form > 1:
        content |= {
            "form": entry.form,
            "organization": entry.organization_id,
            "salt": entry.salt,
            "seals": entry.seals,
        }
    return digest(content, algorithm or algorithm_of(entry.digest))


def seals_digest(seals: Iterable[Seal], algorithm: str) -> str:
    """Return the digest of an entry's seals in the order in which they were put down."""
    return digest([[seal.form_id, seal.row, seal.salt, seal.digest] for seal in seals], algorithm)


def row_digest(seal: Seal, table: str, row: Mapping[str, Any], algorithm: str) -> str:
    """Return the digest of a sealed row, by column."""
    return digest([seal.salt, table, seal.row, {name: _plain(value) for name, value in row.items()}], algorithm)


def _seals(rows: Iterable[models.Model], algorithm: str) -> list[Seal]:
    """Return the seals of `rows` as they are stored now, not yet stored themselves."""
    wanted = defaultdict(list)
    for row in rows:
        wanted[SEALED[row._meta.model_name]].append(row.pk)
    return [
        seal
        for table, ids in wanted.items()
        for start in range(0, len(ids), _AT_ONCE)
        for seal in _seals_of(table, ids[start : start + _AT_ONCE], algorithm)
    ]


def _seals_of(table: SealedTable, ids: list[int], algorithm: str) -> list[Seal]:
    form = _form_of(table)
    stored = table.model._base_manager.filter(pk__in=ids).order_by("pk").values(*table.columns)
    found = []
    for row in stored:
        seal = Seal(form=form, row=row[table.key], salt=secrets.token_hex(16))
        seal.digest = row_digest(seal, table.name, row, algorithm)
        found.append(seal)
    return found


def _form_of(table: SealedTable) -> SealForm:
    for form in SealForm.objects.filter(table=table.name).order_by("-pk"):
        if form.columns == table.columns:
            return form
    return SealForm.objects.create(table=table.name, columns=table.columns)


def _plain(value: Any) -> Any:
    """Return a stored value as the canonical form knows it: moments in UTC, days as written."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, dt.date) else value
