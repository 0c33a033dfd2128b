"""Fill an empty database with content of the domain's shape in any size, to measure with."""

import time

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from registry.management.scale import LEAST_POINTS, READERS, make_scale
from registry.models import Organization, Person, PointVersion


class Command(BaseCommand):
    help = "Fill an empty database with N risk points of invented text; the same N gives the same content."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--points", required=True, type=int, metavar="N", help="rows of the ledger to make")

    def handle(self, *args: object, points: int, **options: object) -> None:
        if points < LEAST_POINTS:
            raise CommandError(_("At least %s risk points are needed to show every state.") % LEAST_POINTS)
        if Organization.objects.exists() or Person.objects.exists() or PointVersion.objects.exists():
            raise CommandError(
                _("This database holds something already; measuring content goes into an empty one only.")
            )
        began = time.perf_counter()

        def progress(done: int) -> None:
            self.stdout.write(
                _("%(done)s of %(points)s risk points, %(seconds)s s")
                % {"done": done, "points": points, "seconds": f"{time.perf_counter() - began:.0f}"}
            )

        make_scale(points, progress)
        seconds = time.perf_counter() - began
        self.stdout.write(
            _("%(points)s risk points in %(seconds)s s: %(speed)s a second, indexes and everything else included.")
            % {"points": points, "seconds": f"{seconds:.1f}", "speed": f"{points / seconds:.0f}"}
        )
        self.stdout.write(_("Readers to measure with (they have no password): %s") % ", ".join(READERS))
