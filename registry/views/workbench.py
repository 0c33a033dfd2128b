"""What the home page shows of the ground floor."""

import datetime as dt

from django.db.models import QuerySet
from django.utils import timezone

from .. import access
from ..access import Declarant
from ..actions.declarations import declaring_year
from ..models import Appointment, Organization, Period, Person, PointVersion
from ..querysets.ledger import LedgerFilter
from ..rules import DeclarationState, Phase
from .declarations import own_declarations
from .regions import office_tasks
from .trace import returned_by_region


def declarants_of(person: Person) -> list[Declarant]:
    """Return what the person declares for: the posts they hold today, the sections and teams they prepare for."""
    appointments = (
        Appointment.objects.live(timezone.localdate())
        .filter(person=person)
        .select_related("post__organization", "post__organization__parent")
    )
    prepared = Organization.objects.filter(pk__in=access.prepared_by(person), closed_on=None).select_related("parent")
    return [
        *(Declarant.of_post(appointment) for appointment in appointments),
        *(Declarant.of_organization(organization) for organization in prepared.order_by("tree_from")),
    ]


def _task(declarant: Declarant, today: dt.date) -> dict:
    """Return what is asked of somebody for one of what they declare for."""
    year = declaring_year(declarant.organization.tree_from)
    dates = Period.objects.dates(declarant.organization.tree_from, year, Phase.POINTS)
    of_points = declarant.declarations.filter(phase=Phase.POINTS)
    declaration = of_points.filter(year=year, supplement=0).first()
    supplement = of_points.filter(supplement__gt=0).exclude(state=DeclarationState.FILED).first()
    filed = declarant.filed_points
    is_filed = filed.exists()
    return {
        "declarant": declarant,
        "declaration": declaration,
        "supplement": supplement if supplement and access.is_open(supplement) else None,
        "may_supplement": supplement is None and is_filed,
        "year": year,
        "dates": dates,
        "days_left": dates.days_left(today),
        "days_late": -dates.days_left(today),
        "is_mine_to_do": declaration is None or access.is_open(declaration),
        "is_returned": declaration is not None and declaration.state == DeclarationState.RETURNED,
        "measures": _measures_task(declarant, filed, today) if is_filed else None,
    }


def _measures_task(declarant: Declarant, filed: QuerySet[PointVersion], today: dt.date) -> dict:
    """Return how far the measures are for what stands filed; the region wants those of leaders earlier."""
    place = declarant.organization.tree_from
    year = declaring_year(place, Phase.MEASURES)
    dates = Period.objects.dates(place, year, Phase.MEASURES)
    latest = declarant.declarations.filter(phase=Phase.MEASURES, year=year).order_by("-supplement").first()
    return {
        "declaration": latest,
        "is_open": latest is not None and access.is_open(latest),
        "dates": dates,
        "days_left": dates.days_left(today),
        "days_late": -dates.days_left(today),
        "without": filed.matching(LedgerFilter(without_measure=True)).count(),
    }


def workbench(person: Person, *, first_lines: int) -> dict:
    """Return the context of the home page: posts to declare for, what waits, one's own declarations."""
    today = timezone.localdate()
    tasks = [_task(declarant, today) for declarant in declarants_of(person)]
    waiting = access.waiting_for(person).select_related("organization", "submitted_by")
    waiting_count = waiting.count()
    return {
        "today": today,
        "tasks": tasks,
        "waiting": access.tell_for_whom(waiting[:first_lines]) if waiting_count else [],
        "waiting_count": waiting_count,
        "own": own_declarations(person)[:first_lines],
        "notices": access.visible_notices(person).running(today).order_by("ends_on", "pk")[:first_lines],
        "objections": access.to_answer(person)[:first_lines],
        "stand_ins": access.stand_ins_to_confirm(person),
        "meetings_to_confirm": access.meetings_to_confirm(person)[:first_lines],
        "meetings_sent_back": access.meetings_sent_back(person)[:first_lines],
        "returned": returned_by_region(person),
        "office": office_tasks(person),
        "to_post_anew": access.notices_to_post_anew(person),
        "reviews": access.reviews_anything(person),
        "reads_ledger": bool(access.ledger_scope(person)),
    }
