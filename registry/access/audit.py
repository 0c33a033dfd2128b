"""Who reads the audit chain."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from ..models import AuditEntry, Organization, Person
from ..roles import Permission
from ..rules import NotAllowed
from .organization import administers, scope, within


def check_read_audit(person: Person) -> None:
    """Refuse the audit chain to all but audit administrators."""
    if not administers(person, Permission.READ_AUDIT):
        raise NotAllowed(_("The audit chain is read by the audit administrator."))


def audited_organizations(person: Person) -> QuerySet[Organization]:
    """Return where the person audits, in the order of the tree."""
    return Organization.objects.filter(within(scope(person, Permission.READ_AUDIT)))


def readable_entries(person: Person) -> QuerySet[AuditEntry]:
    """Return the entries about places where the person audits; what is about no place is read at the top of the tree."""
    places = audited_organizations(person)
    about = Q(organization__in=places.order_by().values("pk"))
    if places.filter(parent=None).exists():
        about |= Q(organization=None)
    return AuditEntry.objects.filter(about)
