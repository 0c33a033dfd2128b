"""What a person may do where: assignments, the guardian grants derived from them, recusals. Only place that asks guardian."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps

from django.contrib.auth.models import Permission as StoredPermission
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from ..models import (
    Appointment,
    Assignment,
    Organization,
    OrganizationUserObjectPermission,
    Person,
    Recusal,
)
from ..roles import ROLES, Permission, Role, roles_with
from ..rules import Interval, merge, subtract

_GRANTS = OrganizationUserObjectPermission.objects
# Answers given while one page is read. There are none outside a page, and none while something is written: a verb always
# asks the database.
_answers: ContextVar[dict | None] = ContextVar("answers", default=None)


@contextmanager
def one_page() -> Iterator[None]:
    """Within, each question of `once_a_page` is put to the database once; only for requests that write nothing."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def once_a_page(question: Callable) -> Callable:
    """Let a function of stored objects give the same answer again on the same page; nobody may change the answer."""

    @wraps(question)
    def answer(*objects):
        known = _answers.get()
        if known is None:
            return question(*objects)
        if (question, objects) not in known:
            known[question, objects] = question(*objects)
        return known[question, objects]

    return answer


@dataclass(frozen=True)
class Right:
    """A permission a person holds on an organization today."""

    permission: str
    organization_id: int
    interval: Interval


@once_a_page
def rights_of(person: Person) -> list[Right]:
    """Return what the person holds today: guardian's grants backed by an assignment that is live."""
    if not person.is_active:
        return []
    live = defaultdict(set)
    for organization_id, role in (
        Assignment.objects.live(timezone.localdate()).filter(person=person).values_list("organization", "role")
    ):
        live[organization_id].update(ROLES[Role(role)].permissions)
    rows = _GRANTS.filter(user=person, permission__content_type__app_label="registry").values_list(
        "permission__codename", "content_object", "content_object__tree_from", "content_object__tree_to"
    )
    return [
        Right(permission, organization_id, (tree_from, tree_to))
        for permission, organization_id, tree_from, tree_to in rows
        if permission in live[organization_id]
    ]


def holders(permission: str, organization: Organization) -> QuerySet[Person]:
    """Return the active people who hold `permission` on exactly this organization today."""
    backed = Assignment.objects.live(timezone.localdate()).filter(
        person=OuterRef("pk"), organization=organization, role__in=roles_with(permission)
    )
    granted = _GRANTS.filter(
        user=OuterRef("pk"),
        content_object=organization,
        permission__codename=permission,
        permission__content_type__app_label="registry",
    )
    return Person.objects.filter(Exists(backed), Exists(granted), is_active=True)


@once_a_page
def recusals_of(person: Person) -> list[Interval]:
    """Return the merged intervals the person is recused from today."""
    return merge(
        Recusal.objects.live(timezone.localdate())
        .filter(person=person)
        .values_list("organization__tree_from", "organization__tree_to")
    )


@once_a_page
def recused_from(organization: Organization, whole: bool = False) -> list[int]:
    """Return the ids of the people recused from `organization` or from something above it today.

    With `whole` also of those recused from a part of it.
    """
    _low, high = organization.interval if whole else (organization.tree_from, organization.tree_from)
    return list(
        Recusal.objects.live(timezone.localdate())
        .filter(organization__tree_from__lte=high, organization__tree_to__gte=organization.tree_from)
        .values_list("person", flat=True)
    )


def scope(person: Person, permission: str) -> list[Interval]:
    """Return where the person holds `permission`, subtrees included, without what they are recused from."""
    held = [right.interval for right in rights_of(person) if right.permission == permission]
    return subtract(held, recusals_of(person)) if held else []


@once_a_page
def posts_of(person: Person) -> list[Interval]:
    """Return the intervals of the organizations in which the person holds a post today."""
    if not person.is_active:
        return []
    return list(
        Appointment.objects.live(timezone.localdate())
        .filter(person=person)
        .values_list("post__organization__tree_from", "post__organization__tree_to")
    )


def ledger_scope(person: Person) -> list[Interval]:
    """Return where the person reads filed points: by role, and as a member of a section or of a unit's leadership."""
    if not person.is_active:
        return []
    own = posts_of(person)
    by_role = [right.interval for right in rights_of(person) if right.permission == Permission.VIEW_LEDGER]
    return subtract([*own, *by_role], recusals_of(person))


@once_a_page
def nearest(organization: Organization, kind: str) -> Organization | None:
    """Return the organization itself or the nearest above it of this kind."""
    return (
        Organization.objects.filter(
            kind=kind, tree_from__lte=organization.tree_from, tree_to__gte=organization.tree_from
        )
        .order_by("-depth")
        .first()
    )


def readable_organizations(person: Person) -> QuerySet[Organization]:
    """Return the organizations whose whole ledger, or part of it, the person reads, in the order of the tree.

    An organization above a recusal is readable although a part below is taken out of it.
    """
    intervals = ledger_scope(person)
    if not intervals:
        return Organization.objects.none()
    touches = Q()
    for low, high in intervals:
        touches |= Q(tree_from__lte=high, tree_from__gte=low)
    return Organization.objects.filter(touches)


def sync_grants(person: Person, organization: Organization) -> None:
    """Make guardian's grants of (person, organization) the union of the permissions of the live assignments."""
    roles = (
        Assignment.objects.live(timezone.localdate())
        .filter(person=person, organization=organization)
        .values_list("role", flat=True)
    )
    wanted = {permission.value for role in roles for permission in ROLES[Role(role)].permissions}
    present = _GRANTS.filter(user=person, content_object=organization)
    present.exclude(permission__codename__in=wanted).delete()
    missing = wanted - set(present.values_list("permission__codename", flat=True))
    _GRANTS.bulk_create(
        OrganizationUserObjectPermission(user=person, content_object=organization, permission=permission)
        for permission in StoredPermission.objects.filter(
            codename__in=missing, content_type__app_label="registry", content_type__model="organization"
        )
    )
