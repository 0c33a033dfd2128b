"""Who sees the year, who runs it, who agrees to closing a stage with open ends."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from registry import access
from registry.models import Organization, Person
from registry.roles import Permission
from registry.rules import Interval, NotAllowed, OrganizationKind, intersect

from ..models import Closing, Cycle, Training


def visible_cycles(person: Person) -> QuerySet[Cycle]:
    """Return the cycles of the regions in which the person holds a post or a role that is no administrator's."""
    return Cycle.objects.over(_places_of(person)).select_related("region")


def takes_part(person: Person) -> bool:
    """Say whether the person works in any region or unit: whether the year stands in their navigation."""
    return bool(_places_of(person))


def _places_of(person: Person) -> list[Interval]:
    if not person.is_active or access.is_administrator(person):
        return []
    return [*access.posts_of(person), *(right.interval for right in access.rights_of(person))]


def check_run(cycle: Cycle, person: Person) -> None:
    """Refuse running a cycle to all but the region's leading group and its office."""
    access.check_run_cycle(cycle.region, person)


def runs(cycle: Cycle, person: Person) -> bool:
    """Say whether the person runs the cycle."""
    return not access.refusal(check_run, cycle, person)


def regions_to_open(person: Person) -> list[Organization]:
    """Return the regions whose year the person may set going."""
    held = {right.organization_id for right in access.rights_of(person) if right.permission == Permission.RUN_CYCLE}
    if not held:
        return []
    regions = Organization.objects.filter(pk__in=held, kind=OrganizationKind.REGION, closed_on=None)
    return [
        region for region in regions.order_by("tree_from") if not access.refusal(access.check_run_cycle, region, person)
    ]


def check_open_cycle(region: Organization, person: Person) -> None:
    """Refuse setting the year going to all but the region's leading group and its office."""
    if region.kind != OrganizationKind.REGION:
        raise NotAllowed(_("An annual cycle is that of a region; its units take part in it."))
    access.check_run_cycle(region, person)


def check_answer_closing(closing: Closing, person: Person) -> None:
    """Refuse the answer to who asked for it, and to all who do not run the cycle."""
    check_run(closing.stage.cycle, person)
    if closing.asked_by_id == person.pk:
        raise NotAllowed(_("You asked for it yourself; a second person agrees or does not."))


def counted_in(cycle: Cycle, person: Person) -> list[Interval]:
    """Return of which part of the region the person is told how much is missing, in numbers."""
    if runs(cycle, person):
        return [cycle.region.interval]
    return intersect(access.counts_scope(person), [cycle.region.interval])


def keeps_trainings_of(cycle: Cycle, person: Person) -> list[Organization]:
    """Return the region and the units for which the person records trainings."""
    held = {right.organization_id for right in access.rights_of(person) if right.permission == Permission.RUN_CYCLE}
    found = Organization.objects.filter(pk__in=held, tree_from__range=cycle.region.interval, closed_on=None)
    return [place for place in found.order_by("tree_from") if not access.refusal(access.check_run_cycle, place, person)]


def check_record_training(training: Training, person: Person) -> None:
    """Refuse recording, and striking out, a training to all but the office of the organization."""
    access.check_run_cycle(training.organization, person)
