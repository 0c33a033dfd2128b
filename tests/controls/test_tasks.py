"""Filed measures carried out: periods owed, tasks by the clock, reports with evidence, who answers, who sees."""

import datetime as dt
import io
import multiprocessing
import os
import signal
import time

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from controls import access
from controls.actions import tasks as verbs
from controls.models import Task, TaskReport
from controls.rules import Commitment, check_done_on, days_words, keeps, lateness_words, owed, period_words
from registry.actions import organization, supplements
from registry.actions.jobs import run_due
from registry.actions.verification import verify
from registry.models import AuditEntry, JobClaim, Measure, MeasureVersion, Seal
from registry.rules import Changed, NotAllowed, Refused, Rhythm, Upload
from tests import factories
from tests.registry import race_workers
from tests.registry.test_query_counts import compare, copy, fetched
from tests.registry.test_uploads import PDF

CLOCKED = [Rhythm.MONTHLY, Rhythm.QUARTERLY, Rhythm.YEARLY]
DAYS = st.dates(dt.date(2023, 1, 1), dt.date(2028, 12, 31))
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(autouse=True)
def in_english():
    """Sentences are compared in the language they are written in."""
    with translation.override("en"):
        yield


def at(day: dt.date):
    """Travel to nine in the morning of a day."""
    return time_machine.travel(dt.datetime.combine(day, dt.time(9), timezone.get_current_timezone()), tick=False)


# --- Which periods a measure owes -----------------------------------------------------------------------------------------


def periods(rhythm: str, valid_from: dt.date, today: dt.date, **changes) -> list[tuple[str, str, str]]:
    found = owed(Commitment(rhythm, valid_from.year, valid_from, **changes), today)
    return [(each.period, f"{each.starts_on:%m-%d}", f"{each.due_on:%m-%d}") for each in found]


def test_the_year_of_a_measure_filed_in_may():
    may, december = dt.date(2026, 5, 10), dt.date(2026, 12, 31)
    assert periods("monthly", may, dt.date(2026, 6, 30)) == [
        ("2026-05", "05-10", "05-31"), ("2026-06", "06-01", "06-30"), ("2026-07", "07-01", "07-31"),
    ]  # fmt: skip
    assert [each[0] for each in periods("quarterly", may, december)] == ["2026-Q2", "2026-Q3", "2026-Q4", "2027-Q1"]
    assert periods("yearly", may, dt.date(2026, 12, 1)) == [("2026", "05-10", "12-31")]
    assert periods("once", may, december) == [("once", "05-10", "12-31")]
    assert periods("once", may, december, due_on=dt.date(2026, 6, 30)) == [("once", "05-10", "06-30")]
    assert periods("once", may, december, due_on=dt.date(2026, 4, 1)) == [("once", "05-10", "05-10")]
    assert periods("on_event", may, december) == periods("", may, december) == []


@settings(deadline=None)
@given(rhythm=st.sampled_from(CLOCKED), days=st.lists(DAYS, min_size=2, max_size=6, unique=True), today=DAYS)
def test_of_versions_that_follow_each_other_no_period_is_lost_and_none_is_owed_twice(rhythm, days, today):
    days = sorted(days)
    ends = [*days[1:], None]
    owed_by = [owed(Commitment(rhythm, day.year, day, end), today) for day, end in zip(days, ends, strict=True)]
    # Of a period in which one follows the other the later owes it, as the unique (measure, period) holds.
    found = {each.period: each for version in owed_by for each in version}
    assert sum(len(version) for version in owed_by) == len(found), "a period is owed by two versions"
    since = max(days[0], dt.date(today.year - 1, 1, 1))
    until = today + dt.timedelta(days=7)
    for offset in range((until - since).days + 1):
        day = since + dt.timedelta(days=offset)
        covering = [each for each in found.values() if each.starts_on <= day <= each.due_on]
        within = any(start <= day and (end is None or day < end) for start, end in zip(days, ends, strict=True))
        assert len(covering) <= 1
        assert (
            covering or not within or day >= days[-1] > today + dt.timedelta(days=7) or _began_later(day, days, rhythm)
        )


def _began_later(day: dt.date, days: list[dt.date], rhythm: str) -> bool:
    """Say whether `day` lies in a period that a later version begins in: it owes the whole period, from its own first day."""
    months = {"monthly": 1, "quarterly": 3, "yearly": 12}[rhythm]
    same = (day.year, (day.month - 1) // months)
    return any((each.year, (each.month - 1) // months) == same and each > day for each in days)


@settings(deadline=None)
@given(rhythm=st.sampled_from([*CLOCKED, Rhythm.ONCE]), begins=DAYS, length=st.integers(0, 900), today=DAYS)
def test_everything_owed_lies_within_validity(rhythm, begins, length, today):
    ends = begins + dt.timedelta(days=length)
    for occasion in owed(Commitment(rhythm, begins.year, begins, ends), today):
        assert begins <= occasion.starts_on <= occasion.due_on < ends
        assert occasion.starts_on <= today + dt.timedelta(days=7)


@pytest.mark.parametrize(
    ("due_on", "rhythm", "stays"),
    [("2026-05-31", "monthly", True), ("2026-06-30", "monthly", False), ("2026-06-10", "monthly", False),
     ("2026-06-30", "on_event", True), ("2026-12-31", "once", False)],
)  # fmt: skip
def test_what_was_due_before_the_end_stays(due_on, rhythm, stays):
    assert keeps(dt.date.fromisoformat(due_on), rhythm, dt.date(2026, 6, 10)) is stays


def test_words_and_days():
    day = dt.date(2026, 6, 30)
    assert [period_words(each) for each in ("once", "2026", "2026-Q2", "2026-05", "2026-05-04")] == [
        "once", "year 2026", "quarter 2 of 2026", "month 5 of 2026", "2026-05-04",
    ]  # fmt: skip
    assert [days_words(day, day + dt.timedelta(days=each)) for each in (-1, 0, 12)] == [
        "1 day left", "due today", "12 days overdue",
    ]  # fmt: skip
    assert (lateness_words(day, day), lateness_words(day, day + dt.timedelta(days=3))) == ("", "done 3 days late")
    with pytest.raises(Refused, match="in the future"):
        check_done_on(day + dt.timedelta(days=1), dt.date(2026, 6, 1), day)
    with pytest.raises(Refused, match="begins on 2026-06-01"):
        check_done_on(dt.date(2026, 5, 24), dt.date(2026, 6, 1), day)
    check_done_on(dt.date(2026, 5, 25), dt.date(2026, 6, 1), day)


# --- By the clock -----------------------------------------------------------------------------------------------------------


def states(measure: MeasureVersion) -> list[tuple[str, str]]:
    return list(
        Task.objects.filter(point=measure.measure.point).order_by("due_on", "pk").values_list("period", "state")
    )


def test_a_measure_filed_today_has_its_task_today_and_only_once(body):
    with at(dt.date(2026, 5, 12)):
        assert run_due("tasks") > 0  # the day has begun before anything was filed
        measure = factories.measures_filed(body)
        assert run_due("tasks") == 1
        assert run_due("tasks") == 0
        assert states(measure) == [("2026-05", "open")]
        task = Task.objects.get()
        assert (task.post, task.starts_on) == (body.appointment("holder").post, dt.date(2026, 5, 12))
    with at(dt.date(2026, 8, 3)):  # the machine was off in June and July
        run_due("tasks")
        assert [period for period, _state in states(measure)] == ["2026-05", "2026-06", "2026-07", "2026-08"]
        JobClaim.objects.filter(job="tasks").delete()
        run_due("tasks")
        assert Task.objects.count() == 4
    assert AuditEntry.objects.filter(act="task.make").count() == 2


def test_a_proposed_measure_makes_no_task(body):
    factories.filed(body)
    run_due("tasks")
    assert not Task.objects.exists()


def test_a_changed_measure_takes_its_open_tasks_along_and_a_changed_rhythm_drops_them(body):
    with at(dt.date(2026, 5, 12)):
        first = factories.section_measures(body)
        factories.task_of(first)
    with at(dt.date(2026, 6, 10)):
        run_due("tasks")
        second = factories.section_measures(body)
        run_due("tasks")
        assert second.measure == first.measure
        kept = dict(Task.objects.values_list("period", "measure_version"))
        assert kept == {"2026-05": first.pk, "2026-06": second.pk}
        assert states(second) == [("2026-05", "open"), ("2026-06", "open")]
    with at(dt.date(2026, 6, 20)):
        third = factories.section_measures(body, rhythm="quarterly")
        run_due("tasks")
        assert states(third) == [("2026-05", "open"), ("2026-06", "dropped"), ("2026-Q2", "open")]
        with translation.override("zh-hans"):
            assert "2026-06-20" in Task.objects.get(period="2026-06").dropped_reason
    with at(dt.date(2026, 6, 22)):  # changed back: what was dropped is owed again, and not a second time
        fourth = factories.section_measures(body)
        run_due("tasks")
        assert states(fourth) == [("2026-05", "open"), ("2026-06", "open"), ("2026-Q2", "dropped")]
        assert Task.objects.get(period="2026-06").dropped_reason == ""


def test_a_withdrawn_point_drops_what_is_not_due_yet(body):
    with at(dt.date(2026, 5, 12)):
        measure = factories.section_measures(body)
        factories.task_of(measure)
    with at(dt.date(2026, 6, 10)):
        run_due("tasks")
        declarant = supplements.access.Declarant.of_organization(body.organization("CZJ-01"))
        supplement = supplements.start_supplement(by=body["head"], declarant=declarant, trigger="duties")
        filed = measure.point_version
        supplements.take_up(by=body["head"], declaration=supplement, filed=filed, kind="withdrawn", reason="职权已取消")
        for category in ("process",):
            factories.declarations.state_nothing_found(
                by=body["head"], declaration=supplement, category=category, reason="职权已取消，没有这一类风险。"
            )
        factories.record(supplement, by=body["head"])
        factories.file_all(supplement)
        run_due("tasks")
        assert states(measure) == [("2026-05", "open"), ("2026-06", "dropped")]
        assert Task.objects.get(period="2026-06").dropped_reason


def test_ten_thousand_measures_take_seconds(body, record_property):
    measure = factories.measures_filed(body)
    ids = Measure.objects.bulk_create(Measure(point=measure.measure.point) for _number in range(10_000))
    MeasureVersion.objects.bulk_create((copy(measure, measure=each) for each in ids), batch_size=1000)
    began = time.process_time()
    run_due("tasks")
    took = time.process_time() - began
    record_property("figure", f"10,001 measures became {Task.objects.count()} tasks in {took:.1f} s of processor time")
    assert Task.objects.values("measure").distinct().count() == 10_001
    assert took < 20


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_worker_killed_in_the_middle_leaves_nothing_and_another_makes_them():
    body = factories.make_body()
    factories.measures_filed(body, points=3)
    here, there = SPAWN.Pipe()
    worker = SPAWN.Process(target=race_workers.plan, args=(str(connection.settings_dict["NAME"]), there))
    worker.start()
    there.close()
    assert here.poll(120) and here.recv() == "made", "the worker never got to the middle"
    os.kill(worker.pid, signal.SIGKILL)
    worker.join(30)
    made = set(Task.objects.values_list("measure", flat=True))
    assert not made
    assert not JobClaim.objects.filter(job="tasks", key__contains=f":{body.organization('CZJ').pk}:").exists()
    run_due("tasks")
    assert Task.objects.values("measure").distinct().count() == 3


# --- Reporting --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def task(body) -> Task:
    return factories.task_of(factories.measures_filed(body))


def test_reported_with_evidence_sealed_and_sent_back(body, task):
    scan = Upload("抽查记录.pdf", "application/pdf", PDF)
    report = factories.reported(task, body["holder"], [scan, Upload("照片.pdf", "application/pdf", PDF)])
    task.refresh_from_db()
    assert (task.state, report.attachments.count(), report.reported_for) == ("done", 2, None)
    assert Seal.objects.filter(form__table="taskreport", row=report.pk).count() == 1
    with pytest.raises(Refused, match="already"):
        factories.reported(task, body["holder"])
    with pytest.raises(NotAllowed, match="by the superior"):
        verbs.send_back(by=body["supervisor"], task=task, expected=task.version, reason="不全")
    with pytest.raises(Changed):
        verbs.send_back(by=body["head"], task=task, expected=task.version + 1, reason="不全")
    verbs.send_back(by=body["head"], task=task, expected=task.version, reason="缺少签字页")
    task.refresh_from_db()
    report.refresh_from_db()
    assert (task.state, report.sent_back_reason) == ("open", "缺少签字页")
    assert Seal.objects.filter(form__table="taskreport", row=report.pk).count() == 2
    factories.reported(task, body["holder"])
    assert task.reports.count() == 2


def test_a_report_is_guarded_by_the_database(body, task):
    report = factories.reported(task, body["holder"])
    with pytest.raises(DatabaseError), transaction.atomic():
        TaskReport.objects.filter(pk=report.pk).update(text="改写")
    with pytest.raises(DatabaseError), transaction.atomic():
        TaskReport.objects.filter(pk=report.pk).delete()


def test_the_chain_names_a_report_that_was_changed(body, task, unguarded):
    report = factories.reported(task, body["holder"])
    task.refresh_from_db()
    verbs.send_back(by=body["head"], task=task, expected=task.version, reason="缺少签字页")
    assert verify().ok
    TaskReport.objects.filter(pk=report.pk).update(text="改写")
    assert verify().row == f"taskreport:{report.pk}"


# (state, verb, who) → what comes of it
TRANSITIONS = {
    ("open", "report", "holder"): "done",
    ("open", "report", "colleague"): NotAllowed,
    ("open", "report", "head"): NotAllowed,
    ("open", "send_back", "head"): Refused,
    ("open", "send_back", "holder"): NotAllowed,
    ("done", "report", "holder"): Refused,
    ("done", "send_back", "head"): "open",
    ("done", "send_back", "holder"): NotAllowed,
    ("done", "send_back", "principal"): NotAllowed,
    ("done", "send_back", "clerk"): NotAllowed,
    ("dropped", "report", "holder"): Refused,
    ("dropped", "send_back", "head"): Refused,
}


@pytest.mark.parametrize(("state", "verb", "who"), TRANSITIONS)
def test_every_verb_in_every_state(body, task, state, verb, who):
    if state == "done":
        factories.reported(task, body["holder"])
    elif state == "dropped":
        Task.objects.update(state="dropped", dropped_reason="已撤销")
    task.refresh_from_db()

    def act() -> None:
        if verb == "report":
            factories.reported(task, body[who])
        else:
            verbs.send_back(by=body[who], task=task, expected=task.version, reason="缺少签字页")

    expected = TRANSITIONS[state, verb, who]
    if isinstance(expected, str):
        act()
    else:
        with pytest.raises(expected) as why:
            act()
        assert type(why.value) is expected and str(why.value)
    task.refresh_from_db()
    assert task.state == (expected if isinstance(expected, str) else state)


def test_a_successor_has_the_open_tasks_and_the_one_before_has_them_no_more(body, task):
    console, today = organization.console_actor(), factories.today()
    organization.hand_over(
        by=console, appointment=body.appointment("holder"), person=body["recorder"], rank="below_ke", starts_on=today,
        reason="轮岗",
    )  # fmt: skip
    assert access.own_tasks(body["recorder"]).get() == task
    assert not access.own_tasks(body["holder"]).exists()
    with pytest.raises(NotAllowed, match=body["recorder"].name):
        factories.reported(task, body["holder"])
    factories.reported(task, body["recorder"])
    assert access.visible_tasks(body["recorder"]).exists()


def test_a_stand_in_reports_for_the_section_head_under_their_own_name(body):
    factories.standing_in(body)
    task = factories.task_of(factories.section_measures(body))
    report = factories.reported(task, body["stand_in"])
    assert (report.reported_by, report.reported_for) == (body["stand_in"], body["head"])
    assert body["head"].name in report.reported_by_words and body["stand_in"].name in report.reported_by_words
    with pytest.raises(NotAllowed):
        verbs.send_back(by=body["head"], task=Task.objects.get(), expected=2, reason="不全")
    assert access.superior(Task.objects.get()).people == {body["supervisor"].pk}


def test_tasks_follow_when_a_post_moves(body, task):
    place = body.organization("CZJ-02")
    organization.move_post(
        by=organization.console_actor(), post=body.appointment("holder").post, organization=place, reason="机构改革"
    )
    task.refresh_from_db()
    assert task.position == place.tree_from
    assert access.own_tasks(body["holder"]).get() == task
    assert body["other_head"].pk in access.superior(task).people
    assert not access.watched_tasks(body["head"]).exists() and access.watched_tasks(body["other_head"]).exists()


def test_who_is_recused_sees_nothing_of_it(body, task):
    assert access.visible_tasks(body["inspector"]).exists()
    assert not access.visible_tasks(body["recused_inspector"]).exists()
    organization.recuse(
        by=organization.console_actor(), person=body["holder"], organization=body.organization("CZJ-01"),
        starts_on=factories.SINCE, reason="近亲属",
    )  # fmt: skip
    assert not access.visible_tasks(body["holder"]).exists() and not access.own_tasks(body["holder"]).exists()


def test_an_occurrence_makes_and_reports_its_task_once_a_day(body):
    measure = factories.measures_filed(body, rhythm="on_event")
    run_due("tasks")
    assert not Task.objects.exists()
    verbs.report_occurrence(
        by=body["holder"], measure=measure, occurred_on=factories.today(), text="接待一次，登记在册。"
    )
    assert states(measure) == [(f"{factories.today()}", "done")]
    with pytest.raises(Refused, match="already"):
        verbs.report_occurrence(by=body["holder"], measure=measure, occurred_on=factories.today(), text="再次。")
    with pytest.raises(NotAllowed):
        verbs.report_occurrence(by=body["colleague"], measure=measure, occurred_on=factories.today(), text="再次。")
    with pytest.raises(Refused, match="was filed on"):
        day = factories.today() - dt.timedelta(days=1)
        verbs.report_occurrence(by=body["holder"], measure=measure, occurred_on=day, text="前一日。")


# --- Pages ------------------------------------------------------------------------------------------------------------------


def test_nothing_typed_is_lost_and_files_are_checked(body, task, client_of):
    client, address = client_of("holder"), reverse("controls:task-report", args=[task.pk])
    good, bad = (SimpleUploadedFile(name, content) for name, content in (("好.pdf", PDF), ("坏.pdf", b"MZ program")))
    day = factories.today() + dt.timedelta(days=3)
    said = {"version": task.version, "done_on": f"{factories.today()}", "text": "逐笔核对，登记完整。"}
    answer = client.post(address, said | {"files": [good, bad]})
    assert answer.status_code == 422 and "逐笔核对" in answer.content.decode() and "坏.pdf" in answer.content.decode()
    answer = client.post(address, said | {"done_on": f"{day}", "files": [SimpleUploadedFile("好.pdf", PDF)]})
    assert answer.status_code == 422 and "逐笔核对" in answer.content.decode()
    Task.objects.update(version=7)
    answer = client.post(address, said)
    assert answer.status_code == 409 and "逐笔核对" in answer.content.decode()
    assert not TaskReport.objects.exists()
    two = [SimpleUploadedFile(f"{number}.pdf", PDF) for number in (1, 2)]
    assert client.post(address, said | {"version": 7, "files": two}).status_code == 302
    report = TaskReport.objects.get()
    assert report.attachments.count() == 2
    assert client.post(address, said).status_code == 302  # the second click of a double one
    assert TaskReport.objects.count() == 1
    file = reverse("controls:task-file", args=[task.pk, report.attachments.first().pk])
    assert client.get(file).headers["Content-Disposition"].startswith("attachment")
    assert client_of("head").get(file).status_code == 200
    for stranger in (
        "colleague",
        "other_head",
        "mzj_clerk",
        "region_clerk",
        "recused_inspector",
        "system_administrator",
    ):
        assert client_of(stranger).get(file).status_code == 404
    assert client_of("head").get(reverse("controls:task-file", args=[task.pk, 99999])).status_code == 404


def test_the_board_counts_filters_and_exports(body, client_of):
    with at(dt.date(2026, 5, 12)):
        measure = factories.measures_filed(body, points=2)
        run_due("tasks")
    with at(dt.date(2026, 6, 5)):
        run_due("tasks")
        factories.reported(Task.objects.filter(period="2026-05").first(), body["holder"], text="=1+1 补报")
        client = client_of("clerk")
        page = client.get(reverse("controls:task-board"), headers={"accept-language": "en"})
        assert page.context["totals"] == {"open": 3, "overdue": 1, "done": 1, "dropped": 0, "total": 4}
        assert [row["place"].name for row in page.context["by_place"]] == ["办公室"]
        for query, count in (
            ("?state=overdue", 1), ("?state=done", 1), ("?organization=CZJ-02", 0), ("?words=印章", 4), ("?words=林晓堃", 4),
            ("?words=nobody", 0), ("?year=&organization=CZJ-01", 4),
        ):  # fmt: skip
            assert client.get(reverse("controls:task-board") + query).context["page"]["total"] == count, query
        book = load_workbook(io.BytesIO(client.get(reverse("controls:task-board-export")).content))
        cells = [row for row in book.active.iter_rows(values_only=True)]
        assert len(cells) == 3 + 4 and any("=1+1 补报" in (cell or "") for row in cells for cell in row)
        assert AuditEntry.objects.filter(act="task.export").count() == 1
        assert client_of("holder").get(reverse("controls:task-board")).status_code == 403
        assert client.get(reverse("controls:task-board") + "?organization=MZJ").status_code == 404
        assert measure.text in client_of("holder").get("/").content.decode()


LISTS = {
    "my tasks": ("holder", "controls:my-tasks", 15),
    "board": ("clerk", "controls:task-board", 21),
    "board of two units": ("inspector", "controls:task-board", 22),
    "occurrences": ("other_holder", "controls:occurrences", 12),
    "workbench": ("holder", "home", 29),
}


@pytest.mark.once
@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_the_same_queries_for_few_tasks_and_for_many(name, body, client_of):
    who, view, expected = LISTS[name]
    measure = factories.measures_filed(body)
    event = factories.measures_filed(body, "other_holder", rhythm="on_event")
    factories.task_of(measure)
    Task.objects.update(due_on=factories.today())
    client, address = client_of(who), reverse(view)
    first = fetched(client, address)
    ids = Measure.objects.bulk_create(Measure(point=measure.measure.point) for _number in range(30))
    MeasureVersion.objects.bulk_create(copy(event, measure=each) for each in ids)
    Task.objects.bulk_create(copy(Task.objects.get(measure=measure.measure), measure=each) for each in ids)
    compare(first, fetched(client, address), expected, grows=True)
