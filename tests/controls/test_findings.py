"""Findings: raised, corrected, verified, handed over; who may, who sees; and the way back to the registry."""

import datetime as dt
import itertools

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from controls.access import findings as access
from controls.actions import findings as verbs
from controls.models import Finding, FindingStep, Signal
from controls.rules import (
    FINDING_TRANSITIONS,
    MOST_DAYS,
    FindingState,
    FindingVerb,
    SignalChannel,
    deadline_faults,
    finding_after,
    finding_gaps,
)
from registry.actions import verification
from registry.models import Assignment, AuditEntry, Declaration, PointVersion
from registry.rules import Changed, Incomplete, NotAllowed, Refused, Trigger, Upload
from tests import factories
from tests.controls.findings import FACTS, act, in_state, raised

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def in_english():
    """The sentences are compared as they stand in the code."""
    with translation.override("en"):
        yield


# --- Rules -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(FindingState, FindingVerb)))
def test_every_state_and_verb(state, verb):
    if (state, verb) in FINDING_TRANSITIONS:
        assert finding_after(state, verb) == FINDING_TRANSITIONS[state, verb]
    else:
        with pytest.raises(Refused):
            finding_after(state, verb)


@given(st.integers(min_value=-400, max_value=800))
def test_a_deadline_lies_after_today_and_within_a_year(days):
    today = dt.date(2026, 3, 2)
    assert bool(deadline_faults(today + days * DAY, after=today)) == (not 0 < days <= MOST_DAYS)


def test_gaps_are_told_all_at_once():
    today = dt.date(2026, 3, 2)
    found = finding_gaps(facts=" ", due_on=None, raised_on=today, has_responsible=True, corrects_oneself=True)
    assert [name for name, _sentence in found] == ["facts", "due_on", "responsible"]
    assert not finding_gaps(
        facts="事实", due_on=today + DAY, raised_on=today, has_responsible=False, corrects_oneself=True
    )


# --- State × verb × role -----------------------------------------------------------------------------------------------

# Who may take each step in each state: everybody else is refused. The holder corrects it; the clerk verified what is verified.
HANDLERS = {"clerk", "second_clerk", "inspector"}
MAY = {
    FindingVerb.REPORT: {"holder"},
    FindingVerb.VERIFY: HANDLERS,
    FindingVerb.SEND_BACK: HANDLERS,
    FindingVerb.EXTEND: HANDLERS,
    FindingVerb.HAND_OVER: {"inspector"},
    FindingVerb.SUPPLEMENT: HANDLERS,
}


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(FindingState, FindingVerb)))
def test_who_does_what_when(body, state, verb):
    factories.filed(body)
    point = PointVersion.objects.get().point
    finding = in_state(body, state, point=point)
    allowed = set()
    body["former"].refresh_from_db()  # whose account has ended
    for name in body.people:
        try:
            with transaction.atomic():
                act(body, finding, verb, name)
                allowed.add(name)
                raise KeyboardInterrupt  # taken back
        except KeyboardInterrupt:
            pass
        except Refused as why:
            assert str(why)
    assert allowed == (MAY[verb] if (state, verb) in FINDING_TRANSITIONS else set())
    assert (
        FindingStep.objects.filter(finding=finding).count()
        == {"open": 0, "reported": 1, "verified": 2, "disposal": 1}[state]
    )


def test_without_a_name_whoever_leads_corrects(body):
    of_section = raised(body, responsible=None)
    of_unit = raised(body, code="CZJ", responsible=None)

    def mine(finding):
        return {
            name for name, person in body.people.items() if access.findings_to_correct(person).filter(pk=finding.pk)
        }

    assert mine(of_section) == {"head"}
    assert mine(of_unit) == {"principal", "second_principal"}
    Assignment.objects.filter(person=body["head"]).update(ends_on=factories.today() - DAY)
    assert mine(of_section) == {"principal", "second_principal"}, "a section without a head is answered for above"


def test_nobody_verifies_what_they_reported(body):
    finding = raised(body, responsible="second_clerk", code="CZJ-02")
    act(body, finding, FindingVerb.REPORT, "second_clerk")
    with pytest.raises(NotAllowed, match="theirs to correct"):
        act(body, finding, FindingVerb.VERIFY, "second_clerk")
    assert finding.pk not in access.findings_to_verify(body["second_clerk"]).values_list("pk", flat=True)
    assert finding.pk in access.findings_to_verify(body["clerk"]).values_list("pk", flat=True)
    act(body, finding, FindingVerb.VERIFY, "clerk")
    assert finding.steps.count() == 2


def test_who_raises(body):
    may = set()
    for name in body.people:
        try:
            with transaction.atomic():
                raised(body, by=name, responsible=None)
                may.add(name)
        except NotAllowed:
            pass
    assert may == HANDLERS
    with pytest.raises(Incomplete):
        raised(body, due_on=factories.today())
    with pytest.raises(Refused, match="no post or role"):
        raised(body, responsible="mzj_holder")
    with pytest.raises(Refused, match="no post or role"):
        raised(body, responsible="system_administrator")


def test_numbers_follow_each_other(body):
    year = factories.today().year
    assert [raised(body).number, raised(body).number] == [f"WT-CZJ-{year}-0001", f"WT-CZJ-{year}-0002"]
    assert raised(body, by="inspector", code="MZJ-01", responsible=None).number == f"WT-MZJ-{year}-0001"


def test_extending_keeps_the_day_before(body):
    finding = raised(body)
    before = finding.due_on
    with pytest.raises(Refused):
        act(body, finding, FindingVerb.EXTEND, "clerk", due_on=before)
    act(body, finding, FindingVerb.EXTEND, "clerk", due_on=before + 3 * DAY)
    finding.refresh_from_db()
    assert (finding.due_on, finding.steps.get().due_on) == (before + 3 * DAY, before + 3 * DAY)
    assert verification.verify().ok


def test_two_windows(body):
    finding = raised(body)
    with pytest.raises(Changed):
        verbs.report_correction(by=body["holder"], finding=finding, expected=finding.version + 1, text="已补登。")
    assert not FindingStep.objects.exists()


def test_a_report_keeps_its_files_for_those_who_read_it(body, client_of):
    finding = raised(body)
    upload = Upload("台账.pdf", "application/pdf", b"%PDF-1.4 \xe5")
    act(body, finding, FindingVerb.REPORT, "holder", attachments=[upload])
    file = finding.steps.get().attachments.get()
    address = reverse("controls:finding-attachment", args=[finding.pk, file.pk])
    assert client_of("clerk").get(address).content == b"%PDF-1.4 \xe5"
    assert client_of("colleague").get(address).status_code == 404


# --- Who sees -----------------------------------------------------------------------------------------------------------


def test_who_reads(body):
    finding = raised(body)
    readers = {name for name, person in body.people.items() if access.visible_findings(person).filter(pk=finding.pk)}
    heads = {"head", "supervisor", "member", "principal", "second_principal"}
    assert readers == HANDLERS | heads | {"holder"}


def signal_of(body, **changes) -> Signal:
    place = body.organization("CZJ-01")
    values = {
        "number": "XH-CANARY-1", "unit": body.organization("CZJ"), "channel": SignalChannel.HOTLINE, "received_on": factories.today(),
        "text": "CANARY-signal-text", "organization": place, "position": place.tree_from, "entered_by": body["inspector"],
        "entered_at": dt.datetime.now(dt.UTC),
    } | changes  # fmt: skip
    return Signal.objects.create(**values)


def test_where_a_finding_came_from_is_told_to_few(body, client_of):
    finding = raised(body, by="inspector", signal=signal_of(body))
    for name, person in body.people.items():
        if not access.visible_findings(person).filter(pk=finding.pk).exists():
            continue
        for address in ("controls:finding", "controls:findings", "controls:findings-to-correct"):
            page = client_of(name).get(reverse(address, args=[finding.pk] if address == "controls:finding" else []))
            shown = page.content.decode()
            assert "CANARY-signal-text" not in shown
            told = "XH-CANARY-1" in shown or str(SignalChannel.HOTLINE.label) in shown
            assert told == (name == "inspector" and address == "controls:finding")


def test_a_signal_one_does_not_see_raises_nothing(body, client_of):
    signal = signal_of(body)
    with pytest.raises(NotAllowed):
        raised(body, signal=signal)
    assert client_of("clerk").get(reverse("controls:finding-new") + f"?signal={signal.pk}").status_code == 404
    assert client_of("inspector").get(reverse("controls:finding-new") + f"?signal={signal.pk}").status_code == 200


def test_handing_over_says_nothing_to_others(body, client_of):
    finding = raised(body)
    act(body, finding, FindingVerb.HAND_OVER, "inspector", text="CANARY-why-disposal")
    with translation.override(settings.LANGUAGE_CODE):
        word = str(FindingState.DISPOSAL.label)
    for name, person in body.people.items():
        if not access.visible_findings(person).filter(pk=finding.pk).exists():
            continue
        shown = client_of(name).get(reverse("controls:finding", args=[finding.pk])).content.decode()
        sees = name in ("inspector", "principal", "second_principal")
        assert ("CANARY-why-disposal" in shown) == sees, name
        assert (word in shown) == sees, name


# --- The way back to the registry ----------------------------------------------------------------------------------------


def test_a_finding_opens_a_supplement(body, client_of):
    factories.filed(body)
    point = PointVersion.objects.get().point
    finding = raised(body, point=point)
    act(body, finding, FindingVerb.SUPPLEMENT, "clerk")
    supplement = Declaration.objects.get(supplement=1)
    assert (supplement.trigger, supplement.drafted_by, supplement.appointment.person) == (
        Trigger.EVENT, body["holder"], body["holder"],
    )  # fmt: skip
    assert finding.steps.get().supplement == supplement
    page = client_of("clerk").get(reverse("controls:finding", args=[finding.pk])).content.decode()
    assert "已请填报人补充登记" in page
    with pytest.raises(Refused, match="no filed risk point"):
        act(body, raised(body), FindingVerb.SUPPLEMENT, "clerk")


def test_the_page_of_a_point_shows_its_findings(body, client_of):
    factories.filed(body)
    point = PointVersion.objects.get().point
    first = raised(body, point=point)
    address = reverse("registry:point", args=[point.code])
    assert first.number in client_of("head").get(address).content.decode()
    assert "Repeated" not in client_of("head").get(address).content.decode()
    raised(body, point=point)
    assert "该风险点十二个月内出现2个问题" in client_of("head").get(address).content.decode()
    assert first.number not in client_of("colleague").get(address).content.decode()
    assert first.number not in client_of("publisher").get(address).content.decode()
    new = client_of("clerk").get(reverse("controls:finding-new") + f"?point={point.code}")
    assert point.code in new.content.decode()


# --- What is written stays -----------------------------------------------------------------------------------------------


def test_the_database_refuses_changes(body):
    finding = in_state(body, FindingState.REPORTED)
    for change in (
        lambda: Finding.objects.filter(pk=finding.pk).update(facts="没有问题"),
        lambda: FindingStep.objects.update(text="没有问题"),
        lambda: FindingStep.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_the_chain_finds_a_changed_row(body, unguarded):
    in_state(body, FindingState.VERIFIED)
    assert verification.verify().ok
    FindingStep.objects.filter(verb=FindingVerb.REPORT).update(text="没有问题")
    assert not verification.verify().ok


def test_raising_and_correcting_on_the_pages(body, client_of):
    clerk, holder = client_of("clerk"), client_of("holder")
    new = reverse("controls:finding-new") + "?organization=CZJ-01"
    due = factories.today() + 10 * DAY
    said = {"facts": FACTS, "severity": "notable", "responsible": body["holder"].pk, "due_on": due.isoformat()}
    assert clerk.post(new, said | {"facts": ""}).status_code == 422
    assert not Finding.objects.exists()
    assert clerk.post(new, said).status_code == 302
    finding = Finding.objects.get()
    address = reverse("controls:finding-report", args=[finding.pk])
    assert holder.post(address, {"version": 1, "text": ""}).status_code == 409
    assert holder.post(address, {"version": 7, "text": "已补登"}).status_code == 409
    assert holder.post(address, {"version": 1, "text": "已补登"}).status_code == 302
    assert clerk.post(reverse("controls:finding-verify", args=[finding.pk]), {"version": 2}).status_code == 302
    finding.refresh_from_db()
    assert finding.state == FindingState.VERIFIED
    assert AuditEntry.objects.filter(act="finding.verify").count() == 1
    assert clerk.post(address, {"version": 3, "text": "x"}).status_code == 403
    board = clerk.get(reverse("controls:findings") + "?state=verified").content.decode()
    assert finding.number in board
