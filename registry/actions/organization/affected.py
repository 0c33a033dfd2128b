"""What a reorganization touches, as plain values. Of a risk point nothing but code, level and grade, and whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from ... import access
from ...models import Approval, Declaration, NoticeLine, Organization, Person, PointVersion, PublicNotice
from ...querysets.ledger import LEDGER_ORDER
from ...querysets.places import lies_within
from ...rules import STANDING_STATES, ApprovalState, DeclarationState, Grade, Level, subtract

MOST_CODES = 50


@dataclass(frozen=True)
class AffectedPoint:
    """A risk point that stands: level and grade None while a ledger on paper left them open, the post's name or ""."""

    code: str
    level: Level | None
    grade: Grade | None
    post: str


@dataclass(frozen=True)
class Affected:
    """What stands and what is open there, without what `by` is recused from; of the points the first MOST_CODES."""

    points: Sequence[AffectedPoint]
    point_count: int
    declarations: int
    notices: int
    approvals: int
    is_cut: bool  # a part is left out, for who looks is recused from it

    @property
    def further_points(self) -> int:
        return self.point_count - len(self.points)


def affected_below(organization: Organization, *, by: Person) -> Affected:
    """Return what stands and is open at an organization and below it."""
    seen = subtract([organization.interval], access.recusals_of(by))
    within = lies_within(seen, Organization)
    return _affected(
        PointVersion.objects.filter(within),
        declarations=Declaration.objects.filter(within),
        lines=NoticeLine.objects.filter(within),
        composed=within,
        approvals=Approval.objects.filter(within),
        is_cut=seen != [organization.interval],
    )


def affected_of_posts(posts: Sequence[int], *, by: Person) -> Affected:
    """Return what stands and is open for posts, by their ids."""
    unseen = lies_within(access.recusals_of(by), Organization)
    every = Q(post__in=posts)
    declarations = Declaration.objects.filter(every & ~unseen)
    return _affected(
        PointVersion.objects.filter(every & ~unseen),
        declarations=declarations,
        lines=NoticeLine.objects.filter(~unseen, point_version__post__in=posts),
        composed=Q(pk__in=[]),
        approvals=Approval.objects.filter(
            Q(declaration__in=declarations.values("pk")) | Q(reviewed_declaration__in=declarations.values("pk"))
        ),
        is_cut=PointVersion.objects.filter(every & unseen).exists(),
    )


def _affected(
    points: QuerySet[PointVersion],
    *,
    declarations: QuerySet[Declaration],
    lines: QuerySet[NoticeLine],
    composed: Q,
    approvals: QuerySet[Approval],
    is_cut: bool,
) -> Affected:
    """`composed` is the condition of the notices of that place itself; `lines` are those of notices of any place."""
    standing = points.filter(state__in=STANDING_STATES)
    shown = standing.order_by(*LEDGER_ORDER).values_list("point__code", "level", "grade", "post__name")[:MOST_CODES]
    running = PublicNotice.objects.running(timezone.localdate())
    return Affected(
        points=[
            AffectedPoint(code, Level(level) if level else None, Grade(grade) if grade else None, post or "")
            for code, level, grade, post in shown
        ],
        point_count=standing.count(),
        declarations=declarations.exclude(state=DeclarationState.FILED).count(),
        notices=running.filter(composed | Q(Exists(lines.filter(notice=OuterRef("pk"))))).count(),
        approvals=approvals.filter(state=ApprovalState.OPEN).told_to_anybody().count(),
        is_cut=is_cut,
    )
