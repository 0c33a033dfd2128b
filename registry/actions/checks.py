"""Checking a sheet or a file: how often one address may, and what is known of a code or of a digest."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from ..models import CheckTally, NoticeExtension, NumberedCopy, PublicNotice
from ..rules import ExtensionState
from ..rules.verification import COUNTED_FOR, Checks


@dataclass(frozen=True)
class Found:
    """What is known: a notice (with `line_count`), a numbered copy, a copy of a notice, or nothing.

    Of a notice also the numbers of those that took its place or show lines of it anew, and until when it was posted before
    it was extended (None: it was not).
    """

    notice: PublicNotice | None
    copy: NumberedCopy | None
    replaced_by: list[str] = field(default_factory=list)
    corrected_on: list[str] = field(default_factory=list)
    posted_until: dt.date | None = None

    @property
    def is_genuine(self) -> bool:
        return self.notice is not None or self.copy is not None


def may_check(address: str) -> bool:
    """Count a check from an address, before it is looked at; False where there were too many."""
    key = salted_hmac("registry.checks", address, algorithm="sha256").hexdigest()
    with transaction.atomic():
        row, _made = CheckTally.objects.select_for_update().get_or_create(key=key)
        checks = Checks(row.count, row.since).asked(timezone.now())
        CheckTally.objects.filter(pk=key).update(count=checks.count, since=checks.since)
    return not checks.are_too_many


def find(*, code: str = "", digest: str = "") -> Found:
    """Return what has this short code or this file digest. Four queries, the same for what there is and what there is not."""
    if digest:
        of_notice, of_copy = Q(printed_files__digest=digest) | Q(copies__file_digest=digest), Q(file_digest=digest)
    else:
        of_notice, of_copy = Q(code=code) | Q(copies__code=code, copies__made_at__isnull=False), Q(code=code)
    notices = PublicNotice.objects.filter(of_notice).exclude(number=None)
    notice = notices.annotate(line_count=Count("lines", distinct=True)).first()
    later = PublicNotice.objects.filter(replaces__in=notices.values("pk")).exclude(number=None).order_by("posted_at")
    said = [
        (number, earlier is None or earlier["takes_place"])
        for number, earlier in later.values_list("number", "earlier")
    ]
    extensions = NoticeExtension.objects.filter(notice__in=notices.values("pk"), state=ExtensionState.EXTENDED)
    return Found(
        notice,
        NumberedCopy.objects.filter(of_copy, made_at__isnull=False).first(),
        [number for number, takes_place in said if takes_place],
        [number for number, takes_place in said if not takes_place],
        extensions.order_by("pk").values_list("ends_before", flat=True).first(),
    )


def clear_away() -> None:
    """Remove counts that count no longer."""
    CheckTally.objects.filter(since__lte=timezone.now() - COUNTED_FOR).delete()
