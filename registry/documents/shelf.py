"""Documents for the shelf: what somebody asks for as plain values, and the file made of them with the rights of that moment."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from .. import access
from ..actions.shelf import Made
from ..models import Organization, Person, PointVersion, ShelfItem
from ..querysets.ledger import LedgerFilter
from ..rules import Refused
from ..rules.shelf import DocumentKind, Size, check_size
from . import ledger

# What is told of how far it is: (done, of how many).
Step = Callable[[int, int], None]


def ledger_arguments(
    wanted: LedgerFilter, organization: Organization | None, *, sentence: str, words: Sequence[str]
) -> dict[str, Any]:
    """Return what was asked for of the ledger as plain values. The place is kept by its id, for its numbers may change."""
    values = asdict(wanted) | {"day": wanted.day.isoformat() if wanted.day else None}
    del values["interval"]
    return {
        "wanted": values,
        "organization": organization.pk if organization else None,
        "sentence": sentence,
        "words": list(words),
    }


def ledger_rows(person: Person, arguments: Mapping[str, Any]) -> QuerySet[PointVersion]:
    """Return what the person reads today of what `arguments` ask for; refuse where the place is out of their sight."""
    return access.visible_points(person).matching(_wanted(person, arguments))


def size_of(rows: QuerySet[PointVersion]) -> Size:
    """Return how large a ledger of these rows is: two cheap queries, before anything is made."""
    return Size(*rows.extent())


def scope_words(organization: Organization | None) -> str:
    """Return the name of what is shown: an organization, or all that one sees."""
    return organization.name if organization else _("all organizations in one's scope")


def make(item: ShelfItem, step: Step) -> Made:
    """Make the file of `item` as the person it is for reads the registry at this moment; refuse with a sentence.

    Called in a process of its own (maker.py). `step` is told how far it is.
    """
    # A workbook is in the language of whoever asked, paper in that of the house.
    with translation.override(item.language if item.kind == DocumentKind.LEDGER_WORKBOOK else settings.LANGUAGE_CODE):
        return _ledger(item, step)


def _wanted(person: Person, arguments: Mapping[str, Any]) -> LedgerFilter:
    values = dict(arguments["wanted"])
    day = values.pop("day")
    organization = _place(person, arguments)
    return LedgerFilter(
        **values,
        day=dt.date.fromisoformat(day) if day else None,
        interval=organization.interval if organization else None,
    )


def _place(person: Person, arguments: Mapping[str, Any]) -> Organization | None:
    if arguments["organization"] is None:
        return None
    found = access.readable_organizations(person).filter(pk=arguments["organization"]).first()
    if found is None:
        raise Refused(_("You no longer read the ledger of the unit or section you asked for."))
    return found


def _ledger(item: ShelfItem, step: Step) -> Made:
    person, arguments = item.person, item.arguments
    if not person.is_active:
        raise Refused(_("The account that asked for it was closed."))
    rows = ledger_rows(person, arguments)
    size = size_of(rows)
    check_size(item.kind, size)  # more may have been filed since it was asked for
    organization = _place(person, arguments)
    today, year = timezone.localdate(), arguments["wanted"]["year"]
    asked = {
        "scope": scope_words(organization),
        "filter_sentence": arguments["sentence"],
        "made_on": today,
        "words": arguments["words"],
    }
    places = rows.order_by().values_list("organization", flat=True).distinct()
    if item.kind == DocumentKind.LEDGER_WORKBOOK:
        body = ledger.ledger_workbook(rows, **asked, step=lambda done: step(done, size.rows + size.rows // 3 + 1))
        return Made(body, ledger.file_name(asked["scope"], year, today), sorted(places))
    sheet = ledger.ledger_sheet(rows, **asked, year=year)
    return Made(sheet.pdf(step), sheet.file_name, sorted(places))
