"""Where the points of an import belong: what it has to make, and what of that is closed when it is taken back.

A place made by an import that was taken back is closed if nothing else came to it, and opened when an import needs it again.
"""

from collections.abc import Collection, Iterable
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
from ..rules import STANDING_STATES, OrganizationKind, Origin, PointState
from ..rules.workbooks import plain
from .audit import record
from .organization import create_organization, create_post


@dataclass
class Place:
    """Where a row of a ledger belongs; what does not exist yet is None beside its name until it is created.

    The section's name is the unit's where no section is named.
    """

    section_name: str
    post_name: str
    organization: Organization | None = None
    post: Post | None = None

    def names(self, unit: Organization) -> tuple[str, ...]:
        """Return the names under which the place is stored."""
        stored = (self.organization and self.organization.name, self.post and self.post.name)
        return tuple(filter(None, (unit.name, self.section_name, self.post_name, *stored)))


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


def create_places(places: Iterable[Place], unit: Organization, *, by: Person) -> dict[str, list[int]]:
    """Create the sections and posts that are missing, through the verbs that note who did it; return their ids.

    What was closed when the import that had made it was taken back is opened again.
    """
    made: dict[str, Organization] = {}
    again = taken_back(unit)
    created: dict[str, list[int]] = {"sections": [], "posts": []}
    codes = set(Organization.objects.filter(code__startswith=f"{unit.code}-").values_list("code", flat=True))
    number = 0
    for place in places:
        name = place.section_name
        if place.organization is None and name not in made:
            if (section := again.sections.get(plain(name))) is not None:
                open_again(section, by=by)
            else:
                number += 1
                while (code := f"{unit.code}-{number:02d}") in codes:
                    number += 1
                section = create_organization(by=by, kind=OrganizationKind.SECTION, code=code, name=name, parent=unit)
            made[name] = section
            created["sections"].append(section.pk)
        if place.organization is None:
            place.organization = made[name]
        if place.post_name and place.post is None:
            place.post = again.posts.get((place.organization.pk, plain(place.post_name)))
            if place.post is not None:
                open_again(place.post, by=by)
            else:
                place.post = create_post(by=by, organization=place.organization, name=place.post_name)
            created["posts"].append(place.post.pk)
    return created


def lock_created(batch: ImportBatch) -> None:
    """Hold the sections and posts a batch has made: who fills a post of them meanwhile has filled it before, or waits."""
    for model, ids in ((Organization, batch.created.get("sections", ())), (Post, batch.created.get("posts", ()))):
        list(model.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))


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
