"""What the coverage of a year is counted from, by place: the tree number of the organization."""

from collections.abc import Sequence

from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from ..rules import DECLARING_KINDS, STANDING_STATES, DeclarationState, Interval, Level, Phase
from .places import lies_within

# What counts as having declared: handed in, whatever became of it since.
HANDED_IN = (DeclarationState.SUBMITTED, DeclarationState.RETURNED, DeclarationState.FILED)


class Coverage:
    """Counts of a year within merged `intervals`. Each is one query, whatever the number of rows."""

    def __init__(self, points: type[models.Model], intervals: Sequence[Interval], year: int, live: QuerySet) -> None:
        """`points` is the model of versions; `live` the appointments of today."""
        self._organizations = points._meta.get_field("organization").related_model
        self._declarations = points._meta.get_field("declaration").related_model
        self._statements = self._declarations._meta.get_field("nothing_found").related_model
        self._intervals, self._year, self._live = intervals, year, live
        within = lies_within(intervals, self._organizations)
        self._points = points.objects.filter(within, year=year, state__in=STANDING_STATES).order_by()
        filed = self._declarations.objects.filter(within, year=year, state=DeclarationState.FILED).order_by()
        self._empty = self._statements.objects.filter(declaration__in=filed.values("pk")).order_by()

    def points(self) -> dict[tuple[str, str], int]:
        """Return how many risk points stand, by (level, category)."""
        rows = self._points.values("level", "category").annotate(count=Count("pk"))
        return {(row["level"], row["category"]): row["count"] for row in rows}

    def posts(self) -> dict[int, int]:
        """Return how many posts have a holder today, by place."""
        return self._by_place(
            self._live.filter(self._at("post__organization__tree_from")), "post__organization__tree_from"
        )

    def bodies(self) -> dict[Level, set[int]]:
        """Return the places of the open units (for their leadership teams) and sections, by the level they declare on."""
        found: dict[Level, set[int]] = {level: set() for level in DECLARING_KINDS}
        levels = {kind: level for level, kind in DECLARING_KINDS.items()}
        for kind, place in self._declaring().values_list("kind", "tree_from"):
            found[levels[kind]].add(place)
        return found

    def undeclared(self) -> dict[int, int]:
        """Return how many appointments have not handed in the year's declaration, by place."""
        return self._by_place(self.missing_people(), "post__organization__tree_from", "pk")

    def missing_people(self) -> QuerySet:
        """Return the appointments that have not handed in the year's declaration."""
        handed_in = self._declarations.objects.filter(
            appointment=OuterRef("pk"), year=self._year, phase=Phase.POINTS, supplement=0, state__in=HANDED_IN
        )
        return self._live.filter(self._at("post__organization__tree_from")).filter(~Exists(handed_in))

    def covered_posts(self) -> dict[tuple[int, str], int]:
        """Return how many posts with a holder have a point, by (place, category)."""
        held = self._points.filter(level=Level.POST, post__in=self._live.values("post"))
        rows = held.values("position", "category").annotate(count=Count("post", distinct=True))
        return {(row["position"], row["category"]): row["count"] for row in rows}

    def empty_posts(self) -> dict[tuple[int, str], int]:
        """Return how many posts with a holder stated that nothing was found and have no point, by (place, category)."""
        covered = self._points.filter(post=OuterRef("declaration__post"), category=OuterRef("category"))
        stated = self._empty.filter(
            ~Exists(covered), declaration__level=Level.POST, declaration__post__in=self._live.values("post")
        )
        rows = stated.values("declaration__position", "category").annotate(
            count=Count("declaration__post", distinct=True)
        )
        return {(row["declaration__position"], row["category"]): row["count"] for row in rows}

    def covered_organizations(self, level: str) -> set[tuple[int, str]]:
        """Return the (place, category) for which there is a point of a section or a leadership team."""
        return set(self._points.filter(level=level).values_list("position", "category").distinct())

    def empty_organizations(self, level: str) -> set[tuple[int, str]]:
        """Return the (place, category) a section or leadership team declared empty."""
        stated = self._empty.filter(declaration__level=level)
        return set(stated.values_list("declaration__position", "category").distinct())

    def missing_posts(self, category: str) -> QuerySet:
        """Return the posts with a holder that have neither a point nor a statement, with their `holders`, in order."""
        posts = self._live.model._meta.get_field("post").related_model
        own = self._points.filter(level=Level.POST, category=category, post=OuterRef("pk"))
        stated = self._empty.filter(declaration__level=Level.POST, declaration__post=OuterRef("pk"), category=category)
        holders = self._live.select_related("person").order_by("starts_on", "pk")
        return (
            posts.objects.filter(self._at("organization__tree_from"), pk__in=self._live.values("post"))
            .filter(~Exists(own), ~Exists(stated))
            .select_related("organization__parent")
            .prefetch_related(Prefetch("appointments", holders, to_attr="holders"))
            .order_by("organization__tree_from", "pk")
        )

    def missing_organizations(self, level: Level, category: str) -> QuerySet:
        """Return the sections, or units for their leadership teams, that have neither, in order."""
        own = self._points.filter(level=level, category=category, position=OuterRef("tree_from"))
        stated = self._empty.filter(
            declaration__level=level, declaration__position=OuterRef("tree_from"), category=category
        )
        return (
            self._declaring()
            .filter(~Exists(own), ~Exists(stated), kind=DECLARING_KINDS[level])
            .select_related("parent")
            .order_by("tree_from")
        )

    def suggestions(self) -> dict[tuple[str, str], int]:
        """Return how many risk points were suggested in the year for posts and sections there, by (way of finding, state)."""
        posts = self._live.model._meta.get_field("post").related_model
        suggestions = posts._meta.get_field("suggestions").related_model
        there = self._at("post__organization__tree_from") | self._at("section__tree_from")
        rows = suggestions.objects.filter(there, suggested_at__year=self._year)
        counted = rows.order_by().values("method", "state").annotate(count=Count("pk"))
        return {(row["method"], row["state"]): row["count"] for row in counted}

    def _declaring(self) -> QuerySet:
        kinds = list(DECLARING_KINDS.values())
        return self._organizations.objects.filter(self._at("tree_from"), kind__in=kinds, closed_on=None)

    def _at(self, name: str) -> Q:
        inside = Q(pk__in=[])
        for low, high in self._intervals:
            inside |= Q(**{f"{name}__range": (low, high)})
        return inside

    @staticmethod
    def _by_place(rows: QuerySet, place: str, counted: str = "post") -> dict[int, int]:
        found = rows.order_by().values(place).annotate(count=Count(counted, distinct=True))
        return {row[place]: row["count"] for row in found}
