"""Standing in: who may give, confirm and end it; what it opens and what it never does; and that every trace says so."""

import datetime as dt
import itertools

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from registry import access
from registry.actions import approvals, organization, stand_ins
from registry.models import Appointment, Approval, Assignment, AuditEntry, Decision, Organization, Person, StandIn
from registry.models.stand_ins import for_words
from registry.roles import ROLES, Permission, Role
from registry.rules import (
    ADMINISTRATORS,
    ENTRY_TRANSITIONS,
    MOST_STAND_IN_DAYS,
    STEPS,
    EntryState,
    EntryVerb,
    Incomplete,
    NotAllowed,
    Refused,
    carried,
    entry_after,
    reviewers,
    stand_in_faults,
    superiors,
)
from tests import factories

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def in_english():
    """The sentences are compared as they stand in the code."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def stood_in_for(body):
    factories.standing_in(body)


def role_of(body, name: str, role: str = "") -> Assignment:
    found = Assignment.objects.filter(person=body[name]).order_by("pk")
    return (found.filter(role=role) if role else found).first()


def give(body, whom: str, who: str, by: str = "", role: str = "", **changes) -> StandIn:
    values = {"starts_on": factories.today(), "ends_on": factories.today() + 9 * DAY, "reason": "外出学习"} | changes
    return stand_ins.give_stand_in(
        by=body[by or whom], assignment=role_of(body, whom, role), person=body[who], **values
    )


def asked(body, approval: Approval) -> dict[str, str]:
    """Return who is asked by their names in the cast, and for whom; the queues must say the same."""
    approval.refresh_from_db()
    now = access.asked_now(approval)
    name_of = {person.pk: name for name, person in body.people.items()}
    told = {name_of[pk]: name_of[now.standing_in[pk].whom] if pk in now.standing_in else "" for pk in now.people}
    queued = {}
    for name, person in body.people.items():
        person.refresh_from_db()
        for row in access.tell_for_whom(access.waiting_for(person).filter(pk=approval.pk)):
            queued[name] = name_of[row.for_whom.pk] if row.for_whom else ""
    assert queued == told, "the queue does not show what the rule says"
    return told


# --- Rules -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(EntryState, EntryVerb)))
def test_every_state_and_verb(state, verb):
    if (state, verb) in ENTRY_TRANSITIONS:
        assert entry_after(state, verb, is_over=False) == ENTRY_TRANSITIONS[state, verb]
        with pytest.raises(Refused, match="last day has passed"):
            entry_after(state, verb, is_over=True)
    else:
        with pytest.raises(Refused):
            entry_after(state, verb, is_over=False)


def test_who_is_above_follows_from_the_ladders():
    region, principal = (Permission.DECIDE_FOR_REGION, "region"), (Permission.REVIEW_PRINCIPAL, "unit")
    supervisor = (Permission.REVIEW_SUPERVISED, "section")
    assert {role: superiors(role) for role in Role if superiors(role)} == {
        Role.SECTION_HEAD: (supervisor, principal, region),
        Role.SUPERVISING_LEADER: (principal, region),
        Role.PRINCIPAL_LEADER: (region,),
        Role.PARTY_ORGANIZATION: (principal, region),
        Role.OFFICE_CLERK: (principal, region),
        Role.NOTICE_PUBLISHER: (principal, region),
        Role.REGION_CLERK: (region,),
    }


def test_what_is_carried():
    for role in Role:
        assert carried(role) <= ROLES[role].permissions
        assert Permission.REVIEW_TEAM not in carried(role), "the team votes in person"
        assert Permission.DECIDE_DISPOSALS not in carried(role), "nobody learns of a disposal by standing in"
    assert not carried(Role.TEAM_MEMBER) and not carried(Role.INSPECTOR) and not carried(Role.SECURITY_ADMINISTRATOR)
    assert Permission.VIEW_LEDGER in carried(Role.SECTION_HEAD)


def test_days_are_refused_all_at_once():
    today = dt.date(2026, 3, 2)
    assert not stand_in_faults(today, today + (MOST_STAND_IN_DAYS - 1) * DAY, today=today, role_ends_on=None)
    found = stand_in_faults(today - DAY, today + MOST_STAND_IN_DAYS * DAY, today=today, role_ends_on=today)
    assert [field for field, _told in found] == ["starts_on", "ends_on", "ends_on"]
    assert stand_in_faults(today, today - DAY, today=today, role_ends_on=None)[0][0] == "ends_on"


PEOPLE = st.integers(1, 8)
SOME = st.frozensets(PEOPLE, max_size=4)


@given(
    step=st.sampled_from(list(STEPS)),
    holders=st.dictionaries(st.integers(0, 3), SOME),
    pairs=st.dictionaries(st.integers(0, 3), st.frozensets(st.tuples(PEOPLE, PEOPLE), max_size=6)),
    owners=SOME,
    decided=SOME,
    recused=SOME,
)
def test_nobody_decides_own_matter_nor_twice_nor_through_a_stand_in(step, holders, pairs, owners, decided, recused):
    said = {"owners": owners, "decided": decided, "recused": recused}
    found = reviewers(step, holders, stand_ins=pairs, **said)
    excluded = owners | decided | recused
    assert not found.people & excluded
    for who, whom in found.standing_in.items():
        assert (who, whom) in pairs[found.rung]
        assert who not in excluded and whom not in excluded
        assert whom in holders[found.rung], "no chain: whom they stand in for holds it"
        assert who not in holders[found.rung], "who holds it decides as themselves"
    without = reviewers(step, holders, **said)
    assert without.rung == found.rung, "a stand-in never changes which rung is asked"
    assert without.people == found.people - found.standing_in.keys()


# --- Giving, confirming, ending: state × verb × person -------------------------------------------------------------------


def test_who_gives(body):
    for name, person in body.people.items():
        refused = access.refusal(access.check_give, role_of(body, "other_head"), person)
        assert bool(refused) == (name not in ("other_head", "security_administrator")), name


@pytest.mark.parametrize("state", EntryState)
def test_who_confirms_declines_and_ends_in_each_state(body, state):
    waiting = give(body, "clerk", "recorder")
    StandIn.objects.filter(pk=waiting.pk).update(
        state=state, answered_by=body["principal"] if state in ("confirmed", "declined") else None
    )
    stand_in = StandIn.objects.get(pk=waiting.pk)
    above = {"principal", "second_principal"}
    may = {
        access.check_confirm_stand_in: above if state == "waiting" else set(),
        access.check_end_stand_in: (
            {*above, "clerk", "security_administrator"} if state in ("waiting", "confirmed") else set()
        ),
    }
    for check, expected in may.items():
        assert {name for name, person in body.people.items() if not access.refusal(check, stand_in, person)} == expected


def test_the_two_concerned_never_confirm(body):
    stand_in = give(
        body, "head", "principal", starts_on=factories.today() + 40 * DAY, ends_on=factories.today() + 41 * DAY
    )
    assert access.superiors_of(stand_in.assignment, stand_in.person) == {body["supervisor"].pk}
    stand_in = give(body, "principal", "second_clerk")
    assert access.superiors_of(stand_in.assignment, stand_in.person) == {body["region_clerk"].pk}
    # Who would be next is one of the two, or recused: the rung above.
    organization.recuse(
        by=organization.console_actor(), person=body["supervisor"], organization=body.organization("CZJ-01"),
        starts_on=factories.SINCE, reason="测试",
    )  # fmt: skip
    assert access.superiors_of(role_of(body, "head"), body["stand_in"]) == {
        body["principal"].pk,
        body["second_principal"].pk,
    }


def test_a_superior_who_only_stands_in_confirms_nothing(body):
    factories.stood_in(body, "principal", "publisher")
    stand_in = give(body, "clerk", "recorder")
    with pytest.raises(NotAllowed, match="confirmed by"):
        stand_ins.confirm_stand_in(by=body["publisher"], stand_in=stand_in, expected=stand_in.version)


def test_where_nobody_is_above_it_is_refused(body):
    with pytest.raises(Incomplete) as refused:
        give(body, "region_clerk", "publisher")
    assert [gap.sentence for gap in refused.value.gaps] == [
        "There is nobody above the two of you who could confirm it."
    ]
    factories.give(body, "inspector", Role.REGION_CLERK, "DQ")
    assert give(body, "region_clerk", "publisher").state == "waiting"


@pytest.mark.parametrize("who", ["other_head", "audit_administrator", "mzj_holder", "former"])
def test_who_cannot_stand_in(body, who):
    with pytest.raises(Incomplete) as refused:
        give(body, "other_head", who)
    assert [gap.target for gap in refused.value.gaps] == ["person"]


def test_what_nobody_stands_in_for(body):
    for name in ("member", "recorder", "inspector", "system_administrator"):
        with pytest.raises(Refused, match="Nobody stands in for the role"):
            give(body, name, "colleague")


def test_no_chain(body):
    assert not access.roles_to_give(body["stand_in"]).exists()
    for assignment in Assignment.objects.filter(person=body["head"]):
        with pytest.raises(NotAllowed):
            access.check_give(assignment, body["stand_in"])


def test_one_at_a_time_and_a_reason(body):
    with pytest.raises(Incomplete, match="cannot be entered"):
        give(body, "head", "colleague")
    with pytest.raises(Refused, match="Say why"):
        give(body, "other_head", "colleague", reason=" ")


def test_the_security_administrator_enters_one_for_somebody_absent(body):
    stand_in = give(body, "other_head", "colleague", by="security_administrator")
    assert stand_in.entered_by == body["security_administrator"]
    above = access.superiors_of(stand_in.assignment, stand_in.person)
    assert body["security_administrator"].pk not in above and above


def test_each_act_is_in_the_history_and_in_the_chain(body):
    stand_in = give(body, "clerk", "recorder")
    stand_in = stand_ins.confirm_stand_in(by=body["principal"], stand_in=stand_in, expected=stand_in.version)
    stand_in = stand_ins.end_stand_in(by=body["clerk"], stand_in=stand_in, expected=stand_in.version, reason="提前返岗")
    assert list(stand_in.history.order_by("history_id").values_list("state", "history_user")) == [
        ("waiting", body["clerk"].pk),
        ("confirmed", body["principal"].pk),
        ("ended", body["clerk"].pk),
    ]
    acts = AuditEntry.objects.filter(subject=f"stand_in:{stand_in.pk}").values_list("act", flat=True)
    assert list(acts) == ["stand_in.enter", "stand_in.confirm", "stand_in.end"]
    with pytest.raises(Refused):
        stand_ins.end_stand_in(by=body["clerk"], stand_in=stand_in, expected=stand_in.version, reason="再次")


def test_what_was_looked_at_is_what_is_confirmed(body):
    stand_in = give(body, "clerk", "recorder")
    with pytest.raises(Refused):
        stand_ins.confirm_stand_in(by=body["principal"], stand_in=stand_in, expected=stand_in.version + 1)


# --- What it opens -----------------------------------------------------------------------------------------------------


def test_a_stand_in_decides_for_whom_they_stand_in(body, client_of):
    declaration = factories.submitted(body)
    approval = declaration.approval
    assert asked(body, approval) == {"head": "", "stand_in": "head"}
    assert access.visible_declarations(body["stand_in"]).filter(pk=declaration.pk).exists()
    page = client_of("stand_in").get(reverse("registry:declaration-decide", args=[approval.pk]))
    with translation.override("zh-hans"):  # which the pages speak
        words = for_words(body["stand_in"].name, body["head"].name)
    assert words in page.content.decode()
    assert words in client_of("stand_in").get(reverse("registry:queue")).content.decode()
    factories.decide(declaration, by=body["stand_in"])
    made = Decision.objects.get(approval=approval)
    assert (made.decided_by, made.decided_for) == (body["stand_in"], body["head"])
    assert made.decided_by_words == "毕青禾 for 周正喆"
    assert AuditEntry.objects.filter(act="stand_in.use", subject=f"stand_in:{made.stand_in_id}").count() == 1
    for who, name in (("clerk", "registry:declaration"), ("holder", "registry:declaration-sheet")):
        assert words in client_of(who).get(reverse(name, args=[declaration.pk])).content.decode(), name
    for who in ("stand_in", "head"):
        assert words in client_of(who).get(reverse("registry:decided")).content.decode()


def test_who_was_stood_in_for_has_decided(body):
    factories.give(body, "head", Role.TEAM_MEMBER, "CZJ")
    declaration = factories.decide(factories.submitted(body), by=body["stand_in"])
    assert set(asked(body, declaration.approval)) == {"supervisor", "member", "principal", "second_principal"}
    with pytest.raises(NotAllowed, match="has already decided for you"):
        access.check_decide(Approval.objects.get(declaration=declaration), body["head"])


@pytest.mark.parametrize("whose", ["head", "stand_in"])
def test_nobody_decides_on_their_own_matter_through_a_stand_in(body, whose):
    declaration = factories.submitted(body)
    declaration.approval.owners.add(body[whose])
    approvals.ask_again(declaration.organization)
    assert "stand_in" not in asked(body, declaration.approval)


@pytest.mark.parametrize("who", ["head", "stand_in"])
def test_a_recusal_of_either_takes_it_away(body, who):
    declaration = factories.submitted(body)
    organization.recuse(
        by=organization.console_actor(), person=body[who], organization=body.organization("CZJ-01"),
        starts_on=factories.SINCE, reason="测试",
    )  # fmt: skip
    assert "stand_in" not in asked(body, declaration.approval)
    assert not access.visible_points(body["stand_in"]).filter(organization=body.organization("CZJ-01")).exists()


def test_a_recusal_from_a_part_leaves_the_rest(body):
    """The principal leader is recused from one section: who stands in for them has nothing to do with that one either."""
    factories.stood_in(body, "principal", "publisher")
    organization.recuse(
        by=organization.console_actor(), person=body["principal"], organization=body.organization("CZJ-01"),
        starts_on=factories.SINCE, reason="测试",
    )  # fmt: skip
    places = [body.organization(code).tree_from for code in ("CZJ", "CZJ-01", "CZJ-02")]
    scope = access.scope(body["publisher"], Permission.VIEW_LEDGER)
    assert [any(low <= place <= high for low, high in scope) for place in places] == [True, False, True]


def test_it_ends_with_the_role_the_account_or_by_decision_at_once(body, client_of):
    declaration = factories.submitted(body)
    address = reverse("registry:declaration", args=[declaration.pk])
    client, head = client_of("stand_in"), body["head"]
    assert client.get(address).status_code == 200
    stand_in = StandIn.objects.get(person=body["stand_in"])

    def gone() -> bool:
        return "stand_in" not in asked(body, declaration.approval) and client.get(address).status_code == 404

    with transaction.atomic():
        head.is_active = False
        head.save()
        approvals.ask_again(declaration.organization)
        assert gone()
        transaction.set_rollback(True)
    head.refresh_from_db()
    with transaction.atomic():
        organization.end_assignment(
            by=organization.console_actor(),
            assignment=stand_in.assignment,
            ends_on=factories.today() - DAY,
            reason="测试",
        )
        assert gone()
        transaction.set_rollback(True)
    assert client.get(address).status_code == 200
    stand_ins.end_stand_in(by=head, stand_in=stand_in, expected=stand_in.version, reason="提前返岗")
    assert gone()


def test_it_holds_from_its_first_day_until_its_last_on_the_next_request(body):
    filed = factories.filed(body)
    declaration = factories.submitted(body, "colleague")
    begins = factories.today() + 5 * DAY
    stand_in = give(body, "supervisor", "recorder", starts_on=begins, ends_on=begins + 2 * DAY)
    stand_ins.confirm_stand_in(by=body["principal"], stand_in=stand_in, expected=stand_in.version)
    factories.decide(declaration, by=body["head"], verdict="return", reason="请重写。")
    own = factories.submitted(body, "head")  # the supervisor's to review
    for day, holds in ((begins - DAY, False), (begins, True), (begins + 2 * DAY, True), (begins + 3 * DAY, False)):
        with time_machine.travel(dt.datetime.combine(day, dt.time(4)), tick=False):
            assert ("recorder" in asked(body, own.approval)) == holds, day
            points = access.visible_points(body["recorder"]).filter(declaration=filed)
            assert points.exists() == holds, day
            assert any(right.whom for right in access.rights_of(body["recorder"])) == holds


def test_who_has_decided_for_somebody_goes_on_reading_it_and_no_more(body):
    declaration = factories.decide(factories.submitted(body), by=body["stand_in"])
    other = factories.submitted(body, "colleague")
    stand_in = StandIn.objects.get(person=body["stand_in"])
    stand_ins.end_stand_in(by=body["head"], stand_in=stand_in, expected=stand_in.version, reason="提前返岗")
    seen = access.visible_declarations(body["stand_in"])
    assert declaration in seen and other not in seen


def test_a_right_of_ones_own_counts_before_one_stood_in_for(body):
    factories.give(body, "recorder", Role.SUPERVISING_LEADER, "CZJ-01")
    factories.stood_in(body, "supervisor", "publisher")
    declaration = factories.submitted(body, "head")
    assert asked(body, declaration.approval) == {"supervisor": "", "recorder": "", "publisher": "supervisor"}


def test_the_team_votes_in_person(body):
    factories.stood_in(body, "principal", "publisher")
    declaration = factories.decide(factories.submitted(body), by=body["head"])
    assert "publisher" not in asked(body, declaration.approval)


# --- In the database ---------------------------------------------------------------------------------------------------


def test_the_database_holds_that_nobody_decides_twice_for_the_same_person(body):
    declaration = factories.decide(factories.submitted(body), by=body["stand_in"])
    made = Decision.objects.get(approval=declaration.approval)
    again = {"step": "team", "decided_by": body["colleague"]}
    for changes in ({}, {"decided_for": None}, {"stand_in": None}):
        made = Decision.objects.get(approval=declaration.approval)
        made.pk = None
        for name, value in {**again, **changes}.items():
            setattr(made, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            made.save(force_insert=True)


def test_the_database_holds_that_nobody_answers_their_own_entry(body):
    stand_in = give(body, "clerk", "recorder")
    with pytest.raises(IntegrityError), transaction.atomic():
        StandIn.objects.filter(pk=stand_in.pk).update(answered_by=body["clerk"], state="confirmed")
    with pytest.raises(IntegrityError), transaction.atomic():
        StandIn.objects.filter(pk=stand_in.pk).update(state="confirmed")


# --- Pages -------------------------------------------------------------------------------------------------------------


def test_the_pages_from_giving_to_ending(body, client_of):
    role = role_of(body, "clerk")
    giving, mine = client_of("clerk"), reverse("registry:stand-ins")
    address = reverse("registry:stand-in-give", args=[role.pk])
    days = {"starts_on": factories.today().isoformat(), "ends_on": (factories.today() + 9 * DAY).isoformat()}
    answer = giving.post(address, {"person": body["recorder"].pk, **days, "reason": ""})
    assert answer.status_code == 422
    late = {**days, "ends_on": (factories.today() + 200 * DAY).isoformat()}
    answer = giving.post(address, {"person": body["recorder"].pk, **late, "reason": "外出学习"})
    assert answer.status_code == 409 and "外出学习" in answer.content.decode()
    answer = giving.post(address, {"person": body["recorder"].pk, **days, "reason": "外出学习"})
    assert answer.status_code == 302
    stand_in = StandIn.objects.get(person=body["recorder"])
    above = client_of("principal")
    confirm = reverse("registry:stand-in-confirm", args=[stand_in.pk])
    assert confirm in above.get(mine).content.decode() and confirm in above.get(reverse("home")).content.decode()
    assert above.post(confirm, {"version": stand_in.version}).status_code == 302
    assert body["clerk"].name in client_of("recorder").get(mine).content.decode()
    stand_in.refresh_from_db()
    end = reverse("registry:stand-in-end", args=[stand_in.pk])
    assert giving.post(end, {"version": stand_in.version, "reason": ""}).status_code == 422
    assert giving.post(end, {"version": stand_in.version, "reason": "提前返岗"}).status_code == 302
    stand_in.refresh_from_db()
    assert stand_in.state == "ended"


def test_an_empty_page_says_so(client_of):
    told = client_of("holder").get(reverse("registry:stand-ins")).content.decode()
    assert told.count('class="empty"') == 2


# --- What excludes standing in --------------------------------------------------------------------------------------------


def administer(person: Person, role: str) -> Assignment:
    return organization.assign(
        by=organization.console_actor(), person=person, organization=Organization.objects.get(code="DQ"), role=role,
        starts_on=factories.today(), reason="任免文件",
    )  # fmt: skip


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_who_stands_in_does_not_become_an_administrator(body, role):
    with translation.override("en"), pytest.raises(Refused, match="stands in for"):
        administer(body["stand_in"], role)
    lasting = StandIn.objects.get(person=body["stand_in"])
    stand_ins.end_stand_in(by=body["head"], stand_in=lasting, expected=lasting.version, reason="提前返岗")
    administer(body["stand_in"], role)


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_an_administrator_reads_and_decides_nothing_by_an_older_stand_in(body, role):
    """Should both be there all the same, by whatever path, the administrator's role beats the stand-in."""
    factories.filed(body)
    declaration = factories.submitted(body, "colleague")
    person = body["stand_in"]
    Appointment.objects.filter(person=person).update(ends_on=factories.today() - factories.DAY)
    assert access.visible_points(person).exists()
    given = {
        "role": role,
        "assigned_by": organization.console_actor(),
        "starts_on": factories.today(),
        "reason": "直接写入",
    }
    Assignment.objects.create(person=person, organization=body.organization("DQ"), **given)
    access.sync_grants(person, body.organization("DQ"))
    person = Person.objects.get(pk=person.pk)
    assert access.ledger_scope(person) == [] and not access.visible_points(person).exists()
    assert not access.waiting_for(person).exists()
    with pytest.raises(Refused):
        factories.decide(declaration, by=person)
    assert not Decision.objects.filter(decided_by=person).exists()


@pytest.mark.parametrize("change", ["became an administrator", "left the unit"])
def test_who_may_not_stand_in_any_more_is_not_confirmed(body, change):
    made = factories.stood_in(body, "other_head", "recorder", confirm=False)
    above = Person.objects.filter(pk__in=access.superiors_of(made.assignment, made.person)).first()
    appointment = body.appointment("recorder")
    yesterday = factories.today() - factories.DAY
    organization.end_appointment(
        by=organization.console_actor(), appointment=appointment, ends_on=yesterday, reason="调离"
    )
    role = body["recorder"].assignments.get()
    organization.end_assignment(by=organization.console_actor(), assignment=role, ends_on=yesterday, reason="调离")
    if change == "became an administrator":
        given = {
            "role": Role.AUDIT_ADMINISTRATOR,
            "assigned_by": organization.console_actor(),
            "starts_on": factories.today(),
        }
        Assignment.objects.create(person=made.person, organization=body.organization("DQ"), reason="直接写入", **given)
    with translation.override("en"), pytest.raises(Refused, match="cannot stand in any more"):
        stand_ins.confirm_stand_in(by=above, stand_in=made, expected=made.version)
