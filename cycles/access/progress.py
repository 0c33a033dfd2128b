"""Who sees how far the units are, who is told who is late, who urges them."""

from django.utils.translation import gettext as _

from registry import access
from registry.models import Organization, Person
from registry.rules import Interval, NotAllowed, contains, intersect

from ..models import Cycle


def progress_scope(cycle: Cycle, person: Person) -> list[Interval]:
    """Return of which part of the region the person sees how far it is, in numbers."""
    return intersect(access.counts_scope(person), [cycle.region.interval])


def late_scope(cycle: Cycle, person: Person) -> list[Interval]:
    """Return where the person is told by name who is late: the office that follows the declarations."""
    return intersect(access.names_scope(person), [cycle.region.interval])


def check_urge(cycle: Cycle, organization: Organization, person: Person) -> None:
    """Refuse urging to all but the office that follows the declarations of the place."""
    if not contains(late_scope(cycle, person), organization.tree_from):
        raise NotAllowed(_("Who is late is urged by the office of the leading group of the unit."))
