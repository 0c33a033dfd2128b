"""manage.py run_due: what happens by the clock. Safe to call at any time, from several machines, as often as one likes."""

import logging
import time
from functools import partial

from django.core.management.base import BaseCommand, CommandParser

from registry.actions.jobs import JOBS, run_due
from registry.documents.notices import prepare_sheets

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Run the jobs that are due: roles that begin or end today, results of notices, long sheets, expired sessions."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=int, metavar="SECONDS", help="go on for ever, this often")

    def handle(self, *args: object, every: int | None, **options: object) -> None:
        while True:
            for job, run in {**{job: partial(run_due, job) for job in JOBS}, "sheets": prepare_sheets}.items():
                # One job that fails must not keep the others from running; a loop tries it again next time.
                try:
                    done = run()
                except Exception:
                    if not every:
                        raise
                    logger.exception("job %s failed", job)
                else:
                    if done:
                        self.stdout.write(f"run_due: {job} ({done})")
            if not every:
                return
            time.sleep(every)
