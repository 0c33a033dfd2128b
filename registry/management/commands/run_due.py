"""manage.py run_due: what happens by the clock. Safe to call at any time, from several machines, as often as one likes."""

import logging
import time
from collections.abc import Callable
from functools import partial

from django.core.management.base import BaseCommand, CommandParser

from registry.actions.jobs import JOBS, run_due
from registry.documents.making import make_waiting
from registry.documents.notices import prepare_sheets

# Seconds between two looks at the shelves: one query on an index.
SHELF_EVERY = 2

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Run the jobs that are due: roles that begin or end today, results of notices, long sheets, documents that "
        "somebody asked for, expired sessions."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=int, metavar="SECONDS", help="go on for ever, this often")

    def handle(self, *args: object, every: int | None, **options: object) -> None:
        jobs = {job: partial(run_due, job) for job in JOBS} | {"sheets": prepare_sheets, "documents": make_waiting}
        while True:
            for job, run in jobs.items():
                self._try(job, run, goes_on=bool(every))
            if not every:
                return
            # Somebody who asks for a document looks on; what is due by the day can wait the rest of the minute.
            until = time.monotonic() + every
            while (left := until - time.monotonic()) > 0:
                time.sleep(min(left, SHELF_EVERY))
                self._try("documents", make_waiting, goes_on=True)

    def _try(self, job: str, run: Callable[[], int], *, goes_on: bool) -> None:
        """Run a job; one that fails must not keep the others from running, and a loop tries it again next time."""
        try:
            done = run()
        except Exception:
            if not goes_on:
                raise
            logger.exception("job %s failed", job)
        else:
            if done:
                self.stdout.write(f"run_due: {job} ({done})")
