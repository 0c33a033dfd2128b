"""Write the ledger of a unit and year to a workbook."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from registry import access
from registry.actions.ledger import note_export
from registry.actions.organization import console_actor
from registry.documents.ledger import MOST_ROWS, ledger_workbook
from registry.management.files import check_target, write_whole
from registry.models import Organization, Person, PointVersion, Scheme
from registry.querysets.ledger import LedgerFilter
from registry.rules import OrganizationKind


class Command(BaseCommand):
    help = "Write the ledger of a unit and year to an .xlsx file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--unit", required=True, metavar="CODE", help="code of the unit")
        parser.add_argument("--year", required=True, type=int, help="year of the ledger")
        parser.add_argument("--out", required=True, metavar="FILE", help="the workbook to write, .xlsx")
        parser.add_argument("--as", dest="username", metavar="USERNAME", help="only what this person may see")

    def handle(self, *args: object, unit: str, year: int, out: str, username: str | None, **options: object) -> None:
        target = check_target(out)
        if username is None:
            by, organizations, points = console_actor(), Organization.objects.all(), PointVersion.objects.in_ledger()
        else:
            by = Person.objects.filter(username=username, is_active=True).first()
            if by is None:
                raise CommandError(_("There is no active account %s.") % username)
            organizations, points = access.readable_organizations(by), access.visible_points(by)
        found = Organization.objects.filter(code=unit, kind=OrganizationKind.UNIT).first()
        # To somebody who may see nothing of it, the unit does not exist.
        if found is None or not organizations.filter(tree_from__range=found.interval).exists():
            raise CommandError(_("There is no unit with the code %s whose ledger may be seen.") % unit)
        wanted = LedgerFilter(year=year, interval=found.interval)
        rows = points.matching(wanted)
        count = rows.count()
        if count > MOST_ROWS:
            raise CommandError(
                _("This is %(count)s rows; a workbook takes at most %(most)s.") % {"count": count, "most": MOST_ROWS}
            )
        sentence = _("year: %s") % year
        if username is not None:
            sentence += _("; what %s may see") % by
        body = ledger_workbook(
            rows,
            scope=found.name,
            filter_sentence=sentence,
            made_on=timezone.localdate(),
            words=Scheme.objects.rule_over(found.interval, year).words,
        )
        # Noted first: a noted export that failed is harmless, one that nobody noted is not.
        note_export(by=by, wanted=wanted, count=count)
        write_whole(target, body)
        self.stdout.write(_("%(count)s risk points written to %(file)s.") % {"count": count, "file": out})
