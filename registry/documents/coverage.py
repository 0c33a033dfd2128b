"""The coverage of an organization in a year: levels by categories, and each part of it in numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from ..models import Appointment, Organization, PointVersion, Scheme
from ..querysets.coverage import Coverage
from ..rules import Cell, Interval, Level, Method, OrganizationKind, SuggestionState, level_cells
from ..rules import Scheme as SchemeRule


@dataclass(frozen=True)
class Part:
    """A part of an organization: its posts, how many people owe a declaration (None: not told), how many cells are missing."""

    organization: Organization
    posts: int
    undeclared: int | None
    missing: int


def counted(intervals: Sequence[Interval], year: int) -> Coverage:
    """Return what is counted within `intervals` for `year`, with the holders of today."""
    return Coverage(PointVersion, intervals, year, Appointment.objects.live(timezone.localdate()))


def scheme_of(organization: Organization, year: int) -> SchemeRule:
    """Return the scheme that says what is expected there."""
    scheme = Scheme.objects.in_force(organization.tree_from, year)
    return scheme.rule if scheme else SchemeRule()


def matrix(
    coverage: Coverage, intervals: Sequence[Interval], scheme: SchemeRule
) -> list[tuple[Level, int, list[Cell]]]:
    """Return (level, bodies, cells) for the three levels."""
    points = coverage.points()
    places = [
        organization
        for organization in Organization.objects.filter(
            kind__in=[OrganizationKind.UNIT, OrganizationKind.SECTION], closed_on=None
        )
        if any(low <= organization.tree_from <= high for low, high in intervals)
    ]
    rows = []
    for level, kind in ((Level.LEADERSHIP, OrganizationKind.UNIT), (Level.SECTION, OrganizationKind.SECTION)):
        bodies = {organization.tree_from for organization in places if organization.kind == kind}
        covered = {cell for cell in coverage.covered_organizations(level) if cell[0] in bodies}
        empty = {cell for cell in coverage.empty_organizations(level) if cell[0] in bodies} - covered
        rows.append(_row(level, len(bodies), points, _tally(covered), _tally(empty), scheme))
    covered, empty = _summed(coverage.covered_posts()), _summed(coverage.empty_posts())
    rows.append(_row(Level.POST, sum(coverage.posts().values()), points, covered, empty, scheme))
    return rows


def _row(
    level: Level, bodies: int, points: Mapping, covered: Mapping[str, int], empty: Mapping[str, int], scheme: SchemeRule
) -> tuple[Level, int, list[Cell]]:
    own = {category: count for (its_level, category), count in points.items() if its_level == level}
    expected = scheme.expected[level]
    return level, bodies, level_cells(level, bodies=bodies, points=own, covered=covered, empty=empty, expected=expected)


def _tally(cells: set[tuple[int, str]]) -> Counter:
    return Counter(category for _place, category in cells)


def _summed(counts: Mapping[tuple[int, str], int]) -> Counter:
    found: Counter = Counter()
    for (_place, category), count in counts.items():
        found[category] += count
    return found


def suggested(followed: Coverage) -> list[tuple[Method, list[int]]]:
    """Return how many points colleagues and leaders suggested, by state in the order of SuggestionState."""
    counts = followed.suggestions()
    return [
        (method, [counts.get((method, state), 0) for state in SuggestionState])
        for method in (Method.COLLEAGUES, Method.LEADER)
    ]


def parts(
    coverage: Coverage, followed: Coverage | None, children: Sequence[Organization], scheme: SchemeRule
) -> list[Part]:
    """Return each part with its posts, the declarations owed and the cells of posts that are missing.

    `followed` counts where the reader may know who has handed in what.
    """
    posts, undeclared = coverage.posts(), followed.undeclared() if followed else {}
    covered, empty = coverage.covered_posts(), coverage.empty_posts()
    found = []
    for child in children:
        places = [place for place in posts if child.tree_from <= place <= child.tree_to]
        missing = sum(
            max(0, posts[place] - covered.get((place, category), 0) - empty.get((place, category), 0))
            for place in places
            for category in scheme.expected[Level.POST]
        )
        owed = sum(undeclared.get(place, 0) for place in places) if followed else None
        found.append(Part(child, sum(posts[place] for place in places), owed, missing))
    return found
