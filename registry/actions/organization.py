"""Verbs on organizations, posts, people and roles."""

import datetime as dt

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from .. import access
from ..models import (
    Appointment,
    Approval,
    Assignment,
    Declaration,
    NoticeLine,
    Organization,
    Person,
    PointVersion,
    Post,
    PublicNotice,
    Recusal,
    RiskPoint,
)
from ..roles import ROLES, Role
from ..rules import DeclarationState, OrganizationKind, Refused, free_place
from ..rules.tree import ROOTS
from . import approvals
from .audit import record

_PARENTS = {
    OrganizationKind.REGION: (None, OrganizationKind.REGION),
    OrganizationKind.UNIT: (OrganizationKind.REGION,),
    OrganizationKind.SECTION: (OrganizationKind.UNIT,),
}


# Nobody signs in with this account; whoever has a shell on the machine acts under it.
CONSOLE = "console"


def console_actor() -> Person:
    """Return the account that stands for the command line when no person is named."""
    actor, _made = Person.objects.get_or_create(
        username=CONSOLE,
        defaults={"name": _("command line"), "is_active": False, "password": make_password(None)},
    )
    return actor


@transaction.atomic
def create_organization(
    *, by: Person, kind: str, code: str, name: str, parent: Organization | None = None, opened_on: dt.date | None = None
) -> Organization:
    """Make an organization at the end of its parent's parts."""
    if (parent.kind if parent else None) not in _PARENTS[OrganizationKind(kind)]:
        raise Refused(_("A %(kind)s cannot stand there in the tree.") % {"kind": OrganizationKind(kind).label})
    tree_from, tree_to, depth = _free_place(parent)
    organization = Organization(
        kind=kind,
        code=code,
        name=name,
        parent=parent,
        tree_from=tree_from,
        tree_to=tree_to,
        depth=depth,
        opened_on=opened_on,
    )
    organization._history_user = by
    organization.save(force_insert=True)
    record("organization.create", by=by, subject=f"organization:{organization.pk}", content=[kind, code, name])
    return organization


def _free_place(parent: Organization | None) -> tuple[int, int, int]:
    depth = parent.depth + 1 if parent else 0
    taken = Organization.objects.filter(parent=parent).select_for_update().values_list("tree_from", flat=True)
    try:
        return *free_place(parent.interval if parent else ROOTS, depth, taken), depth
    except ValueError:
        raise Refused(_("No place is left below %s in the organization tree.") % (parent or "—")) from None


@transaction.atomic
def move_organization(*, by: Person, organization: Organization, parent: Organization, reason: str) -> None:
    """Hang an organization with everything below it under another parent of the same kind; all positions follow.

    Parents of one kind at the same depth only: widths are fixed by depth, so the whole subtree shifts by one distance.
    """
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    if parent.kind not in _PARENTS[OrganizationKind(organization.kind)] or parent.depth + 1 != organization.depth:
        raise Refused(
            _("%(organization)s cannot become a part of %(parent)s.") % {"organization": organization, "parent": parent}
        )
    tree_from, _tree_to, _depth = _free_place(parent)
    distance = tree_from - organization.tree_from
    inside = organization.interval
    moved = list(Organization.objects.filter(tree_from__range=inside))
    Organization.objects.filter(pk=organization.pk).update(parent=parent)
    Organization.objects.filter(tree_from__range=inside).update(
        tree_from=F("tree_from") + distance, tree_to=F("tree_to") + distance
    )
    for model in (Declaration, PointVersion, Approval, PublicNotice, NoticeLine):
        model.objects.filter(position__range=inside).update(position=F("position") + distance)
    # What is not filed yet will be numbered and named by the unit it now belongs to; what is filed stays as it was.
    unit = access.nearest(parent, OrganizationKind.UNIT)
    if unit is not None:
        unfiled = Declaration.objects.filter(position__range=(tree_from, tree_from + inside[1] - inside[0])).exclude(
            state=DeclarationState.FILED
        )
        RiskPoint.objects.filter(code=None, versions__declaration__in=unfiled).update(unit=unit)
        unfiled.update(unit=unit)
        PublicNotice.objects.filter(position__range=(tree_from, tree_from + inside[1] - inside[0]), number=None).update(
            unit=unit
        )
    for part in moved:
        part.refresh_from_db()
    Organization.history.bulk_history_create(moved, update=True, default_user=by, default_change_reason=reason)
    organization.refresh_from_db()
    approvals.ask_again(organization)
    record("organization.move", by=by, subject=f"organization:{organization.pk}", content=[parent.pk, reason])


@transaction.atomic
def create_post(*, by: Person, organization: Organization, name: str, duties: str = "") -> Post:
    """Make a post of a section, or of a unit's leadership."""
    if organization.kind == OrganizationKind.REGION:
        raise Refused(_("Posts belong to a section or a unit."))
    post = Post(organization=organization, name=name, duties=duties)
    post._history_user = by
    post.save(force_insert=True)
    record("post.create", by=by, subject=f"post:{post.pk}", content=[organization.pk, name])
    return post


@transaction.atomic
def appoint(*, by: Person, person: Person, post: Post, rank: str, starts_on: dt.date) -> Appointment:
    """Let a person hold a post from a day on."""
    appointment = Appointment(person=person, post=post, rank=rank, starts_on=starts_on)
    appointment._history_user = by
    appointment.save(force_insert=True)
    record("appointment.begin", by=by, subject=f"appointment:{appointment.pk}", content=[person.pk, post.pk, rank])
    return appointment


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
    if organization.kind not in ROLES[Role(role)].held_on:
        raise Refused(
            _("The role “%(role)s” is not held on a %(kind)s.")
            % {"role": Role(role).label, "kind": organization.get_kind_display()}
        )
    assignment = Assignment.objects.create(
        person=person,
        organization=organization,
        role=role,
        assigned_by=by,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason,
    )
    _follow(person, organization)
    record("role.begin", by=by, subject=f"assignment:{assignment.pk}", content=[person.pk, organization.pk, role])
    return assignment


@transaction.atomic
def end_assignment(*, by: Person, assignment: Assignment, ends_on: dt.date, reason: str) -> None:
    """Let a role end after a day; a day in the past takes the rights away at once."""
    if ends_on < assignment.starts_on:
        raise Refused(_("A role cannot end before it begins."))
    Assignment.objects.filter(pk=assignment.pk).update(ends_on=ends_on)
    _follow(assignment.person, assignment.organization)
    record("role.end", by=by, subject=f"assignment:{assignment.pk}", content=[str(ends_on), reason])


@transaction.atomic
def recuse(*, by: Person, person: Person, organization: Organization, starts_on: dt.date, reason: str) -> Recusal:
    """Take a person out of everything that concerns an organization and what is below it."""
    recusal = Recusal.objects.create(
        person=person, organization=organization, entered_by=by, starts_on=starts_on, reason=reason
    )
    approvals.ask_again(organization)
    record("recusal.begin", by=by, subject=f"recusal:{recusal.pk}", content=[person.pk, organization.pk])
    return recusal


def _follow(person: Person, organization: Organization) -> None:
    access.sync_grants(person, organization)
    approvals.ask_again(organization)
