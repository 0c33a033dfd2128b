"""Alerts: the colour by the table, the ladder of heads, what the clock does, and how little an alert tells of a signal."""

import datetime as dt
import itertools
import os
import signal as signals_of_processes
import subprocess
import sys
from dataclasses import replace

import pytest
import time_machine
from django.conf import settings
from django.db import DatabaseError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from controls import access
from controls.actions import alerts as verbs
from controls.models import Alert, AlertStep, Finding, Task
from controls.rules import (
    ALERT_TRANSITIONS,
    HEADS,
    AlertState,
    AlertVerb,
    Cause,
    alert_after,
    darker,
    given_by,
    sentence_of,
)
from registry.actions import organization
from registry.actions.audit import record
from registry.actions.jobs import run_due
from registry.actions.schemes import enact_scheme
from registry.actions.verification import verify
from registry.models import AuditEntry, JobClaim, MeasureVersion, Person, Scheme
from registry.roles import Role
from registry.rules import AlertColour, AlertTable, Changed, NotAllowed, Refused
from registry.rules import Scheme as SchemeRule
from tests import factories
from tests.controls import monitored
from tests.registry.copies import Copy

DAY = dt.timedelta(days=1)
EVERYBODY = [*factories.STAFF, *factories.OFFICES]

# --- The rule ---------------------------------------------------------------------------------------------------------------

COUNTED = [cause for cause in Cause if cause != Cause.GRADE]


@st.composite
def thresholds(draw) -> tuple[int, ...]:
    """A row that rises from blue to red; some colours may be left out."""
    rising = sorted(draw(st.sets(st.integers(1, 366), min_size=4, max_size=4)))
    kept = draw(st.lists(st.booleans(), min_size=4, max_size=4))
    return tuple(least if keeps else 0 for least, keeps in zip(rising, kept, strict=True))


@st.composite
def tables(draw) -> AlertTable:
    rows = {cause.value: draw(thresholds()) for cause in COUNTED}
    grades = sorted(draw(st.lists(st.integers(0, 4), min_size=3, max_size=3)), reverse=True)
    return AlertTable(**rows, grades=tuple(grades))


facts = st.dictionaries(st.sampled_from(COUNTED), st.integers(0, 400))


@given(tables(), facts, st.sampled_from(COUNTED), st.integers(0, 400))
def test_more_overdue_or_more_repeats_never_gives_a_lighter_colour(table, counted, cause, more):
    before = given_by(counted, table)
    after = given_by(counted | {cause: counted.get(cause, 0) + more}, table)
    assert (after.colour if after else 0) >= (before.colour if before else 0)


@given(tables(), facts, st.integers(1, 3))
def test_a_higher_grade_never_gives_a_lighter_colour(table, counted, grade):
    assert table.faults() == []
    colours = [given_by(counted | {Cause.GRADE: each}, table) for each in range(1, grade + 1)]
    numbers = [given.colour if given else 0 for given in colours]
    assert numbers == sorted(numbers, reverse=True)


@given(tables(), facts)
def test_what_is_stored_tells_why(table, counted):
    given = given_by(counted, table)
    if given is not None:
        assert given.least <= given.number == counted[given.cause]
        sentence = sentence_of(given.facts, given.colour)
        assert str(given.number) in sentence and str(given.colour.label) in sentence


@given(tables())
def test_a_table_is_stored_and_read_as_it_is(table):
    assert AlertTable.from_settings(table.to_settings()) == table
    scheme = SchemeRule(alerts=table)
    assert SchemeRule.from_settings(scheme.to_settings()) == scheme


@pytest.mark.parametrize(
    "changes",
    [{"point": (3, 2, 5, 6)}, {"task": (0, 5, 5, 6)}, {"answer": (3, 5, 5, 3)}, {"answer": (0, 0, 0, 0)}, {"grades": (1, 2, 3)},
     {"signal": (1, 2, 3, 999)}],
)  # fmt: skip
def test_a_table_that_makes_no_sense_is_no_scheme(changes):
    assert replace(AlertTable(), **changes).faults()
    assert "alerts" in {fault.setting for fault in SchemeRule(alerts=replace(AlertTable(), **changes)).faults()}


def test_the_standard_table_makes_sense():
    assert AlertTable().faults() == []


@pytest.mark.parametrize(("state", "verb"), itertools.product(AlertState, AlertVerb))
def test_every_verb_in_every_state(state, verb):
    if (state, verb) in ALERT_TRANSITIONS:
        assert alert_after(state, verb) == ALERT_TRANSITIONS[state, verb]
    else:
        with pytest.raises(Refused):
            alert_after(state, verb)
    assert [darker(colour) for colour in AlertColour] == [2, 3, 4, 4]


# --- Raised by a judgement --------------------------------------------------------------------------------------------------

db = pytest.mark.django_db


@db
def test_a_risk_about_a_point_gives_the_colour_of_its_grade(body):
    point = monitored.filed_point(body)
    found = monitored.alert(body, post="holder", point=point)
    assert (found.colour, found.rule) == (AlertColour.ORANGE, "grade")  # of grade I
    assert (found.asked_permission, found.asked_organization.code) == (HEADS[0].permission, "CZJ-01")
    assert found.answer_by == factories.today() + 5 * DAY
    assert readers(body, found) == {"head", "inspector", "clerk"}


@db
def test_repeated_signals_give_darker_colours(body):
    colours = [monitored.alert(body, post="holder").colour for _time in range(4)]
    assert colours == [1, 2, 2, 3]  # from 1, 2, 4 about the same post on
    older = factories.today() - dt.timedelta(days=400)
    assert monitored.alert(body, post="colleague", received_on=older, text="旧信").first_colour == AlertColour.YELLOW


@db
def test_no_risk_and_open_give_none_and_close_what_was_given(body):
    signal = monitored.entered(body)
    assert monitored.judge(body, signal, "open") and not Alert.objects.exists()
    monitored.judge(body, signal, "risk")
    monitored.judge(body, signal, "risk")
    assert Alert.objects.count() == 1
    monitored.judge(body, signal, "no_risk")
    assert Alert.objects.get().state == AlertState.LAPSED
    assert list(Alert.objects.get().steps.values_list("verb", flat=True)) == ["raise", "lapse"]


@db
def test_the_scheme_in_force_gives_the_table(body):
    table = AlertTable(organization=(0, 0, 0, 1), answer=(9, 9, 9, 2))
    enact_scheme(
        by=body["clerk"], organization=body.organization("CZJ"), year=factories.today().year,
        settings=SchemeRule(alerts=table).to_settings(), reason="会议纪要", expected=0,
    )  # fmt: skip
    found = monitored.alert(body)
    assert (found.colour, found.answer_by) == (AlertColour.RED, factories.today() + 2 * DAY)


@db
def test_the_holder_a_signal_is_about_is_passed_over(body):
    """A signal about the head's own post goes to the supervising leader; the head learns nothing of it."""
    found = monitored.alert(body, post="head")
    assert found.asked_permission == HEADS[1].permission
    assert readers(body, found) == {"supervisor", "inspector", "clerk"}


@db
def test_about_a_leadership_team_it_begins_with_the_principal_leader(body):
    found = monitored.alert(body, code="CZJ")
    assert (found.asked_permission, found.asked_organization.code) == (HEADS[2].permission, "CZJ")
    of_leader = monitored.alert(body, code="CZJ", post="principal")
    assert readers(body, of_leader) == {"second_principal", "inspector", "recused_inspector", "clerk"}


# --- Who sees what ----------------------------------------------------------------------------------------------------------


def readers(body, alert) -> set[str]:
    people = Person.objects.filter(username__in=EVERYBODY)  # as they are stored: one of them is ended
    return {person.username for person in people if access.visible_alerts(person).filter(pk=alert.pk).exists()}


@db
def test_of_a_confidential_signal_a_head_is_told_colour_place_and_day_only(body, client_of):
    point = monitored.filed_point(body)
    found = monitored.alert(
        body, by="inspector", post="holder", point=point, text="金丝雀内容", source="金丝雀来源", channel="hotline"
    )
    assert readers(body, found) == {"head", "inspector"}  # the office did not enter it
    for route, arguments in (
        ("controls:alerts", []),
        ("controls:alert", [found.pk]),
        ("controls:alert-answer", [found.pk]),
    ):
        page = client_of("head").get(reverse(route, args=arguments)).content.decode()
        main = page[page.index("<main") :]
        assert str(AlertColour(found.colour).label) in main and "未经审批用印1" in main
        assert found.answer_by.isoformat() in main
        for secret in ("金丝雀", found.signal.number, str(found.signal.get_channel_display()), body["inspector"].name):
            assert secret not in main, (route, secret)
    inside = client_of("inspector").get(reverse("controls:alert", args=[found.pk])).content.decode()
    assert found.signal.number in inside


@db
def test_an_alert_of_somebody_else_does_not_exist(body, client_of):
    found = monitored.alert(body, by="inspector")
    for name in ("other_head", "principal", "clerk", "recused_inspector"):
        assert client_of(name).get(reverse("controls:alert", args=[found.pk])).status_code == 404
        assert client_of(name).post(reverse("controls:alert-answer", args=[found.pk]), {}).status_code == 404
    assert client_of("inspector").post(reverse("controls:alert-answer", args=[found.pk]), {}).status_code == 403
    assert client_of("holder").get(reverse("controls:alerts")).status_code == 403


@db
def test_answered_once_by_the_head_and_by_who_stands_in_in_their_name(body, client_of):
    first, second = (monitored.alert(body) for _time in range(2))
    with pytest.raises(NotAllowed):
        monitored.answer(body, first, "supervisor")
    with pytest.raises(Refused):
        monitored.answer(body, first, "head", text="  ")
    monitored.answer(body, first, "head")
    with pytest.raises(Refused):
        monitored.answer(body, first, "head")
    with pytest.raises(Changed):
        verbs.answer_alert(by=body["head"], alert=second, text="晚了", expected=second.version + 1)
    factories.standing_in(body)
    monitored.answer(body, second, "stand_in")
    step = second.steps.last()
    assert (step.by, step.for_whom) == (body["stand_in"], body["head"])
    page = client_of("head").get(reverse("controls:alert", args=[second.pk])).content.decode()
    assert step.who in page and body["head"].name in step.who


# --- By the clock -----------------------------------------------------------------------------------------------------------


@db
def test_nobody_answers_so_it_goes_up_and_gets_darker_each_step_once(body):
    leader = body["region_leader"]
    found = monitored.alert(body)
    assert run_due("alerts") == 0
    seen = []
    for days in (16, 30, 40, 50, 60):
        with time_machine.travel(monitored.in_days(days), tick=False):
            assert run_due("alerts") <= 1
            assert run_due("alerts") == 0
            found.refresh_from_db()
            seen.append((found.asked_permission, found.asked_organization.code, found.colour))
    assert seen == [
        (HEADS[1].permission, "CZJ-01", 2),
        (HEADS[2].permission, "CZJ", 3),
        (HEADS[3].permission, "DQ", 4),
        (HEADS[3].permission, "DQ", 4),
        (HEADS[3].permission, "DQ", 4),
    ]
    assert list(found.steps.values_list("verb", flat=True)) == ["raise", "escalate", "escalate", "escalate"]
    assert access.alerts_for(leader).get() == found
    with pytest.raises(NotAllowed):
        monitored.answer(body, found, "head")
    assert "head" in readers(body, found)  # reads on what became of it
    verbs.answer_alert(by=leader, alert=found, text="已责成核查。", expected=found.version)
    assert verify().ok


@db
def test_a_rung_nobody_stands_on_is_left_out(body):
    role = body["supervisor"].assignments.get(role=Role.SUPERVISING_LEADER)
    organization.end_assignment(
        by=organization.console_actor(), assignment=role, ends_on=factories.today() - DAY, reason="测试"
    )
    found = monitored.alert(body)
    with time_machine.travel(monitored.in_days(16), tick=False):
        assert run_due("alerts") == 1
    found.refresh_from_db()
    assert (found.asked_permission, found.rung) == (HEADS[2].permission, 2)


@db
def test_a_signal_nobody_judges_becomes_an_alert_of_the_inspectors_and_goes_when_it_is_judged(body):
    signal = monitored.entered(body)
    assert run_due("alerts") == 0
    with time_machine.travel(monitored.in_days(8), tick=False):
        assert run_due("alerts") == 1 and run_due("alerts") == 0
        found = Alert.objects.get()
        assert (found.colour, found.rule, found.facts["number"]) == (AlertColour.BLUE, "overdue", 8)
        assert readers(body, found) == {"inspector", "clerk"}  # nobody of the place it is about
        assert access.alerts_for(body["inspector"]).get() == found and not access.alerts_for(body["clerk"]).exists()
        monitored.judge(body, signal, "no_risk")
        found.refresh_from_db()
        assert found.state == AlertState.LAPSED and run_due("alerts") == 0


def overdue_task(body, days: int) -> Task:
    """A task of the holder's measure that was due some days ago."""
    declaration = factories.filed(body)
    measure = MeasureVersion.objects.filter(declaration=declaration).first() or MeasureVersion.objects.first()
    version = factories.first_point(declaration)
    return Task.objects.create(
        measure=measure.measure, measure_version=measure, point=version.point, organization=version.organization,
        position=version.position, post=version.post, period="2026-01", starts_on=factories.today() - 90 * DAY,
        due_on=factories.today() - days * DAY, changed_by=body["clerk"], changed_at="2026-01-01T00:00+08:00",
    )  # fmt: skip


def overdue_finding(body, days: int) -> Finding:
    section = body.organization("CZJ-01")
    made = Finding.objects.create(
        number="WT-1", unit=body.organization("CZJ"), organization=section, position=section.tree_from, facts="用印未登记。",
        severity="slight", due_on=factories.today() - days * DAY, raised_by=body["clerk"], raised_at="2026-01-01T00:00+08:00",
    )  # fmt: skip
    with transaction.atomic():
        record("finding.raise", by=body["clerk"], subject=made, content=made.facts, seals=[made])
    return made


@db
@pytest.mark.parametrize("make", [overdue_task, overdue_finding])
def test_what_is_overdue_gives_one_alert_and_a_darker_one_after_an_answer(body, make):
    subject = make(body, 16)
    assert run_due("alerts") == 1 and run_due("alerts") == 0
    found = Alert.objects.get()
    assert found.colour == AlertColour.YELLOW and access.alerts_for(body["head"]).get() == found
    assert readers(body, found) >= {"head", "clerk", "second_clerk", "inspector"}
    monitored.answer(body, found, "head")
    with time_machine.travel(monitored.in_days(1), tick=False):
        assert run_due("alerts") == 0  # answered, and no darker
    with time_machine.travel(monitored.in_days(20), tick=False):
        assert run_due("alerts") == 1
        darker_one = Alert.objects.open().get()
        assert darker_one.colour > AlertColour.YELLOW
        type(subject).objects.filter(pk=subject.pk).update(state="done" if isinstance(subject, Task) else "reported")
        assert run_due("alerts") == 1 and run_due("alerts") == 0
        darker_one.refresh_from_db()
        assert darker_one.state == AlertState.LAPSED
        assert darker_one.steps.last().verb == AlertVerb.LAPSE


@db
def test_nothing_of_an_alert_is_changed_behind_its_back(body, unguarded):
    found = monitored.alert(body)
    assert verify().ok
    AlertStep.objects.update(text="改过")
    assert not verify().ok
    assert found.steps.count() == 1


@db
def test_the_database_refuses_changes_to_steps_and_facts(body):
    found = monitored.alert(body)
    for change in (
        lambda: Alert.objects.filter(pk=found.pk).update(facts={}),
        lambda: AlertStep.objects.update(text="改过"),
        lambda: AlertStep.objects.all().delete(),
        lambda: Alert.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@db
def test_what_is_about_a_signal_stands_in_the_chain_as_a_confidential_act(body):
    before = AuditEntry.objects.order_by("-sequence").values_list("sequence", flat=True).first()
    monitored.answer(body, monitored.alert(body), "head")
    assert set(AuditEntry.objects.filter(sequence__gt=before).values_list("act", flat=True)) == {"confidential"}
    overdue_finding(body, 5)
    assert run_due("alerts") == 1
    last = AuditEntry.objects.order_by("-sequence").first()
    assert (last.act, last.organization_id) == ("alert.raise", body.organization("CZJ-01").pk)


# --- A worker that is killed ------------------------------------------------------------------------------------------------


def _state() -> dict:
    """Return what there is of alerts; they are numbered in their order, for PostgreSQL gives no number twice, used or not."""
    order = {pk: place for place, pk in enumerate(Alert.objects.order_by("pk").values_list("pk", flat=True))}
    return {
        "alerts": list(
            Alert.objects.order_by("pk").values_list("signal", "finding", "colour", "state", "rung", "version")
        ),
        "steps": [
            (order[alert], verb, colour)
            for alert, verb, colour in AlertStep.objects.order_by("pk").values_list("alert", "verb", "colour")
        ],
        "claims": JobClaim.objects.filter(job="alerts").count(),
        "entries": AuditEntry.objects.count(),
    }


WORKER = """
import os, signal, sys
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
import time_machine, datetime as dt
from django.db import connection
from registry.actions.jobs import run_due

begun, fatal = 0, int(sys.argv[2])

def count(execute, sql, parameters, many, context):
    global begun
    begun += 1
    if begun == fatal:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, parameters, many, context)

with time_machine.travel(dt.datetime.fromisoformat(sys.argv[3]), tick=False), connection.execute_wrapper(count):
    run_due("alerts")
print(begun)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not hasattr(signals_of_processes, "SIGKILL"), reason="needs kill -9")
def test_a_worker_killed_before_any_of_its_statements_leaves_each_step_done_once_or_not_at_all(record_property):
    body = factories.make_body()
    monitored.alert(body)  # passed on
    monitored.entered(body, text="未研判")  # becomes overdue
    gone = monitored.alert(body, post="colleague")
    Alert.objects.filter(pk=gone.pk).update(state=AlertState.OPEN)
    overdue_finding(body, 3)
    then = monitored.in_days(17).isoformat()
    copy = Copy("alerts")

    def worker(fatal: int) -> subprocess.CompletedProcess:
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "integrity.settings"}
        return subprocess.run(
            [sys.executable, "-c", WORKER, copy.name, str(fatal), then], capture_output=True, text=True, env=environment,
            cwd=settings.BASE_DIR, check=False,
        )  # fmt: skip

    try:
        copy.make()
        done = worker(0)
        assert done.returncode == 0, done.stderr
        statements = int(done.stdout)
        with copy.opened():
            whole = _state()
        assert len(whole["steps"]) == 2 + 4
        killed = 0
        for fatal in range(5, statements, max(1, statements // 12)):
            copy.make()
            assert worker(fatal).returncode == -signals_of_processes.SIGKILL
            killed += 1
            with copy.opened():
                half = _state()
                assert len(half["steps"]) - 2 == half["claims"], "a step without its claim, or the other way round"
                assert verify().ok
            assert worker(0).returncode == 0
            assert worker(0).returncode == 0
            with copy.opened():
                assert _state() == whole
                assert verify().ok
        record_property(
            "figure", f"alerts: a worker of {statements} statements killed {killed} times, each step done once"
        )
    finally:
        copy.drop()


# --- The scheme's page ------------------------------------------------------------------------------------------------------


@db
def test_the_table_is_edited_compared_and_previewed_on_the_schemes_pages(body, client_of):
    client, place = client_of("clerk"), [body.organization("CZJ").pk, factories.today().year]
    address = reverse("registry:scheme-new", args=place)
    page = client.get(f"{address}?scoring=product").content.decode()
    assert 'name="alerts-point-1" value="1"' in page and 'name="alerts-grades-1"' in page
    rule = SchemeRule()
    sent = {
        "scoring": "product", "grade_1": rule.grade_1, "grade_2": rule.grade_2, "allows_direct": "on", "notice_days": 5,
        "inspect_1": 3, "inspect_2": 6, "inspect_3": 12,
        "reason": "会议纪要", **{f"expected_{level}": names for level, names in rule.expected.items()},
    }  # fmt: skip
    rows = rule.alerts.to_settings()
    for row in ("point", "post", "organization", "signal", "finding", "task", "answer"):
        sent |= {f"alerts-{row}-{number}": value for number, value in enumerate(rows[row], start=1)}
    sent |= {f"alerts-grades-{number}": value for number, value in enumerate(rows["grades"], start=1)}
    sent |= {"alerts-task-1": 3, "alerts-task-2": ""}
    wrong = client.post(address, sent | {"alerts-task-1": 99, "preview": "1"})
    assert wrong.status_code == 422
    preview = client.post(address, sent | {"preview": "1"})
    assert preview.status_code == 200
    html = preview.content.decode()
    typed = dict(sent) | {
        name: html.split(f'name="{name}" value="')[1].split('"')[0] for name in ("expected", "seen_digest")
    }
    assert client.post(address, typed | {"enact": "1"}).status_code == 302
    assert Scheme.objects.get().rule.alerts == replace(AlertTable(), task=(3, 0, 30, 60))
    shown = client.get(reverse("registry:scheme", args=place)).content.decode()
    assert "3" in shown and "60" in shown
