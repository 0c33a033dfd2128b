"""Who decides: the eligible reviewers of a step, and why somebody may not."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Approval, Organization, Person
from ..roles import Permission
from ..rules import (
    KINDS,
    STEPS,
    ApprovalState,
    NotAllowed,
    OrganizationKind,
    Refused,
    Reviewers,
    StepKey,
    reviewers,
    subtract,
)
from .organization import holders, nearest, once_a_page, recusals_of, recused_from, rights_of


@dataclass(frozen=True)
class Asked:
    """Who is asked at a step: the people, by which permission, where. No people: nobody is eligible."""

    people: frozenset[int]
    permission: str = ""
    organization: Organization | None = None


def asked_at(
    step: StepKey,
    organization: Organization,
    *,
    owners: Collection[int],
    decided: Collection[int] = (),
    whole: bool = False,
) -> Asked:
    """Work out who decides `step` of something that belongs to `organization`, as of now.

    `whole`: it is about everything below the organization too.
    """
    places = {
        "section": organization,
        "unit": nearest(organization, OrganizationKind.UNIT),
        "region": nearest(organization, OrganizationKind.REGION),
    }
    ladder = STEPS[step].ladder
    on_rung = {
        rung: set(holders(permission, places[place]).values_list("pk", flat=True))
        for rung, (permission, place) in enumerate(ladder)
        if places[place] is not None
    }
    found: Reviewers = reviewers(
        step, on_rung, owners=owners, decided=decided, recused=recused_from(organization, whole)
    )
    if found.rung is None:
        return Asked(frozenset())
    permission, place = ladder[found.rung]
    return Asked(found.people, permission, places[place])


@once_a_page
def asked_now(approval: Approval) -> Asked:
    """Work out who decides the current step of an open approval, as of now."""
    return asked_at(
        approval.step_key,
        approval.organization,
        owners=set(approval.owners.values_list("pk", flat=True)),
        decided=set(approval.decisions.filter(round=approval.round).values_list("decided_by", flat=True)),
        whole=KINDS[approval.kind].is_whole,
    )


def waiting_for(person: Person) -> QuerySet[Approval]:
    """Return the approvals the person is asked to decide, most urgent first."""
    rights = defaultdict(list)
    for right in rights_of(person):
        rights[right.permission].append(right.organization_id)
    return Approval.objects.asked_of(person.pk, rights, recusals_of(person))


def decided_by(person: Person) -> QuerySet[Approval]:
    """Return the approvals in which the person has decided, the latest first."""
    return Approval.objects.decided_by(person.pk, recusals_of(person))


def names(people: Iterable[int]) -> str:
    """Return the names of people for a sentence; more than three are counted."""
    found = list(Person.objects.filter(pk__in=people).order_by("username").values_list("name", flat=True))
    if len(found) > 3:
        return ngettext("%(first)s and %(count)s other", "%(first)s and %(count)s others", len(found) - 1) % {
            "first": found[0],
            "count": len(found) - 1,
        }
    return _(", ").join(found)


def check_decide(approval: Approval, person: Person) -> Asked:
    """Return by what right the person decides now; raise NotAllowed or Refused with the reason why not."""
    if approval.state != ApprovalState.OPEN:
        raise Refused(_("There is nothing to decide here at present."))
    asked = asked_now(approval)
    who = names(asked.people) or _("nobody yet: the offices name a person")
    if approval.owners.filter(pk=person.pk).exists():
        raise NotAllowed(
            _("This is your own matter, and nobody decides on their own matter. It is decided by %s.") % who
        )
    if approval.decisions.filter(round=approval.round, decided_by=person).exists():
        raise NotAllowed(_("You have already decided in this round; the next step is for another person: %s.") % who)
    if person.pk in recused_from(approval.organization, KINDS[approval.kind].is_whole):
        raise NotAllowed(_("You are recused from %s.") % approval.organization)
    if person.pk not in asked.people:
        raise NotAllowed(_("This step is decided by %s.") % who)
    return asked


def refusal(check: Callable[..., object], *arguments: object) -> str:
    """Return the sentence with which `check` refuses, or an empty text when it allows: for a disabled button."""
    try:
        check(*arguments)
    except Refused as why:
        return str(why)
    return ""


def reviews_anything(person: Person) -> bool:
    """Say whether the person has the right to decide anywhere: whether the queue stands in their navigation."""
    deciding = {permission for step in STEPS.values() for permission, _place in step.ladder}
    return any(right.permission in deciding for right in rights_of(person))


def may_import(person: Person, unit: Organization) -> bool:
    """Say whether the person takes in ledgers of this unit; a recusal from the unit or from a part of it takes that away."""
    recused = subtract([unit.interval], recusals_of(person)) != [unit.interval]
    return not recused and holders(Permission.IMPORT_LEDGER, unit).filter(pk=person.pk).exists()
