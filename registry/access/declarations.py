"""Who sees, edits, submits and takes back a declaration, and who reads the ledger."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ..models import Declaration, Organization, Person, PointVersion
from ..querysets.ledger import Ledger, LedgerFilter
from ..roles import Permission
from ..rules import DeclarationState, Interval, NotAllowed, Origin, Refused, Verb, after, contains, merge
from .approvals import has_decided, waiting_for
from .declarants import Declarant, check_declare, prepared_by
from .measures import check_not_on_the_wall
from .organization import ledger_scope, region_scope, scope, withheld_from, within


def visible_declarations(person: Person) -> QuerySet[Declaration]:
    """Return the declarations the person may read."""
    return Declaration.objects.visible(
        person.pk,
        progress=scope(person, Permission.VIEW_PROGRESS),
        ledger=ledger_scope(person),
        asked=waiting_for(person),
        recused=withheld_from(person),
        prepared=prepared_by(person),
        sent=region_scope(person),
    )


def visible_points(person: Person) -> QuerySet[PointVersion]:
    """Return the versions of the ledger the person may read."""
    return PointVersion.objects.in_ledger().within(ledger_scope(person))


def ledger(person: Person, wanted: LedgerFilter) -> Ledger:
    """Return what the person asks for of the ledger they may read, to be counted and read a page at a time."""
    return Ledger(PointVersion, ledger_scope(person), wanted)


def is_owner(declaration: Declaration, person: Person) -> bool:
    """Say whether the declaration is the person's own matter: of their post, or one they prepare or had a hand in."""
    if declaration.appointment is not None and declaration.appointment.person_id == person.pk:
        return True
    if declaration.appointment is None and declaration.organization_id in prepared_by(person):
        return declaration.origin == Origin.DECLARED
    return declaration.approval is not None and declaration.approval.owners.filter(pk=person.pk).exists()


def acts_for(declaration: Declaration, person: Person) -> bool:
    """Say whether the open draft is before the person: its holder, or somebody who prepares it today."""
    if declaration.appointment is not None:
        return is_owner(declaration, person)
    return declaration.organization_id in prepared_by(person)


def sees_trace(declaration: Declaration, person: Person) -> bool:
    """Say whether decisions and remarks are shown: to owners, to those on the route, to the unit's office."""
    if is_owner(declaration, person):
        return True
    approval = declaration.approval
    if approval is None or contains(withheld_from(person), declaration.position):
        return False
    return (
        has_decided(approval, person)
        or waiting_for(person).filter(pk=approval.pk).exists()
        or contains(scope(person, Permission.VIEW_PROGRESS), declaration.position)
    )


def check_edit(declaration: Declaration, person: Person) -> None:
    """Refuse changes to what is not one's own or not open."""
    if declaration.origin != Origin.DECLARED:
        raise NotAllowed(_("What was filed on paper is changed by a supplementary declaration."))
    if declaration.appointment is not None and not is_owner(declaration, person):
        raise NotAllowed(_("Only the holder of the post changes this declaration."))
    check_declare(Declarant.of(declaration), person)
    after(declaration.state, Verb.SUBMIT)


def check_withdraw(declaration: Declaration, person: Person) -> None:
    """Refuse taking back what is not one's own or what the next step has already acted on."""
    if declaration.appointment is None:
        check_declare(Declarant.of(declaration), person)
    elif not is_owner(declaration, person):
        raise NotAllowed(_("Only the holder of the post takes this declaration back."))
    after(declaration.state, Verb.WITHDRAW)
    decision = declaration.approval.decisions.filter(round=declaration.approval.round).first()
    if decision is not None:
        raise Refused(
            _("%(name)s has already decided on it; ask for it to be returned instead.")
            % {"name": decision.decided_by_words}
        )
    check_not_on_the_wall(declaration)


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
