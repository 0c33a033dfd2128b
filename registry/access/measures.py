"""Measures are shown within the unit before the party organization reviews them (part III §4(3)); until then they are locked."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Declaration, NoticeLine, Objection
from ..rules import NoticeState, Refused, digest


def _line_of(declaration: Declaration, point: Mapping[str, Any]) -> NoticeLine | None:
    """Return the latest line on a posted notice that shows exactly these measures of a point."""
    lines = declaration.notice_lines.filter(
        notice__state__in=[NoticeState.POSTED, NoticeState.ENDED],
        point_version=int(point["target"].removeprefix("point:")),
    )
    shown = digest(point["measures"])
    found = (line for line in lines.select_related("notice").order_by("-pk") if line.content["measured"] == shown)
    return next(found, None)


def check_shown(declaration: Declaration, points: Sequence[Mapping[str, Any]]) -> None:
    """Refuse agreeing while a measure has not been shown, is being shown, or an objection to it is open or was upheld.

    `points` are the entries of the submitted content. What was changed after it was shown is shown again.
    """
    for point in points:
        line = _line_of(declaration, point)
        about = {"title": point["title"]}
        if line is None:
            raise Refused(_("The measures of “%(title)s” are first shown within the unit on a notice.") % about)
        about |= {"number": line.notice.number, "ordinal": line.ordinal, "day": line.notice.ends_on}
        if line.upheld_by_id is not None:
            sentence = _("An objection on notice %(number)s, line %(ordinal)s was upheld. Return the declaration.")
            raise Refused(sentence % about)
        if not line.notice.is_over:
            raise Refused(_("Notice %(number)s shows these measures until %(day)s.") % about)
        about_it = Q(line=line) | Q(line=None, notice=line.notice)
        if Objection.objects.filter(about_it, ruling="").exists():
            raise Refused(_("An objection to notice %(number)s is still to be answered.") % about)


def check_not_on_the_wall(declaration: Declaration) -> None:
    """Refuse taking back what a notice shows at present."""
    running = declaration.notice_lines.filter(
        notice__state=NoticeState.POSTED, notice__ends_on__gte=timezone.localdate()
    ).first()
    if running is not None:
        raise Refused(
            _("Notice %(number)s shows these measures until %(day)s; until then they cannot be taken back.")
            % {"number": running.notice.number, "day": running.notice.ends_on}
        )
