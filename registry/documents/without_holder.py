"""Risk points of posts for which nobody answers today: since when, and what is to be done with them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Max, Min, Q, QuerySet
from django.utils import timezone

from .. import access
from ..models import Appointment, Organization, Person, PointVersion, Post
from ..rules import STANDING_STATES, Level, OrganizationKind


@dataclass(frozen=True)
class Unheld:
    """A point without a holder, and the post that has its duties today: its own, or the one that took over."""

    version: PointVersion
    answering: Post
    since: dt.date | None  # the first day without a holder; None: nobody ever held it
    held_from: dt.date | None  # somebody is appointed from this day on
    is_closed: bool  # the answering post
    withdrawn_by: Organization | None  # the section or unit that can withdraw it, once the answering post is closed


def unheld_points(reader: Person, organization: Organization | None = None) -> QuerySet[PointVersion]:
    """Return the points in the reader's ledger that stand for a post and for which nobody answers, in the order of the tree.

    With `organization` only those there and below it.
    """
    places = access.readable_organizations(reader)
    if organization is not None:
        places = places.filter(tree_from__range=organization.interval)
    live = Appointment.objects.live(timezone.localdate())
    # From the few posts to their points, not from all points to their posts.
    posts = Post.objects.filter(organization__in=places.order_by().values("pk"))
    posts = posts.without_holder(live, Post.objects.passed_on())
    found = access.visible_points(reader).filter(level=Level.POST, state__in=STANDING_STATES, post__in=posts)
    return found.order_by("position", "post_id", "year", "pk")


def rows(versions: Sequence[PointVersion]) -> list[Unheld]:
    """Return the points of a page, in their order."""
    today = timezone.localdate()
    passed_on = Post.objects.passed_on()
    chains = {post: [post, *passed_on.get(post, ())] for post in {version.post_id for version in versions}}
    concerned = {post for chain in chains.values() for post in chain}
    posts = Post.objects.select_related("organization__parent").in_bulk({chain[-1] for chain in chains.values()})
    last, first = {}, {}
    for post, held_until, held_from in (
        Appointment.objects.filter(post__in=concerned)
        .values("post")
        .annotate(
            until=Max("ends_on", filter=Q(ends_on__lt=today)), since=Min("starts_on", filter=Q(starts_on__gt=today))
        )
        .values_list("post", "until", "since")
    ):
        last[post], first[post] = held_until, held_from
    found = []
    for version in versions:
        chain = chains[version.post_id]
        answering = posts[chain[-1]]
        ended = [last[post] for post in chain if last.get(post)]
        is_closed = _is_closed(answering, today)
        found.append(
            Unheld(
                version=version,
                answering=answering,
                since=max(ended) + dt.timedelta(days=1) if ended else None,
                held_from=first.get(answering.pk),
                is_closed=is_closed,
                withdrawn_by=_winds_up(answering.organization, today) if is_closed else None,
            )
        )
    return found


def _winds_up(organization: Organization, today: dt.date) -> Organization | None:
    """Return who withdraws what a closed post leaves: its section or unit, of a closed section the unit, else nobody."""
    if not _is_closed(organization, today):
        return organization
    if organization.kind == OrganizationKind.SECTION and not _is_closed(organization.parent, today):
        return organization.parent
    return None


def _is_closed(place: Organization | Post, today: dt.date) -> bool:
    return place.closed_on is not None and place.closed_on < today
