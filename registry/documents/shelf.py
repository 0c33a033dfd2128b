"""Documents for the shelf: what somebody asks for as plain values, and the file made of them with the rights of that moment."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from .. import access
from ..actions.shelf import Made, MadeCopy
from ..models import NumberedCopy, Organization, Person, PointVersion, ShelfItem
from ..querysets.ledger import LedgerFilter
from ..rules import SHOWN, Refused
from ..rules.shelf import DocumentKind, Size, check_size
from . import ledger
from .measures_sheet import measures_sheet
from .notices import notice_document

# What is told of how far it is: (done, of how many).
Step = Callable[[int, int], None]


def ledger_arguments(
    wanted: LedgerFilter,
    organization: Organization | None,
    *,
    sentence: str,
    words: Sequence[str],
    beside: Collection[str],
) -> dict[str, Any]:
    """Return what was asked for of the ledger as plain values. The place is kept by its id, for its numbers may change."""
    values = asdict(wanted) | {"day": wanted.day.isoformat() if wanted.day else None}
    del values["interval"]
    return {
        "wanted": values,
        "organization": organization.pk if organization else None,
        "sentence": sentence,
        "words": list(words),
        "beside": list(beside),
    }


def ledger_rows(person: Person, arguments: Mapping[str, Any]) -> QuerySet[PointVersion]:
    """Return what the person reads today of what `arguments` ask for; refuse where the place is out of their sight."""
    return access.visible_points(person).matching(_wanted(person, arguments))


def size_of(kind: str, rows: QuerySet[PointVersion]) -> Size:
    """Return how large a document of these rows is: two cheap queries, before anything is made."""
    points, characters, measures = rows.extent()
    # A table of measures has a row for each, and one for a point that has none.
    return Size(points if kind != DocumentKind.MEASURES_SHEET else max(points, measures), characters)


def scope_words(organization: Organization | None) -> str:
    """Return the name of what is shown: an organization, or all that one sees."""
    return organization.name if organization else _("all organizations in one's scope")


def make(item: ShelfItem, step: Step) -> Made:
    """Make the file of `item` as the person it is for reads the registry at this moment; refuse with a sentence.

    Called in a process of its own (maker.py). `step` is told how far it is. Several numbered copies come in one archive.
    """
    if not item.person.is_active:
        raise Refused(_("The account that asked for it was closed."))
    # A workbook is in the language of whoever asked, paper in that of the house.
    with translation.override(item.language if item.kind == DocumentKind.LEDGER_WORKBOOK else settings.LANGUAGE_CODE):
        writer = _notice(item) if item.kind == DocumentKind.NOTICE_SHEET else _ledger(item, step)
        copies = list(item.copies.order_by("pk"))
        if not copies:
            body, name = writer.write(None, step)
            return Made(body, name, writer.places)
        files, made = {}, []
        for number, copy in enumerate(copies):
            body, name = writer.write(copy, partial(_step_of, step, number, len(copies)))
            files[name] = body
            made.append(MadeCopy(copy.pk, sha256(body).hexdigest(), writer.content_digest, writer.count))
        if len(files) > 1:
            name, body = f"{copies[0].serial}.zip", _archive(files)
        return Made(body, name, writer.places, made)


@dataclass(frozen=True)
class _Writer:
    """How the file of a document is written, with a copy's number or without, and what is known of its content."""

    write: Callable[[NumberedCopy | None, Step], tuple[bytes, str]]
    places: Sequence[Sequence[int | None]]
    content_digest: str
    count: int


def _step_of(step: Step, number: int, count: int, done: int, total: int) -> None:
    """Tell how far the copy `number` of so many is as a part of all."""
    step(number * total + done, count * total)


def _archive(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return packed.getvalue()


def _notice(item: ShelfItem) -> _Writer:
    notice = access.visible_notices(item.person).filter(pk=item.arguments["notice"]).exclude(number=None).first()
    if notice is None:
        raise Refused(_("You no longer see the notice you asked for."))
    if notice.state not in SHOWN:  # taken down since its copies were issued
        raise Refused(_("Copies are issued of a notice that is posted."))

    def write(copy: NumberedCopy | None, step: Step) -> tuple[bytes, str]:
        sheet = notice_document(notice, copy)
        return sheet.pdf(step), sheet.file_name

    return _Writer(write, (), notice.digest, notice.lines.count())


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


def _ledger(item: ShelfItem, step: Step) -> _Writer:
    person, arguments = item.person, item.arguments
    rows = ledger_rows(person, arguments)
    size = size_of(item.kind, rows)
    check_size(item.kind, size)  # more may have been filed since it was asked for
    organization = _place(person, arguments)
    today, year = timezone.localdate(), arguments["wanted"]["year"]
    kinds = rows.order_by("organization", "post").values_list("organization", "post").distinct()
    places = [list(kind) for kind in kinds]
    asked = {
        "scope": scope_words(organization),
        "filter_sentence": arguments["sentence"],
        "made_on": today,
        "words": arguments["words"],
    }
    if item.kind == DocumentKind.MEASURES_SHEET:

        def write_measures(copy: None, step: Step) -> tuple[bytes, str]:
            sheet = measures_sheet(rows, **asked, year=year)
            return sheet.pdf(step), sheet.file_name

        return _Writer(write_measures, places, "", size.rows)
    # Reading takes about as long as writing.
    beside = arguments.get("beside", ())  # asked for before one could choose
    lines = ledger.ledger_rows(rows, arguments["words"], beside, lambda done: step(done, 2 * size.rows))
    asked |= {"beside": beside, "lines": lines}

    def write(copy: NumberedCopy | None, step: Step) -> tuple[bytes, str]:
        if item.kind == DocumentKind.LEDGER_WORKBOOK:
            name = ledger.file_name(asked["scope"], year, today)
            name = name.replace(".xlsx", f" {copy.serial}.xlsx") if copy else name
            return ledger.ledger_workbook(rows, **asked, copy=copy), name
        sheet = ledger.ledger_sheet(rows, **asked, year=year, copy=copy)
        return sheet.pdf(step), sheet.file_name

    return _Writer(write, places, ledger.content_digest(lines), len(lines))
