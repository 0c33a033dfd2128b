"""Signals and alerts made by the real verbs, for tests that need some."""

import datetime as dt

from django.utils import timezone

from controls.actions import alerts, signals
from controls.models import Alert, Signal
from registry.models import RiskPoint
from tests import factories

TEXT = "来信反映用印不登记。"
SOURCE = "举报人：某科室职工，电话另存。"


def filed_point(body: factories.Body, name: str = "holder", **values) -> RiskPoint:
    """A filed risk point of somebody's post."""
    return factories.first_point(factories.filed(body, name)).point


def entered(
    body: factories.Body,
    by: str = "clerk",
    code: str = "CZJ-01",
    post: str | None = None,
    point: RiskPoint | None = None,
    **values,
) -> Signal:
    """A signal about a section, or the post that somebody of the cast holds."""
    given = {"channel": "letter", "received_on": factories.today(), "text": TEXT, "source": SOURCE, **values}
    return signals.enter_signal(
        by=body[by],
        organization=body.organization(code),
        post=body.appointment(post).post if post else None,
        point=point,
        **given,
    )


def judge(body: factories.Body, signal: Signal, judged: str = "risk", by: str = "inspector") -> Signal:
    """Judge a signal as it stands, and read it again."""
    signal.refresh_from_db()
    signals.judge_signal(by=body[by], signal=signal, judged=judged, reason="经核实属实。", expected=signal.version)
    signal.refresh_from_db()
    return signal


def alert(body: factories.Body, **given) -> Alert:
    """An alert raised by a signal judged as risk."""
    return Alert.objects.get(signal=judge(body, entered(body, **given)))


def in_days(days: int) -> dt.datetime:
    """The same hour some days later."""
    return timezone.now() + dt.timedelta(days=days)


def answer(body: factories.Body, found: Alert, by: str, text: str = "已核查，登记簿已补齐。") -> None:
    """Answer an alert as it stands."""
    found.refresh_from_db()
    alerts.answer_alert(by=body[by], alert=found, text=text, expected=found.version)
