"""Who assesses a unit, who takes points off, who reads the result."""

from django.db.models import Q, QuerySet

from registry import access
from registry.models import Organization, Person
from registry.roles import Permission
from registry.rules import contains

from ..models import Assessment, Cycle


def check_assess(cycle: Cycle, unit: Organization, person: Person) -> None:
    """Refuse the unit's own assessment to all but its office."""
    access.check_run_cycle(unit, person)


def check_deduct(assessment: Assessment, person: Person) -> None:
    """Refuse deductions and vetoes to all but the region's leading group and its office."""
    access.check_run_cycle(assessment.cycle.region, person)


def visible_assessments(cycle: Cycle, person: Person) -> QuerySet[Assessment]:
    """Return the assessments of a year the person reads: all for the region, else those of one's own unit.

    Of a unit they are for its office and for its leadership, and for whoever is asked to decide on one.
    """
    found = Assessment.objects.filter(cycle=cycle).select_related("unit", "cycle__region", "approval")
    if not access.refusal(access.check_run_cycle, cycle.region, person):
        return found
    places = [*access.scope(person, Permission.RUN_CYCLE), *access.scope(person, Permission.REVIEW_TEAM)]
    asked = access.waiting_for(person).values("pk")
    own = Organization.objects.filter(access.within(places)).values("pk")
    return found.filter(Q(unit__in=own) | Q(approval__in=asked))


def sees_reason(assessment: Assessment, person: Person) -> bool:
    """Say whether the person reads a confidential reason: who handles or decides disposals there."""
    place = assessment.unit.tree_from
    return any(
        contains(access.scope(person, permission), place)
        for permission in (Permission.HANDLE_DISPOSALS, Permission.DECIDE_DISPOSALS)
    )
