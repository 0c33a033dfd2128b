"""What has been looked at and what has not (part III §4(2)): levels by categories against what the scheme expects."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .vocabulary import Category, Level, OrganizationKind

# Which kind of organization declares on a level as a whole; on the level of posts each holder does.
DECLARING_KINDS = {Level.LEADERSHIP: OrganizationKind.UNIT, Level.SECTION: OrganizationKind.SECTION}


@dataclass(frozen=True)
class Cell:
    """One level and category of a place: how many bodies stand in each case.

    A body is what declares on the level: a post with a holder, a section, a leadership team.
    """

    category: Category
    is_expected: bool
    points: int  # risk points
    covered: int  # bodies with a point
    empty: int  # bodies that stated that nothing was found
    missing: int  # bodies that owe one or the other


def level_cells(
    level: Level,
    *,
    bodies: int,
    points: Mapping[str, int],
    covered: Mapping[str, int],
    empty: Mapping[str, int],
    expected: Collection[str],
) -> list[Cell]:
    """Return the five cells of a level. The mappings are by category; `expected` the categories the scheme expects."""
    return [
        Cell(
            category=category,
            is_expected=category in expected,
            points=points.get(category, 0),
            covered=covered.get(category, 0),
            empty=empty.get(category, 0),
            missing=max(0, bodies - covered.get(category, 0) - empty.get(category, 0)) if category in expected else 0,
        )
        for category in Category
    ]
