"""What a person may do where: assignments, the guardian grants derived from them, recusals. Only place that asks guardian."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps

from django.contrib.auth.models import Permission as StoredPermission
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import (
    Appointment,
    Assignment,
    Organization,
    OrganizationUserObjectPermission,
    Person,
    Recusal,
)
from ..roles import ROLES, Permission, Role, roles_with
from ..rules import Interval, NotAllowed, OrganizationKind, merge, subtract

# Nobody signs in with this account; whoever has a shell on the machine acts under it, and may do everything.
CONSOLE = "console"
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
    return Organization.objects.filter(within(ledger_scope(person)))


def within(intervals: Iterable[Interval]) -> Q:
    """Return the condition that an organization stands in one of `intervals`; no interval: nothing."""
    inside = Q(pk__in=[])
    for low, high in intervals:
        inside |= Q(tree_from__range=(low, high))
    return inside


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


# --- Administration: who keeps organizations, posts, people, roles ----------------------------------------------------

ADMINISTERING = (Permission.MANAGE_ACCOUNTS, Permission.MANAGE_ROLES)


def is_console(person: Person) -> bool:
    """Say whether the command line acts: its account cannot sign in, so no request ever comes from it."""
    return person.username == CONSOLE and not person.is_active


def administered_organizations(person: Person, *permissions: str) -> QuerySet[Organization]:
    """Return what the person administers by one of `permissions` (by any administrator's role), in the order of the tree."""
    inside = Q(pk__in=[])
    for permission in permissions or ADMINISTERING:
        for low, high in scope(person, permission):
            inside |= Q(tree_from__range=(low, high))
    return Organization.objects.filter(inside)


def administered_people(person: Person, *permissions: str) -> QuerySet[Person]:
    """Return the people with a post or role, now or ever, where the person administers; and those who belong nowhere yet."""
    places = administered_organizations(person, *permissions).order_by().values("pk")
    own = {"person": OuterRef("pk")}
    inside = Q(Exists(Appointment.objects.filter(**own, post__organization__in=places))) | Q(
        Exists(Assignment.objects.filter(**own, organization__in=places))
    )
    nowhere = ~Q(Exists(Appointment.objects.filter(**own))) & ~Q(Exists(Assignment.objects.filter(**own)))
    found = Person.objects.exclude(username=CONSOLE)
    if not any(scope(person, permission) for permission in permissions or ADMINISTERING):
        return found.none()
    return found.filter(inside | nowhere)


@once_a_page
def administers(person: Person, *permissions: str) -> bool:
    """Say whether the person administers anything, or anything by one of `permissions`."""
    wanted = permissions or ADMINISTERING
    return any(right.permission in wanted for right in rights_of(person))


def is_administrator(person: Person) -> bool:
    """Say whether the person administers accounts, roles or the audit anywhere."""
    return administers(person, *ADMINISTERING, Permission.READ_AUDIT)


def check_administers(person: Person, *permissions: str) -> None:
    """Refuse pages of the administration that are about no organization or person."""
    if not is_console(person) and not administers(person, *permissions):
        raise NotAllowed(_("The organization is kept by the system and security administrators."))


def check_administer(organization: Organization, person: Person) -> None:
    """Refuse changes to organizations, posts and appointments to all but the system administrator of this part."""
    if is_console(person):
        return
    if not administered_organizations(person, Permission.MANAGE_ACCOUNTS).filter(pk=organization.pk).exists():
        raise NotAllowed(_("%s is kept by its system administrator.") % organization)


def check_make_place(parent: Organization | None, person: Person) -> None:
    """Refuse new organizations and posts below `parent`: the system administrator's, and that of who takes in its ledgers."""
    if is_console(person):
        return
    if parent is None:
        raise NotAllowed(_("The first region is made on the command line."))
    unit = nearest(parent, OrganizationKind.UNIT)
    if unit is None or not holders(Permission.IMPORT_LEDGER, unit).filter(pk=person.pk).exists():
        check_administer(parent, person)


def check_give_roles(organization: Organization, person: Person) -> None:
    """Refuse giving and ending roles and recusals to all but the security administrator of this part."""
    if is_console(person):
        return
    if not administered_organizations(person, Permission.MANAGE_ROLES).filter(pk=organization.pk).exists():
        raise NotAllowed(_("Roles and recusals on %s are kept by its security administrator.") % organization)


def check_person(holder: Person, person: Person, permission: str) -> None:
    """Refuse posts and roles to people who belong to another region only."""
    if not is_console(person) and not administered_people(person, permission).filter(pk=holder.pk).exists():
        raise NotAllowed(_("%s belongs to another region.") % holder)


def check_account(holder: Person, person: Person) -> None:
    """Refuse changes to an account: to one's own, and where the person also stands outside one's region."""
    if is_console(person):
        return
    if holder.pk == person.pk:
        raise NotAllowed(_("Nobody administers their own account."))
    check_person(holder, person, Permission.MANAGE_ACCOUNTS)
    today = timezone.localdate()
    inside = administered_organizations(person, Permission.MANAGE_ACCOUNTS).order_by().values("pk")
    current = Q(ends_on=None) | Q(ends_on__gte=today)
    if (
        Appointment.objects.filter(current, person=holder).exclude(post__organization__in=inside).exists()
        or Assignment.objects.filter(current, person=holder).exclude(organization__in=inside).exists()
    ):
        raise NotAllowed(_("%s also holds a post or role in another region; that is ended there first.") % holder)


def check_password(holder: Person, person: Person) -> None:
    """Refuse a new password for another administrator: with it one could act as them."""
    check_account(holder, person)
    if not is_console(person) and is_administrator(holder):
        raise NotAllowed(_("Passwords of administrators are set on the command line (manage.py changepassword)."))
