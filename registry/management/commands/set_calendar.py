"""manage.py set_calendar: enter days off and days worked of a year that is not known yet."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.actions.calendar import as_days, longer_by, set_calendar
from registry.actions.organization import console_actor
from registry.rules import Refused, read_days


class Command(BaseCommand):
    help = (
        "Enter the administrator's own calendar from a file with lines such as 2027-10-01,off or 2027-10-09,work, or with the "
        "announcement of the days off as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="lines of day,work or day,off; a line that begins with # is a remark")
        parser.add_argument("--year", type=int, help="year of dates without one; this year unless given")
        parser.add_argument("--reason", help="why; it stands on the sheets of notices that get longer")

    def handle(self, *args: object, file: str, year: int | None, reason: str | None, **options: object) -> None:
        try:
            text = Path(file).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as why:
            raise CommandError(_("The file %(file)s cannot be read: %(why)s.") % {"file": file, "why": why}) from None
        read = read_days(text, year or timezone.localdate().year)
        if read.problems:
            told = _("Each line is a day and one of work, off, announced, as in 2027-10-01,off.")
            raise CommandError("\n".join([told, *read.problems]))
        days = as_days(read.entries)
        longer = longer_by(days)
        try:
            count = set_calendar(
                by=console_actor(), days=days, reason=reason or _("The days off and days worked were announced.")
            )
        except Refused as why:
            raise CommandError(str(why)) from None
        for line in read.left_out:
            self.stderr.write(_("Left out, without a date: %s") % line)
        self.stdout.write(_("%s days entered.") % count)
        for each in longer:
            told = {"number": each.notice.number, "before": each.ends_before, "after": each.ends_on}
            self.stdout.write(_("Notice %(number)s runs longer: %(before)s → %(after)s.") % told)
