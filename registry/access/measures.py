"""Measures are shown within the unit before the party organization reviews them (part III §4(3)); until then they are locked."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Declaration, MeasureVersion, NoticeLine, Objection, Person, PointVersion
from ..rules import STANDING_STATES, Example, MeasureState, NoticeState, Refused, digest, ranked
from .notices import visible_notices
from .organization import ledger_scope, recusals_of

# So many of the latest points of a category are compared; what they say is read only of these.
_COMPARED = 300


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


# --- Examples: what others have filed against similar points --------------------------------------------------------------


def examples_for(version: PointVersion, person: Person) -> list[Example]:
    """Return filed measures of others against similar points of the same category, the most alike first.

    Only what the person reads in the ledger, or what a notice shows them; nothing says whose it is.
    """
    standing = PointVersion.objects.filter(
        category=version.category, state__in=STANDING_STATES, year__in=[version.year, version.year - 1]
    ).exclude(point=version.point_id)
    if version.post_id is not None:
        standing = standing.exclude(post=version.post_id)
    read = standing.within(ledger_scope(person)).order_by("-year", "-position", "-pk")
    shown = NoticeLine.objects.filter(
        notice__in=visible_notices(person).order_by().values("pk"),
        notice__state__in=[NoticeState.POSTED, NoticeState.ENDED],
        point_version__category=version.category,
    )
    for interval in recusals_of(person):
        shown = shown.exclude(point_version__position__range=interval)
    about = {pk: (title, matter) for pk, title, matter in read.values_list("pk", "title", "matter")[:_COMPARED]}
    published = standing.filter(pk__in=list(shown.order_by("-pk").values_list("point_version", flat=True)[:_COMPARED]))
    about |= {pk: (title, matter) for pk, title, matter in published.order_by().values_list("pk", "title", "matter")}
    filed = MeasureVersion.objects.filter(point_version__in=list(about), state=MeasureState.FILED, valid_to=None)
    rows = filed.order_by().values_list("pk", "text", "rhythm", "evidence", "point_version")
    return ranked(
        version.title,
        version.matter,
        [Example(pk, text, rhythm, evidence, *about[point]) for pk, text, rhythm, evidence, point in rows],
    )
