"""Verbs on roles and recusals."""

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ... import access
from ...models import Assignment, Organization, Person, Recusal, StandIn
from ...roles import ROLES, Permission, Role
from ...rules import ADMINISTRATORS, Act, NotAllowed, Refused, exclude_each_other, overlap
from .. import approvals
from ..audit import record
from ..confirmations import Concern, entered


def audit_mark(reads_audit: bool) -> dict[str, bool]:
    """Return what tells `rules.waits` that an act is about somebody who reads the audit chain."""
    return {"reads_audit": True} if reads_audit else {}


def _given(person: Person, organization: Organization, **_rest: object) -> Concern:
    return Concern(person, organization)


@entered(Act.ROLE_GIVE, concern=_given)
@transaction.atomic
def assign(
    *,
    by: Person,
    person: Person,
    organization: Organization,
    role: str,
    starts_on: dt.date,
    ends_on: dt.date | None = None,
    reason: str,
) -> Assignment:
    """Give a role on an organization; the rights follow at once, open approvals are asked afresh."""
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    access.check_give_roles(organization, by)
    access.check_person(person, by, Permission.MANAGE_ROLES)
    if person.pk == by.pk:
        raise NotAllowed(_("Nobody gives a role to themselves."))
    if organization.kind not in ROLES[Role(role)].held_on:
        raise Refused(
            _("The role “%(role)s” is not held on a %(kind)s.")
            % {"role": Role(role).label, "kind": organization.get_kind_display()}
        )
    _check_dates(starts_on, ends_on)
    if person.ended_on is not None:
        raise Refused(_("%(person)s left on %(day)s.") % {"person": person, "day": person.ended_on})
    if organization.closed_on is not None and starts_on > organization.closed_on:
        raise Refused(
            _("%(organization)s was closed on %(day)s.") % {"organization": organization, "day": organization.closed_on}
        )
    _check_beside_others(person, organization, role, starts_on, ends_on)
    assignment = Assignment.objects.create(
        person=person,
        organization=organization,
        role=role,
        assigned_by=by,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason,
    )
    follow(person, organization)
    record(
        "role.begin",
        by=by,
        subject=assignment,
        content=[person.pk, organization.pk, role],
        seals=[assignment],
    )
    return assignment


@entered(
    Act.ROLE_END,
    concern=lambda assignment, **_rest: Concern(assignment.person, assignment.organization),
    before=lambda assignment, **_rest: (
        {"ends_on": Assignment.objects.get(pk=assignment.pk).ends_on}
        | audit_mark(assignment.role == Role.AUDIT_ADMINISTRATOR)
    ),
)
@transaction.atomic
def end_assignment(*, by: Person, assignment: Assignment, ends_on: dt.date, reason: str) -> None:
    """Let a role end after a day; a day in the past takes the rights away at once."""
    assignment = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("person", "organization")
        .get(pk=assignment.pk)
    )
    access.check_give_roles(assignment.organization, by)
    if assignment.person_id == by.pk:
        raise NotAllowed(_("Another security administrator ends your own roles."))
    if ends_on < assignment.starts_on:
        raise Refused(_("A role cannot end before it begins."))
    check_not_over(assignment.ends_on, ends_on)
    if assignment.ends_on is not None and ends_on > assignment.ends_on:
        Person.objects.select_for_update(no_key=True).get(pk=assignment.person_id)
        longer = assignment.ends_on + dt.timedelta(days=1), ends_on
        _check_beside_others(assignment.person, assignment.organization, assignment.role, *longer)
    put_end(assignment, ends_on, by=by, reason=reason)


def _check_beside_others(
    person: Person, organization: Organization, role: str, starts_on: dt.date, ends_on: dt.date | None
) -> None:
    """Refuse the same role twice, and a role beside one that excludes it, in the past too; the person is locked."""
    today = timezone.localdate()
    for other in Assignment.objects.filter(person=person).select_related("organization"):
        if not overlap((starts_on, ends_on), (other.starts_on, other.ends_on)):
            continue
        lasts = other.ends_on is None or other.ends_on >= today
        if lasts and other.role == role and other.organization_id == organization.pk:
            raise Refused(
                _("%(person)s already holds the role “%(role)s” on %(organization)s in this time.")
                % {"person": person, "role": Role(role).label, "organization": organization}
            )
        if exclude_each_other(role, other.role):
            raise Refused(
                _(
                    "%(person)s is %(role)s on %(organization)s in this time; an administrator holds no other role beside, "
                    "and no two administrators' roles. Let that one end first, or begin the day after."
                )
                % {"person": person, "role": other.get_role_display(), "organization": other.organization}
            )
    if role in ADMINISTRATORS:
        for stand_in in StandIn.objects.lasting(today).filter(person=person).select_related("assignment__person"):
            if overlap((starts_on, ends_on), (stand_in.starts_on, stand_in.ends_on)):
                raise Refused(
                    _("%(person)s stands in for %(whom)s until %(day)s; an administrator does not. Let that end first.")
                    % {"person": person, "whom": stand_in.assignment.person, "day": stand_in.ends_on}
                )


def put_end(assignment: Assignment, ends_on: dt.date, *, by: Person, reason: str) -> None:
    """Write the last day of a role; rights and open approvals follow. The caller has asked whether that may be."""
    Assignment.objects.filter(pk=assignment.pk).update(ends_on=max(ends_on, assignment.starts_on))
    follow(assignment.person, assignment.organization)
    record("role.end", by=by, subject=assignment, content=[str(ends_on), reason], seals=[assignment])


@entered(
    Act.RECUSAL_ENTER,
    concern=_given,
    before=lambda person, **_rest: audit_mark(access.administers(person, Permission.READ_AUDIT)),
)
@transaction.atomic
def recuse(
    *,
    by: Person,
    person: Person,
    organization: Organization,
    starts_on: dt.date,
    ends_on: dt.date | None = None,
    reason: str,
) -> Recusal:
    """Take a person out of everything that concerns an organization and what is below it."""
    access.check_give_roles(organization, by)
    access.check_person(person, by, Permission.MANAGE_ROLES)
    _check_dates(starts_on, ends_on)
    for other in Recusal.objects.filter(person=person, organization=organization):
        if overlap((starts_on, ends_on), (other.starts_on, other.ends_on)):
            raise Refused(
                _("%(person)s is already recused from %(organization)s in this time.")
                % {"person": person, "organization": organization}
            )
    recusal = Recusal.objects.create(
        person=person, organization=organization, entered_by=by, starts_on=starts_on, ends_on=ends_on, reason=reason
    )
    approvals.ask_again(organization)
    record("recusal.begin", by=by, subject=recusal, content=[person.pk, organization.pk], seals=[recusal])
    return recusal


@entered(
    Act.RECUSAL_END,
    concern=lambda recusal, **_rest: Concern(recusal.person, recusal.organization),
    before=lambda recusal, **_rest: {"ends_on": Recusal.objects.get(pk=recusal.pk).ends_on},
)
@transaction.atomic
def end_recusal(*, by: Person, recusal: Recusal, ends_on: dt.date, reason: str) -> None:
    """Let a recusal end after a day; nobody ends their own."""
    recusal = Recusal.objects.select_for_update(of=("self",)).select_related("organization").get(pk=recusal.pk)
    access.check_give_roles(recusal.organization, by)
    if recusal.person_id == by.pk:
        raise NotAllowed(_("Nobody ends their own recusal."))
    if ends_on < recusal.starts_on:
        raise Refused(_("A recusal cannot end before it begins."))
    check_not_over(recusal.ends_on, ends_on)
    Recusal.objects.filter(pk=recusal.pk).update(ends_on=ends_on)
    approvals.ask_again(recusal.organization)
    record("recusal.end", by=by, subject=recusal, content=[str(ends_on), reason], seals=[recusal])


def keep_recused(known: list[Recusal], organization: Organization, *, by: Person) -> None:
    """Let people who were recused from what now stands at `organization` be recused from it too.

    Whoever has nothing to do with a matter has nothing to do with it after a reorganization either.
    """
    today = timezone.localdate()
    place = organization.tree_from
    for recusal in known:
        covers = Recusal.objects.filter(
            person=recusal.person_id,
            organization__tree_from__lte=place,
            organization__tree_to__gte=place,
        )
        lasting = Q(ends_on=None) if recusal.ends_on is None else Q(ends_on=None) | Q(ends_on__gte=recusal.ends_on)
        starts_on = max(recusal.starts_on, today)
        if covers.filter(lasting, starts_on__lte=starts_on).exists():
            continue
        kept = Recusal.objects.create(
            person=recusal.person,
            organization=organization,
            entered_by=by,
            starts_on=starts_on,
            ends_on=recusal.ends_on,
            reason=recusal.reason,
        )
        record("recusal.begin", by=by, subject=kept, content=[recusal.person_id, organization.pk], seals=[kept])


def recusals_over(organization: Organization) -> list[Recusal]:
    """Return the recusals, of today and later, from an organization or from something above it."""
    return list(
        Recusal.objects.filter(
            Q(ends_on=None) | Q(ends_on__gte=timezone.localdate()),
            organization__tree_from__lte=organization.tree_from,
            organization__tree_to__gte=organization.tree_from,
        ).select_related("person")
    )


def follow(person: Person, organization: Organization) -> None:
    """Make a person's grants follow, and ask afresh whoever decides now."""
    access.sync_grants(person, organization)
    approvals.ask_again(organization)


def check_not_over(now: dt.date | None, wanted: dt.date) -> None:
    """Refuse to move a last day that is past to a later one: what is over begins anew, with a new entry."""
    if now is not None and now < timezone.localdate() and wanted > now:
        raise Refused(_("This ended on %(day)s already.") % {"day": now})


def _check_dates(starts_on: dt.date, ends_on: dt.date | None) -> None:
    if ends_on is not None and ends_on < starts_on:
        raise Refused(_("The last day lies before the first."))
