"""Documents made in the background: asked for, made by a process of its own, taken up again, fetched, gone."""

import datetime as dt
import io
import multiprocessing
import os
import signal
from pathlib import Path

import pdfplumber
import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import load_workbook

from registry.actions import declarations, shelf
from registry.actions.organization import console_actor, end_assignment, merge_organizations, move_post, recuse
from registry.documents import ledger as ledgers
from registry.documents import making
from registry.documents import shelf as documents
from registry.documents.measures_sheet import measure_lines
from registry.models import Assignment, AuditEntry, PointVersion, ShelfFile, ShelfItem
from registry.querysets.ledger import LedgerFilter
from registry.roles import Role
from registry.rules import Refused
from registry.rules.shelf import (
    KEPT_FOR,
    LEASE,
    LIMITS,
    MOST_BYTES,
    MOST_ON_SHELF,
    MOST_UNFINISHED,
    OF_THE_LEDGER,
    Size,
)
from registry.rules.workbooks import HEADINGS, Column
from tests import factories
from tests.registry import race_workers

SPAWN = multiprocessing.get_context("spawn")
SMALL = Size(1, 10)


def ask(person, kind="ledger_workbook", organization=None, **wanted) -> ShelfItem:
    arguments = documents.ledger_arguments(LedgerFilter(**wanted), organization, sentence="", words=(), beside=())
    return shelf.ask(by=person, kind=kind, arguments=arguments, words="财政局", size=SMALL)


def made(item: ShelfItem) -> ShelfItem:
    """Make it in this process, as the maker would."""
    claimed = shelf.claim_next()
    assert claimed == item
    assert shelf.keep(claimed, documents.make(claimed, lambda done, total: None))
    claimed.refresh_from_db()
    return claimed


def cells(body: bytes) -> list[list[tuple]]:
    """Return the rows of each sheet of a workbook."""
    return [list(sheet.values) for sheet in load_workbook(io.BytesIO(body))]


def titles(body: bytes) -> list[str]:
    heading, found = str(HEADINGS[Column.TITLE]), []
    for sheet in cells(body)[2:]:
        at = next(row.index(heading) for row in sheet if heading in row)
        found += [row[at] for row in sheet[3:]]
    return sorted(found)


# --- What comes of it --------------------------------------------------------------------------------------------------------


def test_the_workbook_is_the_one_that_is_made_while_one_waits(body, client_of):
    factories.filed(body, points=3)
    factories.filed(body, "other_holder")
    client = client_of("member")
    query = f"?organization=CZJ-01&year={factories.today().year}&words=用印"
    at_once = client.get(reverse("registry:ledger-export") + query)
    assert client.post(reverse("registry:shelf-new", args=["ledger_workbook"]) + query).status_code == 302
    item = made(ShelfItem.objects.get())
    fetched = client.get(reverse("registry:shelf-file", args=[item.pk]))
    assert len(titles(at_once.content)) == 3
    # Between them stands the entry of the first export: the audit head on the cover is another.
    assert cells(at_once.content)[1:] == cells(fetched.content)[1:]
    assert fetched.headers["Content-Disposition"] == at_once.headers["Content-Disposition"]
    assert "CZJ-01" not in item.words and "组织人事科" not in item.words
    assert AuditEntry.objects.filter(act="ledger.export").count() == 2


@pytest.mark.parametrize("kind", ["ledger_sheet", "measures_sheet"])
def test_the_sheet_holds_every_row(body, client_of, kind):
    factories.filed(body, points=3)
    client = client_of("member")
    client.post(reverse("registry:shelf-new", args=[kind]))
    item = made(ShelfItem.objects.get())
    fetched = client.get(reverse("registry:shelf-file", args=[item.pk]))
    assert fetched.headers["Content-Type"] == "application/pdf"
    with pdfplumber.open(io.BytesIO(fetched.content)) as file:
        text = "".join(char["text"] for page in file.pages for char in page.chars)
    assert text.count("CZJ-0000") == 3


def test_what_is_too_long_to_wait_for_leads_to_the_shelf(body, client_of, monkeypatch):
    factories.filed(body, points=2)
    client = client_of("member")
    for view, kind, limit in (
        ("ledger-export", "ledger_workbook", "MOST_ROWS"),
        ("ledger-sheet", "ledger_sheet", "MOST_ROWS_ON_PAPER"),
        ("ledger-pdf", "ledger_sheet", "MOST_ROWS_ON_PAPER"),
        ("ledger-measures-sheet", "measures_sheet", "MOST_ROWS_ON_PAPER"),
        ("ledger-measures-pdf", "measures_sheet", "MOST_ROWS_ON_PAPER"),
    ):
        monkeypatch.setattr(ledgers, limit, 1)
        response = client.get(reverse(f"registry:{view}") + "?words=用印")
        assert response.status_code == 302
        page = client.get(response.headers["Location"])
        assert response.headers["Location"].startswith(reverse("registry:shelf-new", args=[kind]))
        assert page.status_code == 200 and page.context["size"].rows == 2
    page = client.get(reverse("registry:ledger")).content.decode()
    assert reverse("registry:shelf-new", args=["ledger_workbook"]) in page
    assert reverse("registry:ledger-export") not in page


def test_size_counts_rows_and_every_character_with_those_of_measures(body):
    declaration = factories.filed(body, points=2)
    rows = PointVersion.objects.all()
    told = documents.size_of("ledger_sheet", rows)
    points = list(rows.prefetch_related("measures"))
    names = ("organization_name", "post_name", "matter", "title", "manifestation", "responsible", "responsible_leader")
    by_hand = sum(len(getattr(point, name)) for point in points for name in names)
    by_hand += sum(len(measure.text) for point in points for measure in point.measures.all())
    assert told == Size(2, by_hand) and declaration.pk


def test_a_table_of_measures_is_as_long_as_there_are_measures(body):
    declaration = factories.draft(body)
    declarations.save_point(
        by=body["holder"], declaration=declaration, values=factories.point_values(title="另一个风险点"),
        measures=[factories.MEASURE] * 4,
    )  # fmt: skip
    factories.submit(declaration)
    while declaration.state == "submitted":
        factories.decide(declaration)
    rows = PointVersion.objects.filter(state="filed")
    assert documents.size_of("ledger_sheet", rows).rows == 2
    assert documents.size_of("measures_sheet", rows).rows == len(measure_lines(rows)) == 5


@pytest.mark.parametrize("kind", OF_THE_LEDGER)
@pytest.mark.parametrize("over", ["rows", "characters"])
def test_more_than_the_server_makes_is_refused_before_it_is_asked_for(body, client_of, monkeypatch, kind, over):
    factories.filed(body, points=2)
    most = Size(1, 10**9) if over == "rows" else Size(10, 20)
    monkeypatch.setitem(LIMITS, kind, most)
    address = reverse("registry:shelf-new", args=[kind])
    for method in ("get", "post"):
        response = getattr(client_of("member"), method)(address)
        assert response.status_code == 409
        assert str(most.rows if over == "rows" else most.characters) in response.content.decode()
    assert not ShelfItem.objects.exists()
    # What grew after it was asked for is refused when it is made.
    item = ask(body["member"], kind)
    with pytest.raises(Refused, match="1" if over == "rows" else "20"):
        documents.make(item, lambda done, total: None)


def test_an_unknown_kind_and_a_wrong_filter_are_refused(body, client_of):
    client = client_of("member")
    assert client.get(reverse("registry:shelf-new", args=["novel"])).status_code == 404
    response = client.get(reverse("registry:shelf-new", args=["ledger_sheet"]) + "?level=none")
    assert response.status_code == 409


# --- Rights ------------------------------------------------------------------------------------------------------------------


def test_nobody_else_fetches_asks_again_or_deletes(body, client_of):
    factories.filed(body)
    item = made(ask(body["member"]))
    other = client_of("principal")  # who reads the same ledger
    assert other.get(reverse("registry:shelf-file", args=[item.pk])).status_code == 404
    for verb in ("again", "delete"):
        assert other.post(reverse(f"registry:shelf-{verb}", args=[item.pk])).status_code == 404
    assert item.words not in other.get(reverse("registry:shelf")).content.decode()
    assert ShelfItem.objects.filter(pk=item.pk).exists()


def test_it_is_made_with_the_rights_of_the_moment_it_is_made(body):
    factories.filed(body, points=2)
    factories.filed(body, "other_holder")
    item = ask(body["inspector"])
    everything = documents.make(item, lambda done, total: None)
    recuse(
        by=console_actor(), person=body["inspector"], organization=body.organization("CZJ-01"),
        starts_on=factories.today(), reason="近亲属",
    )  # fmt: skip
    narrowed = documents.make(item, lambda done, total: None)
    assert len(titles(everything.body)) == 3 and len(titles(narrowed.body)) == 1
    assert [organization for organization, _post in narrowed.places] == [body.organization("CZJ-02").pk]


def test_a_place_out_of_sight_and_a_closed_account_are_refused_with_a_sentence(body):
    factories.filed(body)
    inspector = body["inspector"]
    item = ask(inspector, organization=body.organization("CZJ-01"))
    end_assignment(
        by=console_actor(),
        assignment=Assignment.objects.get(person=inspector, role=Role.INSPECTOR, organization__code="CZJ"),
        ends_on=factories.today() - dt.timedelta(days=1),
        reason="调离",
    )
    with pytest.raises(Refused):
        documents.make(item, lambda done, total: None)
    inspector.is_active = False
    item.person = inspector
    with pytest.raises(Refused):
        documents.make(item, lambda done, total: None)


@pytest.mark.parametrize("lost", ["a section", "nothing of it", "everything"])
def test_whoever_no_longer_reads_all_of_it_does_not_get_the_file(body, client_of, lost):
    factories.filed(body)
    item = made(ask(body["inspector"]))
    client, address = client_of("inspector"), reverse("registry:shelf-file", args=[item.pk])
    assert client.get(address).status_code == 200
    code = {"a section": "CZJ-01", "nothing of it": "CZJ-02", "everything": "CZJ"}[lost]
    recuse(
        by=console_actor(), person=body["inspector"], organization=body.organization(code), starts_on=factories.today(),
        reason="近亲属",
    )  # fmt: skip
    response = client.get(address)
    assert response.status_code == (200 if lost == "nothing of it" else 409)
    taken_out = 2 if lost == "nothing of it" else 1
    assert AuditEntry.objects.filter(act="ledger.export").count() == taken_out


@pytest.mark.parametrize("moves", ["before", "after"], ids=lambda moves: f"{moves} it is made")
@pytest.mark.parametrize("act", ["the section is merged", "the post is moved"])
def test_a_file_follows_its_rows_to_where_they_stand_today(body, client_of, act, moves):
    """What was filed keeps the section it was filed under; who may read it is told by where it stands."""
    factories.filed(body)
    section, other = body.organization("CZJ-01"), body.organization("CZJ-02")

    def move() -> None:
        said = {"by": console_actor(), "reason": "机构改革"}
        if act == "the section is merged":
            merge_organizations(source=section, target=other, on=factories.today(), **said)
        else:
            move_post(post=body.appointment("holder").post, organization=other, **said)

    if moves == "before":
        move()
    item = made(ask(body["inspector"]))
    if moves == "after":
        move()
    client, address = client_of("inspector"), reverse("registry:shelf-file", args=[item.pk])
    assert client.get(address).status_code == 200
    recusing = {"by": console_actor(), "person": body["inspector"], "starts_on": factories.today(), "reason": "近亲属"}
    recuse(organization=other, **recusing)
    assert client.get(address).status_code == 409


def test_whoever_reads_rows_that_were_moved_to_them_gets_the_file(body, client_of):
    """The section a point was filed under may be out of their sight; what matters is where it stands."""
    factories.filed(body)
    post, target = body.appointment("holder").post, body.organization("MZJ-01")
    move_post(by=console_actor(), post=post, organization=target, reason="机构改革")
    item = made(ask(body["holder"]))
    assert titles(bytes(item.file.body)) == [PointVersion.objects.get().title]
    assert client_of("holder").get(reverse("registry:shelf-file", args=[item.pk])).status_code == 200


# --- The shelf ---------------------------------------------------------------------------------------------------------------


def test_a_file_expires_and_can_be_asked_for_again(body, client_of):
    factories.filed(body)
    item = made(ask(body["member"]))
    client = client_of("member")
    address = reverse("registry:shelf-file", args=[item.pk])
    with time_machine.travel(timezone.now() + KEPT_FOR - dt.timedelta(minutes=1), tick=False):
        shelf.clear_away()
        assert ShelfFile.objects.count() == 1
    with time_machine.travel(timezone.now() + KEPT_FOR + dt.timedelta(minutes=1), tick=False):
        client = client_of("member")
        assert client.get(address).status_code == 409  # whether the clock's job has run or not
        assert address not in client.get(reverse("registry:shelf")).content.decode()
        shelf.clear_away()
        assert ShelfFile.objects.count() == 0
        assert client.get(address).status_code == 409
        assert client.post(reverse("registry:shelf-again", args=[item.pk])).status_code == 302
        anew = ShelfItem.objects.get()
        assert anew.pk != item.pk and anew.state == "waiting" and anew.arguments == item.arguments
    failed = shelf.claim_next()
    shelf.fail(failed, "不行")
    with time_machine.travel(timezone.now() + dt.timedelta(days=45), tick=False):
        shelf.clear_away()
    assert not ShelfItem.objects.exists()


def test_a_person_has_so_many_at_most_and_so_much(body):
    person = body["member"]
    for _number in range(MOST_UNFINISHED):
        item = ask(person)
    with pytest.raises(Refused, match=str(MOST_UNFINISHED)):
        ask(person)
    ask(body["principal"])  # each has a shelf of their own
    shelf.delete(by=person, item=item)
    ask(person)
    ShelfItem.objects.filter(person=person).update(
        state="ready", digest="0", made_at=timezone.now(), expires_at=timezone.now()
    )
    kept = [ShelfItem(person=person, kind="ledger_sheet", language="en", arguments={}, words="", asked_at=timezone.now(),
                      state="ready", digest="0", made_at=timezone.now(), expires_at=timezone.now())
            for _number in range(MOST_ON_SHELF - MOST_UNFINISHED)]  # fmt: skip
    ShelfItem.objects.bulk_create(kept)
    with pytest.raises(Refused, match=str(MOST_ON_SHELF)):
        ask(person)
    ShelfItem.objects.filter(person=person, kind="ledger_sheet").delete()
    ask(person)
    ShelfItem.objects.filter(person=person).update(size=MOST_BYTES)
    with pytest.raises(Refused, match="MB"):
        ask(person)


def test_what_is_ready_is_not_asked_for_again(body, client_of):
    factories.filed(body)
    item = made(ask(body["member"]))
    assert client_of("member").post(reverse("registry:shelf-again", args=[item.pk])).status_code == 409
    assert ShelfItem.objects.get() == item


def test_the_page_says_how_far_each_is(body, client_of):
    client = client_of("member")
    assert _("No documents") in client.get(reverse("registry:shelf")).content.decode()
    item = ask(body["member"])
    page = client.get(reverse("registry:shelf")).content.decode()
    assert "hx-get" in page and "<progress" not in page
    shelf.renew(claimed := shelf.claim_next(), done=1, total=4)
    page = client.get(reverse("registry:shelf-progress")).content.decode()
    assert 'value="25"' in page and "<html" not in page
    shelf.fail(claimed, "纸张不够")
    page = client.get(reverse("registry:shelf")).content.decode()
    assert "纸张不够" in page and "hx-get" not in page and reverse("registry:shelf-again", args=[item.pk]) in page


def test_a_page_that_looks_by_itself_does_not_keep_a_session_alive(body, client_of, settings):
    client = client_of("member")
    client.get(reverse("registry:shelf"))
    begun = timezone.now()
    with time_machine.travel(begun + dt.timedelta(minutes=settings.IDLE_MINUTES - 1), tick=False):
        assert client.get(reverse("registry:shelf-progress"), headers={"HX-Request": "true"}).status_code == 200
    with time_machine.travel(begun + dt.timedelta(minutes=settings.IDLE_MINUTES + 1), tick=False):
        assert client.get(reverse("registry:shelf-progress"), headers={"HX-Request": "true"}).status_code == 204
        assert client.get(reverse("registry:shelf")).status_code == 302


# --- Workers -----------------------------------------------------------------------------------------------------------------


def test_a_lease_that_ran_out_is_taken_up_and_the_first_worker_keeps_nothing(body):
    factories.filed(body)
    ask(body["member"])
    first = shelf.claim_next()
    assert shelf.claim_next() is None
    with time_machine.travel(timezone.now() + LEASE - dt.timedelta(seconds=1), tick=False):
        assert shelf.renew(first, done=1, total=2)
    with time_machine.travel(timezone.now() + LEASE + dt.timedelta(seconds=1), tick=False):
        assert shelf.claim_next() is None  # it was renewed
    with time_machine.travel(timezone.now() + 2 * LEASE, tick=False):
        second = shelf.claim_next()
    assert second == first and second.attempts == 2
    file = documents.make(second, lambda done, total: None)
    assert not shelf.renew(first, done=2, total=2) and not shelf.keep(first, file)
    shelf.fail(first, "晚了")
    shelf.release(first)
    assert shelf.keep(second, file)
    second.refresh_from_db()
    assert second.state == "ready" and second.failure == ""


def test_a_document_is_begun_three_times_at_most_and_does_not_hold_up_others(body):
    hostile, other = ask(body["member"]), ask(body["principal"])
    begun = []
    for number in range(6):
        with time_machine.travel(timezone.now() + number * 2 * LEASE, tick=False):
            begun.append(shelf.claim_next())
    assert begun[:2] == [hostile, other] and begun.count(hostile) == 3
    with time_machine.travel(timezone.now() + 20 * LEASE, tick=False):
        assert shelf.claim_next() is None
    hostile.refresh_from_db()
    assert hostile.state == "failed" and "3" in hostile.failure


def test_a_deleted_document_is_not_kept(body):
    factories.filed(body)
    item = ask(body["member"])
    claimed = shelf.claim_next()
    file = documents.make(claimed, lambda done, total: None)
    shelf.delete(by=body["member"], item=item)
    assert not shelf.renew(claimed, done=1, total=2) and not shelf.keep(claimed, file)
    assert not ShelfFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_process_of_its_own_makes_it():
    body = factories.make_body()
    factories.filed(body, points=2)
    item = ask(body["member"])
    assert making.make_waiting() == 1
    item.refresh_from_db()
    assert (item.state, item.failure) == ("ready", "")
    assert titles(shelf.fetch(by=body["member"], item=item)) == ["未经审批用印1", "未经审批用印2"]
    assert making.make_waiting() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.once
def test_limits_hold_in_the_process_that_makes_it():
    body = factories.make_body()
    factories.filed(body)
    slow, large = ask(body["member"]), ask(body["member"])
    making.make_one(shelf.claim_next(), most_seconds=0)
    slow.refresh_from_db()
    assert slow.state == "failed" and slow.failure
    for attempt in (1, 2, 3):
        claimed = shelf.claim_next()
        assert claimed == large and claimed.attempts == attempt
        making.make_one(claimed, most_memory=64 * 1024**2)  # less than Python with Django takes
        large.refresh_from_db()
        assert large.state == "waiting"
    assert shelf.claim_next() is None
    large.refresh_from_db()
    assert large.state == "failed"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("trials", [3, pytest.param(500, marks=pytest.mark.long)])
def test_of_two_workers_one_gets_a_document(racing, trials):
    body = factories.make_body()
    with racing("two workers claim one document") as race:
        for _trial in range(trials):
            item = ask(body["member"])
            said = race.at_once(("claim_document", {"by": "member"}), ("claim_document", {"by": "member"}))
            item.refresh_from_db()
            race.count(double=said["claim_document"].count("done") > 1, lost=item.attempts != 1)
            shelf.delete(by=body["member"], item=item)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_worker_killed_in_the_middle_leaves_nothing_and_another_takes_it_up():
    from django.db import connection

    body = factories.make_body()
    factories.filed(body, points=2)
    item = ask(body["member"])
    here, there = SPAWN.Pipe()
    worker = SPAWN.Process(target=race_workers.work, args=(str(connection.settings_dict["NAME"]), there))
    worker.start()
    there.close()
    assert here.poll(60), "the worker never got to the middle"
    makers = here.recv()
    item.refresh_from_db()
    assert item.state == "making" and len(makers) == 1
    os.kill(worker.pid, signal.SIGKILL)
    worker.join(30)
    for pid in makers:
        ended(pid)
    item.refresh_from_db()
    assert item.state == "making" and not ShelfFile.objects.exists()
    assert making.make_waiting() == 0  # its lease goes on
    with time_machine.travel(timezone.now() + 2 * LEASE, tick=False):
        claimed = shelf.claim_next()
    assert claimed == item and claimed.attempts == 2
    making.make_one(claimed)
    item.refresh_from_db()
    assert item.state == "ready" and len(titles(shelf.fetch(by=body["member"], item=item))) == 2


def ended(pid: int) -> None:
    """Wait until a process that is no child of ours has ended."""
    pidfd = getattr(os, "pidfd_open", None)
    if pidfd is None:
        pytest.skip("needs a handle on a process that is no child")
    try:
        handle = pidfd(pid)
    except ProcessLookupError:
        return
    import select

    assert select.select([handle], [], [], 30)[0], f"{pid} goes on"
    os.close(handle)
    assert not Path(f"/proc/{pid}/fd/0").exists()
