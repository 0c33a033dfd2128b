"""manage.py print_notice: write the sheet of a posted notice as a PDF."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from registry.actions.notices import keep_digest
from registry.documents.notices import notice_document, notice_pdf
from registry.management.files import check_target, write_whole
from registry.models import PublicNotice
from registry.rules import Refused


class Command(BaseCommand):
    help = "Write the sheet of a posted notice to a PDF file. The same notice always gives the same bytes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="number of the notice, as on the sheet")
        parser.add_argument("--out", required=True, metavar="FILE", help="the file to write, .pdf")

    def handle(self, *args: object, number: str, out: str, **options: object) -> None:
        target = check_target(out)
        notice = PublicNotice.objects.filter(number=number).select_related("unit", "organization").first()
        if notice is None:
            raise CommandError(_("There is no notice with the number %s.") % number)
        try:
            body = notice_pdf(notice)
            if body is None:  # a long one that is not prepared yet; nobody waits here
                body = notice_document(notice).pdf()
                keep_digest(notice=notice, body=body)
        except Refused as why:
            raise CommandError(str(why)) from None
        write_whole(target, body)
        self.stdout.write(_("Notice %(number)s written to %(file)s.") % {"number": number, "file": out})
