"""Two processes that act at the same moment, kept alive for all tests that want them; and who reads English."""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from registry.models import Decision
from tests.registry import consistency, race_workers

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def english(client_of):
    """Return a function that gives a client signed in as a member of the cast, reading English."""

    def sign_in(name: str):
        client = client_of(name)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


class Pair:
    """Two processes on this test run's database, and the queues through which they are told what to do."""

    def __init__(self) -> None:
        self.barrier, self.answers = SPAWN.Barrier(2), SPAWN.Queue()
        self.jobs = [SPAWN.Queue(), SPAWN.Queue()]
        database = str(connection.settings_dict["NAME"])
        self.workers = [
            SPAWN.Process(target=race_workers.race, args=(database, self.barrier, queue, self.answers))
            for queue in self.jobs
        ]
        for worker in self.workers:
            worker.start()

    def end(self) -> None:
        for queue in self.jobs:
            queue.put(None)
        for worker in self.workers:
            worker.join(30)


class Race:
    """Trials of one pair of acts, and the count of what came of them."""

    def __init__(self, name: str, pair: Pair) -> None:
        self.name, self.pair, self.trials = name, pair, 0
        self.came_of_it: Counter = Counter()
        self.wrong: Counter = Counter(double=0, lost=0, stale=0)

    def at_once(self, *acts: tuple[str, dict[str, Any]]) -> dict[str, list[str]]:
        """Let both processes act; return what each act said, by act."""
        self.trials += 1
        for queue, act in zip(self.pair.jobs, acts, strict=True):
            queue.put(act)
        answers = [self.pair.answers.get(timeout=120) for _worker in self.pair.workers]
        said: dict[str, list[str]] = {}
        for act, answer in sorted(answers):
            assert answer in ("done", "refused"), answer
            said.setdefault(act, []).append(answer)
        self.came_of_it[", ".join(f"{act} {answer}" for act, told in said.items() for answer in told)] += 1
        return said

    def count(self, **wrong: bool) -> None:
        """Count what went wrong in this trial."""
        self.wrong.update({name: int(is_so) for name, is_so in wrong.items()})

    def count_decisions(self, approval: int, said: list[str], number: int) -> None:
        """Count two decisions at one step, told or stored, and one that was told and is not there."""
        last = Decision.objects.filter(approval=approval, round=number).order_by("pk").last()
        stored = Decision.objects.filter(approval=approval, round=number, step=last.step).count() if last else 0
        told = said.count("done")
        self.count(double=stored > 1 or told > 1, lost=told > stored)

    @property
    def figure(self) -> str:
        wrong = ", ".join(f"{count} {name}" for name, count in self.wrong.items())
        came = "; ".join(f"{what}: {count}" for what, count in sorted(self.came_of_it.items()))
        return f"race on {connection.vendor}, {self.name}: {self.trials} trials, {wrong} ({came})"


@pytest.fixture(scope="session")
def pair(django_db_setup, django_db_blocker) -> Iterator[Pair]:
    with django_db_blocker.unblock():
        processes = Pair()
    yield processes
    processes.end()


@pytest.fixture
def racing(pair, record_property) -> Callable:
    """Return a context for the trials of a race; at its end nothing may be wrong, with them or with the database."""

    @contextmanager
    def run(name: str) -> Iterator[Race]:
        race = Race(name, pair)
        try:
            yield race
        finally:
            record_property("figure", race.figure)
        assert race.wrong.total() == 0, race.figure
        assert consistency.problems() == []

    return run
