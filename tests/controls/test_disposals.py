"""Disposals: who proposes, decides, serves, answers and checks; what follows when nobody answers; and that nobody else learns of it."""

import itertools
import json
import logging

import pytest
import time_machine
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from controls.access import disposals as access
from controls.access.disposals import Seen
from controls.actions import disposals as verbs
from controls.actions import findings as finding_verbs
from controls.models import Disposal, DisposalStep
from controls.rules import (
    DECIDING_STEPS,
    DISPOSAL_TRANSITIONS,
    NEXT_KIND,
    DisposalKind,
    DisposalState,
    DisposalTarget,
    DisposalVerb,
    Service,
    disposal_after,
    disposal_number,
    escalation_due,
    not_to_be_computed,
    service_faults,
    target_of,
)
from controls.rules.disposals import LATE_AGAIN_AFTER, REGION_GROUP, UNIT_LEADER
from registry import access as rights
from registry.actions import jobs
from registry.actions.audit import note_denial
from registry.actions.verification import verify
from registry.models import Approval, Assignment, AuditEntry, JobClaim, Person
from registry.roles import Role
from registry.rules import Changed, Incomplete, NotAllowed, OrganizationKind, Rank, Refused, Standing, StepKey, Verdict
from tests import factories
from tests.controls.disposals import ANSWER, DAY, OF_GROUP, OF_TARGET, SAID, act, decide, in_state, proposed


@pytest.fixture(autouse=True)
def in_english():
    """The sentences are compared as they stand in the code."""
    with translation.override("en"):
        yield


# --- Rules -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(DisposalState, DisposalVerb)))
def test_every_state_and_verb(state, verb):
    if (state, verb) in DISPOSAL_TRANSITIONS:
        assert disposal_after(state, verb) == DISPOSAL_TRANSITIONS[state, verb]
    else:
        with pytest.raises(Refused):
            disposal_after(state, verb)


def test_who_has_authority_over_whom():
    """Part III §2(3)3: 按照干部管理权限."""
    decided = {
        (rank, standing): DECIDING_STEPS[target_of(kind=OrganizationKind.SECTION, rank=rank, standing=standing)]
        for rank, standing in itertools.product(Rank, Standing)
    }
    by_unit = {each for each, step in decided.items() if step == StepKey.UNIT_GROUP}
    assert by_unit == {(Rank.BELOW_KE, Standing.STAFF), (Rank.BELOW_KE, Standing.SECTION_HEAD)}
    assert set(decided.values()) == {StepKey.UNIT_GROUP, StepKey.REGION_GROUP}
    of_section = target_of(kind=OrganizationKind.SECTION, rank=None, standing=None)
    of_unit = target_of(kind=OrganizationKind.UNIT, rank=None, standing=None)
    assert (DECIDING_STEPS[of_section], DECIDING_STEPS[of_unit]) == (StepKey.UNIT_GROUP, StepKey.REGION_GROUP)


@given(st.integers(-30, 60), st.sampled_from(DisposalTarget), st.booleans(), st.integers(0, 2))
def test_lateness_rises_and_never_falls(late, target, was_refused, reached):
    today = factories.today()
    level = escalation_due(
        target=target,
        state=DisposalState.SERVED,
        due_on=today - late * DAY,
        was_refused=was_refused,
        reached=reached,
        today=today,
    )
    assert level is None or level > reached
    if late <= 0 and not was_refused:
        assert level is None
    if late > LATE_AGAIN_AFTER and reached < REGION_GROUP:
        assert level == REGION_GROUP
    if target in (DisposalTarget.LEADER, DisposalTarget.UNIT):
        assert level in (None, REGION_GROUP), "nobody brings it before whom it is about"
    for state in set(DisposalState) - {DisposalState.SERVED}:
        assert (
            escalation_due(target=target, state=state, due_on=today, was_refused=True, reached=0, today=today) is None
        )


@given(st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=1, max_size=5))
def test_no_small_count_can_be_computed(rows):
    shown = not_to_be_computed(rows)
    full = [[*row, sum(row)] for row in rows]
    full.append([sum(column) for column in zip(*full, strict=True)])
    for told, true in zip(shown, full, strict=True):
        for count, real in zip(told, true, strict=True):
            assert count in (None, real)
            assert count not in (1, 2)
    for line in [*shown, *zip(*shown, strict=True)]:
        assert list(line).count(None) != 1, "it is what the others leave"
    if all(count == 0 or count >= 3 for row in full for count in row):
        assert shown == full


def test_what_a_service_needs():
    today = factories.today()
    days = {"decided_on": today - 3 * DAY, "today": today}
    assert not service_faults(service=Service.PAPER, day=today - DAY, witnesses="", **days)
    assert [name for name, _why in service_faults(service=Service.PAPER, day=today + DAY, witnesses="", **days)] == [
        "day"
    ]
    assert [
        name for name, _why in service_faults(service=Service.PAPER, day=today - 4 * DAY, witnesses="", **days)
    ] == ["day"]
    assert [name for name, _why in service_faults(service=Service.SCREEN, day=today - DAY, witnesses="", **days)] == [
        "day"
    ]
    assert [name for name, _why in service_faults(service=Service.REFUSED, day=today, witnesses=" ", **days)] == [
        "witnesses"
    ]


def test_numbers_have_the_words_of_kind_or_body():
    words = {"warning": "廉警", "CZJ:warning": "财廉警"}
    assert disposal_number(words, kind="warning", body="MZJ", year=2026, serial=1) == "廉警〔2026〕1号"
    assert disposal_number(words, kind="warning", body="CZJ", year=2026, serial=2) == "财廉警〔2026〕2号"


# --- Proposing and deciding ----------------------------------------------------------------------------------------------


def test_who_proposes(body):
    body["former"].refresh_from_db()
    may = set()
    for name in body.people:
        try:
            with transaction.atomic():
                proposed(body, by=name)
                may.add(name)
        except NotAllowed:
            pass
    assert may == {"inspector"}, "of those with the jurisdiction one is recused"
    with pytest.raises(Incomplete):
        proposed(body, facts=" ")
    with pytest.raises(Refused, match="Nobody else holds"):
        verbs.propose(
            by=body["inspector"], organization=body.organization("CZJ-02"), appointment=body.appointment("holder"),
            kind=DisposalKind.WARNING, term_days=5, **SAID,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "code", "target", "deciders"),
    [
        ("holder", "", DisposalTarget.STAFF, {"principal", "second_principal"}),
        ("head", "", DisposalTarget.CADRE, {"region_leader"}),
        ("member", "", DisposalTarget.LEADER, {"region_leader"}),
        ("principal", "", DisposalTarget.LEADER, {"region_leader"}),
        ("", "CZJ-01", DisposalTarget.SECTION, {"principal", "second_principal"}),
        ("", "CZJ", DisposalTarget.UNIT, {"region_leader"}),
    ],
)
def test_who_decides(body, name, code, target, deciders):
    disposal = proposed(body, name, code)
    assert disposal.target == target
    waiting = {
        each for each, person in body.people.items() if rights.waiting_for(person).filter(pk=disposal.approval_id)
    }
    assert waiting == deciders
    body["former"].refresh_from_db()
    may = set()
    for each in body.people:
        try:
            with transaction.atomic():
                decide(body, disposal, by=each)
                may.add(each)
                raise KeyboardInterrupt
        except KeyboardInterrupt:
            pass
        except NotAllowed:
            pass
    assert may == deciders


def test_the_rank_is_frozen(body):
    disposal = proposed(body)
    factories.give(body, "holder", Role.TEAM_MEMBER, "CZJ")
    disposal.refresh_from_db()
    assert (disposal.rank, disposal.target, disposal.step) == (Rank.BELOW_KE, DisposalTarget.STAFF, StepKey.UNIT_GROUP)
    assert decide(body, disposal).state == DisposalState.DECIDED


def test_where_the_unit_has_nobody_the_region_decides(body):
    Assignment.objects.filter(role=Role.PRINCIPAL_LEADER, organization__code="CZJ").update(
        ends_on=factories.today() - DAY
    )
    disposal = proposed(body)
    assert {name for name, person in body.people.items() if rights.waiting_for(person)} == {"region_leader"}
    assert decide(body, disposal, by="region_leader").body.code == "DQ"


def test_numbers_are_counted_for_each_kind_and_body(body):
    year = factories.today().year
    first, second = (decide(body, proposed(body)) for _time in range(2))
    other = decide(body, proposed(body, kind=DisposalKind.WARNING))
    of_region = decide(body, proposed(body, "head"), by="region_leader")
    assert [each.number for each in (first, second, other, of_region)] == [
        f"廉诫〔{year}〕1号", f"廉诫〔{year}〕2号", f"廉警〔{year}〕1号", f"廉诫〔{year}〕1号",
    ]  # fmt: skip


def test_returned_it_is_mended_and_proposed_again(body):
    disposal = in_state(body, DisposalState.RETURNED)
    disposal = act(body, disposal, DisposalVerb.REVISE, "inspector", facts="补充后的事实。")
    assert (disposal.state, disposal.facts, disposal.approval.round) == (DisposalState.PROPOSED, "补充后的事实。", 2)
    assert decide(body, disposal, by="second_principal").state == DisposalState.DECIDED


def test_what_is_decided_is_what_was_seen(body):
    disposal = proposed(body)
    with pytest.raises(Changed):
        verbs.decide_disposal(
            by=body["principal"], approval=disposal.approval, verdict=Verdict.APPROVE, version=1, seen_digest="sha256:0"
        )
    assert Disposal.objects.get().number is None


def test_it_comes_from_a_finding_that_was_handed_over(body):
    finding = finding_verbs.raise_finding(
        by=body["inspector"], unit=body.organization("CZJ"), organization=body.organization("CZJ-01"), post=None, point=None,
        facts="问题", severity="serious", responsible=body["holder"], due_on=factories.today() + DAY,
    )  # fmt: skip
    with pytest.raises(Refused, match="not handed over"):
        proposed(body, finding=finding)
    finding_verbs.hand_over(by=body["inspector"], finding=finding, expected=1, text="情节较重")
    finding.refresh_from_db()
    assert proposed(body, finding=finding).finding == finding


# --- State × verb × role -------------------------------------------------------------------------------------------------

MAY = {
    DisposalVerb.REVISE: {"inspector"},
    DisposalVerb.DROP: {"inspector"},
    DisposalVerb.SERVE: {"inspector"},
    DisposalVerb.ACKNOWLEDGE: {"holder"},
    DisposalVerb.ANSWER: {"holder"},
    DisposalVerb.ACCEPT: {"inspector"},
    DisposalVerb.SEND_BACK: {"inspector"},
    DisposalVerb.ANNUL: {"principal", "second_principal"},
}


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(DisposalState, MAY)))
def test_who_does_what_when(body, state, verb):
    disposal = in_state(body, state)
    body["former"].refresh_from_db()
    allowed = set()
    for name in body.people:
        try:
            with transaction.atomic():
                act(body, disposal, verb, name)
                allowed.add(name)
                raise KeyboardInterrupt  # taken back
        except KeyboardInterrupt:
            pass
        except Refused as why:
            assert str(why)
    assert allowed == (MAY[verb] if (state, verb) in DISPOSAL_TRANSITIONS else set())


def test_what_is_about_a_unit_or_section_its_head_answers(body):
    section = in_state(body, DisposalState.SERVED, code="CZJ-01")
    assert act(body, section, DisposalVerb.ANSWER, "head").state == DisposalState.ANSWERED
    unit = in_state(body, DisposalState.SERVED, code="CZJ", decider="region_leader")
    with pytest.raises(NotAllowed):
        act(body, unit, DisposalVerb.ANSWER, "member")
    assert act(body, unit, DisposalVerb.ANSWER, "second_principal").state == DisposalState.ANSWERED


def test_the_term_begins_with_the_service(body):
    disposal = in_state(body, DisposalState.DECIDED)
    with pytest.raises(Incomplete):
        act(body, disposal, DisposalVerb.SERVE, "inspector", service=Service.REFUSED)
    disposal = act(
        body, disposal, DisposalVerb.SERVE, "inspector", service=Service.REFUSED, witnesses="CANARY-witness 甲、乙"
    )
    assert disposal.due_on == factories.today() + 10 * DAY
    assert disposal.steps.get(verb=DisposalVerb.SERVE).witnesses == "CANARY-witness 甲、乙"


def test_an_answer_says_everything(body):
    disposal = in_state(body, DisposalState.SERVED)
    with pytest.raises(Incomplete) as why:
        act(body, disposal, DisposalVerb.ANSWER, "holder", analysis="", commitment=" ")
    assert {gap.field for gap in why.value.gaps} == {"analysis", "commitment"}
    disposal = act(body, disposal, DisposalVerb.ACKNOWLEDGE, "holder")
    with pytest.raises(Refused, match="acknowledged already"):
        act(body, disposal, DisposalVerb.ACKNOWLEDGE, "holder")


# --- Lateness and the next step ------------------------------------------------------------------------------------------


def run_late(days: int) -> int:
    with time_machine.travel(timezone.now() + days * DAY, tick=False):
        return jobs.run_due("disposals")


def late_levels(disposal: Disposal) -> list[int]:
    return list(disposal.steps.filter(verb=DisposalVerb.LATE).values_list("reached", flat=True))


def test_lateness_goes_to_the_unit_s_leader_and_then_to_the_region(body):
    disposal = in_state(body, DisposalState.SERVED)
    assert run_late(10) == 0, "the last day is not late"
    assert run_late(11) == 1
    assert run_late(11) == 0, "nothing is brought twice"
    assert late_levels(disposal) == [UNIT_LEADER]
    assert run_late(16) == 1
    assert run_late(30) == 0
    assert late_levels(disposal) == [UNIT_LEADER, REGION_GROUP]
    assert access.seen(disposal, body["region_leader"]) == Seen.FULL
    assert set(JobClaim.objects.filter(job="disposals").values_list("key", flat=True)) == {
        f"{disposal.pk}:{factories.today() + 10 * DAY}:{level}" for level in (1, 2)
    }
    assert verify().ok


def test_lateness_of_a_leader_goes_to_the_region_at_once(body):
    disposal = in_state(body, DisposalState.SERVED, "member", decider="region_leader")
    assert run_late(11) == 1
    assert late_levels(disposal) == [REGION_GROUP]
    disposal.refresh_from_db()
    assert access.seen(disposal, body["principal"]) == Seen.LATE
    assert access.seen(disposal, body["supervisor"]) is None
    unit = in_state(body, DisposalState.SERVED, code="CZJ", decider="region_leader")
    run_late(11)
    unit.refresh_from_db()
    assert access.seen(unit, body["principal"]) == Seen.OWN


def test_refusal_is_brought_further_without_waiting(body):
    disposal = in_state(body, DisposalState.DECIDED)
    act(body, disposal, DisposalVerb.SERVE, "inspector", service=Service.REFUSED, witnesses="甲、乙")
    assert run_late(0) == 1
    assert late_levels(disposal) == [UNIT_LEADER]


def test_answered_meanwhile_nothing_is_brought(body):
    disposal = in_state(body, DisposalState.SERVED)
    with time_machine.travel(timezone.now() + 11 * DAY, tick=False):
        (_key, work), *_none = verbs.late_disposals()
        act(body, disposal, DisposalVerb.ANSWER, "holder")
        with pytest.raises(Refused):
            work()
    assert late_levels(disposal) == []


def test_the_next_step_is_a_new_proposal(body):
    first = in_state(body, DisposalState.SERVED, kind=DisposalKind.WARNING)
    with pytest.raises(Refused, match="neither refused nor"):
        proposed(body, kind=DisposalKind.ADMONITION, previous=first)
    with time_machine.travel(timezone.now() + 11 * DAY, tick=False):
        with pytest.raises(Refused, match="next severer"):
            proposed(body, kind=DisposalKind.RECTIFICATION, previous=first)
        with pytest.raises(Refused, match="next severer"):
            proposed(body, "colleague", kind=DisposalKind.ADMONITION, previous=first)
        second = decide(body, proposed(body, kind=NEXT_KIND[first.kind], previous=first))
        first.refresh_from_db()
        assert first.state == DisposalState.SERVED, (
            "whom it is about does not learn of the severer one before it is served"
        )
        act(body, second, DisposalVerb.SERVE, "inspector")
        first.refresh_from_db()
        assert (first.state, first.steps.last().text) == (DisposalState.CLOSED, second.number)


# --- Who learns of it ----------------------------------------------------------------------------------------------------

FULL = {"inspector": Seen.FULL, "principal": Seen.FULL, "second_principal": Seen.FULL}


@pytest.mark.parametrize("state", DisposalState)
def test_how_much_everybody_sees(body, state):
    disposal = in_state(body, state)
    seen = {name: found for name, person in body.people.items() if (found := access.seen(disposal, person)) is not None}
    served = state in (DisposalState.SERVED, DisposalState.ANSWERED, DisposalState.CLOSED)
    assert seen == FULL | ({"holder": Seen.OWN} if served else {})
    for name, person in body.people.items():
        assert access.visible_disposals(person).filter(pk=disposal.pk).exists() == (name in seen)


@pytest.mark.parametrize("state", DisposalState)
def test_of_a_leader_only_the_region_and_they_themselves(body, state):
    disposal = in_state(body, state, "principal", decider="region_leader")
    seen = {name: found for name, person in body.people.items() if (found := access.seen(disposal, person)) is not None}
    served = state in (DisposalState.SERVED, DisposalState.ANSWERED, DisposalState.CLOSED)
    # The recusal of the third is from one section only.
    full = dict.fromkeys(("inspector", "recused_inspector", "region_leader"), Seen.FULL)
    assert seen == full | ({"principal": Seen.OWN} if served else {})


def test_an_inspector_sees_their_own_only_as_whom_it_is_about(body):
    factories.give(body, "colleague", Role.INSPECTOR, "CZJ")
    disposal = in_state(body, DisposalState.DECIDED, "colleague")
    assert access.seen(disposal, body["colleague"]) is None
    disposal = act(body, disposal, DisposalVerb.SERVE, "inspector")
    assert access.seen(disposal, body["colleague"]) == Seen.OWN
    with pytest.raises(NotAllowed):
        disposal = act(body, disposal, DisposalVerb.ANSWER, "colleague")
        act(body, disposal, DisposalVerb.ACCEPT, "colleague")


def everywhere(client) -> dict[str, str]:
    """Return what an actor reads on every list, export and page where something of a disposal could stand, by address."""
    addresses = [
        reverse(name)
        for name in (
            "home", "registry:queue", "registry:decided", "registry:without-reviewer", "registry:rights", "registry:audit",
            "registry:audit-export", "registry:ledger", "registry:ledger-export", "registry:my-declarations", "registry:coverage",
            "registry:organizations", "registry:people", "registry:copies", "registry:meetings", "registry:notices",
            "controls:findings", "controls:findings-to-correct", "controls:findings-to-verify", "controls:disposals",
            "controls:disposals-register", "controls:disposal-numbers",
        )
    ]  # fmt: skip
    for disposal in Disposal.objects.all():
        addresses += [
            reverse(f"controls:disposal{name}", args=[disposal.pk])
            for name in (
                "",
                "-answer-sheet",
                "-serve",
                "-answer",
                "-accept",
                "-annul",
                "-drop",
            )
        ]
        if disposal.state == DisposalState.CLOSED:
            addresses += [
                reverse(f"controls:disposal-{name}", args=[disposal.pk]) for name in ("sheet", "pdf", "answer-pdf")
            ]
        addresses.append(reverse("controls:disposal-decide", args=[disposal.approval_id]))
        addresses.append(reverse("registry:reviewer-name", args=[disposal.approval_id]))
    for step in DisposalStep.objects.filter(attachments__isnull=False):
        addresses += [
            reverse("controls:disposal-attachment", args=[step.disposal_id, file.pk]) for file in step.attachments.all()
        ]
    read = {}
    for address in addresses:
        response = client.get(address)
        body = response.content
        if "spreadsheet" in response.headers.get("Content-Type", ""):
            body += unzipped(body)
        read[address] = f"{response.headers.get('Content-Disposition', '')} {body.decode(errors='replace')}"
    return read


def unzipped(body: bytes) -> bytes:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(body)) as package:
        return b"".join(package.read(name) for name in package.namelist())


@pytest.fixture
def all_of_them(body):
    """A disposal in each state, one late, one refused before witnesses, one answered twice."""
    made = {state: in_state(body, state) for state in DisposalState}
    again = in_state(body, DisposalState.ANSWERED)
    act(body, again, DisposalVerb.SEND_BACK, "inspector")
    refused = in_state(body, DisposalState.DECIDED)
    act(body, refused, DisposalVerb.SERVE, "inspector", service=Service.REFUSED, witnesses="CANARY-witness 甲、乙")
    run_late(0)
    return made


def test_canaries(body, client_of, all_of_them, caplog):
    caplog.set_level(logging.DEBUG)
    knows = {"inspector", "principal", "second_principal"}
    for name in body.people:
        if name == "former":
            continue
        read = everywhere(client_of(name))
        found = {word for word in (*OF_TARGET, *OF_GROUP) if any(f"CANARY-{word}" in text for text in read.values())}
        numbers = [each.number for each in Disposal.objects.exclude(number=None)]
        tells = any(number in text for number in numbers for text in read.values())
        if name in knows:
            assert found >= {*OF_GROUP} and tells, name
        elif name == "holder":
            assert found <= {*OF_TARGET} and found >= {"facts", "analysis", "outcome", "file"}, name
        else:
            assert not found and not tells, (name, found)
    assert "CANARY" not in caplog.text
    claims = json.dumps(list(JobClaim.objects.values()), cls=DjangoJSONEncoder)
    chain = json.dumps(list(AuditEntry.objects.values()), cls=DjangoJSONEncoder)
    assert "CANARY" not in claims and "CANARY" not in chain
    about = AuditEntry.objects.exclude(act__in=["denied", "ledger.export", "audit.export"]).filter(
        subject__contains="disposal"
    )
    assert not about.exists() and not AuditEntry.objects.filter(act__startswith="disposal").exists()
    assert not AuditEntry.objects.filter(act="denied", subject__contains="disposal").exists()


def test_what_is_refused_is_told_without_what(body):
    note_denial(by=body["inspector"], route="controls:disposal-serve", given={"pk": 7})
    assert AuditEntry.objects.latest("sequence").subject == "confidential"
    note_denial(by=body["inspector"], route="controls:finding-verify", given={"pk": 7})
    assert AuditEntry.objects.latest("sequence").subject == "controls:finding-verify:7"


def test_what_nobody_may_decide_is_told_to_the_region_s_group_only(body, client_of):
    Assignment.objects.filter(role__in=[Role.PRINCIPAL_LEADER, Role.REGION_LEADER]).update(
        ends_on=factories.today() - DAY
    )
    factories.give(body, "region_leader", Role.REGION_LEADER, "DQ", starts_on=factories.today())
    disposal = proposed(body)
    # The only one who may is an owner: nobody is left.
    disposal.approval.owners.add(body["region_leader"])
    Approval.objects.filter(pk=disposal.approval_id).update(asked_permission="", asked_organization=None)
    told = {name for name, person in body.people.items() if rights.unreviewed(person).filter(pk=disposal.approval_id)}
    assert told == set(), "who has a part in it is not told either, the proposer reads it on its own page"
    disposal.approval.owners.clear()
    told = {name for name, person in body.people.items() if rights.unreviewed(person).filter(pk=disposal.approval_id)}
    assert told == {"region_leader", "inspector"}
    assert (
        client_of("region_clerk").get(reverse("registry:reviewer-name", args=[disposal.approval_id])).status_code == 404
    )
    page = client_of("region_leader").get(reverse("registry:without-reviewer")).content.decode()
    assert disposal.whom not in page and "CANARY" not in page


def test_administrators_count_no_confidential_approvals(body):
    from registry.actions.organization import affected_below, closing_obstacles
    from registry.actions.organization.people import load_of

    before = load_of(body["principal"])
    affected = affected_below(body.organization("CZJ-01"), by=body["system_administrator"]).approvals
    obstacles = closing_obstacles(body.organization("CZJ-01"), factories.today())
    proposed(body)
    assert load_of(body["principal"]) == before
    assert affected_below(body.organization("CZJ-01"), by=body["system_administrator"]).approvals == affected
    assert closing_obstacles(body.organization("CZJ-01"), factories.today()) == obstacles


def test_the_queue_shows_kind_and_number_only(body, client_of):
    disposal = proposed(body)
    page = client_of("principal").get(reverse("registry:queue")).content.decode()
    assert reverse("controls:disposal-decide", args=[disposal.approval_id]) in page
    assert disposal.whom not in page and body["holder"].name not in page and "CANARY" not in page
    assert Approval.objects.get(pk=disposal.approval_id).title == ""


def test_counts_for_others_suppress_small_ones(body, client_of):
    with time_machine.travel(timezone.now() - 366 * DAY, tick=False):
        for _number in range(2):
            in_state(body, DisposalState.DECIDED)
        for _number in range(4):
            in_state(body, DisposalState.DECIDED, kind=DisposalKind.WARNING)
    year = timezone.localdate().year - 1
    if Disposal.objects.decided_in(year).count() != 6:
        year -= 1
    rows = client_of("region_clerk").get(reverse("controls:disposal-numbers") + f"?year={year}").context["rows"]
    of_unit = next(row["counts"] for row in rows if row["name"] == "云岭地区财政局")
    assert of_unit[1] is None and of_unit.count(None) >= 2
    assert client_of("clerk").get(reverse("controls:disposal-numbers")).status_code == 403


# --- What is written stays -----------------------------------------------------------------------------------------------


def test_the_database_refuses_changes(body):
    disposal = in_state(body, DisposalState.ANSWERED)
    for change in (
        lambda: Disposal.objects.filter(pk=disposal.pk).update(facts="没有问题"),
        lambda: Disposal.objects.filter(pk=disposal.pk).update(number=None, body=None, decided_at=None),
        lambda: Disposal.objects.filter(pk=disposal.pk).delete(),
        lambda: DisposalStep.objects.filter(disposal=disposal).update(text="没有问题"),
        lambda: DisposalStep.objects.filter(disposal=disposal, verb=DisposalVerb.SERVE).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_the_chain_is_sound_and_finds_a_changed_row(body, unguarded, all_of_them):
    assert verify().ok
    DisposalStep.objects.filter(verb=DisposalVerb.ANSWER).update(analysis="没有问题")
    assert not verify().ok


# --- On the pages --------------------------------------------------------------------------------------------------------


def test_from_proposal_to_close_on_the_pages(body, client_of):
    inspector, principal, holder = client_of("inspector"), client_of("principal"), client_of("holder")
    new = reverse("controls:disposal-new") + "?organization=CZJ-01"
    said = {"target": body.appointment("holder").pk, "kind": "admonition", "term_days": 10, **SAID}
    assert inspector.post(new, said | {"basis": ""}).status_code == 422
    assert inspector.post(new, said).status_code == 302
    disposal = Disposal.objects.get()
    address = reverse("controls:disposal-decide", args=[disposal.approval_id])
    seen = principal.get(address)
    assert "CANARY-facts" in seen.content.decode() and body["principal"].name in seen.context["mark"]
    form = seen.context["form"]
    decision = {"version": form["version"].value(), "seen_digest": form["seen_digest"].value(), "verdict": "approve"}
    assert inspector.post(address, decision).status_code == 403
    assert principal.post(address, decision).status_code == 302
    assert holder.get(reverse("controls:disposal", args=[disposal.pk])).status_code == 404
    today = timezone.localdate().isoformat()
    served = {"version": 3, "service": "screen", "day": today}
    assert inspector.post(reverse("controls:disposal-serve", args=[disposal.pk]), served).status_code == 302
    assert holder.get(reverse("controls:disposal", args=[disposal.pk])).status_code == 200
    assert holder.post(reverse("controls:disposal-acknowledge", args=[disposal.pk]), {"version": 4}).status_code == 302
    answer = reverse("controls:disposal-answer", args=[disposal.pk])
    page = holder.post(answer, {"version": 5, **ANSWER, "commitment": ""})
    assert page.status_code == 422 and "CANARY-analysis" in page.content.decode()
    assert holder.post(answer, {"version": 5, **ANSWER}).status_code == 302
    accept = reverse("controls:disposal-accept", args=[disposal.pk])
    assert inspector.post(accept, {"version": 6, "text": "已纠正"}).status_code == 302
    assert Disposal.objects.get().state == DisposalState.CLOSED
    pdf = holder.get(reverse("controls:disposal-pdf", args=[disposal.pk]))
    assert pdf.content.startswith(b"%PDF")


def test_whom_it_is_about_sees_nothing_of_the_discussion(body, client_of):
    disposal = in_state(body, DisposalState.CLOSED)
    page = client_of("holder").get(reverse("controls:disposal", args=[disposal.pk])).content.decode()
    assert "CANARY-opinion" not in page and body["principal"].name not in page
    assert "CANARY-outcome" in page


def test_nobody_decides_or_learns_of_a_disposal_by_standing_in(body):
    factories.stood_in(body, "principal", "member")
    disposal = proposed(body)
    body.people["member"] = Person.objects.get(pk=body["member"].pk)
    with pytest.raises(NotAllowed):
        decide(body, disposal, by="member")
    assert {
        name for name, person in body.people.items() if rights.waiting_for(person).filter(pk=disposal.approval_id)
    } == {"principal", "second_principal"}
