"""Who suggests risk points for which post, and who reads the suggestions."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Appointment, Organization, Person, Post, Suggestion
from ..roles import Permission
from ..rules import Method, NotAllowed, OrganizationKind, contains, subtract
from .organization import nearest, posts_of, recusals_of, scope

# Whoever reviews what a post declares speaks as a leader (领导提), everybody else as a colleague (群众帮).
_LEADING = (
    Permission.REVIEW_SECTION,
    Permission.REVIEW_SUPERVISED,
    Permission.REVIEW_PRINCIPAL,
    Permission.REVIEW_TEAM,
)


def posts_to_suggest_for(person: Person) -> QuerySet[Post]:
    """Return the posts of one's unit that somebody else holds, without those of places one is recused from."""
    above = Q(pk__in=[])
    for low, _high in posts_of(person):
        above |= Q(tree_from__lte=low, tree_to__gte=low)
    units = Organization.objects.filter(above, kind=OrganizationKind.UNIT).values_list("tree_from", "tree_to")
    inside = Q(pk__in=[])
    for interval in subtract(units, recusals_of(person)):
        inside |= Q(organization__tree_from__range=interval)
    live = Appointment.objects.live(timezone.localdate())
    return (
        Post.objects.filter(inside, pk__in=live.values("post"))
        .exclude(pk__in=live.filter(person=person).values("post"))
        .select_related("organization")
        .order_by("organization__tree_from", "pk")
    )


def check_suggest(post: Post, person: Person) -> Method:
    """Return as what the person suggests for a post; refuse it to people of other units and for one's own post."""
    if not posts_to_suggest_for(person).filter(pk=post.pk).exists():
        raise NotAllowed(_("Risk points are suggested for posts that others hold in one's own unit."))
    unit = nearest(post.organization, OrganizationKind.UNIT)
    places = (post.organization.tree_from, unit.tree_from)
    leads = any(contains(scope(person, permission), place) for permission in _LEADING for place in places)
    return Method.LEADER if leads else Method.COLLEAGUES


def suggestions_by(person: Person) -> QuerySet[Suggestion]:
    """Return what the person has suggested, the latest first."""
    return Suggestion.objects.filter(suggested_by=person).select_related("post__organization").order_by("-pk")
