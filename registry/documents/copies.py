"""The list of digests: which file has which number, for checking where there is no network."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import NumberedCopy, Organization, PrintedFile

# The wide ones too: a spreadsheet set up for Chinese reads them like the narrow ones.
_STARTS_LIKE_A_FORMULA = ("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠")


def digest_rows(units: QuerySet[Organization]) -> Iterator[list[str]]:
    """Yield a head and a row for each file with a number in these units: digest, number, what it is, made on, state."""
    yield [_("SHA-256 digest of the file"), _("number"), _("what it is"), _("made on"), _("state")]
    for file in PrintedFile.objects.given_out_in(units):
        notice = file.notice
        yield [
            file.digest,
            notice.number,
            _plain(notice.title),
            f"{timezone.localdate(file.made_at)}",
            notice.get_state_display(),
        ]
    for copy in NumberedCopy.objects.made_in(units):
        state = copy.notice.get_state_display() if copy.notice else ""
        yield [copy.file_digest, copy.serial, _plain(copy.title), f"{timezone.localdate(copy.made_at)}", state]


def _plain(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_STARTS_LIKE_A_FORMULA) else text
