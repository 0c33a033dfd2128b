"""Reading the audit chain from its beginning, and every sealed row beside it: has anybody touched the record?

Nothing is written. A row that was changed, removed or put in behind the system is named, the entries before the first bad one
are sound. What this cannot find stands in docs/security.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from django.db import models
from django.utils.translation import gettext as _

from ..models import SEALED, AuditEntry, AuditHead, Seal, SealedTable, SealForm
from ..rules import algorithm_of
from .audit import BEGINNING, entry_digest, row_digest, seals_digest

_AT_ONCE = 1_000


@dataclass(frozen=True)
class Verdict:
    """What was found: `first_bad` is the number of the first bad entry, `row` the table and id of the bad row."""

    entries: int
    first_bad: int | None = None
    row: str = ""
    reason: str = ""

    @property
    def ok(self) -> bool:
        return not self.reason


@dataclass(frozen=True)
class Fault(Exception):
    """Where the record is not what it was."""

    row: str
    reason: str
    first_bad: int | None = None


def verify(heads: Sequence[Mapping] = ()) -> Verdict:
    """Check the chain, its seals, the rows they seal, and that the ends written down earlier (`heads`) stand in it.

    A head has `sequence` and `digest`.
    """
    entries = AuditEntry.objects.count()
    try:
        _check_entries(heads)
        for table in SEALED.values():
            _check_rows(table)
        _check_forms()
    except Fault as fault:
        return Verdict(entries, fault.first_bad, fault.row, fault.reason)
    return Verdict(entries)


def _check_entries(heads: Sequence[Mapping]) -> None:
    previous, expected = BEGINNING, 1
    written_down = {head["sequence"]: head["digest"] for head in heads}
    seals = _seals_by_entry()
    following = next(seals, [])
    for entry in AuditEntry.objects.order_by("sequence").iterator(_AT_ONCE):
        if entry.sequence != expected:
            raise Fault(f"auditentry:{expected}", _("The entry is missing."), expected)
        if entry.previous != previous:
            raise Fault(_entry(entry), _("The entry does not follow the one before it."), entry.sequence)
        if entry_digest(entry) != entry.digest:
            raise Fault(_entry(entry), _("The entry was changed."), entry.sequence)
        if (known := written_down.pop(entry.sequence, entry.digest)) != entry.digest:
            raise Fault(
                _entry(entry), _("The end written down was %s: the chain was written anew.") % known, entry.sequence
            )
        own = following if following and following[0].entry_id == entry.sequence else []
        if own:
            following = next(seals, [])
        if (seals_digest(own, algorithm_of(entry.seals)) if own else "") != entry.seals:
            raise Fault(_entry(entry), _("The seals of the entry are not those it was made with."), entry.sequence)
        previous, expected = entry.digest, expected + 1
    if following:
        raise Fault(f"seal:{following[0].pk}", _("The seal belongs to no entry."), following[0].entry_id)
    if written_down:
        raise Fault(
            f"auditentry:{expected}",
            _("The chain ends at %(last)s, but it went on to %(known)s: its end was cut off.")
            % {"last": expected - 1, "known": max(written_down)},
            expected,
        )
    head = AuditHead.objects.first()
    if (head.sequence, head.digest) != (expected - 1, previous) if head else expected > 1:
        raise Fault("audithead:1", _("The chain ends elsewhere than its head says."), expected)


def _seals_by_entry() -> Iterator[list[Seal]]:
    """Return the seals of each entry that has any, in the order of the chain."""
    for _entry_id, own in groupby(Seal.objects.order_by("entry", "pk").iterator(_AT_ONCE), attrgetter("entry_id")):
        yield list(own)


def _check_rows(table: SealedTable) -> None:
    """Compare every final row of a table with its latest seal."""
    forms = {form.pk: form for form in SealForm.objects.filter(table=table.name)}
    columns = sorted({table.key, *(name for form in forms.values() for name in form.columns)})
    rows = table.model._base_manager.annotate(is_final=_is(table.final)).order_by("pk")
    for chunk in _chunks(rows.values("is_final", *columns), table.key):
        latest = _latest([row[table.key] for row in chunk], forms)
        for row in chunk:
            name = f"{table.name}:{row[table.key]}"
            seal = latest.get(row[table.key])
            if seal is None:
                if row["is_final"]:
                    raise Fault(name, _("The row was put in or made final by no act."))
                continue
            if not row["is_final"]:
                raise Fault(name, _("The row was final and was opened again."), seal.entry_id)
            content = {column: row[column] for column in forms[seal.form_id].columns}
            if row_digest(seal, table.name, content, algorithm_of(seal.digest)) != seal.digest:
                raise Fault(name, _("The row was changed."), seal.entry_id)
    there = table.model._base_manager.filter(pk=models.OuterRef("row"))
    removed = Seal.objects.filter(~models.Exists(there), form__in=list(forms)).order_by("entry", "pk").first()
    if removed is not None:
        raise Fault(f"{table.name}:{removed.row}", _("The row was removed."), removed.entry_id)


def _check_forms() -> None:
    """A seal of no table that is known seals nothing: somebody renamed its form."""
    strange = Seal.objects.exclude(form__table__in=SEALED).order_by("entry", "pk").first()
    if strange is not None:
        raise Fault(f"sealform:{strange.form_id}", _("The form of a seal was changed."), strange.entry_id)


def _is(final: models.Q) -> models.Case | models.Value:
    if not final:
        return models.Value(True)
    return models.Case(models.When(final, then=True), default=False, output_field=models.BooleanField())


def _chunks(rows: models.QuerySet, key: str) -> Iterator[list[dict]]:
    """Return the rows a chunk at a time, each read by where the one before ended."""
    beyond = {}
    while chunk := list(rows.filter(**beyond)[:_AT_ONCE]):
        yield chunk
        beyond = {f"{key}__gt": chunk[-1][key]}


def _latest(ids: Sequence[int], forms: Mapping[int, SealForm]) -> dict[int, Seal]:
    found = Seal.objects.filter(form__in=list(forms), row__range=(ids[0], ids[-1])) if ids else Seal.objects.none()
    return {seal.row: seal for seal in found.order_by("entry", "pk")}


def _entry(entry: AuditEntry) -> str:
    return f"auditentry:{entry.sequence}"
