"""manage.py set_calendar: enter days off and days worked of a year that is not known yet."""

import csv
import datetime as dt
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from registry.actions.notices import set_calendar
from registry.actions.organization import console_actor

WORDS = {"work": True, "off": False, "上班": True, "休息": False}


class Command(BaseCommand):
    help = (
        "Enter the administrator's own calendar from a CSV file with lines such as 2027-10-01,off or 2027-10-09,work."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="lines of day,work or day,off; a line that begins with # is a remark")

    def handle(self, *args: object, file: str, **options: object) -> None:
        try:
            lines = Path(file).read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as why:
            raise CommandError(_("The file %(file)s cannot be read: %(why)s.") % {"file": file, "why": why}) from None
        days, wrong = {}, []
        for number, cells in enumerate(csv.reader(lines), start=1):
            if not cells or cells[0].startswith("#"):
                continue
            try:
                day, word = (cell.strip() for cell in cells[:2])
                days[dt.date.fromisoformat(day)] = WORDS[word]
            except (ValueError, KeyError):
                wrong.append(_("Line %(number)s: “%(text)s”.") % {"number": number, "text": ",".join(cells)})
        if wrong:
            raise CommandError("\n".join([_("Each line is a day and one of work, off, as in 2027-10-01,off."), *wrong]))
        count = set_calendar(by=console_actor(), days=days)
        self.stdout.write(_("%s days entered. Notices already posted keep their dates.") % count)
