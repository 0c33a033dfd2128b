"""manage.py unlock: let somebody sign in again who is locked, or who lost their second factor."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from registry.actions import organization
from registry.models import Person
from registry.rules import Refused


class Command(BaseCommand):
    help = (
        "Lift the lock that five failures put on a staff number; with --second-factor remove a lost second factor. "
        "For administrators it is the only way."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="the staff number")
        parser.add_argument(
            "--second-factor", action="store_true", help="remove the second factor and its recovery codes"
        )
        parser.add_argument("--reason", required=True, help="why; it goes into the audit chain")

    def handle(self, *args: object, username: str, second_factor: bool, reason: str, **options: object) -> None:
        person = Person.objects.filter(username=username).first()
        if person is None:
            raise CommandError(_("There is nobody with the staff number %s.") % username)
        verb = organization.reset_factor if second_factor else organization.lift_lock
        try:
            verb(by=organization.console_actor(), person=person, reason=reason)
        except Refused as why:
            raise CommandError(str(why)) from None
        self.stdout.write(
            _("The second factor of %s is removed.") % person if second_factor else _("%s can sign in again.") % person
        )
