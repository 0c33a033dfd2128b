"""Entering monitoring signals, judging them, making them less than confidential, asking whom they came from.

Acts about signals are confidential (registry/rules/acts.py): the chain holds that there was one, and whose.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.access import nearest
from registry.actions.audit import record
from registry.actions.encryption import Unreadable, seal, unseal
from registry.actions.writing import change, next_numbers
from registry.models import Organization, Person, Post, RiskPoint
from registry.rules import Changed, OrganizationKind, Refused

from .. import access
from ..models import Judgement, Signal, SignalSource
from ..rules import Judging, check_received, counter_of, number_of
from .alerts import follow_judgement

SOURCE = "signal.source"


@transaction.atomic
def enter_signal(
    *,
    by: Person,
    organization: Organization,
    channel: str,
    received_on: dt.date,
    text: str,
    post: Post | None = None,
    point: RiskPoint | None = None,
    is_confidential: bool = True,
    source: str = "",
) -> Signal:
    """Enter what a channel of supervision brought, and number it in the register of its unit.

    `source` is who it came from, where anybody knows; it is stored encrypted.
    """
    access.check_enter(organization, by)
    check_received(received_on, timezone.localdate())
    check_about(organization, post, point)
    values = {
        "organization": organization,
        "post": post,
        "point": point,
        "channel": channel,
        "received_on": received_on,
        "text": text,
        "is_confidential": is_confidential,
        "source": source,
    }
    (signal,), sealed = store_signals(by=by, rows=[values])
    record("signal.enter", by=by, subject=signal, content=content_of(signal), seals=sealed)
    return signal


def check_about(organization: Organization, post: Post | None, point: RiskPoint | None) -> None:
    """Refuse a post of another organization and a risk point that does not stand there."""
    if post is not None and post.organization_id != organization.pk:
        raise Refused(_("%(post)s is no post of %(organization)s.") % {"post": post, "organization": organization})
    if point is not None and not access.points_to_enter_for(organization, post).filter(point=point).exists():
        raise Refused(_("This risk point does not stand there any more. Choose what the signal is about again."))


def store_signals(*, by: Person, rows: list[dict[str, Any]]) -> tuple[list[Signal], list]:
    """Store signals that were checked, with their sources; return them, and all rows that are final now."""
    now, year = timezone.now(), timezone.localdate().year
    units = [nearest(row["organization"], OrganizationKind.UNIT) for row in rows]
    numbers = {
        unit.code: iter(next_numbers(counter_of(unit.code, year), units.count(unit)))
        for unit in sorted(set(units), key=lambda unit: unit.code)
    }
    signals, sources = [], []
    for unit, row in zip(units, rows, strict=True):
        values = {name: value for name, value in row.items() if name != "source"}
        signal = Signal.objects.create(
            number=number_of(unit.code, year, next(numbers[unit.code])),
            unit=unit,
            position=row["organization"].tree_from,
            entered_by=by,
            entered_at=now,
            **values,
        )
        signals.append(signal)
        if row["source"]:
            sources.append(SignalSource.objects.create(signal=signal, secret=seal(row["source"], SOURCE)))
    return signals, [*signals, *sources]


def content_of(signal: Signal) -> list:
    """Return what the digest in the chain is over."""
    return [
        signal.number,
        signal.channel,
        signal.received_on.isoformat(),
        signal.text,
        signal.organization_id,
        signal.post_id,
        signal.point_id,
        signal.is_confidential,
    ]


@transaction.atomic
def judge_signal(*, by: Person, signal: Signal, judged: str, reason: str, expected: int) -> Judgement:
    """Say what a signal is, and why. What was said before stays; `expected` is the version that was looked at."""
    signal = (
        Signal.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(pk=signal.pk)
    )
    access.check_handle(signal, by)
    if not reason.strip():
        raise Refused(_("Say why."))
    _change(signal, by, expected, judged=Judging(judged))
    judgement = Judgement.objects.create(
        signal=signal, judged=judged, reason=reason.strip(), judged_by=by, judged_at=timezone.now()
    )
    record("signal.judge", by=by, subject=signal, content=[judged, judgement.reason], seals=[judgement])
    follow_judgement(signal, by=by)
    return judgement


def _change(signal: Signal, by: Person, expected: int, **values: Any) -> None:
    """Change a signal conditionally; who was later is told who was first."""
    try:
        change(signal, by=by, expected=expected, **values)
    except Changed:
        last = signal.judgements.select_related("judged_by").last()
        if last is None:
            raise
        when = timezone.localtime(last.judged_at)
        raise Changed(
            _(
                "%(name)s judged this signal at %(time)s: %(judged)s. Nothing of what you typed is lost; look at it and decide again."
            )
            % {"name": last.judged_by, "time": f"{when:%Y-%m-%d %H:%M}", "judged": last.get_judged_display()}
        ) from None


@transaction.atomic
def open_signal(*, by: Person, signal: Signal, reason: str, expected: int) -> None:
    """Mark a signal as not confidential, with the reason: the unit's office reads it from then on."""
    signal = Signal.objects.select_for_update(of=("self",), no_key=True).get(pk=signal.pk)
    access.check_handle(signal, by)
    if not signal.is_confidential:
        raise Refused(_("This signal is not confidential already."))
    if not reason.strip():
        raise Refused(_("Say why."))
    _change(
        signal,
        by,
        expected,
        is_confidential=False,
        opened_by=by,
        opened_at=timezone.now(),
        opened_reason=reason.strip(),
    )
    record("signal.open", by=by, subject=signal, content=reason.strip(), seals=[signal])


@transaction.atomic
def look_at_source(*, by: Person, signal: Signal) -> str:
    """Return who a signal came from; that somebody looked stands in the chain."""
    access.check_handle(signal, by)
    source = SignalSource.objects.filter(signal=signal).first()
    if source is None:
        raise Refused(_("Nobody knows who this signal came from."))
    try:
        told = unseal(source.secret, SOURCE)
    except Unreadable:
        raise Refused(
            _("The source cannot be read: it was encrypted with another key. Ask whoever keeps the installation.")
        ) from None
    record("signal.source", by=by, subject=signal, content=signal.number)
    return told


@transaction.atomic
def note_export(*, by: Person, wanted: Any, count: int) -> None:
    """Put into the chain that somebody took a part of the register out, as a confidential act."""
    record("signal.export", by=by, subject=by, content=[str(wanted), count])
