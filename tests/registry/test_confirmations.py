"""What one administrator enters another confirms: what waits, what counts at once, who may decide, what never mixes."""

import datetime as dt
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import access
from registry.actions import calendar, confirmations, declarations, organization
from registry.actions.jobs import run_due
from registry.actions.organization import console_actor
from registry.models import (
    Appointment,
    Assignment,
    AuditEntry,
    CalendarDay,
    Confirmation,
    Naming,
    Organization,
    Person,
    Post,
    Recusal,
)
from registry.roles import ROLES, Permission, Role
from registry.rules import (
    ACTS,
    ADMINISTRATORS,
    CONFIRMATION_TRANSITIONS,
    DAYS_TO_CONFIRM,
    MOST_TOGETHER,
    Act,
    Changed,
    ConfirmationState,
    ConfirmationVerb,
    NotAllowed,
    Refused,
    confirmation_after,
    digest,
    exclude_each_other,
    overlap,
    waits,
)
from tests import factories

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
WHY = "任免文件〔2026〕8号"
KEEPER, GIVER = "system_administrator", "security_administrator"


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def keeper(body) -> Person:
    return body[KEEPER]


@pytest.fixture
def giver(body) -> Person:
    return body[GIVER]


def place(code: str) -> Organization:
    return Organization.objects.get(code=code)


def give(by: Person, person: Person, role: str = Role.INSPECTOR, code: str = "CZJ", **dates: Any) -> Any:
    return organization.assign(
        by=by,
        person=person,
        organization=place(code),
        role=role,
        reason=WHY,
        **{"starts_on": factories.today(), **dates},
    )


def another(name: str, role: str, code: str = "DQ") -> Person:
    """Another administrator, made on the command line."""
    person = factories.make_person(name, f"第二{name}")
    give(console_actor(), person, role, code, starts_on=factories.SINCE)
    return person


# --- Rules ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ConfirmationState)
@pytest.mark.parametrize("verb", ConfirmationVerb)
def test_each_state_allows_what_the_table_says(state, verb):
    if (state, verb) in CONFIRMATION_TRANSITIONS:
        assert confirmation_after(state, verb) == CONFIRMATION_TRANSITIONS[state, verb]
    else:
        with pytest.raises(Refused):
            confirmation_after(state, verb)


def test_what_widens_waits_and_what_narrows_does_not():
    day = factories.today()
    for act in (Act.ROLE_END, Act.APPOINTMENT_END):
        assert not waits(act, {"ends_on": None}, {"ends_on": day})
        assert not waits(act, {"ends_on": day}, {"ends_on": day - DAY})
        assert waits(act, {"ends_on": day}, {"ends_on": day + DAY})
    assert waits(Act.RECUSAL_END, {"ends_on": None}, {"ends_on": day})
    assert waits(Act.RECUSAL_END, {"ends_on": day}, {"ends_on": day - DAY})
    assert not waits(Act.RECUSAL_END, {"ends_on": day}, {"ends_on": day + DAY})
    assert waits(Act.POST_CLOSE, {}, {"successor": object()}) and not waits(Act.POST_CLOSE, {}, {"successor": None})
    for act in (Act.ROLE_GIVE, Act.PERSON_CREATE, Act.APPOINT, Act.ORGANIZATION_MOVE, Act.ORGANIZATION_MERGE):
        assert waits(act, {}, {})


def test_an_administrators_role_excludes_every_other():
    for role in Role:
        for other in Role:
            mixed = role in ADMINISTRATORS or other in ADMINISTRATORS
            assert exclude_each_other(role, other) == (mixed and role != other)
    reading = {Permission.MANAGE_ACCOUNTS, Permission.MANAGE_ROLES, Permission.READ_AUDIT}
    for role, description in ROLES.items():
        assert (role in ADMINISTRATORS) == (description.permissions <= reading), "no other role is without risk content"


# --- Every act, by each member of the cast ---------------------------------------------------------------------------


def acts_of(body) -> dict[Act, Any]:
    """Each act by its real verb, ready to be done by somebody."""
    today = factories.today()
    post = organization.create_post(by=console_actor(), organization=place("CZJ-02"), name="空岗")
    closed = organization.create_post(by=console_actor(), organization=place("CZJ-02"), name="已撤岗")
    organization.close_post(by=console_actor(), post=closed, ends_on=today, reason=WHY)
    empty = organization.create_organization(
        by=console_actor(), kind="section", code="CZJ-08", name="待撤科", parent=place("CZJ")
    )
    head = Assignment.objects.get(person=body["head"])
    recusal, held = Recusal.objects.get(), body.appointment("colleague")
    return {
        Act.PERSON_CREATE: lambda by: organization.create_person(by=by, username="N1", name="新人"),
        Act.PERSON_PASSWORD: lambda by: organization.ask_password(by=by, person=body["holder"], reason=WHY),
        Act.FACTOR_RESET: lambda by: organization.reset_factor(by=by, person=body["inspector"], reason=WHY),
        Act.PERSON_RENAME: lambda by: organization.rename_person(by=by, person=body["head"], name="周喆", reason=WHY),
        Act.PERSON_END: lambda by: organization.end_person(
            by=by, person=body["swj_holder"], ends_on=today, reason=WHY
        ),
        Act.ROLE_GIVE: lambda by: give(by, body["colleague"]),
        Act.ROLE_END: lambda by: organization.end_assignment(by=by, assignment=head, ends_on=today, reason=WHY),
        Act.RECUSAL_ENTER: lambda by: organization.recuse(
            by=by, person=body["member"], organization=place("MZJ"), starts_on=today, reason=WHY
        ),
        Act.RECUSAL_END: lambda by: organization.end_recusal(by=by, recusal=recusal, ends_on=today, reason=WHY),
        Act.APPOINT: lambda by: organization.appoint(
            by=by, person=body["holder"], post=post, rank="ke", starts_on=today
        ),
        Act.APPOINTMENT_END: lambda by: organization.end_appointment(
            by=by, appointment=held, ends_on=today, reason=WHY
        ),
        Act.HAND_OVER: lambda by: organization.hand_over(
            by=by, appointment=body.appointment("mzj_holder"), person=body["mzj_clerk"], rank="ke", starts_on=today,
            reason=WHY,
        ),
        Act.ORGANIZATION_MOVE: lambda by: organization.move_organization(
            by=by, organization=place("CZJ-02"), parent=place("MZJ"), reason=WHY
        ),
        Act.ORGANIZATION_MERGE: lambda by: organization.merge_organizations(
            by=by, source=place("SWJ-01"), target=place("MZJ-01"), on=today, reason=WHY
        ),
        Act.ORGANIZATION_SPLIT: lambda by: organization.split_organization(
            by=by, source=place("CZJ-01"), code="CZJ-09", name="机要科", posts=[held.post], on=today, reason=WHY
        ),
        Act.ORGANIZATION_CLOSE: lambda by: organization.close_organization(
            by=by, organization=empty, ends_on=today, reason=WHY
        ),
        Act.POST_MOVE: lambda by: organization.move_post(by=by, post=held.post, organization=place("CZJ-02"), reason=WHY),
        Act.POST_CLOSE: lambda by: organization.close_post(by=by, post=post, ends_on=today, reason=WHY),
        Act.POST_SUCCESSOR: lambda by: organization.name_successor(by=by, post=closed, successor=post, reason=WHY),
        Act.CALENDAR: lambda by: calendar.set_calendar(by=by, days=[[today, "off", "停电"]], reason=WHY),
    }  # fmt: skip


def tables() -> dict[str, list]:
    """The rows an act could change, but for those that every act adds."""
    models = (Person, Authenticator, Organization, Post, Appointment, Assignment, Recusal, CalendarDay)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


@pytest.mark.parametrize("act", [act for act in Act if act != Act.IMPORT])
def test_each_act_is_entered_by_its_administrator_and_confirmed_by_the_other(act, body):
    verb, rule = acts_of(body)[act], ACTS[act]
    names = {Permission.MANAGE_ACCOUNTS: KEEPER, Permission.MANAGE_ROLES: GIVER}
    enters = names[rule.permission]
    confirms = ({KEEPER, GIVER} - {enters}).pop()
    outsiders = ["holder", "principal", "clerk", "region_clerk", "inspector", "audit_administrator", "former"]
    before = tables()
    for name in [*outsiders, confirms]:
        with pytest.raises(NotAllowed):
            verb(body[name])
    assert tables() == before and not Confirmation.objects.exists(), "a denied act changes nothing"
    entered = verb(body[enters])
    assert isinstance(entered, Confirmation) and entered.act == act
    assert (tables() == before) == rule.waits, "what widens rights waits, what narrows them does not"
    assert entered.state == (ConfirmationState.WAITING if rule.waits else ConfirmationState.IN_EFFECT)
    after_entering = tables()
    for name in [*outsiders, enters]:
        for decide in (confirmations.confirm, lambda **given: confirmations.decline(**given, reason=WHY)):
            with pytest.raises(NotAllowed):
                decide(by=body[name], confirmation=entered)
    for name in [*outsiders, confirms]:
        with pytest.raises(NotAllowed):
            confirmations.take_back(by=body[name], confirmation=entered)
    assert tables() == after_entering
    assert list(access.confirmations_to_decide(body[confirms])) == [entered]
    assert not access.confirmations_to_decide(body[enters]).exists()
    acted = set(AuditEntry.objects.values_list("act", flat=True))
    confirmations.confirm(by=body[confirms], confirmation=entered)
    if act != Act.PERSON_PASSWORD:
        assert (tables() == after_entering) == (not rule.waits)
    entered.refresh_from_db()
    assert (entered.state, entered.decided_by) == (ConfirmationState.CONFIRMED, body[confirms])
    assert {"confirmation.enter", "confirmation.confirm"} <= acted | set(
        AuditEntry.objects.values_list("act", flat=True)
    )
    with pytest.raises(Refused, match="confirmed already"):
        confirmations.confirm(by=body[confirms], confirmation=entered)


def test_the_command_line_acts_at_once(body):
    for act, verb in acts_of(body).items():
        with transaction.atomic():
            before = tables()
            assert not isinstance(verb(console_actor()), Confirmation)
            assert act == Act.PERSON_PASSWORD or tables() != before, act
            transaction.set_rollback(True)
    assert not Confirmation.objects.exists()


# --- Its life ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("unguarded")
def test_declined_taken_back_and_lapsed_nothing_happens(body, giver, keeper):
    declined, back, lapsed = (give(giver, body[name]) for name in ("holder", "colleague", "head"))
    confirmations.decline(by=keeper, confirmation=declined, reason="编制已满")
    confirmations.take_back(by=giver, confirmation=back)
    Confirmation.objects.filter(pk=lapsed.pk).update(lapses_on=factories.today() - DAY)
    with pytest.raises(Refused, match="lapsed; enter it anew"):
        confirmations.confirm(by=keeper, confirmation=lapsed)
    assert not access.confirmations_to_decide(keeper).exists()
    assert run_due("confirmations") == 1 and run_due("confirmations") == 0
    states = Confirmation.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["declined", "taken_back", "lapsed"]
    declined.refresh_from_db()
    assert (declined.remark, declined.decided_by) == ("编制已满", keeper)
    assert not Assignment.objects.filter(reason=WHY).exists()
    # Entered anew it waits anew, and for the same days.
    again = give(giver, body["head"])
    assert again.lapses_on == factories.today() + DAY * DAYS_TO_CONFIRM
    with pytest.raises(Refused, match="same was entered already"):
        give(giver, body["head"])


def test_what_is_in_effect_is_not_taken_back_and_declined_it_stays(body, giver, keeper):
    role = Assignment.objects.get(person=body["head"])
    entered = organization.end_assignment(by=giver, assignment=role, ends_on=factories.today(), reason=WHY)
    with pytest.raises(Refused, match="in effect already"):
        confirmations.take_back(by=giver, confirmation=entered)
    confirmations.decline(by=keeper, confirmation=entered, reason="应保留")
    role.refresh_from_db()
    assert role.ends_on == factories.today(), "the way back is another entry, and waits"
    longer = organization.end_assignment(by=giver, assignment=role, ends_on=factories.today() + 9 * DAY, reason="恢复")
    assert longer.state == "waiting"
    assert longer.before == {"ends_on": {"day": factories.today().isoformat()}}


def test_nobody_confirms_what_is_about_themselves(body, giver, keeper):
    about = organization.recuse(
        by=giver, person=keeper, organization=place("MZJ"), starts_on=factories.today(), reason=WHY
    )
    with pytest.raises(NotAllowed, match="about themselves"):
        confirmations.confirm(by=keeper, confirmation=about)
    second = another("second_keeper", Role.SYSTEM_ADMINISTRATOR)
    assert access.deciders_of(about) == [second]
    confirmations.confirm(by=second, confirmation=about)


def test_the_world_may_have_changed(body, giver, keeper):
    given = give(giver, body["colleague"])
    give(console_actor(), body["colleague"])
    with pytest.raises(Refused, match="already holds the role"):
        confirmations.confirm(by=keeper, confirmation=given)
    renamed = organization.rename_person(by=keeper, person=body["holder"], name="林坤", reason=WHY)
    organization.rename_person(by=console_actor(), person=body["holder"], name="林堃", reason=WHY)
    with pytest.raises(Changed, match="has changed itself"):
        confirmations.confirm(by=giver, confirmation=renamed)
    other = give(giver, body["head"])
    ended = Assignment.objects.get(person=giver)
    organization.end_assignment(by=console_actor(), assignment=ended, ends_on=factories.today() - DAY, reason="调离")
    with pytest.raises(Refused, match=f"{giver.name} may not do this any more") as why:
        confirmations.confirm(by=keeper, confirmation=other)
    assert not isinstance(why.value, NotAllowed)
    assert set(Confirmation.objects.values_list("state", flat=True)) == {"waiting"}


def test_only_administrators_of_the_same_part_confirm(body, giver):
    county = organization.create_organization(
        by=console_actor(), kind="region", code="LX", name="陆溪县", parent=place("DQ")
    )
    local = another("local_keeper", Role.SYSTEM_ADMINISTRATOR, "LX")
    entered = give(giver, body["colleague"])
    assert not access.confirmations_to_decide(local).exists()
    with pytest.raises(NotAllowed, match="confirmed by"):
        confirmations.confirm(by=local, confirmation=entered)
    inside = organization.assign(
        by=giver, person=body["colleague"], organization=county, role=Role.REGION_CLERK, starts_on=factories.today(),
        reason=WHY,
    )  # fmt: skip
    confirmations.confirm(by=local, confirmation=inside)


def test_who_is_recused_from_all_they_administer_enters_nothing(body, keeper, client_of):
    organization.recuse(
        by=console_actor(), person=keeper, organization=place("DQ"), starts_on=factories.today(), reason=WHY
    )
    client = client_of(KEEPER)
    assert client.get(reverse("registry:person-add")).status_code == 200
    assert client.post(reverse("registry:person-add"), {"username": "N1", "name": "新人"}).status_code == 403
    assert not Confirmation.objects.exists() and not Person.objects.filter(username="N1").exists()


def test_a_password_is_made_once_by_who_entered_it(body, giver, keeper):
    entered = organization.ask_password(by=keeper, person=body["holder"], reason=WHY)
    second = another("second_keeper", Role.SYSTEM_ADMINISTRATOR)
    with pytest.raises(Refused, match="confirmed by another"):
        organization.give_password(by=keeper, person=body["holder"])
    confirmations.confirm(by=giver, confirmation=entered)
    for by in (second, giver):
        with pytest.raises(Refused):
            organization.give_password(by=by, person=body["holder"])
    assert Person.objects.get(pk=body["holder"].pk).password == body["holder"].password
    password = organization.give_password(by=keeper, person=body["holder"])
    assert Person.objects.get(pk=body["holder"].pk).check_password(password)
    with pytest.raises(Refused):
        organization.give_password(by=keeper, person=body["holder"])
    assert password not in str(list(Confirmation.objects.values()))


def test_the_database_holds_what_a_constraint_can(body, giver, keeper):
    entered = give(giver, body["colleague"])
    row = Confirmation.objects.filter(pk=entered.pk)
    now = entered.entered_at
    for changes in (
        {"state": "confirmed", "decided_by": giver, "decided_at": now},
        {"state": "confirmed", "decided_by": body["colleague"], "decided_at": now},
        {"state": "confirmed"},
        {"state": "taken_back", "decided_by": keeper, "decided_at": now},
        {"decided_by": keeper},
        {"confirmed_with": Permission.MANAGE_ROLES},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**changes)
    entered.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        entered.save(force_insert=True)


# --- Exclusion -----------------------------------------------------------------------------------------------------------

STEP = st.tuples(
    st.sampled_from(["give", "end"]),
    st.sampled_from([*ADMINISTRATORS, Role.SECTION_HEAD, Role.INSPECTOR, Role.REGION_CLERK]),
    st.integers(-3, 6),
    st.one_of(st.none(), st.integers(0, 5)),
)


@given(steps=st.lists(STEP, max_size=9))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_no_sequence_of_giving_and_ending_mixes_what_excludes(body, steps):
    """Entered and confirmed, or by the command line: an administrator's role never meets another role of the same person."""
    person, today = body["former"], factories.today()
    codes = {Role.SECTION_HEAD: "CZJ-01", Role.INSPECTOR: "MZJ"}
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(is_active=True)
        for number, (verb, role, start, length) in enumerate(steps):
            begins = today + start * DAY
            try:
                if verb == "give":
                    by = console_actor() if number % 2 else body[GIVER]
                    ends = None if length is None else begins + length * DAY
                    give(by, person, role, codes.get(role, "DQ"), starts_on=begins, ends_on=ends)
                else:
                    last = Assignment.objects.filter(person=person).order_by("-pk")[length or 0]
                    organization.end_assignment(by=body[GIVER], assignment=last, ends_on=begins, reason=WHY)
                factories.confirm_all(body[KEEPER])
            except (Refused, IndexError):
                continue
            held = list(Assignment.objects.filter(person=person))
            for first in held:
                for other in held:
                    if overlap((first.starts_on, first.ends_on), (other.starts_on, other.ends_on)):
                        assert not exclude_each_other(first.role, other.role), (first.role, other.role)
        transaction.set_rollback(True)


def test_an_administrator_reads_nothing_by_post_nor_by_what_they_decided(body):
    """Somebody of the section becomes an administrator: their own declaration stays theirs, the ledger of others does not."""
    factories.filed(body)
    own = factories.filed(body, "head")
    decided = factories.filed(body, "colleague")  # the head decided on it
    head = body["head"]
    factories.give_factor(head)
    client = Client()
    client.force_login(head)
    ledger = reverse("registry:ledger") + "?organization=CZJ-01"
    assert client.get(ledger).status_code == 200
    with pytest.raises(Refused, match="no other role beside"):
        give(console_actor(), head, Role.SYSTEM_ADMINISTRATOR, "DQ")
    role = Assignment.objects.get(person=head)
    organization.end_assignment(by=console_actor(), assignment=role, ends_on=factories.today() - DAY, reason=WHY)
    assert client.get(ledger).status_code == 200, "a member of the section"
    give(console_actor(), head, Role.SYSTEM_ADMINISTRATOR, "DQ")
    assert client.get(ledger).status_code == 404
    assert client.get(reverse("registry:declaration", args=[own.pk])).status_code == 200
    assert client.get(reverse("registry:declaration", args=[decided.pk])).status_code == 404
    assert not access.visible_points(head).exists() and not access.visible_notices(head).exists()
    assert list(access.visible_declarations(head)) == [own]
    assert not access.decided_by(head).exists()


def test_whom_the_region_named_decides_no_more_as_an_administrator(body):
    stuck = factories.decide(factories.submitted(body, "swj_principal"), body["region_clerk"]).approval
    named = body["outside_inspector"]
    Naming.objects.create(
        approval=stuck, round=stuck.round, step=stuck.step_key, person=named, named_by=body["region_clerk"],
        named_at=stuck.submitted_at, reason=WHY,
    )  # fmt: skip
    assert access.asked_now(stuck).people == {named.pk}
    role = Assignment.objects.get(person=named)
    organization.end_assignment(by=console_actor(), assignment=role, ends_on=factories.today() - DAY, reason=WHY)
    give(console_actor(), named, Role.AUDIT_ADMINISTRATOR, "DQ")
    assert access.asked_now(stuck).people == frozenset()


# --- At the next request -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("unguarded")
def test_a_role_ended_or_a_recusal_entered_counts_at_the_next_click(body, giver, client_of):
    """For reading and for deciding, without waiting for the confirmation: what narrows rights never waits."""
    factories.filed(body)
    waiting = factories.submitted(body, "colleague")
    head, reader = client_of("head"), client_of("inspector")
    deciding, ledger = reverse("registry:declaration-decide", args=[waiting.approval_id]), reverse("registry:ledger")
    assert head.get(deciding).status_code == 200
    assert reader.get(ledger, {"organization": "CZJ-01"}).status_code == 200
    organization.recuse(
        by=giver, person=body["inspector"], organization=place("CZJ-01"), starts_on=factories.today(), reason=WHY
    )
    assert reader.get(ledger, {"organization": "CZJ-01"}).status_code == 404
    organization.recuse(
        by=giver, person=body["head"], organization=place("CZJ-01"), starts_on=factories.today(), reason=WHY
    )
    assert head.get(deciding).status_code == 404
    assert head.post(deciding, {"verdict": "approve"}).status_code == 404
    other = factories.submitted(body, "other_holder")
    client = client_of("other_head")
    deciding = reverse("registry:declaration-decide", args=[other.approval_id])
    assert client.get(deciding).status_code == 200
    role = Assignment.objects.get(person=body["other_head"])
    Assignment.objects.filter(pk=role.pk).update(starts_on=factories.SINCE)
    organization.end_assignment(by=giver, assignment=role, ends_on=factories.today() - DAY, reason=WHY)
    assert client.get(deciding).status_code in (403, 404)
    seen = digest(declarations.content_of(other))
    data = {"verdict": "approve", "version": other.approval.version, "seen_digest": seen}
    assert client.post(deciding, data).status_code in (403, 404)
    other.refresh_from_db()
    assert not other.approval.decisions.exists()


def test_an_ended_person_is_out_at_the_next_click(body, keeper, client_of):
    client = client_of("head")
    assert client.get(reverse("home")).status_code == 200
    organization.end_person(by=keeper, person=body["head"], ends_on=factories.today(), reason=WHY)
    answer = client.get(reverse("registry:queue"))
    assert answer.status_code == 302 and answer.headers["Location"].startswith(reverse("login"))
    assert client.post(reverse("password_change"), {}).status_code == 302


def test_a_moved_section_has_other_readers_and_deciders_at_the_next_click(body, giver, keeper, client_of):
    filed = factories.filed(body)
    waiting = factories.decide(factories.submitted(body, "colleague"))  # at the team
    deciding = reverse("registry:declaration-decide", args=[waiting.approval_id])
    member, stranger = client_of("member"), client_of("swj_principal")
    code = factories.first_point(filed).point.code
    point = reverse("registry:point", args=[code])
    assert (member.get(point).status_code, stranger.get(point).status_code) == (200, 404)
    assert (member.get(deciding).status_code, stranger.get(deciding).status_code) == (200, 404)
    moved = organization.move_organization(by=keeper, organization=place("CZJ-01"), parent=place("SWJ"), reason=WHY)
    assert (member.get(point).status_code, stranger.get(point).status_code) == (200, 404), "it waits"
    confirmations.confirm(by=giver, confirmation=moved)
    assert (member.get(point).status_code, stranger.get(point).status_code) == (404, 200)
    assert (member.get(deciding).status_code, stranger.get(deciding).status_code) == (404, 200)


def test_a_role_given_counts_at_the_first_click_after_its_confirmation(body, giver, keeper, client_of):
    factories.filed(body)
    factories.give_factor(body["mzj_holder"])
    client, ledger = client_of("mzj_holder"), reverse("registry:ledger") + "?organization=CZJ-01"
    given = give(giver, body["mzj_holder"])
    assert client.get(ledger).status_code == 404
    confirmations.confirm(by=keeper, confirmation=given)
    assert client.get(ledger).status_code == 200


# --- Nobody stands above the rules -----------------------------------------------------------------------------------


def test_a_superuser_sees_and_may_nothing_more(body, client_of):
    factories.filed(body)
    paths = [
        reverse("registry:organizations"), reverse("registry:people"), reverse("registry:confirmations"),
        reverse("registry:ledger") + "?organization=CZJ", reverse("registry:region"),
        reverse("registry:role-give", args=[place("CZJ").pk]), reverse("registry:person-add"),
    ]  # fmt: skip
    client = client_of("mzj_holder")

    def answers() -> list[int]:
        return [client.get(path).status_code for path in paths]

    def rights() -> tuple:
        person = Person.objects.get(pk=body["mzj_holder"].pk)
        return access.rights_of(person), access.ledger_scope(person), access.administers(person)

    before = answers(), rights()
    Person.objects.filter(pk=body["mzj_holder"].pk).update(is_superuser=True, is_staff=True)
    assert (answers(), rights()) == before
    with pytest.raises(NotAllowed):
        give(Person.objects.get(pk=body["mzj_holder"].pk), body["holder"])


def test_the_check_names_active_superusers(body, capsys):
    call_command("check", "--database", "default")
    assert "registry.W001" not in capsys.readouterr().err
    Person.objects.filter(pk=body["holder"].pk).update(is_superuser=True)
    call_command("check", "--database", "default")
    assert "registry.W001" in capsys.readouterr().err


# --- Pages ---------------------------------------------------------------------------------------------------------------


def test_the_page_says_who_what_why_and_which_rights(body, giver, client_of):
    entered = give(giver, body["colleague"], Role.SECTION_HEAD, "CZJ-02")
    client = client_of(KEEPER)
    client.cookies["django_language"] = "en"
    page = client.get(reverse("registry:confirmation", args=[entered.pk])).content.decode()
    for words in (giver.name, body["colleague"].name, "预算科", WHY, "section head", *map(str, [
        permission.label for permission in ROLES[Role.SECTION_HEAD].permissions
    ])):  # fmt: skip
        assert words.replace("'", "&#x27;") in page
    for name, pk in (("organization", place("CZJ-02").pk), ("person", body["colleague"].pk)):
        page = client.get(reverse(f"registry:{name}", args=[pk])).content.decode()
        assert "waits for confirmation" in page and "It is confirmed by 安维." in page
    navigation = client.get(reverse("registry:people")).context["navigation"]
    assert [each["count"] for each in navigation if each["label"] == "To confirm"] == [1]


def test_a_page_says_before_who_will_confirm_or_what_to_do(body, keeper, client_of):
    address = reverse("registry:role-give", args=[place("CZJ").pk])
    client = client_of(GIVER)
    client.cookies["django_language"] = "en"
    assert f"confirmed by {keeper.name}." in client.get(address).content.decode()
    Assignment.objects.filter(person=keeper).update(ends_on=factories.today() - DAY)
    page = client.get(address).content.decode()
    assert "has no system administrator besides" in page and "import_organization" in page


def test_refused_and_declined_keep_what_was_typed_and_say_why(body, giver, client_of):
    entered = give(giver, body["colleague"])
    client = client_of(KEEPER)
    client.cookies["django_language"] = "en"
    decline = reverse("registry:confirmation-decline", args=[entered.pk])
    assert client.post(decline, {"reason": " "}).status_code == 422
    response = client.post(decline, {"reason": "不\x07符"})
    assert response.status_code == 422 and "不" in response.content.decode()
    give(console_actor(), body["colleague"])
    response = client.post(reverse("registry:confirmation-confirm", args=[entered.pk]))
    assert response.status_code == 409 and "already holds the role" in response.content.decode()
    assert client.post(decline, {"reason": "已经有了"}).status_code == 302
    mine = client_of(GIVER).get(reverse("registry:confirmations"), {"which": "mine"}).content.decode()
    assert body["colleague"].name in mine
    page = client_of(GIVER).get(reverse("registry:confirmation", args=[entered.pk])).content.decode()
    assert "已经有了" in page


def test_several_are_confirmed_together_each_by_itself(body, giver, client_of):
    first, refused, left = (give(giver, body[name]) for name in ("holder", "colleague", "head"))
    give(console_actor(), body["colleague"])
    client = client_of(KEEPER)
    client.cookies["django_language"] = "en"
    address = reverse("registry:confirmations-together")
    page = client.get(address).content.decode()
    assert page.count('type="checkbox"') == 3 and not re.search(r"<input[^>]* checked", page), (
        "each is read and ticked by itself"
    )
    assert client.post(address, {}).status_code == 422
    response = client.post(address, {"chosen": [first.pk, 999]})
    assert response.status_code == 422 and "checked" in response.content.decode()
    response = client.post(address, {"chosen": [first.pk, refused.pk]}, follow=True)
    page = response.content.decode()
    assert "1 entry confirmed" in page and "already holds the role" in page
    assert [Confirmation.objects.get(pk=each.pk).state for each in (first, refused, left)] == [
        "confirmed", "waiting", "waiting",
    ]  # fmt: skip


def test_together_shows_no_more_than_are_confirmed_at_once(body, giver, client_of):
    for number in range(MOST_TOGETHER + 3):
        give(giver, factories.make_person(f"n{number}", f"新人{number}"))
    page = client_of(KEEPER).get(reverse("registry:confirmations-together")).content.decode()
    assert page.count('type="checkbox"') == MOST_TOGETHER


@pytest.mark.parametrize(("name", "expected"), [("confirmations", 14), ("confirmations-together", 12)])
def test_a_list_takes_the_same_queries_for_few_and_for_many(name, expected, body, giver, client_of):
    client, address = client_of(KEEPER), reverse(f"registry:{name}")

    def fetched() -> tuple[int, int]:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address)
        return len(captured.captured_queries), len(response.content)

    for person in ("holder", "colleague"):
        give(giver, body[person])
    few, short = fetched()
    for number in range(20):
        give(giver, factories.make_person(f"n{number}", f"新人{number}"), code="MZJ")
    many, long = fetched()
    assert long > short
    assert (few, many) == (expected, expected)


def test_an_import_waits_as_one_entry_with_its_list_inside(body, tmp_path, client_of, giver):
    from tests.registry.test_import_organization import take_in, write

    book = {
        "人员": [["工号", "姓名"], ["N1", "新人"]],
        "岗位": [["机构代码", "岗位"], ["CZJ-02", "绩效岗"]],
        "任职": [["工号", "机构代码", "岗位", "职级", "起"], ["N1", "CZJ-02", "绩效岗", "科级", "2026-01-01"]],
        "角色": [["工号", "机构代码", "角色", "起"], ["N1", "CZJ-02", "科室负责人", "2026-01-01"]],
    }
    report = take_in(write(tmp_path / "a.xlsx", book), by=body[KEEPER])
    assert (report.errors, report.applied, report.waiting) == ([], True, 2)
    entered, new = Confirmation.objects.get(), Person.objects.get(username="N1")
    assert not new.appointments.exists() and not new.assignments.exists() and not new.has_usable_password()
    client = client_of(GIVER)
    page = client.get(reverse("registry:confirmation", args=[entered.pk])).content.decode()
    assert page.count("新人") >= 2 and "绩效岗" in page
    with pytest.raises(NotAllowed):
        confirmations.confirm(by=body[KEEPER], confirmation=entered)
    confirmations.confirm(by=giver, confirmation=entered)
    assert (new.appointments.count(), new.assignments.get().assigned_by) == (1, giver)


# --- What somebody tried who wished no good ------------------------------------------------------------------------------


def test_who_confirms_sees_of_which_unit_the_place_is(body, giver, keeper, client_of):
    organization.rename_organization(by=keeper, organization=place("MZJ-01"), name="办公室", reason=WHY)
    entered = give(giver, body["mzj_holder"], Role.SECTION_HEAD, "MZJ-01")
    page = client_of("system_administrator").get(reverse("registry:confirmation", args=[entered.pk])).content.decode()
    assert "MZJ-01" in page


def test_nobody_alone_takes_the_eyes_of_the_audit_away(body, giver, keeper):
    auditor = body["audit_administrator"]
    role, since = auditor.assignments.get(), factories.today()
    for entered in (
        organization.recuse(by=giver, person=auditor, organization=place("DQ"), starts_on=since, reason=WHY),
        organization.end_assignment(by=giver, assignment=role, ends_on=since - DAY, reason=WHY),
        organization.end_person(by=keeper, person=auditor, ends_on=since, reason=WHY),
    ):
        assert entered.state == ConfirmationState.WAITING
        assert access.readable_entries(Person.objects.get(pk=auditor.pk)).exists()


def test_no_password_is_given_to_who_will_be_an_administrator(body, keeper):
    new = factories.make_person("N1", "新安全员")
    organization.assign(
        by=console_actor(), person=new, organization=place("DQ"), role=Role.SECURITY_ADMINISTRATOR,
        starts_on=factories.today() + DAY, reason=WHY,
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        organization.ask_password(by=keeper, person=new, reason=WHY)


def test_two_confirmed_passwords_are_one(body, giver, keeper):
    for _time in range(2):
        asked = organization.ask_password(by=keeper, person=body["mzj_holder"], reason=WHY)
        confirmations.confirm(by=giver, confirmation=asked)
    organization.give_password(by=keeper, person=body["mzj_holder"])
    with pytest.raises(Refused):
        organization.give_password(by=keeper, person=body["mzj_holder"])
