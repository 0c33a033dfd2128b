"""The small office: what the region relaxes for one unit, who confirms it, what it never allows, and where it is told."""

import datetime as dt
from html import unescape

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from registry import access
from registry.actions import opt_outs
from registry.actions.jobs import run_due
from registry.models import Approval, AuditEntry, Decision, OptOut
from registry.roles import Role
from registry.rules import Incomplete, NotAllowed, Refused, decides_again, opt_out_faults
from tests import factories

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def in_english():
    """The sentences are compared as they stand in the code."""
    with translation.override("en"):
        yield


@pytest.fixture
def small(body):
    """SWJ is one leader who is head, office and leader at once, beside the holder; the region's office has two people."""
    factories.give(body, "swj_principal", Role.SECTION_HEAD, "SWJ-01")
    factories.give(body, "swj_principal", Role.OFFICE_CLERK, "SWJ")
    return body


def asked(body, approval: Approval) -> set[str]:
    """Return who is asked by their names in the cast; the queues must say the same."""
    approval.refresh_from_db()
    people = access.asked_now(approval).people
    queued = {
        name for name, person in body.people.items() if access.waiting_for(person).filter(pk=approval.pk).exists()
    }
    assert queued == {name for name, person in body.people.items() if person.pk in people}
    return queued


def before_filing(body):
    """The leader has reviewed as head, the region for the team: now it is to be filed."""
    declaration = factories.decide(factories.submitted(body, "swj_holder"), by=body["swj_principal"])
    return factories.decide(declaration, by=body["region_clerk"])


# --- Rules -------------------------------------------------------------------------------------------------------------


@given(st.lists(st.frozensets(st.integers(1, 4), min_size=1, max_size=2), max_size=4))
def test_never_alone_never_a_third_time_never_in_a_row(decided):
    for person in decides_again(decided):
        assert sum(person in people for people in decided) == 1, "a third time"
        assert person not in decided[-1], "two in a row"
        assert len(set().union(*decided)) > 1, "alone"
        assert frozenset({person}) in decided, "through a stand-in"


def test_days_are_refused_all_at_once():
    today = dt.date(2026, 3, 2)
    assert not opt_out_faults(today, today + 365 * DAY, today=today)
    assert [field for field, _told in opt_out_faults(today - DAY, today + 366 * DAY, today=today)] == [
        "starts_on",
        "ends_on",
    ]


# --- What it changes ---------------------------------------------------------------------------------------------------


def test_without_one_the_region_steps_in(small):
    factories.opted_out(small, "CZJ")  # of another unit
    declaration = before_filing(small)
    assert asked(small, declaration.approval) == {"second_region_clerk"}


def test_with_one_the_unit_goes_on_by_itself_and_every_page_says_so(small, client_of):
    made = factories.opted_out(small, "SWJ")
    declaration = factories.decide(factories.submitted(small, "swj_holder"), by=small["swj_principal"])
    # Nobody decides two steps in a row.
    assert asked(small, declaration.approval) == {"region_clerk", "second_region_clerk"}
    declaration = factories.decide(declaration, by=small["region_clerk"])
    assert asked(small, declaration.approval) == {"swj_principal"}
    declaration = factories.decide(declaration, by=small["swj_principal"])
    assert declaration.state == "filed"
    decisions = list(Decision.objects.filter(approval=declaration.approval).order_by("pk"))
    assert [decision.opt_out for decision in decisions] == [None, None, made]
    assert AuditEntry.objects.filter(act="opt_out.use", subject=f"opt_out:{made.pk}").count() == 1
    with translation.override("zh-hans"):
        note = made.note
    for name in ("registry:declaration", "registry:declaration-sheet"):
        page = client_of("swj_holder").get(reverse(name, args=[declaration.pk]))
        assert note in unescape(page.content.decode()), name
    factories.give(small, "swj_holder", Role.NOTICE_PUBLISHER, "SWJ")
    notice = factories.composed(small, "swj_holder", code="SWJ")
    sheet = client_of("swj_holder").get(reverse("registry:notice-sheet", args=[notice.pk]))
    assert note in unescape(sheet.content.decode())


def test_never_on_their_own_matter_nor_recused(small):
    factories.opted_out(small, "SWJ")
    declaration = before_filing(small)
    declaration.approval.owners.add(small["swj_principal"])
    now = access.asked_now(Approval.objects.get(pk=declaration.approval_id))
    assert now.people == {small["second_region_clerk"].pk} and now.opt_out is None
    with pytest.raises(NotAllowed, match="own matter"):
        access.check_decide(Approval.objects.get(pk=declaration.approval_id), small["swj_principal"])


def test_it_ends_at_once_or_by_its_last_day_whether_its_job_has_run_or_not(small):
    made = factories.opted_out(small, "SWJ")
    declaration = before_filing(small)
    approval = Approval.objects.get(pk=declaration.approval_id)
    with time_machine.travel(dt.datetime.combine(made.ends_on + DAY, dt.time(4)), tick=False):
        assert access.asked_now(approval).people == {small["second_region_clerk"].pk}
        assert not access.waiting_for(small["swj_principal"]).filter(pk=approval.pk).exists()
        run_due("opt_outs")
        assert asked(small, approval) == {"second_region_clerk"}
    run_due("opt_outs")
    opt_outs.end_opt_out(by=small["region_clerk"], opt_out=made, expected=made.version, reason="已增员")
    assert asked(small, approval) == {"second_region_clerk"}


def test_one_that_waits_changes_nothing(small):
    factories.opted_out(small, "SWJ", confirm=False)
    assert asked(small, before_filing(small).approval) == {"second_region_clerk"}


# --- Who -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["waiting", "confirmed", "declined", "ended"])
def test_who_confirms_and_ends_in_each_state(small, state):
    waiting = factories.opted_out(small, "SWJ", confirm=False)
    answered = small["second_region_clerk"] if state in ("confirmed", "declined") else None
    OptOut.objects.filter(pk=waiting.pk).update(state=state, answered_by=answered)
    opt_out = OptOut.objects.get(pk=waiting.pk)
    may = {
        access.check_confirm_opt_out: {"second_region_clerk"} if state == "waiting" else set(),
        access.check_end_opt_out: (
            {"region_clerk", "second_region_clerk"} if state in ("waiting", "confirmed") else set()
        ),
    }
    for check, expected in may.items():
        assert {name for name, person in small.people.items() if not access.refusal(check, opt_out, person)} == expected


def test_it_needs_a_second_person_and_one_unit_has_one_at_a_time(small):
    with pytest.raises(Refused, match="nobody else in the region's office"):
        access.check_enter_opt_out(small.organization("SWJ"), small["region_clerk"])
    made = factories.opted_out(small, "SWJ")
    with pytest.raises(Incomplete) as refused:
        factories.opted_out(small, "SWJ")
    assert [gap.target for gap in refused.value.gaps] == ["starts_on"]
    assert list(made.history.order_by("history_id").values_list("state", flat=True)) == ["waiting", "confirmed"]
    acts = AuditEntry.objects.filter(subject=f"opt_out:{made.pk}").values_list("act", flat=True)
    assert list(acts) == ["opt_out.enter", "opt_out.confirm"]


def test_who_only_stands_in_for_the_office_enters_none(small):
    factories.opted_out(small, "SWJ")
    factories.stood_in(small, "region_clerk", "outside_inspector")
    assert access.region_scope(small["outside_inspector"])
    assert not access.enters_opt_outs(small["outside_inspector"])
    with pytest.raises(NotAllowed):
        access.check_enter_opt_out(small.organization("CZJ"), small["outside_inspector"])


# --- In the database -----------------------------------------------------------------------------------------------------


def test_the_database_admits_a_second_decision_only_under_an_opt_out_and_no_third(small):
    made = factories.opted_out(small, "SWJ")
    declaration = before_filing(small)

    def put(step: str, opt_out: OptOut | None) -> None:
        decision = Decision.objects.filter(decided_by=small["swj_principal"]).first()
        decision.pk, decision.step, decision.opt_out = None, step, opt_out
        decision.save(force_insert=True)

    with pytest.raises(IntegrityError), transaction.atomic():
        put("office", None)
    put("office", made)
    with pytest.raises(IntegrityError), transaction.atomic():
        put("party", made)
    assert declaration.approval.decisions.count() == 3


# --- Pages ---------------------------------------------------------------------------------------------------------------


def test_the_pages_from_entering_to_ending(small, client_of):
    factories.opted_out(small, "CZJ")
    first, second = client_of("region_clerk"), client_of("second_region_clerk")
    address = reverse("registry:opt-out-enter")
    days = {"starts_on": factories.today().isoformat(), "ends_on": (factories.today() + 9 * DAY).isoformat()}
    values = {"unit": small.organization("SWJ").pk, "relaxation": "two_steps", **days}
    assert first.get(address).status_code == 200
    assert first.post(address, values).status_code == 422
    assert first.post(address, {**values, "reason": "仅有三人"}).status_code == 302
    assert first.post(address, {**values, "reason": "仅有三人"}).status_code == 409
    opt_out = OptOut.objects.get(unit=small.organization("SWJ"))
    confirm = reverse("registry:opt-out-confirm", args=[opt_out.pk])
    assert first.get(confirm).status_code == 403
    assert confirm in second.get(reverse("registry:opt-outs")).content.decode()
    assert second.post(confirm, {"version": opt_out.version}).status_code == 302
    opt_out.refresh_from_db()
    page = client_of("security_administrator").get(reverse("registry:organization", args=[opt_out.unit_id]))
    assert "仅有三人" in page.content.decode()
    end = reverse("registry:opt-out-end", args=[opt_out.pk])
    assert second.post(end, {"version": opt_out.version, "reason": "已增员"}).status_code == 302
    opt_out.refresh_from_db()
    assert opt_out.state == "ended"
