"""Signals and alerts made by the real verbs, for tests that need some."""

import datetime as dt
import io

from django.utils import timezone
from openpyxl import Workbook

from controls.actions import alerts, signal_uploads, signals
from controls.models import Alert, Signal, SignalUpload
from controls.rules.signal_sheets import FIELDS
from registry.models import RiskPoint
from registry.output.reader import Sheet
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


# --- From a workbook --------------------------------------------------------------------------------------------------------


def row(**changes) -> tuple:
    """A row that is right, in the order of the columns."""
    values = {
        "channel": "信访举报",
        "received_on": factories.today().isoformat(),
        "organization": "CZJ-01 办公室",
        "post": "印章管理岗",
        "point": "",
        "text": "来信反映。",
        "is_confidential": "",
        "source": "某人",
    }
    return tuple((values | changes).values())


def sheets(*rows: tuple) -> list[Sheet]:
    """Rows under our own headings, as the reader gives them."""
    return [Sheet("表一", [[str(each.heading) for each in FIELDS], *map(list, rows)], [])]


def workbook(*rows: tuple) -> bytes:
    """The same as a file."""
    made = Workbook()
    made.active.append([str(each.heading) for each in FIELDS])
    for cells in rows:
        made.active.append(list(cells))
    body = io.BytesIO()
    made.save(body)
    return body.getvalue()


def uploaded(body: factories.Body, by: str = "clerk", *rows: tuple) -> SignalUpload:
    """A workbook that is looked over and not taken in yet."""
    return signal_uploads.keep_upload(by=body[by], name="信息.xlsx", sheets=sheets(*(rows or [row(text="从表格来。")])))


def seen(body: factories.Body, upload: SignalUpload, by: str = "clerk") -> str:
    """The digest of what the page shows of it."""
    return signal_uploads.plan(upload, body[by]).digest
