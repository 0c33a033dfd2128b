"""Verbs on the ledger."""

from dataclasses import asdict

from django.db import transaction

from ..models import Person
from ..querysets.ledger import LedgerFilter
from .audit import record


@transaction.atomic
def note_export(*, by: Person, wanted: LedgerFilter, count: int) -> None:
    """Put into the chain that somebody took a part of the ledger out: who and when, the filter only as a digest."""
    record(
        "ledger.export",
        by=by,
        subject=by,
        content=[asdict(wanted) | {"day": str(wanted.day or "")}, count],
    )
