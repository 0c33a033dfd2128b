"""Who confirms what an administrator entered: an administrator of the other kind, of the same part."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Appointment, Assignment, Confirmation, Organization, Person
from ..roles import Permission, roles_with
from ..rules import Interval, NotAllowed, OrganizationKind, contains
from .organization import ADMINISTERING, administered_organizations, is_console, nearest, once_a_page, scope


@once_a_page
def confirmers(permission: str, organization: Organization, other: Organization | None) -> list[Person]:
    """Return who administers by `permission` both places that something touches, in the order of their numbers."""
    held = Assignment.objects.live(timezone.localdate()).filter(
        person=OuterRef("pk"),
        role__in=roles_with(permission),
        organization__tree_from__lte=organization.tree_from,
        organization__tree_to__gte=organization.tree_from,
    )
    places = [place.tree_from for place in (organization, other) if place is not None]
    candidates = Person.objects.filter(Exists(held), is_active=True).order_by("username")
    return [each for each in candidates if all(contains(scope(each, permission), place) for place in places)]


def deciders_of(confirmation: Confirmation) -> list[Person]:
    """Return who may confirm this now: never who entered it, never whom it is about."""
    concerned = (confirmation.entered_by_id, confirmation.person_id)
    found = confirmers(confirmation.confirmed_with, confirmation.organization, confirmation.other)
    return [person for person in found if person.pk not in concerned]


def confirmations_to_decide(person: Person) -> QuerySet[Confirmation]:
    """Return what the person may confirm or decline today."""
    scopes = {permission: scope(person, permission) for permission in ADMINISTERING}
    return Confirmation.objects.to_confirm(
        person.pk, {permission: held for permission, held in scopes.items() if held}, timezone.localdate()
    )


def visible_confirmations(person: Person) -> QuerySet[Confirmation]:
    """Return what was entered in the person's part, by whichever kind of administrator."""
    return Confirmation.objects.within([each for permission in ADMINISTERING for each in scope(person, permission)])


def check_confirmation(confirmation: Confirmation, person: Person) -> None:
    """Refuse confirming and declining to who entered it, whom it is about, and who does not administer its places."""
    if confirmation.entered_by_id == person.pk:
        raise NotAllowed(_("What you entered another administrator confirms."))
    if confirmation.person_id == person.pk:
        raise NotAllowed(_("Nobody confirms what is about themselves."))
    found = deciders_of(confirmation)
    if person.pk not in {each.pk for each in found}:
        raise NotAllowed(
            _("This is confirmed by %s.") % _(", ").join(each.name for each in found)
            if found
            else nobody_confirms(confirmation.confirmed_with, confirmation.organization)
        )


def check_take_back(confirmation: Confirmation, person: Person) -> None:
    """Refuse taking back to everybody but who entered it."""
    if confirmation.entered_by_id != person.pk:
        raise NotAllowed(_("Only who entered this takes it back."))


def nobody_confirms(permission: str, organization: Organization) -> str:
    """Return the sentence for where there is no administrator to confirm."""
    sentence = (
        _(
            "Nobody can confirm this at present: %(place)s has no system administrator besides. Have one made on the command "
            "line (manage.py import_organization); then it can be confirmed."
        )
        if permission == Permission.MANAGE_ACCOUNTS
        else _(
            "Nobody can confirm this at present: %(place)s has no security administrator besides. Have one made on the "
            "command line (manage.py import_organization); then it can be confirmed."
        )
    )
    return sentence % {"place": nearest(organization, OrganizationKind.REGION) or organization}


def place_over(intervals: Iterable[Interval], by: Person, permission: str) -> Organization | None:
    """Return the nearest organization over all `intervals` in the part `by` administers; of none the first region of it."""
    part = administered_organizations(by, permission) if not is_console(by) else Organization.objects.all()
    every = list(intervals)
    if not every:
        return part.filter(kind=OrganizationKind.REGION).order_by("depth", "tree_from").first()
    low, high = min(each[0] for each in every), max(each[1] for each in every)
    return part.filter(tree_from__lte=low, tree_to__gte=high).order_by("-depth").first()


def place_of_account(person: Person, by: Person) -> Organization | None:
    """Return the place an account belongs to: over all posts and roles its holder has today or later."""
    lasting = Q(ends_on=None) | Q(ends_on__gte=timezone.localdate())
    intervals = [
        *Appointment.objects.filter(lasting, person=person).values_list(
            "post__organization__tree_from", "post__organization__tree_to"
        ),
        *Assignment.objects.filter(lasting, person=person).values_list(
            "organization__tree_from", "organization__tree_to"
        ),
    ]
    return place_over(intervals, by, Permission.MANAGE_ACCOUNTS) or place_over((), by, Permission.MANAGE_ACCOUNTS)
