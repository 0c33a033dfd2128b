"""The audit chain as a workbook: what the screen shows, without salts and seals."""

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import AuditEntry, AuditHead
from ..output.writer import Table, write_workbook
from ..rules.acts import act_label

MOST_ROWS = 20_000


def audit_rows(entries: QuerySet[AuditEntry]) -> list[tuple[str | int, ...]]:
    """Return number, time, staff number, name, act in words, subject, place and digest of each entry."""
    return [
        (
            entry.sequence,
            f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M:%S}",
            entry.actor.username,
            entry.actor.name,
            act_label(entry.act),
            entry.subject,
            entry.organization.name if entry.organization else "",
            entry.digest,
        )
        for entry in entries.select_related("actor", "organization")
    ]


def audit_workbook(entries: QuerySet[AuditEntry], *, filter_sentence: str) -> bytes:
    """Return the workbook of `entries` in their order."""
    titles = [_("Audit chain"), filter_sentence or _("none")]
    if head := AuditHead.objects.as_printed():
        titles.append(_("Audit head: %s") % head)
    headings = [
        _("no."), _("time"), _("staff number"), _("name"), _("act"), _("subject"), _("organization"), _("digest"),
    ]  # fmt: skip
    table = Table(_("audit chain"), titles, headings, audit_rows(entries), (8, 20, 14, 14, 30, 26, 24, 76))
    return write_workbook([table])
