"""Who enters monitoring signals, who reads them, who judges them, and who learns whom they came from."""

import datetime as dt

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from registry import access
from registry.access.organization import once_a_page
from registry.models import Appointment, Organization, Person, PointVersion, Post
from registry.querysets.ledger import PointVersionQuerySet
from registry.roles import Permission
from registry.rules import STANDING_STATES, NotAllowed, OrganizationKind, contains

from ..models import Signal, SignalUpload
from ..rules import Judging


@once_a_page
def held_by(person: Person) -> list[tuple[int, int, dt.date | None]]:
    """Return the posts the person holds or held: post, its organization, the last day (None: it goes on)."""
    held = Appointment.objects.filter(person=person, starts_on__lte=timezone.localdate())
    return list(held.order_by().values_list("post", "post__organization", "ends_on"))


def about(person: Person) -> Q:
    """Return the condition that a signal is about the person: a post they hold or held, or, without one, their own section.

    The section is theirs if they held a post in it on the day the signal came in, or since.
    """
    mine = Q(pk__in=[])
    for post, section, last in held_by(person):
        of_section = Q(post=None, organization=section)
        mine |= Q(post=post) | (of_section if last is None else of_section & Q(received_on__lte=last))
    return mine


def enters_signals(person: Person) -> bool:
    """Say whether the person enters signals anywhere."""
    return any(right.permission == Permission.ENTER_SIGNALS for right in access.rights_of(person))


def handles_signals(person: Person) -> bool:
    """Say whether the person judges signals anywhere."""
    return any(right.permission == Permission.HANDLE_SIGNALS for right in access.rights_of(person))


def reads_signals(person: Person) -> bool:
    """Say whether the person comes to the pages of the signals at all."""
    return enters_signals(person) or handles_signals(person)


def check_enters_signals(person: Person) -> None:
    """Refuse entering signals to all but the offices and the inspectors."""
    if not enters_signals(person):
        raise NotAllowed(_("Signals are entered by the leading groups' offices and the discipline inspectors."))


def check_reads_signals(person: Person) -> None:
    """Refuse the pages of the signals to everybody else."""
    if not reads_signals(person):
        raise NotAllowed(_("Monitoring signals are kept by the leading groups' offices and the discipline inspectors."))


def visible_signals(person: Person) -> QuerySet[Signal]:
    """Return the signals the person reads.

    Inspectors: all within their jurisdiction. Who only enters: their own and what is not confidential. Nobody one that is about
    themselves; a recusal takes away the rest.
    """
    handled, entered = (
        access.scope(person, permission) for permission in (Permission.HANDLE_SIGNALS, Permission.ENTER_SIGNALS)
    )
    if not handled and not entered:
        return Signal.objects.none()
    own = Q(entered_by=person) | Q(is_confidential=False)
    found = Signal.objects.within(handled)
    if entered != handled:
        found |= Signal.objects.within(entered).filter(own)
    return found.exclude(about(person))


def handled_signals(person: Person) -> QuerySet[Signal]:
    """Return of these the ones the person judges."""
    return visible_signals(person).within(access.scope(person, Permission.HANDLE_SIGNALS))


def signals_to_judge(person: Person) -> int | None:
    """Return how many signals wait for a judgement of the person; None where they judge none."""
    if not handles_signals(person):
        return None
    return handled_signals(person).filter(judged=Judging.OPEN).count()


def check_handle(signal: Signal, person: Person) -> None:
    """Refuse judging a signal, making it less than confidential and asking for its source to all but its inspectors."""
    if not handled_signals(person).filter(pk=signal.pk).exists():
        raise NotAllowed(_("Signals are judged by the discipline inspectors in whose jurisdiction they lie."))


def own_sections(person: Person) -> QuerySet[Organization]:
    """Return the sections and leadership teams in which the person holds a post today."""
    held = Appointment.objects.live(timezone.localdate()).filter(person=person)
    return Organization.objects.filter(pk__in=held.values("post__organization"))


def organizations_to_enter_for(person: Person) -> QuerySet[Organization]:
    """Return the units and sections about which the person enters signals: in their scope, open, not their own section."""
    inside = Q(pk__in=[])
    for interval in access.scope(person, Permission.ENTER_SIGNALS):
        inside |= Q(tree_from__range=interval)
    lasting = Q(closed_on=None) | Q(closed_on__gte=timezone.localdate())
    return (
        Organization.objects.filter(inside, lasting, kind__in=[OrganizationKind.UNIT, OrganizationKind.SECTION])
        .exclude(pk__in=own_sections(person).values("pk"))
        .order_by("tree_from")
    )


def posts_to_enter_for(organization: Organization) -> QuerySet[Post]:
    """Return the posts of an organization a signal may be about."""
    lasting = Q(closed_on=None) | Q(closed_on__gte=timezone.localdate())
    return Post.objects.filter(lasting, organization=organization).order_by("name", "pk")


def points_to_enter_for(organization: Organization, post: Post | None) -> PointVersionQuerySet:
    """Return the filed risk points of a post, or of the organization itself, that stand."""
    standing = PointVersion.objects.filter(organization=organization, post=post, state__in=STANDING_STATES)
    return standing.select_related("point").order_by("point__code")


def check_enter(organization: Organization, person: Person) -> None:
    """Refuse entering a signal outside one's scope, or about the section in which one holds a post."""
    check_enters_signals(person)
    if not contains(access.scope(person, Permission.ENTER_SIGNALS), organization.tree_from):
        raise NotAllowed(_("You do not enter signals about %s.") % organization)
    if own_sections(person).filter(pk=organization.pk).exists():
        raise NotAllowed(_("A signal about one's own section is entered by somebody else."))


def visible_signal_uploads(person: Person, since: dt.datetime) -> QuerySet[SignalUpload]:
    """Return what the person has uploaded since a moment and not taken in yet."""
    return SignalUpload.objects.filter(person=person, at__gte=since)
