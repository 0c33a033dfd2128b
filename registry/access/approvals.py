"""Who decides: the eligible reviewers of a step, and why somebody may not."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Approval, OptOut, Organization, Person
from ..models.stand_ins import for_words
from ..querysets.approvals import Deciding
from ..roles import Permission
from ..rules import (
    KINDS,
    STEPS,
    ApprovalState,
    NotAllowed,
    OrganizationKind,
    Refused,
    Relaxation,
    Reviewers,
    StepKey,
    decides_again,
    reviewers,
    subtract,
)
from .organization import (
    Held,
    held_on,
    holds,
    is_administrator,
    nearest,
    once_a_page,
    recusals_of,
    recused_from,
    rights_of,
    withheld_from,
)


@dataclass(frozen=True)
class Asked:
    """Who is asked at a step: the people, by which permission, where. Without a permission: whom the region named, or nobody.

    `standing_in` says of those who only stand in for whom, and by which entry; `opt_out` what lets somebody go on who has
    decided in this round already.
    """

    people: frozenset[int]
    permission: str = ""
    organization: Organization | None = None
    standing_in: Mapping[int, Held] = field(default_factory=dict)
    opt_out: OptOut | None = None


def asked_at(
    step: StepKey,
    organization: Organization,
    *,
    owners: Collection[int],
    decided: Sequence[Collection[int]] = (),
    whole: bool = False,
) -> Asked:
    """Work out who decides `step` of something that belongs to `organization`, as of now.

    `decided`: of each decision of this round who made it and for whom. `whole`: it is about everything below the
    organization too; no opt-out counts for that.
    """
    places = {
        "section": organization,
        "unit": nearest(organization, OrganizationKind.UNIT),
        "region": nearest(organization, OrganizationKind.REGION),
    }
    ladder = STEPS[step].ladder
    held = {
        rung: held_on(permission, places[place])
        for rung, (permission, place) in enumerate(ladder)
        if places[place] is not None
    }
    recused = recused_from(organization, whole)
    everybody = set().union(*decided)

    def found(decided_already: Collection[int]) -> Reviewers:
        return reviewers(
            step,
            {rung: [each.person for each in those if each.whom is None] for rung, those in held.items()},
            owners=owners,
            decided=decided_already,
            recused=recused,
            # No opt-out lets a stand-in decide where one of the two has.
            stand_ins={
                rung: [
                    (each.person, each.whom) for each in those if each.whom and not {each.person, each.whom} & everybody
                ]
                for rung, those in held.items()
            },
        )

    now, opt_out = found(everybody), None
    again = frozenset() if whole else decides_again(decided)
    if again and (now.rung is None or ladder[now.rung][1] == "region"):
        opt_out = opt_out_of(places["unit"], Relaxation.TWO_STEPS)
        relaxed = found(everybody - again)
        # Only what the unit can decide by it: the region steps in as ever.
        if opt_out is not None and relaxed.rung is not None and ladder[relaxed.rung][1] != "region":
            now = relaxed
        else:
            opt_out = None
    if now.rung is None:
        return Asked(frozenset())
    permission, place = ladder[now.rung]
    standing_in = {
        each.person: each for each in held[now.rung] if each.whom and now.standing_in.get(each.person) == each.whom
    }
    return Asked(now.people, permission, places[place], standing_in, opt_out)


def opt_out_of(unit: Organization | None, relaxation: str) -> OptOut | None:
    """Return the opt-out by which the region relaxes this in the unit today; None where it does not."""
    return OptOut.objects.live(timezone.localdate()).filter(unit=unit, relaxation=relaxation).first()


def decided_in_round(approval: Approval) -> list[set[int]]:
    """Return of each decision of this round, in their order, who made it and for whom they stood in."""
    made = approval.decisions.filter(round=approval.round).order_by("pk").values_list("decided_by", "decided_for")
    return [{person for person in people if person is not None} for people in made]


@once_a_page
def asked_now(approval: Approval) -> Asked:
    """Work out who decides the current step of an open approval, as of now: by role, else whom the region has named."""
    owners = set(approval.owners.values_list("pk", flat=True))
    decided = decided_in_round(approval)
    whole = KINDS[approval.kind].is_whole
    asked = asked_at(approval.step_key, approval.organization, owners=owners, decided=decided, whole=whole)
    return asked if asked.people else Asked(_named(approval, excluded=owners.union(*decided)))


def _named(approval: Approval, excluded: Collection[int]) -> frozenset[int]:
    """Return the person named last for the current step, if they may still decide it; `excluded` never do."""
    latest = approval.namings.filter(round=approval.round, step=approval.step_key).select_related("person").last()
    if latest is None or not latest.person.is_active or latest.person_id in excluded:
        return frozenset()
    if is_administrator(latest.person):
        return frozenset()
    is_recused = latest.person_id in recused_from(approval.organization, KINDS[approval.kind].is_whole)
    return frozenset() if is_recused else frozenset({latest.person_id})


def waiting_for(person: Person) -> QuerySet[Approval]:
    """Return the approvals the person is asked to decide, most urgent first; `for_whom` where they stand in for somebody."""
    held: dict[int | None, dict[str, list[int]]] = {None: {}}
    for right in rights_of(person):
        held.setdefault(right.whom, {}).setdefault(right.permission, []).append(right.organization_id)
    own = Deciding(person.pk, held.pop(None), recusals_of(person))
    others = [Deciding(whom, rights, recusals_of(Person(pk=whom))) for whom, rights in held.items()]
    return Approval.objects.asked_of(own, others)


def tell_for_whom(approvals: Iterable[Approval]) -> list[Approval]:
    """Return approvals of `waiting_for` with `for_whom` as the person the reader would decide it for, or None."""
    found = list(approvals)
    people = {getattr(approval, "for_whom", None) for approval in found} - {None}
    named = Person.objects.in_bulk(people) if people else {}
    for approval in found:
        approval.for_whom = named.get(getattr(approval, "for_whom", None))
    return found


def has_decided(approval: Approval, person: Person) -> bool:
    """Say whether the person has decided in an approval, in any round, or another for them."""
    return approval.decisions.filter(Q(decided_by=person) | Q(decided_for=person)).exists()


def decided_by(person: Person) -> QuerySet[Approval]:
    """Return the approvals in which the person has decided, or another for them, the latest first.

    An administrator reads them no more.
    """
    return Approval.objects.decided_by(person.pk, withheld_from(person))


def names(people: Iterable[int], standing_in: Mapping[int, Held] | None = None) -> str:
    """Return the names of people for a sentence, with whom they stand in for; more than three are counted."""
    whom = {person: held.whom for person, held in (standing_in or {}).items()}
    told = {*people}
    known = dict(Person.objects.filter(pk__in=told | {*whom.values()}).order_by("username").values_list("pk", "name"))
    found = [for_words(name, known.get(whom.get(pk), "")) for pk, name in known.items() if pk in told]
    if len(found) > 3:
        return ngettext("%(first)s and %(count)s other", "%(first)s and %(count)s others", len(found) - 1) % {
            "first": found[0],
            "count": len(found) - 1,
        }
    return _(", ").join(found)


def who_decides(asked: Asked) -> str:
    """Return the names of who is asked for a sentence; empty where nobody is."""
    return names(asked.people, asked.standing_in)


def check_decide(approval: Approval, person: Person) -> Asked:
    """Return by what right the person decides now; raise NotAllowed or Refused with the reason why not."""
    if approval.state != ApprovalState.OPEN:
        raise Refused(_("There is nothing to decide here at present."))
    asked = asked_now(approval)
    who = who_decides(asked) or _("nobody yet: the offices name a person")
    if approval.owners.filter(pk=person.pk).exists():
        raise NotAllowed(
            _("This is your own matter, and nobody decides on their own matter. It is decided by %s.") % who
        )
    made = approval.decisions.filter(round=approval.round)
    if person.pk not in asked.people and made.filter(decided_by=person).exists():
        raise NotAllowed(_("You have already decided in this round; the next step is for another person: %s.") % who)
    for_them = made.filter(decided_for=person).select_related("decided_by").first()
    if for_them is not None:
        raise NotAllowed(
            _("%(name)s has already decided for you in this round; the next step is for another person: %(who)s.")
            % {"name": for_them.decided_by, "who": who}
        )
    if person.pk in recused_from(approval.organization, KINDS[approval.kind].is_whole):
        raise NotAllowed(_("You are recused from %s.") % approval.organization)
    if person.pk not in asked.people:
        raise NotAllowed(_("This step is decided by %s.") % who)
    return asked


def acting_by(approval: Approval, person: Person) -> list[str]:
    """Return the sentences that tell who is asked in whose place they decide, and what lets them go on; none: as themselves."""
    asked = asked_now(approval)
    told = []
    if person.pk in asked.standing_in:
        whom = Person.objects.get(pk=asked.standing_in[person.pk].whom)
        words = for_words(person.name, whom.name)
        told.append(
            _("You stand in for %(whom)s; the decision will read “%(words)s”.") % {"whom": whom, "words": words}
        )
    if asked.opt_out is not None and any(person.pk in people for people in decided_in_round(approval)):
        told.append(_("You have decided in this round already. %s") % asked.opt_out.note)
    return told


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
    return not recused and holds(person, Permission.IMPORT_LEDGER, unit)
