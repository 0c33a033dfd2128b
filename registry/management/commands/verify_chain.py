"""manage.py verify_chain: has anybody touched the record? Exit code 1 when it is not as it was written."""

import json
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils.translation import gettext as _

from registry.actions.verification import verify
from registry.models import missing_guards


class Command(BaseCommand):
    requires_system_checks = []  # it is asked most urgently when the guards, which those checks look for, are gone
    help = (
        "Check the audit chain and every row it seals. With --head also against ends written down earlier: a file of lines as "
        "run_due adds them every day, or a single sequence and digest as printed on a ledger."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--head", metavar="FILE", help="ends of the chain that were written down")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print the result as JSON")

    def handle(self, *args: object, head: str | None, as_json: bool, **options: object) -> None:
        if missing := missing_guards(connection):
            self.stderr.write(
                _("The database lacks guards: %s. Somebody may have taken them away; manage.py migrate puts them back.")
                % _(", ").join(missing)
            )
        verdict = verify(read_heads(Path(head)) if head else ())
        if as_json:
            self.stdout.write(json.dumps({"ok": verdict.ok, **asdict(verdict)}, ensure_ascii=False))
        elif verdict.ok:
            self.stdout.write(
                _("The chain of %s entries and every sealed row are as they were written.") % verdict.entries
            )
        else:
            self.stdout.write(f"{verdict.row}: {verdict.reason}")
        if not verdict.ok:
            raise SystemExit(1)


def read_heads(path: Path) -> list[dict]:
    """Return the ends written down in a file: one line each, JSON or “sequence digest”."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as why:
        raise CommandError(_("The file %(file)s cannot be read: %(why)s.") % {"file": path, "why": why}) from None
    heads, wrong = [], []
    for number, line in enumerate(filter(str.strip, lines), start=1):
        try:
            if line.lstrip().startswith("{"):
                found = json.loads(line)
                heads.append({"sequence": int(found["sequence"]), "digest": str(found["digest"])})
            else:
                sequence, digest = line.split()
                heads.append({"sequence": int(sequence), "digest": digest})
        except (ValueError, KeyError, TypeError):
            wrong.append(_("Line %(number)s: “%(text)s”.") % {"number": number, "text": line[:80]})
    if not heads:
        wrong.append(_("No end of the chain stands in it."))
    if wrong:
        raise CommandError("\n".join([_("%s is no file of ends of the chain.") % path, *wrong]))
    return heads
