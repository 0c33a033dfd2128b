"""manage.py verify_file: say whether a file was given out by this registry, by its digest."""

import json
from hashlib import sha256
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from registry.actions.checks import find


class Command(BaseCommand):
    help = "Say whether a PDF or workbook was given out by this registry: 0 genuine, 1 not. Nothing is written."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the file as it was given out")
        parser.add_argument("--json", action="store_true", help="print one object instead of a sentence")

    def handle(self, *args: object, file: str, **options: object) -> None:
        try:
            body = Path(file).read_bytes()
        except OSError as why:
            raise CommandError(_("%(file)s cannot be read: %(why)s") % {"file": file, "why": why.strerror}) from None
        digest = sha256(body).hexdigest()
        found = find(digest=digest)
        told = {
            "genuine": found.is_genuine,
            "sha256": digest,
            "number": found.copy.serial if found.copy else found.notice.number if found.notice else None,
            "title": found.copy.title if found.copy else found.notice.title if found.notice else None,
            "notice_state": found.notice.state if found.notice else None,
        }
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        elif found.is_genuine:
            state = _(" (the notice: %s)") % found.notice.get_state_display() if found.notice else ""
            self.stdout.write(_("Genuine: %(number)s, %(title)s%(state)s") % {**told, "state": state})
        else:
            self.stdout.write(_("No file with the digest %s was given out by this registry.") % digest)
        if not found.is_genuine:
            raise SystemExit(1)
