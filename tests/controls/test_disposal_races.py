"""Real processes on disposals: two decisions at once, an answer against the lateness of it, a worker killed in the middle."""

import multiprocessing
import os
import random
import signal

import pytest
from django.utils import timezone

from controls.actions.disposals import content_of
from controls.models import Disposal, DisposalStep
from controls.rules import DisposalState, DisposalVerb
from registry.actions.verification import verify
from registry.models import AuditEntry, JobClaim
from registry.rules import digest
from tests import factories
from tests.controls.disposals import DAY, in_state
from tests.registry import race_workers
from tests.registry.copies import Copy

pytestmark = pytest.mark.django_db(transaction=True)
trials = pytest.mark.parametrize("trials", [3, pytest.param(500, marks=pytest.mark.long)])


@trials
@pytest.mark.parametrize("second", ["approve", "return"])
def test_two_leaders_decide_at_once(racing, trials, second):
    body = factories.make_body()
    with racing(f"disposal approve/{second}") as race:
        for _trial in range(trials):
            disposal = in_state(body, DisposalState.PROPOSED)
            seen = {
                "approval": disposal.approval_id,
                "version": disposal.approval.version,
                "seen": digest(content_of(disposal)),
            }
            said = race.at_once(
                ("decide_disposal", {**seen, "by": "principal", "verdict": "approve"}),
                ("decide_disposal", {**seen, "by": "second_principal", "verdict": second}),
            )
            race.count_decisions(disposal.approval_id, said["decide_disposal"], 1)
            steps = disposal.steps.filter(verb__in=[DisposalVerb.DECIDE, DisposalVerb.RETURN]).count()
            race.count(double=steps > 1, lost=steps < 1)
    assert verify().ok


@trials
def test_an_answer_and_its_lateness(racing, trials):
    body = factories.make_body()
    with racing("disposal answer/late") as race:
        for _trial in range(trials):
            disposal = in_state(body, DisposalState.SERVED)
            late = timezone.now() + 11 * DAY
            said = race.at_once(
                ("answer_disposal", {"disposal": disposal.pk, "by": "holder", "at": late}),
                ("run_due", {"job": "disposals", "by": "console", "at": late}),
            )
            brought = disposal.steps.filter(verb=DisposalVerb.LATE).count()
            answered = disposal.steps.filter(verb=DisposalVerb.ANSWER).count()
            # Of the two that was second which would have been about what is no more; the answer then says what was changed.
            race.count(
                double=brought > 1 or answered > 1,
                lost=(said["run_due"] == ["done"]) != bool(brought)
                or (said["answer_disposal"] == ["done"]) != bool(answered),
            )
            assert brought or answered
            claims = JobClaim.objects.filter(job="disposals", key__startswith=f"{disposal.pk}:").count()
            race.count(stale=claims != brought)
            disposal.refresh_from_db()
            if disposal.state == DisposalState.SERVED:
                Disposal.objects.filter(pk=disposal.pk).update(state=DisposalState.CLOSED)  # it is due no more


@pytest.mark.skipif(not hasattr(signal, "SIGKILL") or not hasattr(os, "fork"), reason="needs kill -9 and fork")
@pytest.mark.parametrize("kills", [6, pytest.param(200, marks=pytest.mark.long)])
def test_a_killed_worker_brings_nothing_twice_and_loses_nothing(kills, record_property):
    body = factories.make_body()
    disposals = [in_state(body, DisposalState.SERVED) for _number in range(2)]
    copy, chance = Copy("late"), random.Random(7)
    arguments = {"job": "disposals", "by": "console", "at": timezone.now() + 11 * DAY}
    context = multiprocessing.get_context("spawn")
    jobs, answers = context.Queue(), context.Queue()
    killer = context.Process(target=race_workers.kill, args=(jobs, answers))
    killer.start()

    def run(statement: int | None = None) -> int:
        jobs.put((copy.name, "run_due", dict(arguments), None, statement))
        begun, _is_done, _took, error = answers.get(timeout=120)
        assert not error or "nothing is due" in error, error
        return begun

    def state() -> tuple[list, list, int]:
        levels = list(DisposalStep.objects.filter(verb=DisposalVerb.LATE).values_list("disposal", "reached"))
        return (
            sorted(levels),
            sorted(Disposal.objects.values_list("pk", "reached")),
            JobClaim.objects.filter(job="disposals").count(),
        )

    try:
        copy.make()
        statements = run()
        inside = 0
        for _kill in range(kills):
            copy.make()
            run(chance.randint(1, statements))
            with copy.opened():
                levels, reached, claims = state()
                assert len(levels) == claims == sum(level for _pk, level in reached), "half of it was kept"
                inside += claims < len(disposals)
            run()
            with copy.opened():
                assert state()[0] == [(disposal.pk, 1) for disposal in disposals]
                assert AuditEntry.objects.exists() and verify().ok
    finally:
        jobs.put(None)
        killer.join(30)
        copy.drop()
    record_property(
        "figure", f"kill -9 of the job of lateness: {kills} kills, {inside} before it was through, none half, none lost"
    )
