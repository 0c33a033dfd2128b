"""The dates of the phases, as upper floors write them down for the rules of the ground floor."""

from django.db import transaction
from django.utils.translation import gettext as _

from .. import access
from ..models import Organization, Period, Person
from ..rules import Dates, Refused
from .audit import record


@transaction.atomic
def set_period(*, by: Person, organization: Organization, year: int, phase: str, dates: Dates) -> Period:
    """Let a phase have these dates in an organization and below it, unless the phase is locked."""
    access.check_run_cycle(organization, by)
    Organization.objects.select_for_update(no_key=True).get(
        pk=organization.pk
    )  # so that two cannot both make the first
    values = {"opens": dates.opens, "due_to_region": dates.due_to_region, "closes": dates.closes}
    period = Period.objects.filter(organization=organization, year=year, phase=phase).first()
    if period is not None and period.dates == dates:
        return period
    if period is not None and period.locked_at:
        raise Refused(_("The year is closed; its dates stay."))
    period, is_new = Period.objects.update_or_create(organization=organization, year=year, phase=phase, defaults=values)
    if not is_new:
        period.refresh_from_db()
    record("period.set", by=by, subject=period, content=[year, phase, *(str(day) for day in values.values())])
    return period
