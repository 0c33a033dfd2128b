"""Whose documents are whose, and whether somebody may still read what stands in a file that was made for them."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Organization, Person, PointVersion, ShelfItem
from ..querysets.places import lies_within
from ..rules import Interval, Refused
from ..rules.shelf import ShelfState
from .notices import visible_notices
from .organization import ledger_scope

# Keys in one statement; SQLite takes no more than 32,766.
_AT_ONCE = 5_000


def own_documents(person: Person) -> QuerySet[ShelfItem]:
    """Return what lies on the person's shelf. Nobody sees another's."""
    return ShelfItem.objects.filter(person=person)


def check_fetch(item: ShelfItem, person: Person) -> None:
    """Refuse a file that is not there, or that holds rows the person no longer reads where they stand in the tree today."""
    if item.state == ShelfState.EXPIRED or (item.expires_at is not None and item.expires_at <= timezone.now()):
        raise Refused(_("This document was kept until its day and is gone. Ask for it again."))
    if item.state != ShelfState.READY:
        raise Refused(_("This document is not made yet."))
    if "notice" in item.arguments and not visible_notices(person).filter(pk=item.arguments["notice"]).exists():
        raise Refused(_("You no longer see the notice you asked for."))
    if _holds_what_lies_outside(item, ledger_scope(person)):
        raise Refused(
            _(
                "Since this document was made your rights have changed: you no longer read all that stands in it. Ask for it again."
            )
        )


def _holds_what_lies_outside(item: ShelfItem, intervals: Sequence[Interval]) -> bool:
    """Say whether rows of the file lie outside `intervals` today.

    What is filed keeps the organization it was filed under, also when that was merged or its post was moved.
    """
    pairs = [each for each in item.places if isinstance(each, list)]
    alone = [each for each in item.places if not isinstance(each, list)]
    outside = PointVersion.objects.in_ledger().exclude(lies_within(intervals, Organization))
    filed_under = Q(organization__in=[organization for organization, post in pairs if post is None], post=None)
    if outside.filter(filed_under | Q(organization__in=alone)).exists():
        return True
    posts = sorted({post for _organization, post in pairs if post is not None})
    return any(
        outside.filter(post__in=posts[start : start + _AT_ONCE]).exists() for start in range(0, len(posts), _AT_ONCE)
    )
