"""Documents made in the background: their states, and every limit. Clause: none; what a server makes without hoping.

The limits of size are measured (docs/decisions/0026-shelf-and-copies.md).
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from .notices import MOST_CHARACTERS, MOST_LINES
from .refusals import Refused

# Of one person: what is still to be made, what lies on the shelf, and how much that may be together.
MOST_UNFINISHED = 5
MOST_ON_SHELF = 20
MOST_BYTES = 200 * 1024**2
# How long a file lies there, and how long after that one may still ask for the same again.
KEPT_FOR = dt.timedelta(days=7)
REMEMBERED_FOR = dt.timedelta(days=30)
# A worker says this often that it is still at it; who says nothing as long as the lease has died.
RENEWED_EVERY = dt.timedelta(seconds=10)
LEASE = dt.timedelta(minutes=1)
MOST_ATTEMPTS = 3
# Of the process that makes one document.
MOST_SECONDS = 20 * 60
MOST_MEMORY = 3 * 1024**3


class DocumentKind(TextChoices):
    LEDGER_WORKBOOK = "ledger_workbook", gettext_lazy("ledger as a workbook")
    LEDGER_SHEET = "ledger_sheet", gettext_lazy("ledger on paper")
    MEASURES_SHEET = "measures_sheet", gettext_lazy("table of measures on paper")
    NOTICE_SHEET = "notice_sheet", gettext_lazy("sheet of a public notice")


class ShelfState(TextChoices):
    WAITING = "waiting", pgettext_lazy("state of a document", "waits its turn")
    MAKING = "making", pgettext_lazy("state of a document", "being made")
    READY = "ready", pgettext_lazy("state of a document", "ready")
    FAILED = "failed", pgettext_lazy("state of a document", "not made")
    EXPIRED = "expired", pgettext_lazy("state of a document", "expired")


UNFINISHED = (ShelfState.WAITING, ShelfState.MAKING)
OVER = (ShelfState.FAILED, ShelfState.EXPIRED)


@dataclass(frozen=True)
class Size:
    """How much a document would hold: rows, and characters in them."""

    rows: int
    characters: int


# What is made in the background at most.
LIMITS = {
    DocumentKind.LEDGER_WORKBOOK: Size(100_000, 60_000_000),
    DocumentKind.LEDGER_SHEET: Size(2_000, 800_000),
    # A row of it, a measure with its point, takes twice the memory: more of its text flows over more pages.
    DocumentKind.MEASURES_SHEET: Size(1_000, 400_000),
    DocumentKind.NOTICE_SHEET: Size(MOST_LINES, MOST_CHARACTERS),
}
# Of these there are numbered copies.
LEDGERS = (DocumentKind.LEDGER_WORKBOOK, DocumentKind.LEDGER_SHEET)
OF_THE_LEDGER = (*LEDGERS, DocumentKind.MEASURES_SHEET)


def check_size(kind: str, size: Size) -> None:
    """Refuse a document that is larger than the server makes of its kind."""
    most = LIMITS[DocumentKind(kind)]
    if size.rows > most.rows:
        raise Refused(
            _(
                "This is %(count)s rows; made in the background are at most %(most)s. Narrow the filter, by unit for example."
            )
            % {"count": size.rows, "most": most.rows}
        )
    if size.characters > most.characters:
        raise Refused(
            _("This is %(count)s characters; made in the background are at most %(most)s. Narrow the filter.")
            % {"count": size.characters, "most": most.characters}
        )


def check_room(*, unfinished: int, on_shelf: int, size: int) -> None:
    """Refuse one more document to whoever has as many, or as much, as one person may."""
    if unfinished >= MOST_UNFINISHED:
        raise Refused(
            ngettext(
                "%(count)d document of yours is still being made; wait for it, or delete it.",
                "%(count)d documents of yours are still being made; wait for one of them, or delete one.",
                unfinished,
            )
            % {"count": unfinished}
        )
    if on_shelf >= MOST_ON_SHELF:
        raise Refused(
            _("There are %(count)s documents on your shelf, as many as there may be. Delete one first.")
            % {"count": on_shelf}
        )
    if size >= MOST_BYTES:
        raise Refused(
            _("Your documents take %(size)s MB, as much as they may. Delete one first.") % {"size": size // 1024**2}
        )
