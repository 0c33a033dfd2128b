"""What monitoring brought in the demonstration region: signals of several channels, judged and not, and their alerts."""

import datetime as dt
import json
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from registry.actions.organization import console_actor
from registry.models import Organization, Person, PointVersion
from registry.roles import Role
from registry.rules import STANDING_STATES

from ..actions import alerts, signals
from ..models import Alert, Signal
from ..rules import Judging, SignalChannel

FOLDER = Path(__file__).resolve().parent


@transaction.atomic
def load_signals() -> None:
    """A dozen signals in two units; one alert waits for its head, one was passed on, one was answered."""
    inspector, clerk = (Person.objects.get(username=name) for name in ("DQ004", "CZJ057"))
    today = timezone.localdate()
    places = _places(clerk)
    for number, brought in enumerate(json.loads((FOLDER / "signals.json").read_text(encoding="utf-8"))):
        place = places[number % len(places)]
        version = _point(place, brought["grade"])
        signal = signals.enter_signal(
            by=clerk if number % 2 else inspector,
            organization=place,
            post=version.post if version else None,
            point=version.point if version else None,
            channel=brought["channel"],
            received_on=today - dt.timedelta(days=brought["days_ago"]),
            text=brought["text"],
            source=brought["source"],
        )
        if brought["judged"]:
            _judge(signal, inspector, brought["judged"], brought["reason"])
    civil = Organization.objects.get(code="MZJ-01")
    for text in ("来访人反映救助金发放名单未按期公示。", "社区反映入户核查只打电话未上门。"):
        _judge(
            signals.enter_signal(
                by=inspector,
                organization=civil,
                channel=SignalChannel.LETTER,
                received_on=today - dt.timedelta(days=6),
                text=text,
            ),
            inspector,
            Judging.RISK,
            "经抽查属实，存在风险。",
        )
    opened = Signal.objects.filter(judged=Judging.NO_RISK).order_by("pk").first()
    signals.open_signal(by=inspector, signal=opened, reason="已在政务公开栏答复，无需保密。", expected=opened.version)
    _alerts()


def _places(clerk: Person) -> list[Organization]:
    """Return sections of the finance bureau, without that of its office's clerk."""
    own = clerk.appointments.values("post__organization")
    sections = Organization.objects.filter(parent__code="CZJ", closed_on=None).exclude(pk__in=own)
    return list(sections.order_by("tree_from")[:3])


def _point(place: Organization, grade: int | None) -> PointVersion | None:
    if grade is None:
        return None
    standing = PointVersion.objects.filter(organization=place, state__in=STANDING_STATES).exclude(post=None)
    return standing.filter(grade=grade).order_by("pk").first() or standing.order_by("pk").first()


def _judge(signal: Signal, inspector: Person, judged: str, reason: str) -> None:
    signals.judge_signal(by=inspector, signal=signal, judged=judged, reason=reason, expected=signal.version)


def _alerts() -> None:
    """Pass the first alert on as the clock will once its day is over, and answer the second."""
    first, second, *_rest = Alert.objects.open().order_by("pk")
    alerts.pass_on(first, by=console_actor(), today=first.answer_by + dt.timedelta(days=1))
    head = Person.objects.get(
        assignments__role=Role.SECTION_HEAD, assignments__organization=second.organization, assignments__ends_on=None
    )
    second.refresh_from_db()
    alerts.answer_alert(
        by=head,
        alert=second,
        text="已逐件核对近三个月登记，补齐缺项，今后由专人每周抽查并留存记录。",
        expected=second.version,
    )
