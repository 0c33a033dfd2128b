"""The verbs of numbered copies: issuing them, and entering that one came back."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import access
from ..models import NumberedCopy, Organization, Person, PublicNotice
from ..rules import Refused
from ..rules.shelf import DocumentKind, Size
from . import shelf
from .audit import record
from .writing import next_numbers, short_code


@transaction.atomic
def issue_ledger(
    *,
    by: Person,
    unit: Organization,
    kind: str,
    arguments: Mapping[str, Any],
    size: Size,
    title: str,
    scope: str,
    issued: Mapping[str, Any],
) -> list[NumberedCopy]:
    """Issue copies of a ledger of `unit`; `arguments`, `size` and `kind` are those of a document on the shelf."""
    access.check_issue(unit, by)
    return _issue(by, unit, kind, arguments, size, title=title, scope=scope, notice=None, issued=issued)


@transaction.atomic
def issue_notice(*, by: Person, notice: PublicNotice, issued: Mapping[str, Any]) -> list[NumberedCopy]:
    """Issue copies of a posted notice."""
    access.check_issue_notice(notice, by)
    size = Size(notice.lines.count(), notice.size)
    arguments = {"notice": notice.pk}
    names = {"title": notice.title, "scope": notice.organization.name}
    return _issue(by, notice.unit, DocumentKind.NOTICE_SHEET, arguments, size, **names, notice=notice, issued=issued)


def _issue(
    by: Person,
    unit: Organization,
    kind: str,
    arguments: Mapping[str, Any],
    size: Size,
    *,
    title: str,
    scope: str,
    notice: PublicNotice | None,
    issued: Mapping[str, Any],
) -> list[NumberedCopy]:
    """Number one copy for each of `issued["recipients"]` and ask for their files. `issued` also: purpose, due_on."""
    recipients: Sequence[str] = issued["recipients"]
    now, year = timezone.now(), timezone.localdate().year
    words = ngettext("%(count)d numbered copy: %(title)s", "%(count)d numbered copies: %(title)s", len(recipients))
    words %= {"count": len(recipients), "title": title}
    # Each copy is laid out by itself: together they may not be more than one document.
    together = Size(size.rows * len(recipients), size.characters * len(recipients))
    item = shelf.ask(by=by, kind=kind, arguments=arguments, words=words, size=together)
    numbers = next_numbers(f"copy:{unit.code}:{year}", len(recipients))
    copies = []
    for number, recipient in zip(numbers, recipients, strict=True):
        copy = NumberedCopy.objects.create(
            unit=unit,
            serial=f"FB-{unit.code}-{year}-{number:04d}",
            code=short_code(),
            kind=kind,
            notice=notice,
            item=item,
            title=title,
            scope=scope,
            issued_to=recipient,
            purpose=issued["purpose"],
            due_on=issued["due_on"],
            issued_by=by,
            issued_at=now,
        )
        record("copy.issue", by=by, subject=copy, content=[copy.serial, recipient, issued["purpose"]], seals=[copy])
        copies.append(copy)
    return copies


@transaction.atomic
def take_back(*, by: Person, copy: NumberedCopy, returned_on: dt.date, remark: str) -> None:
    """Enter that a copy came back; once."""
    copy = NumberedCopy.objects.select_for_update(of=("self",)).get(pk=copy.pk)
    access.check_return(copy, by)
    if not timezone.localdate(copy.issued_at) <= returned_on <= timezone.localdate():
        raise Refused(_("A copy comes back between the day it was issued and today."))
    NumberedCopy.objects.filter(pk=copy.pk, returned_on=None).update(
        returned_on=returned_on, returned_by=by, return_remark=remark
    )
    copy.refresh_from_db()
    record("copy.return", by=by, subject=copy, content=[str(returned_on), remark], seals=[copy])
