"""What a declaration still lacks before it can be submitted: all gaps at once, each with the place that mends it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from .grading import Scheme
from .vocabulary import Category, Change, Level

MOST_POINTS = 60


@dataclass(frozen=True)
class Gap:
    """One thing missing: a sentence, and the target (`point:ID`, `nothing:CATEGORY` or `points`) with its field."""

    sentence: str
    target: str
    field: str = ""


def point_gaps(level: str, point: dict, target: str) -> list[Gap]:
    """Return what one risk point of `level` lacks. `point` holds the values of its form by field name."""
    name = point["title"] or _("(untitled)")
    if point.get("change") == Change.WITHDRAWN:
        reason = _("“%s”: say why it is withdrawn.") % name
        return [] if point.get("change_reason") else [Gap(reason, target, "change_reason")]
    missing = [
        ("category", not point["category"], _("“%s”: choose one of the five categories.")),
        (
            "major",
            level == Level.LEADERSHIP and not point["major"],
            _("“%s”: say around which major matter it stands (major decision, appointment, project, large sum)."),
        ),
        ("matter", not point["matter"], _("“%s”: say which power or matter it is about.")),
        ("title", not point["title"], _("“%s”: give the risk point a title.")),
        ("manifestation", not point["manifestation"], _("“%s”: describe how the risk shows.")),
        ("causes", not point["causes"], _("“%s”: choose at least one cause.")),
        ("methods", not point["methods"], _("“%s”: choose how it was found.")),
        ("grade", point["grade"] is None, _("“%s”: grade it.")),
    ]
    return [Gap(sentence % name, target, field) for field, is_missing, sentence in missing if is_missing]


def coverage_gaps(level: str, scheme: Scheme, covered: Collection[str], empty: Collection[str]) -> list[Gap]:
    """Return the expected categories of `level` that have neither a point nor a statement (part III §4(2))."""
    return [
        Gap(
            _("%s: add a risk point, or say why nothing was found.") % Category(category).label,
            f"nothing:{category}",
        )
        for category in scheme.expected[Level(level)]
        if category not in covered and category not in empty
    ]


def contradictions(covered: Collection[str], empty: Collection[str]) -> list[Gap]:
    """Return categories for which there is a point and a statement that there is none."""
    return [
        Gap(
            _("%s: there is a risk point and a statement that nothing was found; remove one of them.")
            % Category(category).label,
            f"nothing:{category}",
        )
        for category in empty
        if category in covered
    ]


def gaps(
    level: str,
    scheme: Scheme,
    points: Sequence[tuple[str, dict]],
    empty: Collection[str],
    *,
    unchanged: Collection[str] = (),
    suggestions: Sequence[str] = (),
    is_supplement: bool = False,
) -> list[Gap]:
    """Return everything a declaration lacks. `points` are (target, values); `empty` the categories declared empty.

    `unchanged` are the targets said to be changed that read as they were filed; `suggestions` the titles of those not
    answered (part III §4(2) 群众帮、领导提). A supplement covers nothing by itself: it
    says only what changes.
    """
    found: list[Gap] = []
    if not points and not empty:
        found.append(Gap(_("There is no risk point yet."), "points"))
    if len(points) > MOST_POINTS:
        found.append(Gap(_("A declaration holds at most %(most)s risk points.") % {"most": MOST_POINTS}, "points"))
    for target, values in points:
        found.extend(point_gaps(level, values, target))
        if target in unchanged:
            found.append(
                Gap(_("“%s”: nothing of it is changed; change it, or leave it out.") % values["title"], target)
            )
    found += [Gap(_("“%s” was suggested: take it up, or say why not.") % title, "suggestions") for title in suggestions]
    if is_supplement:
        return found
    covered = {values["category"] for _target, values in points if values.get("change") != Change.WITHDRAWN}
    return found + coverage_gaps(level, scheme, covered, empty) + contradictions(covered, empty)


def open_targets(marked: Collection[str] | None, present: Collection[str]) -> set[str]:
    """Return which targets may be changed: all of `present` while nothing is marked, else only those marked."""
    return set(present) if not marked else set(present) & set(marked)
