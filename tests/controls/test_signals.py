"""Monitoring signals: who enters, reads, judges and learns whom one came from; what of them is nowhere else."""

import datetime as dt
import io
import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse
from openpyxl import load_workbook

from controls import access
from controls.actions import signal_uploads, signals
from controls.models import Judgement, Signal, SignalSource, SignalUpload
from controls.rules import SignalChannel
from controls.rules.signal_sheets import FIELDS, read_signals
from registry.actions import organization
from registry.actions.jobs import run_due
from registry.actions.verification import verify
from registry.models import AuditEntry
from registry.output.reader import Sheet
from registry.rules import Changed, NotAllowed, Refused
from tests import factories
from tests.controls import monitored

pytestmark = pytest.mark.django_db

EVERYBODY = [*factories.STAFF, *factories.OFFICES]
CANARIES = {"text": "金丝雀甲内容", "source": "金丝雀乙来源", "reason": "金丝雀丙理由"}


def readers(body, signal) -> set[str]:
    return {name for name in EVERYBODY if access.visible_signals(body[name]).filter(pk=signal.pk).exists()}


# --- Entering ---------------------------------------------------------------------------------------------------------------


def test_numbered_by_unit_and_year_one_after_the_other(body):
    year = factories.today().year
    found = [monitored.entered(body).number for _time in range(2)]
    found.append(monitored.entered(body, by="mzj_clerk", code="MZJ").number)
    assert found == [f"XH-CZJ-{year}-0001", f"XH-CZJ-{year}-0002", f"XH-MZJ-{year}-0001"]


@pytest.mark.parametrize(
    ("by", "code", "who"),
    [("clerk", "MZJ", NotAllowed), ("holder", "CZJ-01", NotAllowed), ("region_clerk", "CZJ-01", NotAllowed),
     ("recused_inspector", "CZJ-01", NotAllowed), ("clerk", "CZJ-02", NotAllowed), ("outside_inspector", "CZJ-01", NotAllowed)],
)  # fmt: skip
def test_nobody_enters_outside_their_scope_or_about_their_own_section(body, by, code, who):
    with pytest.raises(who):
        monitored.entered(body, by=by, code=code)
    assert not Signal.objects.exists()


def test_never_received_on_a_day_to_come_nor_about_what_is_elsewhere(body):
    with pytest.raises(Refused):
        monitored.entered(body, received_on=factories.today() + dt.timedelta(days=1))
    with pytest.raises(Refused):
        monitored.entered(body, post="other_holder")
    point = monitored.filed_point(body, "other_holder")
    with pytest.raises(Refused):
        monitored.entered(body, post="holder", point=point)


def test_the_source_is_encrypted_and_every_look_is_recorded(body):
    signal = monitored.entered(body, source=CANARIES["source"])
    secret = SignalSource.objects.get(signal=signal).secret
    assert CANARIES["source"] not in secret
    before = AuditEntry.objects.count()
    assert signals.look_at_source(by=body["inspector"], signal=signal) == CANARIES["source"]
    assert signals.look_at_source(by=body["inspector"], signal=signal) == CANARIES["source"]
    entries = AuditEntry.objects.order_by("sequence")[before:]
    assert [(entry.act, entry.actor, entry.organization_id) for entry in entries] == [
        ("confidential", body["inspector"], None)
    ] * 2
    for name in EVERYBODY:
        if name != "inspector":
            with pytest.raises(NotAllowed):
                signals.look_at_source(by=body[name], signal=signal)


def test_a_key_that_was_changed_is_said_and_not_an_error(body, settings):
    signal = monitored.entered(body)
    settings.SECRET_KEY = "another key of some length"
    with pytest.raises(Refused, match="."):
        signals.look_at_source(by=body["inspector"], signal=signal)


# --- Who reads --------------------------------------------------------------------------------------------------------------


def test_a_confidential_signal_is_read_by_its_inspectors_and_who_entered_it(body):
    signal = monitored.entered(body)
    assert readers(body, signal) == {"inspector", "clerk"}
    by_inspector = monitored.entered(body, by="inspector")
    assert readers(body, by_inspector) == {"inspector"}


def test_marked_as_not_confidential_the_office_reads_it_too(body):
    signal = monitored.entered(body, by="inspector")
    with pytest.raises(NotAllowed):
        signals.open_signal(by=body["clerk"], signal=signal, reason="已公开", expected=signal.version)
    signals.open_signal(by=body["inspector"], signal=signal, reason="已在媒体公开", expected=signal.version)
    assert readers(body, signal) == {"inspector", "clerk", "second_clerk"}
    signal.refresh_from_db()
    with pytest.raises(Refused):
        signals.open_signal(by=body["inspector"], signal=signal, reason="再次", expected=signal.version)


def test_who_a_signal_is_about_never_sees_it(body):
    """An inspector who holds or held the post, or whose own section it is."""
    console = organization.console_actor()
    of_section = monitored.entered(body, code="CZJ-01")
    of_post = monitored.entered(body, post="holder")
    assert "inspector" in readers(body, of_section) & readers(body, of_post)
    post = body.appointment("colleague").post
    organization.appoint(by=console, person=body["inspector"], post=post, rank="ke", starts_on=factories.SINCE)
    assert "inspector" not in readers(body, of_section)
    assert "inspector" in readers(body, of_post)  # another post of the section
    about_it = monitored.entered(body, post="colleague")
    assert "inspector" not in readers(body, about_it)
    for refused in (of_section, about_it):
        with pytest.raises(NotAllowed):
            signals.judge_signal(by=body["inspector"], signal=refused, judged="risk", reason="属实", expected=1)
        with pytest.raises(NotAllowed):
            signals.look_at_source(by=body["inspector"], signal=refused)


def test_a_post_once_held_stays_closed(body):
    console = organization.console_actor()
    held = organization.appoint(
        by=console, person=body["inspector"], post=body.appointment("holder").post, rank="ke",
        starts_on=factories.SINCE, ends_on=factories.SINCE,
    )  # fmt: skip
    assert held.ends_on == factories.SINCE
    assert "inspector" not in readers(body, monitored.entered(body, post="holder"))
    assert "inspector" in readers(body, monitored.entered(body))


def test_administrators_and_people_recused_see_nothing(body):
    signal = monitored.entered(body, is_confidential=False)
    assert readers(body, signal) == {"inspector", "clerk", "second_clerk"}


# --- Judging ----------------------------------------------------------------------------------------------------------------


def test_judgements_stay_one_under_the_other(body):
    signal = monitored.entered(body)
    for judged in ("open", "risk", "no_risk"):
        monitored.judge(body, signal, judged)
    assert list(signal.judgements.values_list("judged", flat=True)) == ["open", "risk", "no_risk"]
    assert signal.judged == "no_risk"
    for name in ("clerk", "recused_inspector", "outside_inspector", "principal"):
        with pytest.raises(NotAllowed):
            signals.judge_signal(by=body[name], signal=signal, judged="risk", reason="属实", expected=signal.version)
    with pytest.raises(Refused):
        signals.judge_signal(by=body["inspector"], signal=signal, judged="risk", reason="  ", expected=signal.version)


def test_of_two_inspectors_at_once_one_is_told(body, client_of):
    factories.give(body, "outside_inspector", "inspector", "CZJ")
    signal = monitored.entered(body)
    client = client_of("outside_inspector")
    signals.judge_signal(by=body["inspector"], signal=signal, judged="risk", reason="属实", expected=1)
    with pytest.raises(Changed, match=body["inspector"].name):
        signals.judge_signal(by=body["outside_inspector"], signal=signal, judged="no_risk", reason="不属实", expected=1)
    sent = {"version": 1, "judged": "no_risk", "reason": "打了很久的理由"}
    answer = client.post(reverse("controls:signal-judge", args=[signal.pk]), sent)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "打了很久的理由" in page and body["inspector"].name in page
    assert Judgement.objects.count() == 1


def test_nothing_of_a_signal_is_ever_changed_or_deleted(body):
    signal = monitored.judge(body, monitored.entered(body))
    for change in (
        lambda: Signal.objects.filter(pk=signal.pk).update(text="改过"),
        lambda: Judgement.objects.update(reason="改过"),
        lambda: SignalSource.objects.update(secret="改过"),
        lambda: Judgement.objects.all().delete(),
        lambda: SignalSource.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_the_chain_proves_signals_and_finds_a_changed_one(body, unguarded):
    signal = monitored.judge(body, monitored.entered(body))
    signals.open_signal(by=body["inspector"], signal=signal, reason="已公开", expected=signal.version)
    assert verify().ok
    Signal.objects.filter(pk=signal.pk).update(text="改过")
    assert not verify().ok


# --- Pages ------------------------------------------------------------------------------------------------------------------


def test_entered_in_three_steps_without_a_script(body, client_of):
    point = monitored.filed_point(body)
    client, address = client_of("clerk"), reverse("controls:signal-new")
    section, post = body.organization("CZJ-01"), body.appointment("holder").post
    first = client.get(address).content.decode()
    assert f'value="{section.code}"' in first and 'value="CZJ-02"' not in first
    assert f'value="{post.pk}"' in client.get(f"{address}?organization={section.code}").content.decode()
    third = f"{address}?organization={section.code}&post={post.pk}"
    page = client.get(third).content.decode()
    assert point.code in page and re.search(r'name="is_confidential"[^>]*checked', page)
    sent = {
        "point": point.versions.get().pk,
        "channel": "hotline",
        "received_on": factories.today().isoformat(),
        "text": "热线反映。",
        "is_confidential": "on",
        "source": "张某",
    }
    answer = client.post(third, sent)
    signal = Signal.objects.get()
    assert answer.status_code == 302 and answer.headers["Location"] == reverse("controls:signal", args=[signal.pk])
    assert (signal.post, signal.point, signal.is_confidential, signal.entered_by) == (post, point, True, body["clerk"])
    wrong = client.post(
        third, sent | {"received_on": (factories.today() + dt.timedelta(days=2)).isoformat(), "text": ""}
    )
    assert wrong.status_code == 422 and Signal.objects.count() == 1
    foreign = client.get(f"{address}?organization=MZJ")
    assert foreign.status_code == 404


def test_the_register_filters_and_counts_only_for_who_judges(body, client_of):
    monitored.entered(body, channel="hotline", text="热线一")
    monitored.entered(body, channel="letter", text="来信二", is_confidential=False)
    monitored.judge(body, monitored.entered(body, channel="letter", text="来信三"))
    address = reverse("controls:signals")
    page = client_of("inspector").get(address).content.decode()
    assert '<svg class="chart"' in page and page.count("<rect") == 2
    assert all(text in page for text in ("热线一", "来信二", "来信三"))
    chosen = client_of("inspector").get(f"{address}?channel=letter&judged=risk&words=来信").content.decode()
    assert "来信三" in chosen and "来信二" not in chosen and "热线一" not in chosen
    by_place = client_of("inspector").get(f"{address}?organization=MZJ").content.decode()
    assert "来信三" not in by_place
    office = client_of("second_clerk").get(address).content.decode()
    assert "来信二" in office and "来信三" not in office
    assert '<svg class="chart"' not in office and 'name="words"' not in office
    assert client_of("second_clerk").get(f"{address}?organization=MZJ").status_code == 404
    assert client_of("holder").get(address).status_code == 403


def test_register_as_workbook_and_sheet_without_sources(body, client_of):
    monitored.judge(body, monitored.entered(body, **{name: CANARIES[name] for name in ("text", "source")}))
    client = client_of("inspector")
    before = AuditEntry.objects.filter(act="confidential").count()
    book = load_workbook(io.BytesIO(client.get(reverse("controls:signals-export")).content))
    cells = [str(cell.value) for sheet in book for row in sheet for cell in row if cell.value]
    assert CANARIES["text"] in cells and not any(CANARIES["source"] in cell for cell in cells)
    paper = client.get(reverse("controls:signals-sheet")).content.decode()
    assert CANARIES["text"] in paper and CANARIES["source"] not in paper
    assert AuditEntry.objects.filter(act="confidential").count() == before + 2
    file = client.get(reverse("controls:signals-pdf"))
    assert file.status_code == 200 and file.content.startswith(b"%PDF")
    assert client_of("clerk").get(reverse("controls:signals-export")).status_code == 403


# --- From a workbook --------------------------------------------------------------------------------------------------------


def test_all_problems_at_once_with_their_cells(body):
    rows = [
        monitored.row(channel="传闻", received_on="2099-01-01"),
        monitored.row(organization="MZJ"),
        monitored.row(post="没有的岗", text=""),
        monitored.row(text="好的一行"),
        monitored.row(text="好的一行"),
        monitored.row(is_confidential="也许", point="CZJ-999999"),
        monitored.row(text="坏\x07字符"),
    ]
    upload = signal_uploads.keep_upload(by=body["clerk"], name="a.xlsx", sheets=monitored.sheets(*rows))
    planned = signal_uploads.plan(upload, body["clerk"])
    cells = {f"{each.column}{each.row}" for each in planned.problems}
    assert cells == {"A2", "B2", "C3", "D4", "F4", "F6", "G7", "E7", "F8"}
    assert all(each.text for each in planned.problems)
    with pytest.raises(Refused):
        signal_uploads.take_in(by=body["clerk"], upload=upload, seen=planned.digest)
    assert not Signal.objects.exists()


def test_taken_in_as_a_whole_with_sources_encrypted(body):
    rows = [monitored.row(), monitored.row(text="第二条", is_confidential="否", source="")]
    upload = signal_uploads.keep_upload(by=body["clerk"], name="a.xlsx", sheets=monitored.sheets(*rows))
    assert "某人" not in upload.secret
    planned = signal_uploads.plan(upload, body["clerk"])
    assert not planned.problems
    with pytest.raises(Refused):
        signal_uploads.take_in(by=body["clerk"], upload=upload, seen="sha256:other")
    made = signal_uploads.take_in(by=body["clerk"], upload=upload, seen=planned.digest)
    assert [signal.is_confidential for signal in made] == [True, False]
    assert SignalSource.objects.count() == 1 and not SignalUpload.objects.exists()
    assert verify().ok
    again = signal_uploads.keep_upload(by=body["clerk"], name="a.xlsx", sheets=monitored.sheets(*rows))
    assert len(signal_uploads.plan(again, body["clerk"]).problems) == 2


def test_what_stands_in_the_register_is_told_to_nobody_who_does_not_read_it(body):
    monitored.entered(body, by="inspector", post="holder", text="来信反映。")
    upload = signal_uploads.keep_upload(by=body["clerk"], name="a.xlsx", sheets=monitored.sheets(monitored.row()))
    assert signal_uploads.plan(upload, body["clerk"]).problems == []


def test_too_many_rows_and_a_foreign_workbook_are_refused(body):
    many = signal_uploads.keep_upload(
        by=body["clerk"],
        name="a.xlsx",
        sheets=monitored.sheets(*(monitored.row(text=str(number)) for number in range(501))),
    )
    assert len(signal_uploads.plan(many, body["clerk"]).problems) == 1
    with pytest.raises(Refused):
        read_signals([Sheet("x", [["a", "b"]], [])], factories.today())
    with pytest.raises(NotAllowed):
        signal_uploads.keep_upload(by=body["holder"], name="a.xlsx", sheets=monitored.sheets(monitored.row()))


def test_uploaded_looked_over_and_taken_in_on_the_pages(body, client_of):
    monitored.filed_point(body)
    client = client_of("clerk")
    template = load_workbook(io.BytesIO(client.get(reverse("controls:signal-import-template")).content))
    assert [cell.value for cell in template.worksheets[0][1]] == [str(each.heading) for each in FIELDS]
    assert len(template.worksheets[0].data_validations.dataValidation) == 5
    file = SimpleUploadedFile("信息.xlsx", monitored.workbook(monitored.row(source=CANARIES["source"])))
    answer = client.post(reverse("controls:signal-import-new"), {"file": file})
    upload = SignalUpload.objects.get()
    assert answer.headers["Location"] == reverse("controls:signal-import", args=[upload.pk])
    page = client.get(answer.headers["Location"]).content.decode()
    assert CANARIES["source"] not in page
    assert client_of("second_clerk").get(answer.headers["Location"]).status_code == 404
    seen = re.search(r'name="seen" value="([^"]+)"', page)[1]
    done = client.post(answer.headers["Location"], {"seen": seen})
    assert done.status_code == 302 and Signal.objects.get().channel == SignalChannel.LETTER


def test_an_upload_is_removed_after_a_day(body):
    signal_uploads.keep_upload(by=body["clerk"], name="a.xlsx", sheets=monitored.sheets(monitored.row()))
    assert run_due("signal_uploads") == 0
    with time_machine.travel(monitored.in_days(2)):
        assert not access.visible_signal_uploads(body["clerk"], signal_uploads.kept_since()).exists()
        assert run_due("signal_uploads") == 1
    assert not SignalUpload.objects.exists()


# --- Canaries ---------------------------------------------------------------------------------------------------------------


def test_canaries_reach_nobody_who_is_not_entitled(body, client_of, settings):
    """What a signal says, whom it came from and why it was judged so: on no page, in no file, no entry of the chain."""
    signal = monitored.entered(body, post="holder", text=CANARIES["text"], source=CANARIES["source"], by="inspector")
    signals.judge_signal(by=body["inspector"], signal=signal, judged="risk", reason=CANARIES["reason"], expected=1)
    names = [
        ("home", []), ("registry:ledger", []), ("registry:ledger-export", []), ("registry:queue", []), ("registry:audit", []),
        ("registry:coverage", []), ("registry:organizations", []), ("registry:people", []), ("registry:rights", []),
        ("controls:signals", []), ("controls:signals-export", []), ("controls:signals-sheet", []), ("controls:signals-pdf", []),
        ("controls:signal", [signal.pk]), ("controls:signal-open", [signal.pk]), ("controls:alerts", []),
        *(("controls:alert", [alert.pk]) for alert in signal.alerts.all()),
        *(("controls:alert-answer", [alert.pk]) for alert in signal.alerts.all()),
    ]  # fmt: skip
    secrets = [*CANARIES.values(), signal.number]
    found = []
    for name in EVERYBODY:
        if name in ("inspector", "former"):
            continue
        client = client_of(name)
        for route, arguments in names:
            answer = client.get(reverse(route, args=arguments))
            content = answer.content.decode(errors="replace") + str(answer.headers)
            found += [(name, route, secret) for secret in secrets if secret in content]
    assert found == []
    told = "".join(str(list(row)) for row in AuditEntry.objects.values_list("act", "subject", "organization"))
    assert not any(secret in told for secret in secrets)


def test_the_chain_says_only_that_there_was_a_confidential_act(body):
    before = AuditEntry.objects.order_by("-sequence").values_list("sequence", flat=True).first()
    signal = monitored.judge(body, monitored.entered(body))
    signals.open_signal(by=body["inspector"], signal=signal, reason="已公开", expected=signal.version)
    entries = AuditEntry.objects.filter(sequence__gt=before)
    assert {entry.act for entry in entries} == {"confidential"}
    assert {entry.organization_id for entry in entries} == {None}
    assert not any(f"signal:{signal.pk}" == entry.subject for entry in entries)
