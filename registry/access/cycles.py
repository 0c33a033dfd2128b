"""Who runs the year of a region or keeps that of a unit: an upper floor's pages ask here, and so does writing dates down."""

from django.utils.translation import gettext as _

from ..models import Organization, Person
from ..roles import Permission
from ..rules import NotAllowed, contains
from .organization import recusals_of, rights_of


def check_run_cycle(organization: Organization, person: Person) -> None:
    """Refuse to run the annual cycle of an organization to all but its own leading group and office."""
    runs = any(
        right.permission == Permission.RUN_CYCLE and right.organization_id == organization.pk
        for right in rights_of(person)
    )
    if not runs or contains(recusals_of(person), organization.tree_from):
        raise NotAllowed(_("The annual cycle of %s is run by the office of its own leading group.") % organization)
