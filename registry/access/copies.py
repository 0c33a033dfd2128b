"""Who issues numbered copies of a unit's notices and ledgers, and keeps its register."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ..models import NumberedCopy, Organization, Person, PublicNotice
from ..roles import Permission
from ..rules import SHOWN, NotAllowed, OrganizationKind, Refused
from .notices import publishable_organizations
from .organization import scope


def units_with_copies(person: Person) -> QuerySet[Organization]:
    """Return the units whose register the person keeps: the office and the publishers, for a number is given in its name."""
    return publishable_organizations(person).filter(kind=OrganizationKind.UNIT)


def keeps_copies(person: Person) -> bool:
    """Say whether the person may keep a register anywhere: whether pages show the way to it."""
    return bool(scope(person, Permission.PUBLISH_NOTICES))


def visible_copies(person: Person) -> QuerySet[NumberedCopy]:
    """Return the copies in the registers the person keeps."""
    return NumberedCopy.objects.filter(unit__in=units_with_copies(person).order_by().values("pk"))


def check_issue(unit: Organization, person: Person) -> None:
    """Refuse numbered copies in the name of a unit whose register is not the person's."""
    if not units_with_copies(person).filter(pk=unit.pk).exists():
        raise NotAllowed(_("Numbered copies of %s are issued by its office and its publishers of notices.") % unit)


def check_issue_notice(notice: PublicNotice, person: Person) -> None:
    """Refuse copies of a notice that was never posted or was taken down."""
    check_issue(notice.unit, person)
    if notice.state not in SHOWN:
        raise Refused(_("Copies are issued of a notice that is posted."))


def check_return(copy: NumberedCopy, person: Person) -> None:
    """Refuse entering the return of a copy that came back, or that never was one."""
    check_issue(copy.unit, person)
    if copy.made_at is None:
        raise Refused(_("This copy was never made."))
    if copy.returned_on is not None:
        raise Refused(_("This copy came back on %(day)s.") % {"day": copy.returned_on})
