"""What a notice says of an earlier one: that it takes its place, and which of its lines were corrected after that one."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..models import NoticeLine, PointVersion, PublicNotice
from ..rules import NoticeState

# What may have changed in a line that is shown anew.
COMPARED = ("organization", "post", "level", "category", "title", "manifestation", "grade", "measures")


def takes_place(notice: PublicNotice) -> bool:
    """Say whether a new notice would take the place of this one: only what still runs is replaced."""
    return notice.state == NoticeState.POSTED and not notice.is_over


def what_it_says_of_earlier(replaced: PublicNotice, versions: Collection[PointVersion]) -> dict[str, Any]:
    """Return what a notice says of the one it names: its number, whether it takes its place, which lines are left out."""
    points = {version.point_id for version in versions}
    lines = replaced.lines.order_by("ordinal").values_list("ordinal", "point_version__point")
    return {
        "number": replaced.number,
        "takes_place": takes_place(replaced),
        "left_out": [ordinal for ordinal, point in lines if point not in points] if takes_place(replaced) else [],
    }


def with_corrections(versions: Sequence[PointVersion], lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines; those shown anew after an objection or the region's return say where they stood and what changed."""
    points = [version.point_id for version in versions]
    due = NoticeLine.objects.to_show_anew().filter(point_version__point__in=points)
    before = {
        line.point_version.point_id: line
        for line in due.select_related("notice", "point_version").order_by("notice__posted_at", "pk")
    }
    return [
        line | ({"corrects": _corrects(before[point], line)} if point in before else {})
        for point, line in zip(points, lines, strict=True)
    ]


def _corrects(before: NoticeLine, line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": before.notice.number,
        "ordinal": before.ordinal,
        "cause": "objection" if before.upheld_by_id else "region",
        "changed": [name for name in COMPARED if before.content[name] != line[name]],
    }
