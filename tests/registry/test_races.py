"""Real processes on one database: what two people do at the same moment happens once."""

import multiprocessing
import os
import signal
from collections import Counter

import pytest
from django.db import connection

from registry.actions import declarations
from registry.models import Approval, AuditEntry, AuditHead, Decision, Declaration, PointVersion
from registry.rules import digest
from tests import factories
from tests.registry import race_workers

pytestmark = pytest.mark.django_db(transaction=True)
SPAWN = multiprocessing.get_context("spawn")


def database() -> str:
    """Return the name by which a child process finds this test's database."""
    return str(connection.settings_dict["NAME"])


@pytest.mark.parametrize(
    "pair", [(("supervisor", "approve"), ("member", "approve")), (("supervisor", "approve"), ("member", "return"))]
)
def test_two_members_of_the_team_decide_at_once(pair):
    body = factories.make_body()
    names = ["holder", "colleague", "other_holder", "clerk"]
    barrier, answers = SPAWN.Barrier(2), SPAWN.Queue()
    jobs = [SPAWN.Queue() for _person in pair]
    workers = [SPAWN.Process(target=race_workers.decide, args=(database(), barrier, queue, answers)) for queue in jobs]
    for worker in workers:
        worker.start()
    try:
        for name in names:
            declaration = factories.decide(factories.submitted(body, name))
            approval, seen = declaration.approval, digest(declarations.content_of(declaration))
            for queue, (person, verdict) in zip(jobs, pair, strict=True):
                queue.put((approval.pk, person, verdict, approval.version, seen))
            assert Counter(answers.get(timeout=60) for _worker in workers) == {"done": 1, "refused": 1}
            decisions = Decision.objects.filter(approval=approval, round=1, step="team")
            assert decisions.count() == 1
            declaration.refresh_from_db()
            assert declaration.state == ("returned" if decisions.get().verdict == "return" else "submitted")
    finally:
        for queue in jobs:
            queue.put(None)
        for worker in workers:
            worker.join(30)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_killed_process_leaves_nothing_half_filed():
    """Killed in the middle of filing several declarations: each is filed whole, with its codes and entries, or not at all."""
    body = factories.make_body()
    names = ["holder", "colleague", "other_holder", "head", "member"]
    waiting = [
        factories.decide(factories.decide(factories.submitted(body, name, points=12))).approval_id for name in names
    ]
    started = SPAWN.Event()
    worker = SPAWN.Process(target=race_workers.file_all, args=(database(), started, waiting))
    worker.start()
    assert started.wait(60)
    # Let it come as far as the first filing, then kill it wherever it is in the following ones.
    while worker.is_alive() and not Declaration.objects.filter(state="filed").exists():
        worker.join(0.01)
    if worker.is_alive():
        os.kill(worker.pid, signal.SIGKILL)
    worker.join(30)
    filed = Declaration.objects.filter(state="filed")
    assert filed.exists()
    for declaration in Declaration.objects.filter(approval__in=waiting):
        is_filed = declaration.state == "filed"
        points = PointVersion.objects.filter(declaration=declaration)
        assert points.filter(state="filed", point__code__isnull=False).count() == (12 if is_filed else 0)
        assert Approval.objects.get(pk=declaration.approval_id).state == ("completed" if is_filed else "open")
        assert Decision.objects.filter(approval=declaration.approval_id, step="office").count() == is_filed
    assert AuditEntry.objects.filter(act="declaration.file").count() == filed.count()
    assert AuditHead.objects.get().sequence == AuditEntry.objects.count()
    codes = list(
        PointVersion.objects.filter(state="filed").order_by("point__code").values_list("point__code", flat=True)
    )
    assert codes == [f"CZJ-{number:06d}" for number in range(1, len(codes) + 1)]


def test_two_first_clicks_make_one_declaration():
    body = factories.make_body()
    barrier, answers = SPAWN.Barrier(2), SPAWN.Queue()
    workers = [SPAWN.Process(target=race_workers.start, args=(database(), barrier, answers)) for _click in range(2)]
    for worker in workers:
        worker.start()
    found = {answers.get(timeout=60) for _worker in workers}
    for worker in workers:
        worker.join(30)
    assert found == {Declaration.objects.get(appointment=body.appointment("holder")).pk}
