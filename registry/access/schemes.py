"""Who makes the scheme of a unit or a region, and who reads how it came to be."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Organization, Person
from ..roles import Permission
from ..rules import NotAllowed, OrganizationKind, contains
from .organization import recusals_of, region_scope, rights_of, scope, within

# The office of the leading group makes the scheme: the unit's for the unit, the region's for the region.
_MAKING = {OrganizationKind.UNIT: Permission.FILE_DECLARATIONS, OrganizationKind.REGION: Permission.DECIDE_FOR_REGION}


def makes_schemes(person: Person) -> bool:
    """Say whether the person holds the office of any unit or region."""
    return any(right.permission in _MAKING.values() for right in rights_of(person))


def check_makes_schemes(person: Person) -> None:
    """Refuse the pages of the schemes to who makes none."""
    if not makes_schemes(person):
        raise NotAllowed(_("Schemes are made by the offices of the leading groups."))


def scheme_organizations(person: Person) -> QuerySet[Organization]:
    """Return the units and regions whose scheme the person reads: those of their office, and a region's units."""
    places = within(scope(person, Permission.FILE_DECLARATIONS)) | within(region_scope(person))
    today = timezone.localdate()
    return Organization.objects.filter(
        places, Q(closed_on=None) | Q(closed_on__gte=today), kind__in=list(_MAKING)
    ).order_by("tree_from")


def check_enact(organization: Organization, person: Person) -> None:
    """Refuse a scheme of an organization to all but its own office, and to who is recused from it."""
    held = {(right.permission, right.organization_id) for right in rights_of(person)}
    if (_MAKING.get(OrganizationKind(organization.kind)), organization.pk) not in held or contains(
        recusals_of(person), organization.tree_from
    ):
        raise NotAllowed(_("The scheme of %s is made by the office of its own leading group.") % organization)
