"""manage.py list_digests: the digests of all files with a number, to check files where there is no network."""

import csv
import io

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from registry.documents.copies import digest_rows
from registry.management.files import check_target, write_whole
from registry.models import Organization
from registry.rules import OrganizationKind


class Command(BaseCommand):
    help = "Write the digests of all files with a number to a CSV file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--unit", metavar="CODE", help="only of this unit")
        parser.add_argument("--out", required=True, metavar="FILE", help="the file to write, .csv")

    def handle(self, *args: object, unit: str | None, out: str, **options: object) -> None:
        target = check_target(out)
        units = Organization.objects.filter(kind=OrganizationKind.UNIT)
        if unit is not None:
            units = units.filter(code=unit)
            if not units.exists():
                raise CommandError(_("There is no unit with the code %s.") % unit)
        written = io.StringIO()
        csv.writer(written).writerows(digest_rows(units))
        write_whole(target, written.getvalue().encode("utf-8-sig"))
        self.stdout.write(_("Digests written to %s.") % out)
