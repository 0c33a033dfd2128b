"""Verbs on the opt-outs of small offices; open approvals of the unit are asked afresh whenever one begins or ends."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import OptOut, Organization, Person
from ..rules import EntryVerb, Gap, Incomplete, Refused, opt_out_faults, overlap
from . import approvals, confirming

ACT = "opt_out"


@transaction.atomic
def enter_opt_out(
    *, by: Person, unit: Organization, relaxation: str, starts_on: dt.date, ends_on: dt.date, reason: str
) -> OptOut:
    """Let one relaxation hold in one unit, once a second person of the region's office has confirmed it."""
    unit = Organization.objects.select_for_update(no_key=True).get(pk=unit.pk)
    access.check_enter_opt_out(unit, by)
    faults = opt_out_faults(starts_on, ends_on, today=timezone.localdate())
    for other in OptOut.objects.lasting(timezone.localdate()).filter(unit=unit, relaxation=relaxation):
        if overlap((starts_on, ends_on), (other.starts_on, other.ends_on)):
            faults.append(
                (
                    "starts_on",
                    _("There is one for this unit already, from %(starts)s until %(ends)s.")
                    % {"starts": other.starts_on, "ends": other.ends_on},
                )
            )
    if faults:
        raise Incomplete(_("This opt-out cannot be entered."), [Gap(told, field) for field, told in faults])
    if not reason.strip():
        raise Refused(_("Say why the unit cannot keep the separation."))
    opt_out = OptOut(unit=unit, relaxation=relaxation, starts_on=starts_on, ends_on=ends_on, reason=reason.strip())
    content = [unit.pk, relaxation, str(starts_on), str(ends_on), reason.strip()]
    confirming.enter(opt_out, ACT, by=by, content=content)
    return opt_out


@transaction.atomic
def confirm_opt_out(*, by: Person, opt_out: OptOut, expected: int) -> OptOut:
    """Confirm an opt-out; from its first day on it holds."""
    opt_out = _lock(opt_out)
    access.check_confirm_opt_out(opt_out, by)
    confirming.answer(opt_out, ACT, EntryVerb.CONFIRM, by=by, expected=expected)
    approvals.ask_again(opt_out.unit)
    return opt_out


@transaction.atomic
def decline_opt_out(*, by: Person, opt_out: OptOut, expected: int, reason: str) -> OptOut:
    """Decline an opt-out, with a reason; it never held."""
    opt_out = _lock(opt_out)
    access.check_confirm_opt_out(opt_out, by)
    confirming.answer(opt_out, ACT, EntryVerb.DECLINE, by=by, expected=expected, reason=reason)
    return opt_out


@transaction.atomic
def end_opt_out(*, by: Person, opt_out: OptOut, expected: int, reason: str) -> OptOut:
    """End an opt-out at once, whether it holds or still waits."""
    opt_out = _lock(opt_out)
    access.check_end_opt_out(opt_out, by)
    confirming.end(opt_out, ACT, by=by, expected=expected, reason=reason)
    approvals.ask_again(opt_out.unit)
    return opt_out


def _lock(opt_out: OptOut) -> OptOut:
    return OptOut.objects.select_for_update(of=("self",)).select_related("unit").get(pk=opt_out.pk)
