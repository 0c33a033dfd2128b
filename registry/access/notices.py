"""Who composes, posts, sees and ends public notices, who objects and who answers."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Appointment, Approval, NoticeExtension, NoticeLine, Objection, Organization, Person, PublicNotice
from ..querysets.places import overlaps
from ..roles import Permission
from ..rules import NotAllowed, NoticeState, OrganizationKind, Refused, contains
from .approvals import decided_by, has_decided, waiting_for
from .organization import (
    holds,
    is_console,
    ledger_scope,
    nearest,
    posts_of,
    recusals_of,
    recused_from,
    rights_of,
    scope,
    withheld_from,
)

# Publishers of the unit, and its principal leaders, so that there is somebody where a publisher is concerned.
MANAGING = (Permission.PUBLISH_NOTICES, Permission.REVIEW_PRINCIPAL)


def publishable_organizations(person: Person) -> QuerySet[Organization]:
    """Return the units and sections the person composes notices for: whole, without a part they are recused from."""
    held = scope(person, Permission.PUBLISH_NOTICES)
    inside = Q(pk__in=[])
    for low, high in held:
        inside |= Q(tree_from__gte=low, tree_to__lte=high)
    return (
        Organization.objects.filter(inside, kind__in=[OrganizationKind.UNIT, OrganizationKind.SECTION])
        .exclude(overlaps(recusals_of(person)))
        .order_by("tree_from")
    )


def check_compose(organization: Organization, person: Person) -> None:
    """Refuse composing for an organization whose notices are not the person's."""
    if not publishable_organizations(person).filter(pk=organization.pk).exists():
        raise NotAllowed(_("You do not compose public notices for %s.") % organization)


def places_of(person: Person) -> list[int]:
    """Return the tree numbers of the organizations in which the person holds a post or watches over risks today.

    Whoever only administers the system has no such place.
    """
    watched = (Permission.VIEW_LEDGER, Permission.VIEW_COUNTS)
    watching = [right.interval for right in rights_of(person) if right.permission in watched]
    return [low for low, _high in (*posts_of(person), *watching)]


def visible_notices(person: Person) -> QuerySet[PublicNotice]:
    """Return the notices the person may read."""
    return PublicNotice.objects.visible(
        places=places_of(person),
        ledger=ledger_scope(person),
        publishing=scope(person, Permission.PUBLISH_NOTICES),
        asked=waiting_for(person),
        decided=decided_by(person),
        recused=withheld_from(person),
    )


def reads_notices(person: Person) -> bool:
    """Say whether there can be a notice for the person: whether notices stand in their navigation."""
    return bool(places_of(person) or ledger_scope(person) or scope(person, Permission.PUBLISH_NOTICES))


def may_manage(notice: PublicNotice, person: Person) -> bool:
    """Say whether the person sees to a notice: records objections, answers them, takes it down, posts it anew."""
    if person.pk in recused_from(notice.organization, True):
        return False
    unit = nearest(notice.organization, OrganizationKind.UNIT)  # the one it belongs to today
    return any(holds(person, permission, unit) for permission in MANAGING)


def to_answer(person: Person) -> QuerySet[Objection]:
    """Return the objections that wait for an answer on notices the person sees to, the oldest first."""
    inside = Q(pk__in=[])
    for right in rights_of(person):
        if right.permission in MANAGING:
            inside |= Q(notice__position__range=right.interval)
    found = Objection.objects.filter(inside, ruling="", notice__in=visible_notices(person).values("pk"))
    found = found.exclude(overlaps(recusals_of(person), "notice__organization__"))
    return found.select_related("notice", "line").order_by("recorded_at", "pk")


def check_manage(notice: PublicNotice, person: Person) -> None:
    """Refuse seeing to a notice to everybody else."""
    if not may_manage(notice, person):
        raise NotAllowed(_("This is for the publishers of notices and the principal leaders of %s.") % notice.unit)


@dataclass(frozen=True)
class Anew:
    """A notice some of whose lines are to be shown anew: which, how many of them are corrected, what was begun for it."""

    notice: PublicNotice
    lines: list[NoticeLine]
    corrected: int
    begun: PublicNotice | None


def notices_to_post_anew(person: Person) -> list[Anew]:
    """Return the notices the person sees to that are to be posted anew, the oldest first.

    While it runs: as soon as the region has returned a point it shows. At any time: once what corrects a line, returned or
    rightly objected to, is filed and was not shown yet; of several notices that showed the point the last one.
    """
    if not any(right.permission in MANAGING for right in rights_of(person)):
        return []
    running = PublicNotice.objects.running(timezone.localdate())
    corrected = NoticeLine.objects.to_show_anew()
    lines = NoticeLine.objects.filter(
        Q(pk__in=corrected.values("pk"))
        | Q(pk__in=NoticeLine.objects.returned_by_region().values("pk"), notice__in=running.values("pk")),
        notice__in=visible_notices(person).values("pk"),
    ).select_related("notice__organization", "notice__unit", "point_version")
    last = {line.point_version.point_id: line for line in lines.order_by("notice__posted_at", "pk")}
    found = defaultdict(list)
    for line in last.values():
        found[line.notice].append(line)
    numbers = set(corrected.filter(notice__in=found).values_list("pk", flat=True))
    begun = {each.replaces_id: each for each in PublicNotice.objects.filter(replaces__in=found, number=None)}
    return [
        Anew(
            notice,
            sorted(its, key=lambda line: line.ordinal),
            sum(line.pk in numbers for line in its),
            begun.get(notice.pk),
        )
        for notice, its in sorted(found.items(), key=lambda each: each[0].pk)
        if may_manage(notice, person)
    ]


def sees_route(notice: PublicNotice, approval: Approval, person: Person) -> bool:
    """Say whether a person sees who decided what on an approval of a notice: who sees to it, and those on the route."""
    return (
        may_manage(notice, person)
        or has_decided(approval, person)
        or waiting_for(person).filter(pk=approval.pk).exists()
    )


def check_withdraw_extension(extension: NoticeExtension, person: Person) -> None:
    """Refuse taking back what another asked for."""
    if extension.asked_by_id != person.pk:
        raise NotAllowed(_("Only who asked for this extension takes it back."))


def calendar_place() -> Organization:
    """Return the organization the calendar of working days belongs to: the highest one, for it holds for all."""
    return Organization.objects.order_by("depth", "tree_from").first()


def check_calendar(person: Person) -> None:
    """Refuse days of the calendar to all but the system administrators of the whole installation."""
    if is_console(person):
        return
    held = scope(person, Permission.MANAGE_ACCOUNTS)
    roots = Organization.objects.filter(parent=None)
    if not held or not all(contains(held, root.tree_from) for root in roots):
        raise NotAllowed(
            _("The calendar of working days holds for everybody; it is kept by the system administrators of %s.")
            % calendar_place()
        )


def check_object(notice: PublicNotice, person: Person) -> None:
    """Refuse an objection outside the notice's time. Who sees it may object."""
    if notice.state != NoticeState.POSTED:
        raise Refused(_("This notice is not open to objections."))
    if notice.is_over:
        raise Refused(
            _("The time for objections ended on %(day)s. Turn to the issuing body.") % {"day": notice.ends_on}
        )


def check_answer(objection: Objection, person: Person) -> None:
    """Refuse an answer by whoever wrote the objection or holds the post it is about."""
    check_manage(objection.notice, person)
    if objection.ruling:
        raise Refused(_("This objection has been answered."))
    if objection.recorded_by_id == person.pk:
        raise NotAllowed(_("You wrote or recorded this objection yourself; another person answers it."))
    lines = NoticeLine.objects.filter(pk=objection.line_id) if objection.line_id else objection.notice.lines
    concerned = [person.pk, *_managed_for(objection.notice, person)]
    posts = Appointment.objects.live(timezone.localdate()).filter(person__in=concerned).values("post")
    own = Q(point_version__post__in=posts)
    for declared in ("point_version__declaration", "declaration"):  # the points, or on a notice of measures these
        own |= Q(**{f"{declared}__appointment__person__in": concerned})
        own |= Q(**{f"{declared}__approval__owners__in": concerned})
    if lines.filter(own).exists():
        raise NotAllowed(
            _("This objection is about your own matter, or of whom you stand in for; another person answers it.")
        )


def _managed_for(notice: PublicNotice, person: Person) -> list[int]:
    """Return whom the person stands in for when they see to a notice; nobody where they do it by a role of their own."""
    unit = nearest(notice.organization, OrganizationKind.UNIT)
    managing = [
        right.whom for right in rights_of(person) if right.permission in MANAGING and right.organization_id == unit.pk
    ]
    return [] if None in managing else [whom for whom in managing if whom is not None]
