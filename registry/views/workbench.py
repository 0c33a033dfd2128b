"""What the home page shows of the ground floor."""

from django.utils import timezone

from .. import access
from ..actions.declarations import declaring_year
from ..actions.supplements import filed_points_of
from ..models import Appointment, Declaration, Period, Person
from ..rules import DeclarationState, Phase
from .declarations import own_declarations


def workbench(person: Person, *, first_lines: int) -> dict:
    """Return the context of the home page: posts to declare for, what waits, one's own declarations."""
    today = timezone.localdate()
    tasks = []
    appointments = (
        Appointment.objects.live(today)
        .filter(person=person)
        .select_related("post__organization", "post__organization__parent")
    )
    for appointment in appointments:
        position = appointment.post.organization.tree_from
        year = declaring_year(position)
        dates = Period.objects.dates(position, year, Phase.POINTS)
        declaration = Declaration.objects.filter(
            appointment=appointment, year=year, phase=Phase.POINTS, supplement=0
        ).first()
        supplement = (
            Declaration.objects.filter(appointment=appointment, phase=Phase.POINTS, supplement__gt=0)
            .exclude(state=DeclarationState.FILED)
            .first()
        )
        tasks.append(
            {
                "appointment": appointment,
                "declaration": declaration,
                "supplement": supplement if supplement and access.is_open(supplement) else None,
                "may_supplement": supplement is None and filed_points_of(appointment).exists(),
                "year": year,
                "dates": dates,
                "days_left": dates.days_left(today),
                "days_late": -dates.days_left(today),
                "is_mine_to_do": declaration is None or access.is_open(declaration),
                "is_returned": declaration is not None and declaration.state == DeclarationState.RETURNED,
            }
        )
    waiting = access.waiting_for(person).select_related("organization", "submitted_by")
    return {
        "today": today,
        "tasks": tasks,
        "waiting": waiting[:first_lines],
        "waiting_count": waiting.count(),
        "own": own_declarations(person)[:first_lines],
        "notices": access.visible_notices(person).running(today).order_by("ends_on", "pk")[:first_lines],
        "objections": access.to_answer(person)[:first_lines],
        "reviews": access.reviews_anything(person),
        "reads_ledger": bool(access.ledger_scope(person)),
    }
