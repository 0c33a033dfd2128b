"""kill -9 at random points of every verb: the act is there as a whole, or it never was.

A process is killed at a random moment of the time the verb takes, or right before a random one of its statements. Then either
every table is as before, or it has exactly the rows the whole act writes, and `consistency` finds nothing. What a process has
told to be done is there.
"""

import datetime as dt
import multiprocessing
import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.utils import timezone

from registry.actions import meetings, notices, regions
from registry.models import Approval, Assignment, Declaration, PointVersion
from registry.output.reader import read_workbook
from registry.roles import Role
from registry.rules import digest
from tests import factories
from tests.registry import consistency, race_workers
from tests.registry.copies import Copy
from tests.registry.ledgers import MERGED_OFFICE, write_file
from tests.registry.test_races import decision

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not hasattr(signal, "SIGKILL") or not hasattr(os, "fork"), reason="needs kill -9 and fork"),
]
SPAWN = multiprocessing.get_context("spawn")


# --- Something of everything, each waiting for its verb ------------------------------------------------------------------


def everything_waiting(folder: Path) -> dict[str, tuple[str, dict]]:
    """Make a body in which every verb can be done, and return each as (act, arguments)."""
    body = factories.make_body()
    with time_machine.travel(timezone.now() - dt.timedelta(days=60), tick=False):
        factories.filed(body, "holder", points=2)
        over = factories.posted(body)
    shown = factories.filed(body, "head")
    posted = factories.posted(body)
    objection = factories.objection(body, posted)
    factories.send(shown, body["clerk"])
    reported = factories.sent(body, "supervisor", points=2)
    to_send = factories.filed(body, "other_head")
    waiting = factories.submit_notice(factories.composed(body), body["publisher"])
    to_file, put, to_put = (factories.submitted(body, name) for name in ("member", "second_principal", "principal"))
    while to_file.approval.step_key != "office":
        factories.decide(to_file)
    factories.decide(put)
    factories.decide(to_put)
    unit = body.organization("CZJ")
    entered = factories.entered_meeting(unit, [put], body["recorder"])
    meetings.put_meeting(by=body["recorder"], meeting=entered, expected=entered.version)
    entered.refresh_from_db()
    entering = factories.entered_meeting(unit, [to_put], body["recorder"])
    mending = factories.supplement(body)
    standing = PointVersion.objects.filter(declaration__appointment__person=body["holder"]).first()
    role = Assignment.objects.get(person=body["supervisor"], role=Role.SUPERVISING_LEADER)
    sheets = read_workbook(write_file(folder / "ledger.xlsx", MERGED_OFFICE))
    draft = factories.draft(body, "publisher").pk
    to_submit = factories.draft(body, "recorder", points=2).pk
    to_withdraw = factories.submitted(body, "other_holder").pk
    to_approve, to_return = (factories.submitted(body, name) for name in ("clerk", "second_clerk"))

    def review(declaration: Declaration, verdict: str) -> tuple[str, dict]:
        approval = Approval.objects.get(reviewed_declaration=declaration)
        seen = digest(regions.review_content(declaration))
        job = {"approval": approval.pk, "verdict": verdict, "version": approval.version, "seen": seen}
        return "decide", {**job, "by": "region_clerk"}

    posting = {"approval": waiting.approval_id, "verdict": "post", "version": waiting.approval.version}
    return {
        "start": ("start", {"by": "colleague"}),
        "add a point": (
            "add",
            {
                "declaration": draft,
                "by": "publisher",
                "values": factories.point_values(title="新增"),
                "measures": [factories.MEASURE] * 2,
            },
        ),
        "change a point": ("edit", {"declaration": draft, "by": "publisher", "title": "改写"}),
        "submit": ("submit", {"declaration": to_submit, "by": "recorder"}),
        "withdraw": ("withdraw", {"declaration": to_withdraw, "by": "other_holder"}),
        "approve": decision(to_approve, "other_head", "approve"),
        "return": decision(to_return, "other_head", "return"),
        "file": decision(to_file, "clerk", "file"),
        "post a notice": ("decide", {**posting, "seen": digest(notices.content_of(waiting)), "by": "clerk"}),
        "object": ("object", {"notice": posted.pk, "by": "clerk", "received_on": factories.today()}),
        "answer": ("answer", {"objection": objection.pk, "by": "second_clerk", "ruling": "upheld"}),
        "end a notice": ("end_notice", {"notice": over.pk, "by": "console"}),
        "put a meeting": ("put_meeting", {"meeting": entering.pk, "by": "recorder"}),
        "confirm a meeting": ("confirm_meeting", {"meeting": entered.pk, "by": "member"}),
        "begin a supplement": ("supplement", {"by": "head"}),
        "take a point up": ("take_up", {"declaration": mending.pk, "filed": standing.pk, "by": "holder"}),
        "send to the region": ("send", {"declaration": to_send.pk, "by": "clerk"}),
        "region accepts": review(shown, "approve"),
        "region returns": review(reported, "return"),
        "import": ("import", {"unit": "MZJ", "sheets": sheets, "by": "mzj_clerk"}),
        "move an organization": ("move", {"organization": "CZJ-02", "parent": "MZJ", "by": "console"}),
        "end a role": ("end_role", {"assignment": role.pk, "by": "security_administrator"}),
    }


def sizes() -> dict[str, int]:
    """Return how many rows each table has."""
    return {
        model._meta.db_table: model.objects.count()
        for model in apps.get_app_config("registry").get_models(include_auto_created=True)
    }


@pytest.fixture
def copy() -> Iterator[Copy]:
    made = Copy("killed")
    yield made
    made.drop()


@pytest.mark.parametrize("kills", [2, pytest.param(200, marks=pytest.mark.long)])
def test_every_verb_is_done_whole_or_not_at_all(tmp_path, copy, kills, record_property):
    waiting = everything_waiting(tmp_path)
    assert consistency.problems() == []
    jobs, answers = SPAWN.Queue(), SPAWN.Queue()
    killer = SPAWN.Process(target=race_workers.kill, args=(jobs, answers))
    killer.start()
    chance = random.Random(5)
    wrong: list[str] = []

    def trial(act: str, arguments: dict, seconds: float | None = None, statement: int | None = None) -> tuple:
        jobs.put((copy.name, act, dict(arguments), seconds, statement))
        begun, is_done, took, error = answers.get(timeout=120)
        assert not error, f"{act}: {error}"
        return begun, is_done, took

    try:
        for verb, (act, arguments) in waiting.items():
            times = []
            for _measured in range(1 if kills < 10 else 3):
                copy.make()
                statements, is_done, took = trial(act, arguments)
                assert is_done, verb
                times.append(took)
            with copy.opened():
                whole = sizes()
                assert consistency.problems() == [], verb
            copy.make()
            with copy.opened():
                before = consistency.everything()
            hits: Counter = Counter(before=0, inside=0, after=0)
            found: Counter = Counter(absent=0, whole=0)
            for number in range(kills):
                if number % 2:
                    killed = {"seconds": chance.uniform(0, 1.1 * median(times))}
                else:
                    killed = {"statement": chance.randint(1, statements)}
                begun, is_done, _took = trial(act, arguments, **killed)
                hits["after" if is_done else "inside" if begun else "before"] += 1
                with copy.opened():
                    if consistency.everything() == before:
                        found["absent"] += 1
                        if is_done:
                            wrong.append(f"{verb}: told to be done, and lost ({killed})")
                        continue
                    found["whole"] += 1
                    if sizes() != whole:
                        wrong.append(f"{verb}: half done ({killed})")
                    wrong += [f"{verb}: {problem} ({killed})" for problem in consistency.problems()]
                copy.make()
            record_property(
                "figure",
                f"kill -9 on {connection.vendor}, {verb}: {kills} kills ({hits['before']} before, {hits['inside']} inside, "
                f"{hits['after']} after; {statements} statements), {found['absent']} absent, {found['whole']} whole",
            )
    finally:
        jobs.put(None)
        killer.join(30)
    record_property("figure", f"kill -9 on {connection.vendor}: {len(waiting)} verbs, {len(wrong)} half or lost")
    assert wrong == []
