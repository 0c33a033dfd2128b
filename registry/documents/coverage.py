"""The coverage of an organization in a year: levels by categories, each part of it in numbers, and who owes what is missing."""

import enum
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils import timezone

from .. import access
from ..access import Declarant
from ..actions.declarations import declaring_year
from ..models import Appointment, Assignment, Declaration, Organization, Person, PointVersion, Post, Scheme
from ..querysets.coverage import Coverage
from ..roles import Permission, roles_with
from ..rules import (
    Cell,
    DeclarationState,
    Interval,
    Level,
    Method,
    Phase,
    SuggestionState,
    contains,
    level_cells,
)
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
    return Scheme.objects.rule_over(organization.interval, year)


def matrix(coverage: Coverage, scheme: SchemeRule) -> list[tuple[Level, int, list[Cell]]]:
    """Return (level, bodies, cells) for the three levels."""
    points = coverage.points()
    rows = []
    for level, bodies in coverage.bodies().items():
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


# --- Who owes a cell, and where it is mended --------------------------------------------------------------------------


class Mending(enum.Enum):
    """What a reader who declares for a body can do about what is missing there."""

    BEGIN = "begin"  # the year's declaration
    GO_ON = "go on"  # with it
    WAIT = "wait"  # it is under review
    SUPPLEMENT = "supplement"  # it is filed without
    OVER = "over"  # the year is not declared for: no longer, or not yet


@dataclass(frozen=True)
class Owing:
    """A post, section or leadership team that owes a cell."""

    name: str
    organization: Organization
    people: list[str] | None  # who has to see to it; None: not told
    declarant: Declarant | None = None  # where the reader is one of them
    declaration: Declaration | None = None  # what there is of the year
    mending: Mending | None = None


def owing_posts(posts: Sequence[Post], reader: Person, year: int) -> list[Owing]:
    """Return the rows of posts (with their `holders`): who holds them, for who may know, and what the reader does."""
    named = access.names_scope(reader)
    rows = []
    for post in posts:
        own = next((held for held in post.holders if held.person_id == reader.pk), None)
        if own is not None:
            own.post = post
        is_told = contains(named, post.organization.tree_from)
        people = [held.person.name for held in post.holders] if is_told else None
        rows.append((Owing(post.name, post.organization, people), Declarant.of_post(own) if own else None))
    return _with_mending(rows, year)


def owing_organizations(organizations: Sequence[Organization], reader: Person, year: int) -> list[Owing]:
    """Return the rows of sections or units: who prepares their declaration, for who may know, and what the reader does."""
    named, prepared = access.names_scope(reader), access.prepared_by(reader)
    people = defaultdict(list)
    preparing = Assignment.objects.live(timezone.localdate()).filter(
        organization__in=organizations, role__in=roles_with(Permission.PREPARE)
    )
    for assignment in preparing.select_related("person").order_by("starts_on", "pk"):
        if assignment.person.name not in people[assignment.organization_id]:
            people[assignment.organization_id].append(assignment.person.name)
    rows = []
    for organization in organizations:
        told = people[organization.pk] if contains(named, organization.tree_from) else None
        own = Declarant.of_organization(organization) if organization.pk in prepared else None
        rows.append((Owing(organization.name, organization, told), own))
    return _with_mending(rows, year)


def _with_mending(rows: Sequence[tuple[Owing, Declarant | None]], year: int) -> list[Owing]:
    return [replace(row, **_mending(own, year)) if own else row for row, own in rows]


def _mending(declarant: Declarant, year: int) -> dict:
    """Return what the reader can do; a query or two for each of their own bodies, and those are few."""
    declaration = declarant.declarations.filter(year=year, phase=Phase.POINTS, supplement=0).first()
    if declaration is None:
        is_due = year == declaring_year(declarant.organization.tree_from)
        mending = Mending.BEGIN if is_due else Mending.OVER
    elif declaration.state == DeclarationState.FILED:
        mending = Mending.SUPPLEMENT
    else:
        mending = Mending.GO_ON if access.is_open(declaration) else Mending.WAIT
    return {"declarant": declarant, "declaration": declaration, "mending": mending}
