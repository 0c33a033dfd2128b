"""Take in a ledger that was filed on paper."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from registry.actions import headings
from registry.actions.import_report import ImportReport
from registry.actions.imports import import_ledger
from registry.actions.organization import console_actor
from registry.models import Organization, Person
from registry.output.reader import Unreadable, read_workbook
from registry.rules import Category, OrganizationKind, Refused
from registry.rules.workbooks import Column, Problem

_YEARS = range(1990, 2101)


def _meaning(argument: str) -> tuple[str, str]:
    """Return heading and column of `HEADING=COLUMN`; the heading may hold signs of equality itself."""
    heading, sign, column = argument.rpartition("=")
    if not sign:
        raise Refused(_("“%s” does not say HEADING=COLUMN.") % argument)
    return heading, column.strip()


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
        parser.add_argument(
            "--accept-proposals",
            action="store_true",
            help="confirm the categories that are proposed where the file leaves them open; look at them first",
        )
        parser.add_argument(
            "--heading",
            action="append",
            default=[],
            metavar="HEADING=COLUMN",
            help=f"what a heading means, remembered for the unit; columns: {', '.join(Column)}",
        )
        parser.add_argument(
            "--forget-heading", action="append", default=[], metavar="HEADING", help="forget what was said of a heading"
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
        accept_proposals: bool,
        heading: list[str],
        forget_heading: list[str],
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
        given = {
            "unit": found,
            "year": year,
            "sheets": read_workbook(file),
            "file_name": Path(file).name,
            "file_digest": f"sha256:{hashlib.sha256(Path(file).read_bytes()).hexdigest()}",
            "by": by,
            "create_missing": create_missing,
            "basis": basis,
            "mapping": dict(map(_meaning, heading)),
        }
        with transaction.atomic():
            for name in forget_heading:
                headings.forget_heading(by=by, unit=found, heading=name)
            confirmed = {}
            if accept_proposals:
                proposals = import_ledger(**given, apply=False).proposals
                confirmed = {proposal.place: proposal.category for proposal in proposals}
            report = import_ledger(**given, apply=apply, confirmed=confirmed)
            if not report.applied:
                transaction.set_rollback(True)
            return report

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
        self._describe_file(report)
        self.stdout.write(_("To be settled: category %(category)s, grade %(grade)s, level %(level)s.") % report.open)
        for proposal in report.proposals:
            self.stdout.write(
                _("%(place)s: category proposed: %(category)s. %(why)s")
                % {"place": proposal.place, "category": Category(proposal.category).label, "why": proposal.why}
            )
        if report.proposals:
            self.stdout.write(
                _(
                    "Proposed categories count only once they are confirmed, with --accept-proposals; until then they are open."
                )
            )
        if report.confirmed:
            self.stdout.write(_("Categories confirmed: %s.") % report.confirmed)
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

    def _describe_file(self, report: ImportReport) -> None:
        """Say what became of the cells and headings of the file."""
        self.stdout.write(
            _(
                "Cells read: %(read)s; %(placed)s placed in fields, %(remarks)s kept in remarks, %(headings)s headings and titles, "
                "%(numbers)s row numbers, %(lost)s lost."
            )
            % asdict(report.cells)
        )
        for note in report.notes:
            self.stdout.write(note)
        for heading in report.headings:
            if heading.learned or not heading.becomes:
                sentence = _("%(sheet)s %(column)s “%(heading)s”: kept in the remarks under its heading.")
                if heading.becomes not in ("", Column.REMARK):
                    sentence = _(
                        "%(sheet)s %(column)s “%(heading)s”: taken for %(becomes)s, as somebody of the unit said."
                    )
                self.stdout.write(sentence % (asdict(heading) | {"heading": " ".join(heading.heading.split())}))
