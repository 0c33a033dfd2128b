"""Who sees alerts, to whom they are addressed, and who answers them."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from registry import access
from registry.access.organization import recused_from
from registry.models import Appointment, Organization, Person, Post
from registry.querysets.places import lies_within
from registry.roles import Permission
from registry.rules import NotAllowed, OrganizationKind

from ..models import Alert, AlertStep
from ..querysets.alerts import addressed_to
from ..rules import HEADS, AlertRung
from .signals import handled_signals, held_by, visible_signals


def _rights(person: Person) -> list[tuple[str, int]]:
    """Return the rights by which alerts may be addressed to the person, on exactly which organizations."""
    asked = {rung.permission for rung in HEADS}
    return [
        (right.permission, right.organization_id)
        for right in access.rights_of(person)
        if right.permission in asked and right.is_whole
    ]


def _open_to(person: Person) -> QuerySet[Alert]:
    """Return all alerts but those of places the person is recused from, and of signals about a post they hold or held."""
    posts = [post for post, _section, _last in held_by(person)]
    found = Alert.objects.exclude(signal__isnull=False, post__in=posts) if posts else Alert.objects.all()
    recused = access.recusals_of(person)
    return found.exclude(lies_within(recused, Organization)) if recused else found


def alerts_for(person: Person) -> QuerySet[Alert]:
    """Return the open alerts the person is to answer now."""
    rights, handled = _rights(person), access.scope(person, Permission.HANDLE_SIGNALS)
    if not rights and not handled:
        return Alert.objects.none()
    asked = addressed_to(rights)
    if handled:
        asked |= Q(asked_permission=Permission.HANDLE_SIGNALS, signal__in=handled_signals(person).values("pk"))
    return _open_to(person).open().filter(asked)


def visible_alerts(person: Person) -> QuerySet[Alert]:
    """Return the alerts the person sees.

    Heads: those addressed to them now or before. The office and the inspectors: all within their scope, but of signals only of
    those they read.
    """
    seen = Q(pk__in=AlertStep.objects.filter(addressed_to(_rights(person))).order_by().values("alert"))
    if followed := access.scope(person, Permission.HANDLE_FINDINGS):
        readable = Q(signal=None) | Q(signal__in=visible_signals(person).values("pk"))
        seen |= lies_within(followed, Organization) & readable
    return _open_to(person).filter(seen)


def sees_alerts(person: Person) -> bool:
    """Say whether alerts may be addressed to the person anywhere, or they follow those of others."""
    return bool(_rights(person)) or any(
        right.permission == Permission.HANDLE_FINDINGS for right in access.rights_of(person)
    )


def check_sees_alerts(person: Person) -> None:
    """Refuse the pages of the alerts to everybody else."""
    if not sees_alerts(person):
        raise NotAllowed(
            _("Alerts are for heads and leaders, the leading groups' offices and the discipline inspectors.")
        )


def reads_cause(alert: Alert, person: Person) -> bool:
    """Say whether the person is told why there is an alert: of a signal, only who reads the signal."""
    return alert.signal_id is None or visible_signals(person).filter(pk=alert.signal_id).exists()


def check_answer(alert: Alert, person: Person) -> None:
    """Refuse answering an alert to all but who it is addressed to now."""
    if not alerts_for(person).filter(pk=alert.pk).exists():
        raise NotAllowed(_("This alert is answered by %s.") % (addressee_of(alert) or _("nobody yet")))


def addressee_of(alert: Alert) -> str:
    """Return the names of who an alert is addressed to now, for a sentence; empty where it is nobody yet."""
    if alert.asked_permission == Permission.HANDLE_SIGNALS:
        return _("the discipline inspectors")
    about_post = alert.post if alert.signal_id else None
    return access.names(reached(alert.asked_permission, alert.asked_organization, about_post))


def reached(permission: str, organization: Organization, about_post: Post | None) -> set[int]:
    """Return whom an alert reaches by a permission on exactly this organization.

    It does not reach who is recused from it, nor who holds or held the post that a signal is about.
    """
    people = {held.person for held in access.held_on(permission, organization)} - set(recused_from(organization))
    if about_post is None:
        return people
    held = Appointment.objects.filter(post=about_post, person__in=people, starts_on__lte=timezone.localdate())
    return people - set(held.values_list("person", flat=True))


def place_of(rung: AlertRung, organization: Organization) -> Organization | None:
    """Return on which organization a rung asks: the nearest of its kind, for a jurisdiction the place itself; None: there is none."""
    if rung.kind is None:
        return organization
    if rung.kind == OrganizationKind.SECTION:
        return organization if organization.kind == OrganizationKind.SECTION else None
    return access.nearest(organization, rung.kind)


def alert_answered_for(alert: Alert, person: Person) -> int | None:
    """Return whom the person stands in for when they answer; None: nobody, they answer by their own role."""
    asked = (alert.asked_permission, alert.asked_organization_id)
    if alert.asked_permission == Permission.HANDLE_SIGNALS:
        rights = [right for right in access.rights_of(person) if right.permission == alert.asked_permission]
    else:
        rights = [right for right in access.rights_of(person) if (right.permission, right.organization_id) == asked]
    whom = [right.whom for right in rights]
    return None if None in whom or not whom else whom[0]
