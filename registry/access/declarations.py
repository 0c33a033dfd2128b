"""Who sees, edits, submits and takes back a declaration, and who reads the ledger."""

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Appointment, Declaration, Organization, Person, PointVersion
from ..roles import Permission
from ..rules import DeclarationState, Interval, NotAllowed, Refused, Verb, after, contains, merge
from .approvals import waiting_for
from .organization import ledger_scope, recusals_of, scope, within


def visible_declarations(person: Person) -> QuerySet[Declaration]:
    """Return the declarations the person may read."""
    return Declaration.objects.visible(
        person.pk,
        progress=scope(person, Permission.VIEW_PROGRESS),
        ledger=ledger_scope(person),
        asked=waiting_for(person),
        recused=recusals_of(person),
    )


def visible_points(person: Person) -> QuerySet[PointVersion]:
    """Return the versions of the ledger the person may read."""
    return PointVersion.objects.in_ledger().within(ledger_scope(person))


def is_owner(declaration: Declaration, person: Person) -> bool:
    """Say whether the declaration is the person's own matter."""
    if declaration.appointment is not None and declaration.appointment.person_id == person.pk:
        return True
    return declaration.approval is not None and declaration.approval.owners.filter(pk=person.pk).exists()


def sees_trace(declaration: Declaration, person: Person) -> bool:
    """Say whether decisions and remarks are shown: to owners, to those on the route, to the unit's office."""
    if is_owner(declaration, person):
        return True
    approval = declaration.approval
    if approval is None or contains(recusals_of(person), declaration.position):
        return False
    return (
        approval.decisions.filter(decided_by=person).exists()
        or waiting_for(person).filter(pk=approval.pk).exists()
        or contains(scope(person, Permission.VIEW_PROGRESS), declaration.position)
    )


def check_declare(appointment: Appointment, person: Person) -> None:
    """Refuse a declaration for a post one does not hold today."""
    if appointment.person_id != person.pk:
        raise NotAllowed(_("Only the holder of a post declares its risks."))
    if not Appointment.objects.live(timezone.localdate()).filter(pk=appointment.pk).exists():
        raise Refused(_("This appointment has ended; it can no longer be declared for."))


def check_edit(declaration: Declaration, person: Person) -> None:
    """Refuse changes to what is not one's own or not open."""
    if not is_owner(declaration, person):
        raise NotAllowed(_("Only the holder of the post changes this declaration."))
    if declaration.appointment is not None:
        check_declare(declaration.appointment, person)
    after(declaration.state, Verb.SUBMIT)


def check_withdraw(declaration: Declaration, person: Person) -> None:
    """Refuse taking back what is not one's own or what the next step has already acted on."""
    if not is_owner(declaration, person):
        raise NotAllowed(_("Only the holder of the post takes this declaration back."))
    after(declaration.state, Verb.WITHDRAW)
    decision = declaration.approval.decisions.filter(round=declaration.approval.round).first()
    if decision is not None:
        raise Refused(
            _("%(name)s has already decided on it; ask for it to be returned instead.") % {"name": decision.decided_by}
        )


def is_open(declaration: Declaration) -> bool:
    """Say whether the declaration may be edited in its state."""
    return declaration.state in (DeclarationState.DRAFT, DeclarationState.RETURNED)


def counts_scope(person: Person) -> list[Interval]:
    """Return where the person sees how much is declared, in numbers: readers of the ledger, offices, the region's office."""
    watched = [*scope(person, Permission.VIEW_COUNTS), *scope(person, Permission.VIEW_PROGRESS)]
    return merge([*ledger_scope(person), *watched])


def names_scope(person: Person) -> list[Interval]:
    """Return where the person sees who has not declared: that something was handed in is the office's to know."""
    return scope(person, Permission.VIEW_PROGRESS)


def counted_organizations(person: Person) -> QuerySet[Organization]:
    """Return the organizations whose coverage, or that of a part of them, the person sees."""
    return Organization.objects.filter(within(counts_scope(person)))
