"""manage.py import_organization: take in organizations, posts, people, appointments and roles from a workbook."""

import hashlib
import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from registry.actions.organization import console_actor
from registry.actions.rosters import RosterReport, import_organization
from registry.documents.rosters import roster_template
from registry.management.files import check_target, write_whole
from registry.models import Person
from registry.output.reader import Unreadable, read_workbook
from registry.rules import Refused
from registry.rules.rosters import SHEETS, Part
from registry.rules.workbooks import Problem


class Command(BaseCommand):
    help = (
        "Take in an organization from a workbook: organizations, posts, people, appointments, roles. Without --apply nothing "
        "is written, only what would happen is said."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="the workbook, .xlsx or .xls")
        parser.add_argument(
            "--template", metavar="FILE.xlsx", help="write an empty workbook with explanations, and end"
        )
        parser.add_argument("--apply", action="store_true", help="write it, all or nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--as", dest="username", metavar="USERNAME", help="who enters it; default: the command line"
        )

    def handle(self, *args: object, file: str | None, template: str | None, **options: object) -> None:
        if template is not None:
            target = check_target(template)
            write_whole(target, roster_template())
            self.stdout.write(_("Written: %s") % target)
            return
        if file is None:
            raise CommandError(_("Name the workbook, or make one with --template FILE.xlsx."))
        try:
            report = self._run(file, **options)
        except (Refused, Unreadable) as why:
            if not options["json"]:
                raise CommandError(str(why)) from None
            report = RosterReport(errors=[Problem(None, None, None, str(why))])
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False))
        else:
            self._describe(report, is_dry=not options["apply"])
        if report.errors:
            raise SystemExit(1)

    def _run(self, file: str, *, username: str | None, apply: bool, **_rest: object) -> RosterReport:
        if username is None:
            by = console_actor()
        else:
            by = Person.objects.filter(username=username, is_active=True).first()
            if by is None:
                raise Refused(_("There is no active account %s.") % username)
        sheets = read_workbook(file)
        digest = f"sha256:{hashlib.sha256(Path(file).read_bytes()).hexdigest()}"
        return import_organization(sheets=sheets, by=by, apply=apply, file_digest=digest)

    def _describe(self, report: RosterReport, *, is_dry: bool) -> None:
        for part in Part:
            counts = {"sheet": SHEETS[part][0], **report.counts[part]}
            self.stdout.write(
                _("%(sheet)s: %(rows)s rows; %(new)s new, %(changed)s changed, %(same)s the same.") % counts
            )
        if report.skipped:
            self.stdout.write(_("Not read: %s") % _(", ").join(report.skipped))
        for problem in report.errors:
            cell = f"{problem.column or ''}{problem.row or ''}"
            self.stdout.write(" ".join(filter(None, [problem.sheet, cell, problem.text])))
        if report.errors:
            self.stdout.write(
                _("Nothing was written: %s problems. Correct the file and run this again.") % len(report.errors)
            )
        elif is_dry:
            self.stdout.write(_("Nothing was written yet. Run this again with --apply to take it in."))
        else:
            if report.waiting:
                self.stdout.write(
                    _("%s of these give or change rights: they take effect when another administrator confirms them.")
                    % report.waiting
                )
            self.stdout.write(
                _("It has been taken in. Whoever is new gets a first password from the system administrator.")
            )
