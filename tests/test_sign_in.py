"""Signing in: the lock, passwords, the second factor, sessions, and forms that outlive one."""

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from integrity.resting import fill
from registry.actions import encryption, factors, jobs, organization, sign_in
from registry.models import AuditEntry, Declaration, KeptForm, OpenSession, Person, SignInTally, UsedPassword
from registry.rules import NotAllowed, Refused
from registry.rules.sign_in import FAILURES_OF_ADDRESS, FAILURES_OF_PERSON, FORMS_KEPT, LOCKED_FOR, Tally
from tests import factories

MINUTE = dt.timedelta(minutes=1)
WRONG = "not-the-password"


@pytest.fixture
def quick(settings, body) -> factories.Body:
    """The body with passwords that are checked in no time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    Person.objects.filter(username__in=body.people).update(password=make_password(factories.PASSWORD))
    for person in body.people.values():
        person.refresh_from_db()
    return body


@pytest.fixture
def clock():
    """A clock that stands still until it is moved."""
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def sign_in_as(name: str, password: str = factories.PASSWORD, client: Client | None = None, **address):
    return (client or Client(**address)).post(reverse("login"), {"username": name, "password": password})


def acts(subject: Person) -> list[str]:
    return list(AuditEntry.objects.filter(subject=f"person:{subject.pk}").values_list("act", flat=True))


def problem(response) -> str:
    return re.search(r'<div class="error-summary".*?</div>', response.content.decode(), re.DOTALL)[0]


def test_an_address_that_only_takes_what_a_button_sends_says_so(quick):
    client = Client()
    client.force_login(quick["clerk"])
    opened = client.get(reverse("registry:audit-check"), headers={"accept": "text/html"})
    assert (opened.status_code, opened.headers["Allow"]) == (405, "POST")
    assert reverse("home") in opened.content.decode()


# --- The lock ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 20 * 60), max_size=60), st.integers(1, 7))
def test_no_more_attempts_pass_than_the_limit_in_any_quarter_of_an_hour(pauses, most):
    now, tally, looked_at = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC), Tally(), []
    for pause in pauses:
        now += dt.timedelta(seconds=pause)
        if tally.is_locked(now):
            assert len([at for at in looked_at if now - at < 2 * LOCKED_FOR * most]) >= most
            continue
        tally = tally.tried(now, most)
        looked_at.append(now)
        # From the attempt that reached the limit on, nothing is looked at for the whole time.
        if tally.locked_until:
            assert tally.locked_until == now + LOCKED_FOR and tally.failures == most
    if most > 1:
        for first, last in zip(looked_at, looked_at[most:], strict=False):
            assert last - first >= LOCKED_FOR, "one attempt too many"


def test_five_failures_lock_a_name_for_fifteen_minutes(quick, clock):
    holder = quick["holder"]
    for _attempt in range(FAILURES_OF_PERSON):
        assert sign_in_as("holder", WRONG).status_code == 200
    assert acts(holder)[-6:] == ["sign_in.fail"] * 5 + ["sign_in.lock"]
    clock.shift(LOCKED_FOR - dt.timedelta(seconds=1))
    assert "15" in problem(sign_in_as("holder"))
    assert sign_in_as("HOLDER").status_code == 200 and sign_in_as("colleague").status_code == 302
    clock.shift(dt.timedelta(seconds=1))
    assert sign_in_as("holder").status_code == 302
    # Who is in begins from nought: four more failures do not lock.
    for _attempt in range(FAILURES_OF_PERSON - 1):
        sign_in_as("holder", WRONG)
    assert sign_in_as("holder").status_code == 302


def test_failures_far_apart_do_not_lock(quick, clock):
    for _attempt in range(2 * FAILURES_OF_PERSON):
        sign_in_as("holder", WRONG)
        clock.shift(LOCKED_FOR)
    assert sign_in_as("holder").status_code == 302


def test_nobody_is_told_which_accounts_exist(quick, clock, caplog):
    """Known, ended and unknown numbers get the same answers, word for word, and the log does not hold what was typed."""
    said = {}
    for name in ("holder", "former", "nobody-at-all", "console"):
        answers = [sign_in_as(name, WRONG) for _attempt in range(FAILURES_OF_PERSON + 1)]
        said[name] = [(answer.status_code, problem(answer)) for answer in answers]
    assert said["holder"] == said["former"] == said["nobody-at-all"] == said["console"]
    assert len(set(said["holder"])) == 2  # wrong, then locked
    assert "nobody-at-all" not in caplog.text and WRONG not in caplog.text
    assert not [row for row in SignInTally.objects.all() if "holder" in row.key or "127" in row.key]


def test_an_address_is_locked_after_many_names(quick, clock):
    for number in range(FAILURES_OF_ADDRESS):
        sign_in_as(f"guess{number}", WRONG, REMOTE_ADDR="192.0.2.7")
    assert sign_in_as("holder", REMOTE_ADDR="192.0.2.7").status_code == 200
    assert sign_in_as("holder", REMOTE_ADDR="192.0.2.8").status_code == 302
    clock.shift(LOCKED_FOR)
    assert sign_in_as("holder", REMOTE_ADDR="192.0.2.7").status_code == 302


def test_who_succeeds_in_between_does_not_open_the_address_for_others(quick, clock):
    for number in range(FAILURES_OF_ADDRESS - 1):
        sign_in_as(f"guess{number}", WRONG, REMOTE_ADDR="192.0.2.7")
        if number % 10 == 0:
            assert sign_in_as("holder", REMOTE_ADDR="192.0.2.7").status_code == 302
    sign_in_as("one-more", WRONG, REMOTE_ADDR="192.0.2.7")
    assert sign_in_as("colleague", REMOTE_ADDR="192.0.2.7").status_code == 200


@pytest.mark.parametrize(("proxies", "address"), [(0, "10.0.0.1"), (1, "198.51.100.4"), (2, "203.0.113.9")])
def test_only_ones_own_proxies_are_believed(quick, settings, proxies, address):
    settings.TRUSTED_PROXIES = proxies
    forwarded = "6.6.6.6, 203.0.113.9, 198.51.100.4"
    client = Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert sign_in_as("holder", client=client).status_code == 302
    assert OpenSession.objects.get(person=quick["holder"]).address == address


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_are_not_more_than_five():
    def guess(_number: int) -> bool:
        try:
            return sign_in.begin_attempt(username="holder", address="192.0.2.7") is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        looked_at = list(pool.map(guess, range(36)))
    assert sum(looked_at) == FAILURES_OF_PERSON


def test_an_administrator_lifts_the_lock_of_others(quick, client_of):
    keeper, holder = client_of("system_administrator"), quick["holder"]
    page, act = (reverse(f"registry:person{name}", args=[holder.pk]) for name in ("", "-unlock"))
    assert act not in keeper.get(page).content.decode()
    assert keeper.post(act, {"reason": "本人来电"}).status_code == 409
    for _attempt in range(FAILURES_OF_PERSON):
        sign_in_as("holder", WRONG)
    assert act in keeper.get(page).content.decode()
    assert keeper.post(act, {"reason": "本人来电"}).status_code == 302
    assert acts(holder)[-1] == "sign_in.unlock" and sign_in_as("holder").status_code == 302
    with pytest.raises(NotAllowed):
        organization.lift_lock(by=quick["system_administrator"], person=quick["system_administrator"], reason="自己")


def test_the_command_line_lifts_a_lock(quick):
    for _attempt in range(FAILURES_OF_PERSON):
        sign_in_as("security_administrator", WRONG)
    call_command("unlock", "security_administrator", reason="当面核实")
    assert sign_in_as("security_administrator").headers["Location"] == reverse("login_code")
    call_command("unlock", "security_administrator", reason="手机丢失", second_factor=True)
    assert acts(quick["security_administrator"])[-1] == "factor.reset"
    for arguments, why in ((["security_administrator"], "Nothing keeps"), (["no-one"], "nobody")):
        with translation.override("en"), pytest.raises(CommandError, match=why):
            call_command("unlock", *arguments, reason="再试")


# --- Passwords -----------------------------------------------------------------------------------------------------------


TOKEN_OF_PAGE = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def change(client: Client, old: str, new: str):
    data = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post(reverse("password_change"), data)


def test_the_last_five_passwords_do_not_come_back(quick, client_of):
    client, present = client_of("holder"), factories.PASSWORD
    page = client.get(reverse("password_change")).content.decode()
    assert "10" in page and "5" in page  # the rules stand there before anything is typed
    used = [present]
    for number in range(6):
        following = f"another-password-{number}"
        assert change(client, present, following).status_code == 302
        present = following
        used.append(present)
        for old in used[-5:]:
            assert change(client, present, old).status_code == 200, old
    assert change(client, present, used[-6]).status_code == 302
    assert UsedPassword.objects.filter(person=quick["holder"]).count() == 5
    assert acts(quick["holder"]).count("password.change") == 7


def test_a_password_from_the_command_line_is_in_the_chain_and_has_to_be_changed(quick):
    """`manage.py changepassword` sets it and saves the person."""
    person = quick["clerk"]
    client = Client()
    sign_in_as("clerk", client=client)
    person.set_password("from-the-command-line")
    person.save()
    last = AuditEntry.objects.latest("sequence")
    assert (last.act, last.subject, last.actor.username) == ("person.password", f"person:{person.pk}", "console")
    assert client.get(reverse("home")).headers["Location"].startswith(reverse("login")), "its sessions are over"
    sign_in_as("clerk", "from-the-command-line", client=client)
    assert client.get(reverse("home")).headers["Location"] == reverse("password_change")


def test_a_password_expires_where_the_installation_says_so(quick, settings, clock):
    settings.PASSWORD_EXPIRES_DAYS = 90
    client = Client()
    sign_in_as("holder", client=client)
    assert client.get(reverse("home")).status_code == 200
    clock.shift(dt.timedelta(days=90))
    sign_in_as("holder", client=client)
    assert client.get(reverse("home")).headers["Location"] == reverse("password_change")
    assert change(client, factories.PASSWORD, "a-fresh-password").status_code == 302
    assert client.get(reverse("home")).status_code == 200


def test_a_new_password_ends_the_other_sessions(quick, client_of):
    here, there = client_of("holder"), client_of("holder")
    change(here, factories.PASSWORD, "another-password-0")
    assert here.get(reverse("home")).status_code == 200 and there.get(reverse("home")).status_code == 302
    assert OpenSession.objects.filter(person=quick["holder"]).count() == 1


# --- The second factor -----------------------------------------------------------------------------------------------


def secret_on(page: str) -> str:
    return re.search(r'id="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")


def set_up(client: Client) -> list[str]:
    """Set up a second factor as the page says; return the recovery codes."""
    secret = secret_on(client.get(reverse("second_factor")).content.decode())
    code = factories.code_now(secret)
    answer = client.post(reverse("second_factor"), {"code": code})
    return re.findall(r"<li>(\d{8})</li>", answer.content.decode())


def test_roles_that_ask_for_it_lead_to_the_second_factor_before_anything_else(quick, clock):
    person = quick["inspector"]
    factors.remove_factor(person)
    client = Client()
    assert sign_in_as("inspector", client=client).status_code == 302
    for name in ("home", "registry:ledger", "account"):
        assert client.get(reverse(name)).headers["Location"] == reverse("second_factor")
    assert client.get("/no-such-page").headers["Location"] == reverse("second_factor")
    assert client.post(reverse("second_factor"), {"code": "000000"}).status_code == 200
    assert len(set_up(client)) == 10
    assert client.get(reverse("registry:ledger")).status_code == 200
    assert acts(person)[-1] == "factor.begin"


def test_a_role_given_in_between_asks_on_the_next_request(quick, client_of):
    client = client_of("holder")
    assert client.get(reverse("home")).status_code == 200
    organization.assign(
        by=organization.console_actor(), person=quick["holder"], organization=quick.organization("MZJ"),
        role="inspector", starts_on=factories.today(), reason="抽调",
    )  # fmt: skip
    assert client.get(reverse("home")).headers["Location"] == reverse("second_factor")


def test_the_code_is_asked_after_the_password_and_counts_once(quick, clock):
    person, client = quick["inspector"], Client()
    assert sign_in_as("inspector", client=client).headers["Location"] == reverse("login_code")
    assert client.get(reverse("home")).status_code == 302  # not in yet
    code = factories.code_of(person)
    assert client.post(reverse("login_code"), {"code": "12"}).status_code == 200
    assert client.post(reverse("login_code"), {"code": code}).headers["Location"] == reverse("home")
    again = Client()
    sign_in_as("inspector", client=again)
    assert again.post(reverse("login_code"), {"code": code}).status_code == 200, "the same code opened twice"
    clock.shift(dt.timedelta(seconds=30))
    assert again.post(reverse("login_code"), {"code": factories.code_of(person)}).status_code == 302


def test_the_password_counts_five_minutes_for_the_code(quick, clock):
    client = Client()
    assert client.get(reverse("login_code")).headers["Location"] == reverse("login")
    sign_in_as("inspector", client=client)
    clock.shift(5 * MINUTE + dt.timedelta(seconds=1))
    answer = client.post(reverse("login_code"), {"code": factories.code_of(quick["inspector"])})
    assert answer.headers["Location"] == reverse("login")


def test_an_account_ended_or_a_password_changed_in_between_opens_nothing(quick, clock):
    for change_person in ({"is_active": False}, {"password": make_password("somebody-elses-choice")}):
        client, person = Client(), quick["inspector"]
        sign_in_as("inspector", client=client)
        before = Person.objects.filter(pk=person.pk).values("is_active", "password").get()
        Person.objects.filter(pk=person.pk).update(**change_person)
        assert client.post(reverse("login_code"), {"code": factories.code_of(person)}).status_code == 302
        assert client.get(reverse("home")).headers["Location"].startswith(reverse("login"))
        Person.objects.filter(pk=person.pk).update(**before)


def test_wrong_codes_lock_and_the_right_password_in_between_does_not_help(quick, clock):
    client = Client()
    for number in range(FAILURES_OF_PERSON):
        assert sign_in_as("inspector", client=client).status_code == 302
        assert client.post(reverse("login_code"), {"code": f"00000{number}"}).status_code == 200
        clock.shift(dt.timedelta(seconds=31))
    assert sign_in_as("inspector", client=client).status_code == 200
    right = {"code": factories.code_of(quick["inspector"])}
    assert client.post(reverse("login_code"), right).status_code == 200
    assert client.get(reverse("home")).status_code == 302


def test_recovery_codes_open_once_each_and_are_shown_once(quick, clock):
    owner = Client()
    sign_in_as("holder", client=owner)
    codes = set_up(owner)
    assert codes[0] not in owner.get(reverse("account")).content.decode()
    for _attempt, expected in ((1, 302), (2, 200)):
        client = Client()
        sign_in_as("holder", client=client)
        assert client.post(reverse("login_code"), {"code": codes[0]}).status_code == expected
    assert "factor.recovery" in acts(quick["holder"])
    fresh = re.findall(r"<li>(\d{8})</li>", owner.post(reverse("recovery_codes"), {"code": codes[1]}).content.decode())
    assert len(fresh) == 10 and not set(fresh) & set(codes)
    assert owner.post(reverse("recovery_codes"), {"code": codes[2]}).status_code == 200


def test_who_need_not_have_one_takes_it_away_with_a_code(quick, client_of):
    client = client_of("holder")
    codes = set_up(client)
    assert client.get(reverse("second_factor")).status_code == 409
    assert client.post(reverse("second_factor_remove"), {"code": "00000000"}).status_code == 200
    assert client.post(reverse("second_factor_remove"), {"code": codes[0]}).status_code == 302
    assert client.get(reverse("second_factor_remove")).status_code == 409
    assert client_of("inspector").post(reverse("second_factor_remove"), {"code": "x"}).status_code == 403
    assert not Authenticator.objects.filter(user=quick["holder"]).exists()


def test_nothing_of_a_factor_can_be_read_in_the_database(quick, client_of, settings):
    client = client_of("holder")
    page = client.get(reverse("second_factor")).content.decode()
    secret, codes = secret_on(page), set_up(client)
    with connection.cursor() as cursor:
        for table in ("mfa_authenticator", "django_session"):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - one of two names
            rows = repr(cursor.fetchall()) + repr(dict(client.session))
            assert secret not in rows and not any(code in rows for code in codes)
    stored = Authenticator.objects.get(user=quick["holder"], type="totp").data["secret"]
    assert encryption.unseal(stored, "second factor") == secret
    with pytest.raises(encryption.Unreadable):
        encryption.unseal(stored, "another purpose")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-of-the-server" * 3
    assert not factors.check_code(quick["holder"], factories.code_now(secret))
    settings.SECRET_KEY_FALLBACKS = [old]
    assert encryption.unseal(stored, "second factor") == secret


def test_a_lost_factor_is_removed_by_an_administrator_but_not_of_administrators(quick, client_of):
    keeper, theirs = client_of("system_administrator"), client_of("inspector")
    act = reverse("registry:person-factor", args=[quick["inspector"].pk])
    assert keeper.post(act, {"reason": "手机丢失"}).status_code == 302
    assert theirs.get(reverse("home")).status_code == 200, "it waits for another administrator"
    factories.confirm_all(quick["security_administrator"])
    assert theirs.get(reverse("home")).headers["Location"].startswith(reverse("login"))
    assert acts(quick["inspector"])[-1] == "factor.reset"
    assert keeper.post(act, {"reason": "再来一次"}).status_code == 409
    for name in ("security_administrator", "audit_administrator", "system_administrator"):
        with pytest.raises(NotAllowed):
            organization.reset_factor(by=quick["system_administrator"], person=quick[name], reason="手机丢失")
    with translation.override("en"), pytest.raises(Refused, match="no second factor"):
        organization.reset_factor(by=organization.console_actor(), person=quick["holder"], reason="手机丢失")


def test_a_demonstration_asks_for_no_factor_and_says_so(quick, settings):
    factors.remove_factor(quick["inspector"])
    line = "For demonstration"
    english = {"HTTP_COOKIE": "django_language=en"}
    assert line not in Client(**english).get(reverse("login")).content.decode()
    settings.SECOND_FACTOR = "optional"
    assert line in Client(**english).get(reverse("login")).content.decode()
    client = Client()
    sign_in_as("inspector", client=client)
    assert client.get(reverse("home")).status_code == 200


# --- Sessions ------------------------------------------------------------------------------------------------------------


def test_one_sees_ones_sessions_and_ends_the_others(quick, client_of):
    here, there, third, other = (client_of(name) for name in ("holder", "holder", "holder", "colleague"))
    rows = {row.session_id: row.pk for row in OpenSession.objects.filter(person=quick["holder"])}
    assert len(here.get(reverse("account")).context["sessions"]) == 3
    here.post(reverse("sessions_end"), {"session": rows[there.session.session_key]})
    assert there.get(reverse("home")).status_code == 302 and third.get(reverse("home")).status_code == 200
    foreign = OpenSession.objects.get(person=quick["colleague"]).pk
    for said in ({"session": foreign}, {"session": rows[here.session.session_key]}):
        here.post(reverse("sessions_end"), said)
    assert here.post(reverse("sessions_end"), {"session": "9" * 40}).status_code == 404
    here.post(reverse("sessions_end"), {"others": "1"})
    assert third.get(reverse("home")).status_code == 302
    assert other.get(reverse("home")).status_code == here.get(reverse("home")).status_code == 200
    assert acts(quick["holder"]).count("session.end") == 2


def test_sessions_of_an_ended_account_are_gone(quick, client_of):
    client_of("holder")
    organization.end_person(
        by=quick["system_administrator"], person=quick["holder"], ends_on=factories.today(), reason="调离"
    )
    assert not OpenSession.objects.filter(person=quick["holder"]).exists()


def test_a_session_ends_after_half_an_hour_of_rest_and_not_before(quick, client_of, clock):
    client = client_of("holder")
    for _request in range(4):
        clock.shift(29 * MINUTE)
        assert client.get(reverse("home")).status_code == 200
    clock.shift(30 * MINUTE)
    assert client.get(reverse("home") + "?page=2").headers["Location"] == reverse("login") + "?next=/%3Fpage%3D2"
    assert not OpenSession.objects.filter(person=quick["holder"]).exists()


def test_the_script_that_warns_keeps_the_session(quick, client_of, clock):
    client = client_of("holder")
    clock.shift(29 * MINUTE)
    assert client.get(reverse("stay")).status_code == 204
    clock.shift(29 * MINUTE)
    assert client.get(reverse("home")).status_code == 200


# --- What was typed ------------------------------------------------------------------------------------------------------


def point_form(**changes) -> dict:
    return {
        **{name: value for name, value in factories.point_values(title="打到一半的风险点").items() if value},
        "grading": "scored",
        "version": 0,
        "measures-TOTAL_FORMS": 2,
        "measures-INITIAL_FORMS": 0,
        "measures-0-text": "第一条 <措施> & “引号”",
        "measures-1-text": "第二条",
        **changes,
    }


def too_late(client: Client, address: str, data: dict, clock, page: str | None = None):
    clock.shift(31 * MINUTE)
    referer = f"http://testserver{page or address}"
    return client.post(address, data, headers={"referer": referer})


def test_what_was_typed_stands_in_the_form_again_and_nothing_was_sent(quick, client_of, clock):
    declaration = factories.draft(quick)
    address, client = reverse("registry:point-add", args=[declaration.pk]), client_of("holder")
    answer = too_late(client, address, point_form(), clock)
    assert answer.headers["Location"] == f"{reverse('login')}?next={address}"
    sealed = KeptForm.objects.get().fields
    assert "打到一半" not in sealed and "\\u" not in sealed
    back = sign_in_as("holder", client=client)
    assert back.headers["Location"] == f"{address}?kept={KeptForm.objects.get().pk}"
    page = client.get(back.headers["Location"]).content.decode()
    assert 'value="打到一半的风险点"' in page and "第一条 &lt;措施&gt; &amp; “引号”</textarea>" in page
    assert re.search(r'<input[^>]*name="category"[^>]*value="duty"[^>]* checked', page)
    assert declaration.pointversions.filter(title__contains="打到一半").count() == 0
    # What stands in the form is what is sent now; then all of it is there.
    assert client.post(address, point_form()).status_code == 302
    assert declaration.pointversions.get(title="打到一半的风险点").measures.count() == 2
    assert not KeptForm.objects.exists()


def test_what_asks_behind_a_page_does_not_lose_what_is_typed_in_it(quick, client_of, clock):
    declaration = factories.draft(quick)
    address, client = reverse("registry:point-add", args=[declaration.pk]), client_of("holder")
    clock.shift(31 * MINUTE)
    grade = reverse("registry:grade", args=[declaration.pk])
    assert client.get(grade, headers={"hx-request": "true"}).status_code == 204
    assert client.get(reverse("stay")).status_code == 401
    client.get(reverse("home"))  # another window
    client.post(address, point_form(), headers={"referer": f"http://testserver{address}"})
    assert sign_in_as("holder", client=client).headers["Location"] == f"{address}?kept={KeptForm.objects.get().pk}"


def test_nobody_else_gets_it(quick, client_of, clock):
    declaration = factories.draft(quick)
    address, client = reverse("registry:point-add", args=[declaration.pk]), client_of("holder")
    too_late(client, address, point_form(), clock)
    kept = KeptForm.objects.get()
    assert sign_in_as("colleague", client=client).headers["Location"] == reverse("home")
    assert client.get(reverse("kept_form", args=[kept.pk])).status_code == 404
    assert client.post(reverse("kept_form", args=[kept.pk])).status_code == 404
    assert "打到一半" not in client.get(reverse("registry:suggestion-new") + f"?kept={kept.pk}").content.decode()
    KeptForm.objects.filter(pk=kept.pk).update(person=quick["colleague"])  # behind the system's back
    assert "打到一半" not in client.get(reverse("kept_form", args=[kept.pk])).content.decode()


def test_it_is_kept_for_an_hour(quick, client_of, clock):
    declaration = factories.draft(quick)
    address, client = reverse("registry:point-add", args=[declaration.pk]), client_of("holder")
    too_late(client, address, point_form(), clock)
    clock.shift(61 * MINUTE)
    assert sign_in_as("holder", client=client).headers["Location"] == reverse("home")
    jobs.run_due("sessions")
    assert not KeptForm.objects.exists()


def test_where_the_form_is_gone_the_texts_are_still_there_to_copy(quick, client_of, clock):
    declaration = factories.draft(quick)
    address, client = reverse("registry:point-add", args=[declaration.pk]), client_of("holder")
    too_late(client, address, point_form(), clock)
    factories.submit(Declaration.objects.get(pk=declaration.pk))
    back = sign_in_as("holder", client=client)
    page = client.get(back.headers["Location"], follow=True)
    assert page.redirect_chain == [(reverse("kept_form", args=[KeptForm.objects.get().pk]), 302)]
    assert page.context["typed"].count("打到一半的风险点") == 1 and "duty" not in page.context["typed"]
    assert client.post(reverse("kept_form", args=[KeptForm.objects.get().pk])).status_code == 302
    assert not KeptForm.objects.exists()


def test_files_and_passwords_are_not_kept(quick, client_of, clock):
    client = client_of("head")
    declaration = factories.organization_draft(quick)
    address = reverse("registry:meeting-record", args=[declaration.pk])
    minutes = SimpleUploadedFile("纪要.pdf", b"%PDF-1.7 %%EOF", "application/pdf")
    too_late(client, address, {"minutes": "改过的记录。", "version": 1, "attachment": minutes}, clock)
    kept = KeptForm.objects.get()
    assert kept.left_out
    page = client.get(sign_in_as("head", client=client).headers["Location"]).content.decode()
    assert "改过的记录。</textarea>" in page and reverse("kept_form", args=[kept.pk]) in page
    clock.shift(31 * MINUTE)
    client.post(reverse("password_change"), {"old_password": factories.PASSWORD})
    assert KeptForm.objects.count() == 1


def test_a_form_from_elsewhere_is_not_kept(quick, clock):
    client = Client(enforce_csrf_checks=True)
    client.force_login(quick["holder"])
    clock.shift(31 * MINUTE)
    assert client.post(reverse("registry:suggestion-new"), {"title": "塞进来的"}).status_code == 403
    assert not KeptForm.objects.exists()


def test_what_was_typed_before_signing_in_again_in_another_window_is_kept(quick):
    client, declaration = Client(enforce_csrf_checks=True), factories.draft(quick)
    client.force_login(quick["holder"])
    address = reverse("registry:point-add", args=[declaration.pk])
    old = TOKEN_OF_PAGE.search(client.get(address).content.decode())[1]
    client.post(reverse("logout"), {"csrfmiddlewaretoken": old})
    token = TOKEN_OF_PAGE.search(client.get(reverse("login")).content.decode())[1]
    said = {"username": "holder", "password": factories.PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post(reverse("login"), said).headers["Location"] == reverse("home")
    typed = point_form() | {"csrfmiddlewaretoken": old}
    for foreign in ({}, {"origin": "https://elsewhere.example"}, {"origin": "null"}):
        assert client.post(address, typed, headers=foreign).status_code == 403
        assert not KeptForm.objects.exists()
    back = client.post(address, typed, headers={"origin": "http://testserver"})
    assert back.headers["Location"] == f"{address}?kept={KeptForm.objects.get().pk}"
    page = client.get(back.headers["Location"]).content.decode()
    assert "打到一半的风险点" in page and declaration.pointversions.count() == 1
    new = point_form() | {"csrfmiddlewaretoken": TOKEN_OF_PAGE.search(page)[1]}
    client.post(address, new, headers={"origin": "http://testserver", "referer": "http://testserver" + address})
    assert declaration.pointversions.count() == 2 and not KeptForm.objects.exists()
    secret = {"old_password": factories.PASSWORD, "csrfmiddlewaretoken": old}
    assert client.post(reverse("password_change"), secret, headers={"origin": "http://testserver"}).status_code == 403


def test_a_page_elsewhere_is_never_led_to(quick, client_of, clock):
    client = client_of("holder")
    clock.shift(31 * MINUTE)
    address = reverse("registry:suggestion-new")
    client.post(address, {"title": "题目"}, headers={"referer": "https://elsewhere.example/steal"})
    assert KeptForm.objects.get().page == address


PAGE = """<form method="post" class="site"><input name="next" value="/a"></form>
<!-- kept --><form METHOD="post"><input type="hidden" name="csrfmiddlewaretoken" value="t"><input name="a" value="old">
<input type="checkbox" name="b" value="1" checked><input type="checkbox" name="b" value="2"/><textarea name="c">alt</textarea>
<select name="d"><option value="x" selected>X<option value="y">Y</select><input type="file" name="f">
<input type="password" name="p"><input name="rows-TOTAL_FORMS" value="1"><button name="go" value="now">Go</button></form>"""


def test_a_form_is_filled_and_no_button_pressed():
    values = {
        "a": ['"><script>'], "b": ["2"], "c": ["\n新 </textarea>"], "d": ["y"], "p": ["secret"], "go": ["now"], "gone": ["weg"],
        "rows-TOTAL_FORMS": ["2"], "rows-1-text": ["第二行"], "verdict": ["approve"],
    }  # fmt: skip
    page, missing = fill(PAGE, values)
    assert 'value="&quot;&gt;&lt;script&gt;"' in page and "<script>" not in page and "secret" not in page
    assert re.search(r'value="1">', page) and re.search(r'value="2" checked>', page)
    assert '<textarea name="c">\n\n新 &lt;/textarea&gt;</textarea>' in page
    assert '<option value="x">' in page and '<option value="y" selected>' in page
    assert 'type="hidden" name="rows-1-text" value="第二行"' in page and 'value="t"' in page
    assert "verdict" not in page and 'name="go" value="now"' in page
    assert missing == [("p", "secret"), ("gone", "weg"), ("rows-1-text", "第二行"), ("verdict", "approve")]
    assert fill(PAGE, {"other": ["x"]}) is None


@given(st.dictionaries(st.sampled_from("acd"), st.lists(st.text(max_size=12), min_size=1, max_size=2)))
def test_filling_leaves_everything_around_the_values_as_it_was(values):
    filled = fill(PAGE, values)
    if filled is None:
        assert not values
        return
    assert "<script" not in filled[0] and filled[0].count("<form") == 2 and filled[0].count("</form>") == 2


# --- What somebody tried who wished no good ------------------------------------------------------------------------------


def test_what_was_typed_comes_back_as_it_was_typed():
    page = '<form method="post"><input name="a" value=""><input type="hidden" name="b" value=""></form>'
    filled, _missing = fill(page, {"a": ["a &lt;b&gt; &amp;amp; &copy"], "b": ["&quot;x"]})
    assert 'value="a &amp;lt;b&amp;gt; &amp;amp;amp; &amp;copy"' in filled
    options = '<form method="post"><select name="s"><option value="&amp;lt;">x</option><option value="2">y</option></select></form>'
    filled, _missing = fill(options, {"s": ["2"]})
    assert 'value="&amp;lt;"' in filled


@pytest.mark.parametrize("character", ["\u2028", "\x85", "\x0c", "\x1c", "\r"])
def test_no_character_on_the_page_moves_what_is_put_back(character):
    page = f'<p>{character * 7}</p>\n<form method="post"><input name="a" value="old"></form>'
    filled, _missing = fill(page, {"a": ["new"]})
    assert filled == page.replace('value="old"', 'value="new"')


def test_a_lock_stands_in_the_chain_however_the_number_was_written(quick, clock):
    for _time in range(FAILURES_OF_PERSON):
        sign_in_as("HOLDER", WRONG)
    assert sign_in_as("holder").status_code == 200
    assert acts(quick["holder"])[-1] == "sign_in.lock"


def test_guessing_the_password_in_an_open_session_is_counted(quick, clock):
    client = Client()
    sign_in_as("holder", client=client)
    for number in range(FAILURES_OF_PERSON):
        change(client, f"guess{number}", "Neu-gewaehlt-77")
    assert change(client, factories.PASSWORD, "Neu-gewaehlt-77").status_code == 200
    assert acts(quick["holder"])[-1] == "sign_in.lock"


def test_after_hours_nobody_plants_text_for_who_sat_here_before(quick, client_of, clock):
    client = client_of("holder")
    clock.shift(31 * MINUTE)
    client.get(reverse("home"))
    clock.shift(61 * MINUTE)
    client.post(reverse("registry:suggestion-new"), {"text": "塞进来的"})
    assert not KeptForm.objects.exists()


def test_what_is_kept_of_one_person_is_bounded(quick, client_of, clock):
    client, address = client_of("holder"), reverse("registry:suggestion-new")
    clock.shift(31 * MINUTE)
    for number in range(FORMS_KEPT + 5):
        client.post(address, {"text": "打到一半"}, headers={"referer": f"http://testserver{address}?n={number}"})
    assert KeptForm.objects.count() == FORMS_KEPT
    assert KeptForm.objects.first().page.endswith(f"n={FORMS_KEPT + 4}")


@pytest.mark.parametrize("stood_on", ["//evil.example/a/", "/ledger/?words=" + "a" * 2100])
def test_signing_in_leads_to_a_page_of_ours_that_can_be_kept(quick, client_of, clock, stood_on):
    client = client_of("holder")
    clock.shift(31 * MINUTE)
    address = reverse("registry:suggestion-new")
    client.post(address, {"text": "打到一半"}, headers={"referer": f"http://testserver{stood_on}"})
    back = sign_in_as("holder", client=client).headers["Location"]
    assert back.startswith(("/evil.example/a/?kept=", f"{address}?kept="))
