"""Verbs that let a posted notice run longer: a person asks and a second one agrees, or days off are announced later.

Longer only, and only while the notice runs. What is extended is a sealed row, and the database refuses a later last day without one.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import Approval, CalendarDay, NoticeExtension, Person, PreparedSheet, PublicNotice
from ..rules import (
    EXTENSION_STEPS,
    ExtensionCause,
    ExtensionState,
    ExtensionVerb,
    NoticePeriod,
    NoticeVerb,
    Refused,
    Verdict,
    check_extra_days,
    extended_period,
    extension_after,
    notice_after,
    notice_days,
    suspicions,
)
from . import approvals
from .approvals import Outcome
from .audit import record
from .writing import change

NOTICE_EXTENSION = "notice_extension"


def own_calendar() -> dict[dt.date, bool]:
    """Return the administrator's own days."""
    return dict(CalendarDay.objects.values_list("day", "is_working"))


def period_of(notice: PublicNotice, own: dict[dt.date, bool]) -> NoticePeriod:
    """Return the period of a posted notice as the calendar is now, with what two people added.

    The last day may lie before the one the notice has: that one then stays.
    """
    added = notice.extensions.filter(state=ExtensionState.EXTENDED).aggregate(sum=Sum("days"))["sum"] or 0
    return extended_period(notice.starts_on, notice.days + added, own)


def check_extend(notice: PublicNotice, person: Person) -> None:
    """Refuse an extension to others than those who see to the notice, and of what does not run any more."""
    access.check_manage(notice, person)
    check_runs(notice)


def check_runs(notice: PublicNotice) -> None:
    """Refuse extending what is not posted, or over."""
    notice_after(notice.state, NoticeVerb.EXTEND)
    if notice.is_over:
        raise Refused(
            _("The time of this notice ended on %(day)s; it is not extended any more.") % {"day": notice.ends_on}
        )


def check_reason(reason: str) -> None:
    """Refuse what never stands on a notice: numbers of a person, words for disposals."""
    for each in suspicions(reason):
        told = {"kind": each.kind.label, "excerpt": each.excerpt}
        raise Refused(_("The reason holds what never stands on a notice: %(kind)s “%(excerpt)s”. Change it.") % told)


def extension_content(notice: PublicNotice, days: int, reason: str) -> dict[str, Any]:
    """Return what is asked for and decided on as plain values: how many days more, until when, why."""
    return {
        "notice": notice.number,
        "ends_on": notice.ends_on.isoformat(),
        "days": days,
        "until": longer_until(notice, days).isoformat(),
        "reason": reason,
    }


def longer_until(notice: PublicNotice, days: int) -> dt.date:
    """Return the last day of a notice with `days` working days more."""
    return notice_days(notice.ends_on, days, own_calendar()).ends_on


@transaction.atomic
def ask_extension(*, by: Person, notice: PublicNotice, days: int, reason: str) -> NoticeExtension:
    """Ask for `days` working days more; a second person decides."""
    notice = _locked(notice)
    check_extend(notice, by)
    check_extra_days(days)
    if not reason.strip():
        raise Refused(_("Say why the notice is extended; it stands on the sheet."))
    check_reason(reason)
    if notice.extensions.filter(state=ExtensionState.ASKED).exists():
        raise Refused(_("An extension of this notice waits for a second person already."))
    approval = approvals.open_round(
        None,
        kind=NOTICE_EXTENSION,
        by=by,
        organization=notice.organization,
        title=notice.title,
        owners={by},
        steps=EXTENSION_STEPS,
        content=extension_content(notice, days, reason.strip()),
        due_on=notice.ends_on,
    )
    return NoticeExtension.objects.create(
        notice=notice,
        cause=ExtensionCause.DECISION,
        days=days,
        reason=reason.strip(),
        state=ExtensionState.ASKED,
        approval=approval,
        asked_by=by,
        asked_at=timezone.now(),
    )


@transaction.atomic
def decide_extension(
    *, by: Person, approval: Approval, verdict: str, version: int, seen_digest: str, reason: str = ""
) -> Outcome:
    """Agree to a longer notice, or not; the one deciding verb of its kind."""
    notice = _locked(NoticeExtension.objects.get(approval=approval).notice)
    extension = NoticeExtension.objects.select_for_update(of=("self",)).get(approval=approval)
    approval = Approval.objects.select_for_update(of=("self",)).get(pk=approval.pk)
    access.check_decide(approval, by)
    if verdict != Verdict.RETURN:
        check_runs(notice)
    outcome = approvals.decide(
        approval,
        kind=NOTICE_EXTENSION,
        by=by,
        verdict=verdict,
        version=version,
        seen_digest=seen_digest,
        content=extension_content(notice, extension.days, extension.reason),
        reason=reason,
    )
    if outcome == Outcome.RETURNED:
        _settle(extension, ExtensionVerb.RETURN)
    elif outcome == Outcome.COMPLETED:
        more = notice_days(notice.ends_on, extension.days, own_calendar())
        said = {"ends_before": notice.ends_on, "ends_on": more.ends_on, "extended_at": timezone.now()}
        _settle(extension, ExtensionVerb.APPROVE, **said)
        _run_until(notice, extension, by=by, is_certain=notice.is_certain and more.is_certain)
    return outcome


@transaction.atomic
def withdraw_extension(*, by: Person, extension: NoticeExtension) -> None:
    """Take back what one asked for, before anybody has decided."""
    _locked(extension.notice)
    extension = NoticeExtension.objects.select_for_update(of=("self",)).get(pk=extension.pk)
    access.check_withdraw_extension(extension, by)
    _settle(extension, ExtensionVerb.WITHDRAW)
    approvals.take_back(extension.approval, by=by)


def let_lapse(notice: PublicNotice, *, by: Person) -> None:
    """Close what still asks for a longer notice when it is over, replaced or taken down; part of that act."""
    for extension in notice.extensions.filter(state=ExtensionState.ASKED).select_related("approval"):
        _settle(extension, ExtensionVerb.LAPSE)
        approvals.take_back(extension.approval, by=by)


def follow_calendar(notice: PublicNotice, own: dict[dt.date, bool], *, by: Person, reason: str) -> None:
    """Let a running notice, locked by the caller, follow the calendar: later, or as it is. Part of the act that changed it."""
    period = period_of(notice, own)
    if period.ends_on > notice.ends_on:
        extension = NoticeExtension.objects.create(
            notice=notice,
            cause=ExtensionCause.CALENDAR,
            reason=reason,
            state=ExtensionState.EXTENDED,
            asked_by=by,
            asked_at=timezone.now(),
            ends_before=notice.ends_on,
            ends_on=period.ends_on,
            extended_at=timezone.now(),
        )
        _run_until(notice, extension, by=by, is_certain=period.is_certain)
    elif period.is_certain and not notice.is_certain:
        change(notice, by=by, expected=notice.version, is_certain=True)
        record("notice.extend", by=by, subject=notice, content=[str(notice.ends_on)], seals=[notice])


def _run_until(notice: PublicNotice, extension: NoticeExtension, *, by: Person, is_certain: bool) -> None:
    change(notice, by=by, expected=notice.version, ends_on=extension.ends_on, is_certain=is_certain)
    PreparedSheet.objects.filter(notice=notice).delete()  # the sheet says it from now on
    record(
        "notice.extend",
        by=by,
        subject=notice,
        content=[str(extension.ends_before), str(extension.ends_on), extension.reason],
        seals=[extension, notice],
    )


def _settle(extension: NoticeExtension, verb: ExtensionVerb, **values: Any) -> None:
    """Write what became of an extension; the notice is locked, so nobody else does."""
    extension.state = extension_after(extension.state, verb)
    for name, value in values.items():
        setattr(extension, name, value)
    extension.save(update_fields=["state", *values])


def _locked(notice: PublicNotice) -> PublicNotice:
    return PublicNotice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
