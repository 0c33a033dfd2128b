"""Sections and posts an import has made: closed when it is taken back and nothing came to them, opened when they are needed again."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils import timezone

from ..models import (
    Appointment,
    Assignment,
    Declaration,
    ImportBatch,
    Organization,
    Person,
    PointVersion,
    Post,
    Recusal,
    Suggestion,
)
from ..rules import STANDING_STATES, Origin, PointState
from ..rules.workbooks import plain
from .audit import record


@dataclass(frozen=True)
class TakenBack:
    """What was closed so and is closed still: sections by their plain name, posts by (organization's id, plain name)."""

    sections: dict[str, Organization]
    posts: dict[tuple[int, str], Post]


def taken_back(unit: Organization) -> TakenBack:
    """Return what imports of the unit had made that were taken back. A new import makes it anew by opening it."""
    sections: set[int] = set()
    posts: set[int] = set()
    for made in ImportBatch.objects.filter(unit=unit, undone_by__isnull=False).values_list("created", flat=True):
        sections.update(made.get("sections", ()))
        posts.update(made.get("posts", ()))
    if not sections and not posts:
        return TakenBack({}, {})
    closed_sections = Organization.objects.filter(pk__in=sections, closed_on__isnull=False)
    closed_posts = Post.objects.filter(pk__in=posts, closed_on__isnull=False).select_related("organization")
    return TakenBack(
        {plain(section.name): section for section in closed_sections},
        {(post.organization_id, plain(post.name)): post for post in closed_posts},
    )


def unused(batch: ImportBatch) -> tuple[list[Organization], list[Post]]:
    """Return the sections and posts a batch has made to which nothing came but what it brought itself."""
    others = PointVersion.objects.filter(state__in=(PointState.DRAFT, *STANDING_STATES)).exclude(
        declaration__batch=batch
    )
    declared = Declaration.objects.filter(origin=Origin.DECLARED)
    posts = [
        post
        for post in Post.objects.filter(pk__in=batch.created.get("posts", ()), closed_on=None).order_by("pk")
        if not others.filter(post=post).exists()
        and not declared.filter(post=post).exists()
        and not Appointment.objects.filter(post=post).exists()
        and not Suggestion.objects.filter(post=post).exists()
        and not Post.objects.filter(successor=post).exists()
    ]
    left = Post.objects.filter(closed_on=None).exclude(pk__in=[post.pk for post in posts])
    sections = [
        section
        for section in Organization.objects.filter(pk__in=batch.created.get("sections", ()), closed_on=None)
        if not others.filter(organization=section).exists()
        and not declared.filter(organization=section).exists()
        and not left.filter(organization=section).exists()
        and not Assignment.objects.filter(organization=section).exists()
        and not Recusal.objects.filter(organization=section).exists()
        and not Suggestion.objects.filter(section=section).exists()
    ]
    return sections, posts


def close_unused(*, by: Person, sections: Collection[Organization], posts: Collection[Post], reason: str) -> None:
    """Close them after today; call inside the transaction that takes the import back."""
    today = timezone.localdate()
    for kind, rows in (("post", posts), ("organization", sections)):
        for row in rows:
            _set_closed(row, today, by=by, reason=reason)
            record(f"{kind}.close", by=by, subject=row, content=[today.isoformat(), reason])


def open_again(row: Organization | Post, *, by: Person) -> None:
    """Open what was closed so: an import needs it again."""
    _set_closed(row, None, by=by, reason="")
    record("post.open" if isinstance(row, Post) else "organization.open", by=by, subject=row)


def _set_closed(row: Organization | Post, day: object, *, by: Person, reason: str) -> None:
    row.closed_on = day
    row._history_user, row._change_reason = by, reason[:100]
    row.save(update_fields=["closed_on"])
