"""What a person may do where: assignments, the guardian grants derived from them, recusals. Only place that asks guardian."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Permission as StoredPermission
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import (
    Appointment,
    Assignment,
    Organization,
    OrganizationUserObjectPermission,
    Person,
    Recusal,
    StandIn,
)
from ..querysets.prepared import prepared
from ..roles import ROLES, WITH_SECOND_FACTOR, Permission, Role, roles_with
from ..rules import (
    ADMINISTRATORS,
    EntryState,
    Interval,
    NotAllowed,
    OrganizationKind,
    carried,
    merge,
    roles_carrying,
    subtract,
)
from ..rules.tree import ROOTS

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
    """A permission a person holds on an organization today: by a role of their own, or standing in for `whom`.

    What `whom` is recused from is cut out of the interval; then it is not the whole organization any more.
    """

    permission: str
    organization_id: int
    interval: Interval
    whom: int | None = None
    is_whole: bool = True


@once_a_page
def rights_of(person: Person) -> list[Right]:
    """Return what the person holds today: guardian's grants backed by an assignment that is live, of their own or stood in for.

    A stand-in has no grants: their rights are read from those of whom they stand in for, and end with them.
    """
    if not person.is_active:
        return []
    own, stood_in = [], []
    for role, permission, organization_id, tree_from, tree_to, whose in _held_today(person):
        if whose != person.pk:
            if permission in carried(role):
                stood_in.append((permission, organization_id, (tree_from, tree_to), whose))
        elif permission in ROLES[role].permissions:
            own.append(Right(permission, organization_id, (tree_from, tree_to)))
    if any(right.permission in (*ADMINISTERING, Permission.READ_AUDIT) for right in own):
        stood_in = []  # an administrator has no other role, not even somebody else's
    recused = {whose: recusals_of(Person(pk=whose)) for *_rest, whose in stood_in}
    for permission, organization_id, interval, whose in stood_in:
        parts = subtract([interval], recused[whose])
        own += [Right(permission, organization_id, part, whose, part == interval) for part in parts]
    return list(dict.fromkeys(own))


@once_a_page
def _held_today(person: Person) -> list[tuple]:
    return _grants_beside_roles(person=person.pk, today=timezone.localdate())


def inspected_by(person: Person) -> list[Interval]:
    """Return the person's jurisdiction as discipline inspector, without what they are recused from."""
    held = [
        (tree_from, tree_to)
        for role, permission, _organization, tree_from, tree_to, whose in _held_today(person)
        if (role, permission, whose) == (Role.INSPECTOR, Permission.VIEW_LEDGER, person.pk) and person.is_active
    ]
    return subtract(held, recusals_of(person)) if held else []


def needs_second_factor(person: Person) -> bool:
    """Say whether the person holds a role today that asks for a second factor, where the installation asks for any."""
    if settings.SECOND_FACTOR != "required" or not person.is_active:
        return False
    return any(role in WITH_SECOND_FACTOR for role, *_grant in _held_today(person))


def has_second_factor(person: Person) -> bool:
    """Say whether the person has set up a second factor."""
    return Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists()


def check_factor_optional(person: Person) -> None:
    """Refuse to take away a second factor that a role asks for."""
    if needs_second_factor(person):
        raise NotAllowed(_("Your role asks for a second factor; it cannot be taken away."))


@prepared
def _grants_beside_roles(person: int, today: dt.date) -> QuerySet:
    """Return each of guardian's grants beside each role on the same organization today: the person's, and those stood in for."""
    grant = "organization__organizationuserobjectpermission"
    columns = ("organization", "organization__tree_from", "organization__tree_to", "person")
    own = (
        Assignment.objects.live(today)
        .filter(person=person, **{f"{grant}__user": person})
        .order_by()
        .values_list("role", f"{grant}__permission__codename", *columns)
    )
    stood_in = (
        StandIn.objects.live(today)
        .filter(person=person, **{f"assignment__{grant}__user": F("assignment__person")})
        .order_by()
        .values_list(
            "assignment__role",
            f"assignment__{grant}__permission__codename",
            *(f"assignment__{column}" for column in columns),
        )
    )
    return own.union(stood_in, all=True)


def holds(person: Person, permission: str, organization: Organization) -> bool:
    """Say whether the person holds `permission` on all of exactly this organization today, or stands in for who does."""
    return any(
        right.permission == permission and right.organization_id == organization.pk and right.is_whole
        for right in rights_of(person)
    )


@dataclass(frozen=True)
class Held:
    """Who holds a permission on an organization today: their own right, or (`whom`) standing in by the entry `stand_in`."""

    person: int
    whom: int | None = None
    stand_in: int | None = None


def held_on(permission: str, organization: Organization) -> list[Held]:
    """Return who decides by `permission` on exactly this organization today, with those who stand in for them."""
    roles, carrying = roles_with(permission), roles_carrying(permission)
    rows = [
        row
        for row in _roles_on(permission=permission, organization=organization.pk, today=timezone.localdate())
        if row[1] in roles
    ]
    able = _may_stand_in({person for _holder, role, _stand_in, person in rows if person and role in carrying})
    found: dict[Held, None] = {}
    for holder, role, stand_in, person in rows:
        found[Held(holder)] = None
        if person in able and role in carrying:
            found[Held(person, holder, stand_in)] = None
    return list(found)


@prepared
def _roles_on(permission: str, organization: int, today: dt.date) -> QuerySet:
    """Return the roles of those granted `permission` there, each beside every stand-in entered for it."""
    granted = _GRANTS.filter(
        user=OuterRef("person"),
        content_object=organization,
        permission__codename=permission,
        permission__content_type__app_label="registry",
    )
    standing_in = FilteredRelation(
        "stand_ins",
        condition=Q(
            stand_ins__state=EntryState.CONFIRMED, stand_ins__starts_on__lte=today, stand_ins__ends_on__gte=today
        ),
    )
    return (
        Assignment.objects.live(today)
        .filter(Exists(granted), organization=organization, person__is_active=True)
        .annotate(now=standing_in)
        .order_by()
        .values_list("person", "role", "now", "now__person")
    )


def _may_stand_in(people: set[int]) -> set[int]:
    """Return those of `people` who can stand in for anybody: the active ones who administer nothing."""
    if not people:
        return set()
    administers = Assignment.objects.live(timezone.localdate()).filter(person=OuterRef("pk"), role__in=ADMINISTRATORS)
    able = Person.objects.filter(~Exists(administers), pk__in=people, is_active=True)
    return set(able.order_by().values_list("pk", flat=True))


def holders(permission: str, organization: Organization) -> QuerySet[Person]:
    """Return the active people who hold `permission` on exactly this organization today by a role of their own."""
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
    return merge(_recusals(person=person.pk, today=timezone.localdate()))


@prepared
def _recusals(person: int, today: dt.date) -> QuerySet:
    rows = Recusal.objects.live(today).filter(person=person)
    return rows.values_list("organization__tree_from", "organization__tree_to")


def withheld_from(person: Person) -> list[Interval]:
    """Return what even having decided, prepared or been present does not open: recusals, and to an administrator everything."""
    return [ROOTS] if is_administrator(person) else recusals_of(person)


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
    """Return the intervals of the organizations in which the person holds a post today, and reads by it.

    An administrator does not read by their post; what they declare themselves stays theirs.
    """
    if not person.is_active or is_administrator(person):
        return []
    return _posts(person=person.pk, today=timezone.localdate())


@prepared
def _posts(person: int, today: dt.date) -> QuerySet:
    rows = Appointment.objects.live(today).filter(person=person).order_by()
    return rows.values_list("post__organization__tree_from", "post__organization__tree_to")


def ledger_scope(person: Person) -> list[Interval]:
    """Return where the person reads filed points: by role, and as a member of a section or of a unit's leadership."""
    if not person.is_active:
        return []
    own = posts_of(person)
    by_role = [right.interval for right in rights_of(person) if right.permission == Permission.VIEW_LEDGER]
    return subtract([*own, *by_role], recusals_of(person))


@once_a_page
def region_scope(person: Person) -> list[Interval]:
    """Return what the person decides on for a region: what has it as its nearest one, without what they are recused from."""
    held = [right.interval for right in rights_of(person) if right.permission == Permission.DECIDE_FOR_REGION]
    if not held:
        return []
    regions = list(
        Organization.objects.filter(kind=OrganizationKind.REGION).order_by().values_list("tree_from", "tree_to")
    )
    own: list[Interval] = []
    for low, high in held:
        own += subtract([(low, high)], [each for each in regions if low < each[0] <= high])
    return subtract(own, recusals_of(person))


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
    if unit is None or not holds(person, Permission.IMPORT_LEDGER, unit):
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


def _is_or_will_be_administrator(person: Person) -> bool:
    lasting = Q(ends_on=None) | Q(ends_on__gte=timezone.localdate())
    return Assignment.objects.filter(lasting, person=person, role__in=ADMINISTRATORS).exists()


def check_password(holder: Person, person: Person) -> None:
    """Refuse a new password for another administrator: with it one could act as them."""
    check_account(holder, person)
    if not is_console(person) and _is_or_will_be_administrator(holder):
        raise NotAllowed(_("Passwords of administrators are set on the command line (manage.py changepassword)."))


def check_factor(holder: Person, person: Person) -> None:
    """Refuse removing another administrator's second factor, for the same reason."""
    check_account(holder, person)
    if not is_console(person) and _is_or_will_be_administrator(holder):
        raise NotAllowed(_("Second factors of administrators are removed on the command line (manage.py unlock)."))
