"""Who lets a small office go on: the region's office enters an opt-out, a second person of it confirms, each in their own right."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from ..models import OptOut, Organization, Person
from ..roles import Permission
from ..rules import EntryVerb, NotAllowed, OrganizationKind, Refused, entry_after
from .approvals import names
from .explaining import explained_scope
from .organization import (
    administered_organizations,
    holders,
    nearest,
    recused_from,
    region_scope,
    rights_of,
    scope,
    within,
)
from .regions import reporting_units


def enters_opt_outs(person: Person) -> bool:
    """Say whether the person is in a region's office by a role of their own."""
    return any(right.permission == Permission.DECIDE_FOR_REGION and right.whom is None for right in rights_of(person))


def check_opt_outs(person: Person) -> None:
    """Refuse the opt-outs of small offices to all but the region's office."""
    if not enters_opt_outs(person):
        raise NotAllowed(_("Opt-outs of small offices are the matter of the region's office."))


def units_to_opt_out(person: Person) -> QuerySet[Organization]:
    """Return the units the person may enter an opt-out for."""
    units = reporting_units(person).filter(closed_on=None)
    return units if enters_opt_outs(person) else units.none()


def offices_over(unit: Organization) -> QuerySet[Person]:
    """Return the people of the region's office over a unit who are not recused from it."""
    region = nearest(unit, OrganizationKind.REGION)
    if region is None:
        return Person.objects.none()
    return holders(Permission.DECIDE_FOR_REGION, region).exclude(pk__in=recused_from(unit, True)).order_by("username")


def check_enter_opt_out(unit: Organization, person: Person) -> None:
    """Refuse entering an opt-out to all but the region's office over the unit, and where nobody else is in it to confirm."""
    offices = offices_over(unit)
    if unit.kind != OrganizationKind.UNIT or not offices.filter(pk=person.pk).exists():
        raise NotAllowed(_("An opt-out for %s is entered by the region's office.") % unit)
    if not offices.exclude(pk=person.pk).exists():
        raise Refused(_("There is nobody else in the region's office who could confirm it."))


def check_confirm_opt_out(opt_out: OptOut, person: Person) -> None:
    """Refuse confirming and declining to all but a second person of the region's office."""
    others = offices_over(opt_out.unit).exclude(pk=opt_out.entered_by_id)
    if not others.filter(pk=person.pk).exists():
        who = names(others.values_list("pk", flat=True)) or _("nobody at present")
        raise NotAllowed(_("An opt-out is confirmed by a second person of the region's office: %s.") % who)
    entry_after(opt_out.state, EntryVerb.CONFIRM, is_over=opt_out.is_over)


def check_end_opt_out(opt_out: OptOut, person: Person) -> None:
    """Refuse ending to all but the region's office; one person of it is enough to make things strict again."""
    if not offices_over(opt_out.unit).filter(pk=person.pk).exists():
        raise NotAllowed(_("An opt-out is ended by the region's office."))
    entry_after(opt_out.state, EntryVerb.END, is_over=opt_out.is_over)


def visible_opt_outs(person: Person) -> QuerySet[OptOut]:
    """Return the opt-outs the person may see: the region's office, the unit's, and who is told who may do what there."""
    places = within([*region_scope(person), *scope(person, Permission.VIEW_PROGRESS), *explained_scope(person)])
    units = Organization.objects.filter(places | Q(pk__in=administered_organizations(person).order_by().values("pk")))
    return OptOut.objects.filter(unit__in=units.order_by().values("pk")).told()
