"""Who suggests risk points for which post or section, and who reads the suggestions."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Appointment, Organization, Person, Post, Suggestion
from ..roles import Permission
from ..rules import Interval, Method, NotAllowed, OrganizationKind, contains, subtract
from .declarants import prepared_by
from .organization import nearest, posts_of, recusals_of, scope, within

# Whoever reviews what a post declares speaks as a leader (领导提), everybody else as a colleague (群众帮).
_LEADING = (
    Permission.REVIEW_SECTION,
    Permission.REVIEW_SUPERVISED,
    Permission.REVIEW_PRINCIPAL,
    Permission.REVIEW_TEAM,
)


def _own_units(person: Person) -> list[Interval]:
    """Return the units in which the person holds a post, without the places they are recused from."""
    above = Q(pk__in=[])
    for low, _high in posts_of(person):
        above |= Q(tree_from__lte=low, tree_to__gte=low)
    units = Organization.objects.filter(above, kind=OrganizationKind.UNIT).values_list("tree_from", "tree_to")
    return subtract(units, recusals_of(person))


def posts_to_suggest_for(person: Person) -> QuerySet[Post]:
    """Return the posts of one's unit that somebody else holds, without those of places one is recused from."""
    inside = Q(pk__in=[])
    for interval in _own_units(person):
        inside |= Q(organization__tree_from__range=interval)
    live = Appointment.objects.live(timezone.localdate())
    return (
        Post.objects.filter(inside, pk__in=live.values("post"))
        .exclude(pk__in=live.filter(person=person).values("post"))
        .select_related("organization")
        .order_by("organization__tree_from", "pk")
    )


def sections_to_suggest_for(person: Person) -> QuerySet[Organization]:
    """Return the sections of one's unit whose declaration somebody else prepares."""
    sections = Organization.objects.open_sections().filter(within(_own_units(person)))
    return sections.exclude(pk__in=prepared_by(person)).order_by("tree_from")


def check_suggest(whom: Post | Organization, person: Person) -> Method:
    """Return as what the person suggests; refuse it to people of other units and for what one declares oneself."""
    offered = posts_to_suggest_for(person) if isinstance(whom, Post) else sections_to_suggest_for(person)
    if not offered.filter(pk=whom.pk).exists():
        raise NotAllowed(
            _("Risk points are suggested for posts and sections of one's own unit that others declare for.")
        )
    organization = whom.organization if isinstance(whom, Post) else whom
    unit = nearest(organization, OrganizationKind.UNIT)
    places = (organization.tree_from, unit.tree_from)
    leads = any(contains(scope(person, permission), place) for permission in _LEADING for place in places)
    return Method.LEADER if leads else Method.COLLEAGUES


def suggestions_by(person: Person) -> QuerySet[Suggestion]:
    """Return what the person has suggested, the latest first."""
    return (
        Suggestion.objects.filter(suggested_by=person).select_related("post__organization", "section").order_by("-pk")
    )
