"""The administrator's own days: what entering them would change, and entering them. Notices that run only get longer by it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import CalendarDay, Person, PublicNotice
from ..rules import Act, DayEntry, DayWord, NoticeState, Refused
from .audit import record
from .confirmations import Concern, entered
from .extensions import check_reason, follow_calendar, own_calendar, period_of

# A day as it is entered: which, what it is (a DayWord), for what occasion.
Days = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Longer:
    """A notice that runs longer by what is entered: until when it runs now and then."""

    notice: PublicNotice
    ends_before: dt.date
    ends_on: dt.date


def as_days(entries: Sequence[DayEntry]) -> list[list[Any]]:
    """Return days that were read as `set_calendar` takes them."""
    return [[entry.day, entry.word.value, entry.note] for entry in entries]


def own_calendar_with(days: Days) -> dict[dt.date, bool]:
    """Return the administrator's own days as they would be with these."""
    own = own_calendar()
    for day, word, _note in days:
        own.pop(day, None)
        if word != DayWord.AS_ANNOUNCED:
            own[day] = word == DayWord.WORK
    return own


def longer_by(days: Days) -> list[Longer]:
    """Return the running notices that would run longer, in the order of their numbers."""
    own = own_calendar_with(days)
    running = PublicNotice.objects.running(timezone.localdate()).order_by("number")
    found = [Longer(notice, notice.ends_on, period_of(notice, own).ends_on) for notice in running]
    return [each for each in found if each.ends_on > each.ends_before]


def standing_days(days: Days) -> list[list[Any]]:
    """Return what the own table says today of the days in `days`."""
    own = {row.day: row for row in CalendarDay.objects.filter(day__in=[day for day, _word, _note in days])}
    return [
        [day, (DayWord.WORK if own[day].is_working else DayWord.OFF).value, own[day].note]
        if day in own
        else [day, DayWord.AS_ANNOUNCED.value, ""]
        for day, _word, _note in days
    ]


def differing_days(days: Days) -> Days:
    """Return those of `days` that the own table does not say already."""
    return [new for new, old in zip(days, standing_days(days), strict=True) if list(new) != old]


@entered(
    Act.CALENDAR,
    concern=lambda days, **_rest: Concern(organization=access.calendar_place()),
    before=lambda days, **_rest: {"days": standing_days(days)},
)
@transaction.atomic
def set_calendar(*, by: Person, days: Days, reason: str) -> int:
    """Write days of the administrator's own calendar; return how many. Notices that run follow: later, or as they are."""
    access.check_calendar(by)
    if not days:
        raise Refused(_("No day is entered."))
    if not differing_days(days):
        raise Refused(_("The calendar says all of this already."))
    if not reason.strip():
        raise Refused(_("Say why these days are entered; it stands on the sheets of notices that get longer."))
    check_reason(reason)
    # Whoever posts at the same moment holds the notice: it is posted by the new days, or found here. Held before anything
    # is written, for whoever posts takes the notice first and the end of the audit chain after it.
    either = PublicNotice.objects.filter(state__in=[NoticeState.SUBMITTED, NoticeState.POSTED]).order_by("pk")
    held = list(either.select_for_update(of=("self",)))
    for day, word, note in days:
        if word == DayWord.AS_ANNOUNCED:
            CalendarDay.objects.filter(day=day).delete()
        else:
            values = {"is_working": word == DayWord.WORK, "note": note}
            CalendarDay.objects.update_or_create(day=day, defaults=values)
    record("calendar.set", by=by, subject="calendar", content=[[str(day), word, note] for day, word, note in days])
    own = own_calendar()
    for notice in held:
        if notice.state == NoticeState.POSTED and not notice.is_over:
            follow_calendar(notice, own, by=by, reason=reason.strip())
    return len(days)
