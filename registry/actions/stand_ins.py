"""Verbs on stand-ins. Open approvals are not asked afresh: a stand-in counts beside whom they stand in for, on the same rung."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import Assignment, Person, StandIn
from ..rules import EntryVerb, Gap, Incomplete, Refused, overlap, stand_in_faults
from . import confirming

ACT = "stand_in"


@transaction.atomic
def give_stand_in(
    *, by: Person, assignment: Assignment, person: Person, starts_on: dt.date, ends_on: dt.date, reason: str
) -> StandIn:
    """Let `person` stand in for a role, once a superior has confirmed it; all that is against it is said at once."""
    assignment = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("person", "organization")
        .get(pk=assignment.pk)
    )
    access.check_give(assignment, by)
    faults = stand_in_faults(starts_on, ends_on, today=timezone.localdate(), role_ends_on=assignment.ends_on)
    if person.pk == by.pk or not access.candidates_for(assignment).filter(pk=person.pk).exists():
        faults.append(
            (
                "person",
                _(
                    "%s cannot stand in: they hold this role already, administer the system, belong elsewhere, or are recused."
                )
                % person,
            )
        )
    elif not access.superiors_of(assignment, person):
        faults.append(("person", _("There is nobody above the two of you who could confirm it.")))
    for other in StandIn.objects.lasting(timezone.localdate()).filter(assignment=assignment).select_related("person"):
        if overlap((starts_on, ends_on), (other.starts_on, other.ends_on)):
            faults.append(
                (
                    "starts_on",
                    _("From %(starts)s until %(ends)s %(person)s stands in for this role; one at a time.")
                    % {"starts": other.starts_on, "ends": other.ends_on, "person": other.person},
                )
            )
    if faults:
        raise Incomplete(_("This stand-in cannot be entered."), [Gap(told, field) for field, told in faults])
    if not reason.strip():
        raise Refused(_("Say why somebody stands in."))
    stand_in = StandIn(
        assignment=assignment, person=person, starts_on=starts_on, ends_on=ends_on, reason=reason.strip()
    )
    content = [assignment.pk, person.pk, str(starts_on), str(ends_on), reason.strip()]
    confirming.enter(stand_in, ACT, by=by, content=content)
    return stand_in


@transaction.atomic
def confirm_stand_in(*, by: Person, stand_in: StandIn, expected: int) -> StandIn:
    """Confirm a stand-in; from its first day on it holds."""
    stand_in = _lock(stand_in)
    access.check_confirm_stand_in(stand_in, by)
    if stand_in.assignment.ends_on is not None and stand_in.assignment.ends_on < timezone.localdate():
        raise Refused(_("This role has ended."))
    access.check_still_candidate(stand_in)
    confirming.answer(stand_in, ACT, EntryVerb.CONFIRM, by=by, expected=expected)
    return stand_in


@transaction.atomic
def decline_stand_in(*, by: Person, stand_in: StandIn, expected: int, reason: str) -> StandIn:
    """Decline a stand-in, with a reason; it never held."""
    stand_in = _lock(stand_in)
    access.check_confirm_stand_in(stand_in, by)
    confirming.answer(stand_in, ACT, EntryVerb.DECLINE, by=by, expected=expected, reason=reason)
    return stand_in


@transaction.atomic
def end_stand_in(*, by: Person, stand_in: StandIn, expected: int, reason: str) -> StandIn:
    """End a stand-in at once, whether it holds or still waits."""
    stand_in = _lock(stand_in)
    access.check_end_stand_in(stand_in, by)
    confirming.end(stand_in, ACT, by=by, expected=expected, reason=reason)
    return stand_in


def _lock(stand_in: StandIn) -> StandIn:
    # Not against a decision that names it: that one holds the end of the chain, for which an end of the stand-in waits.
    return (
        StandIn.objects.select_for_update(of=("self",), no_key=True)
        .select_related("person", "assignment__person", "assignment__organization")
        .get(pk=stand_in.pk)
    )
