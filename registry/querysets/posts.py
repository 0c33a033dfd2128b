"""Choosing posts: who answers for what today, once duties have passed from post to post."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from ..rules import STANDING_STATES


class PostQuerySet(models.QuerySet):
    def answered_for_by(self, post: models.Model) -> list[int]:
        """Return the ids of a post and of every closed post whose duties it has taken over, at first or second hand."""
        return self.with_predecessors([post.pk])

    def left_with(self, organization: models.Model) -> list[int]:
        """Return the ids of the posts that a section or leadership team winds up, nobody having taken them over.

        They are those of its own, and of its closed parts, that were closed without a successor; and every post whose
        duties had come to one of them.
        """
        today = timezone.localdate()
        here = Q(organization=organization) | Q(organization__parent=organization, organization__closed_on__lt=today)
        return self.with_predecessors(self._closed(today).filter(here, successor=None).values_list("pk", flat=True))

    def passed_on(self) -> dict[int, list[int]]:
        """Return, for each closed post with a successor, the posts its duties went to in turn; the last one has them today."""
        after = dict(self._closed(timezone.localdate()).exclude(successor=None).values_list("pk", "successor"))
        return {post: _chain(after, post) for post in after}

    def without_holder(self, live: models.QuerySet, passed_on: Mapping[int, Sequence[int]]) -> "PostQuerySet":
        """Return the posts for whose risk points nobody answers today.

        Nobody holds them, nor the post that has their duties. `live` is the appointments of today, `passed_on` what the
        method of this name returns.
        """
        held = set(live.filter(post__in={chain[-1] for chain in passed_on.values()}).values_list("post", flat=True))
        taken_over = [post for post, chain in passed_on.items() if chain[-1] in held]
        return self.filter(~Exists(live.filter(post=OuterRef("pk")))).exclude(pk__in=taken_over)

    def open_at(self, organizations: Sequence[models.Model]) -> "PostQuerySet":
        """Return the posts of these organizations that are not closed."""
        return self.filter(organization__in=organizations, closed_on=None)

    def with_points(self) -> "PostQuerySet":
        """Return the posts with the number of risk points that stand for each as `standing_points`."""
        standing = Q(point_versions__state__in=STANDING_STATES)
        return self.annotate(standing_points=Count("point_versions", filter=standing))

    def _closed(self, today: dt.date) -> "PostQuerySet":
        # On its last day a post is still held by whoever holds it.
        return self.model.objects.filter(closed_on__lt=today).order_by()

    def with_predecessors(self, posts: Iterable[int]) -> list[int]:
        """Return the ids of posts with those of every closed one whose duties came to them, at any hand."""
        found = latest = list(posts)
        closed = self._closed(timezone.localdate())
        while latest:
            latest = list(closed.filter(successor__in=latest).exclude(pk__in=found).values_list("pk", flat=True))
            found = found + latest
        return found


def _chain(after: Mapping[int, int], post: int) -> list[int]:
    chain: list[int] = []
    while post in after and after[post] not in chain:
        post = after[post]
        chain.append(post)
    return chain
