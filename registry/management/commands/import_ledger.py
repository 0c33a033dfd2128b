"""Take in a ledger that was filed on paper."""

import hashlib
import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from registry.actions.imports import ImportReport, import_ledger
from registry.actions.organization import console_actor
from registry.models import Organization, Person
from registry.output.reader import Unreadable, read_workbook
from registry.rules import OrganizationKind, Refused
from registry.rules.workbooks import Problem

_YEARS = range(1990, 2101)


class Command(BaseCommand):
    help = (
        "Take in a ledger that was filed on paper. Without --apply nothing is written, only what would happen is said."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the workbook, .xlsx or .xls")
        parser.add_argument("--unit", required=True, metavar="CODE", help="code of the unit whose ledger it is")
        parser.add_argument("--year", required=True, type=int, help="year of the ledger")
        parser.add_argument("--apply", action="store_true", help="write it, all or nothing")
        parser.add_argument(
            "--create-missing", action="store_true", help="create sections and posts the unit does not have"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--as", dest="username", metavar="USERNAME", help="who enters it; default: the command line"
        )
        parser.add_argument("--basis", default="", help="filed on paper: where, when, document number")

    def handle(self, *args: object, **options: object) -> None:
        try:
            report = self._run(**options)
        except (Refused, Unreadable) as why:
            if not options["json"]:
                raise CommandError(str(why)) from None
            report = ImportReport(errors=[Problem(None, None, None, str(why))])
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False))
        else:
            self._describe(report, may_apply=not options["apply"])
        if report.errors:
            raise SystemExit(1)

    def _run(
        self,
        *,
        file: str,
        unit: str,
        year: int,
        username: str | None,
        basis: str,
        apply: bool,
        create_missing: bool,
        **_rest,
    ) -> ImportReport:
        found = Organization.objects.filter(code=unit, kind=OrganizationKind.UNIT).first()
        if found is None:
            raise Refused(_("There is no unit with the code %s. Check the code.") % unit)
        if year not in _YEARS:
            raise Refused(_("%s is no year of a ledger.") % year)
        if username is None:
            by = console_actor()
        else:
            by = Person.objects.filter(username=username, is_active=True).first()
            if by is None:
                raise Refused(_("There is no active account %s.") % username)
        if len(basis) > 300:
            raise Refused(_("The basis has more than 300 characters; shorten it."))
        sheets = read_workbook(file)
        return import_ledger(
            unit=found,
            year=year,
            sheets=sheets,
            file_name=Path(file).name,
            file_digest=f"sha256:{hashlib.sha256(Path(file).read_bytes()).hexdigest()}",
            by=by,
            apply=apply,
            create_missing=create_missing,
            basis=basis,
        )

    def _describe(self, report: ImportReport, *, may_apply: bool) -> None:
        counts = {"sheets": report.sheets, **report.counts}
        self.stdout.write(
            _(
                "%(sheets)s sheets with a ledger, %(rows)s risk points: %(new)s new, %(changed)s changed, %(same)s the same, "
                "%(carried)s carried over unchanged."
            )
            % counts
        )
        if report.skipped:
            self.stdout.write(_("No ledger in: %s") % _(", ").join(report.skipped))
        self.stdout.write(_("To be settled: category %(category)s, grade %(grade)s, level %(level)s.") % report.open)
        for sentence, names in (
            (_("Section to create: %s"), report.created["sections"]),
            (_("Post to create: %s"), report.created["posts"]),
        ):
            for name in names:
                self.stdout.write(sentence % name)
        for problem in report.errors:
            cell = f"{problem.column or ''}{problem.row or ''}"
            self.stdout.write(" ".join(filter(None, [problem.sheet, cell, problem.text])))
        if report.errors:
            self.stdout.write(
                _("Nothing was written: %s problems. Correct the file, or let missing sections and posts be created with "
                  "--create-missing, and run this again.") % len(report.errors)
            )  # fmt: skip
        elif may_apply:
            self.stdout.write(_("Nothing was written yet. Run this again with --apply to take it in."))
        else:
            self.stdout.write(_("It has been taken in; what was to be created has been created."))
