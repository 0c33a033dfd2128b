"""Making the next version of a scheme. Nothing that was started or filed under an earlier one changes."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import Organization, Period, Person, Scheme
from ..rules import Changed, Gap, Incomplete, NotAllowed, OrganizationKind, Phase, Refused
from ..rules import Scheme as SchemeRule
from .audit import record
from .writing import create


def scheme_years() -> tuple[int, int]:
    """Return the years a scheme may be made for: this one and the next."""
    year = timezone.localdate().year
    return year, year + 1


@transaction.atomic
def enact_scheme(
    *, by: Person, organization: Organization, year: int, settings: Mapping[str, Any], reason: str, expected: int
) -> Scheme:
    """Put the next version in force for a unit or region and what is below it.

    `expected` is the id of the scheme that held there when this one was looked at, 0 for the standard one.
    """
    organization = Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization.pk)
    check_enact(organization, year, by)
    reason = reason.strip()
    if not reason:
        raise Refused(_("Say why the scheme is changed."))
    now = Scheme.objects.in_force(organization.tree_from, year)
    if (now.pk if now else 0) != expected:
        raise Changed(_("Another scheme has come into force here meanwhile. Look at what this one changes again."))
    rule = SchemeRule.from_settings(settings)
    if faults := rule.faults():
        gaps = [Gap(fault.sentence, "scheme", fault.setting) for fault in faults]
        raise Incomplete(_("The scheme cannot be put in force yet."), gaps)
    if now is not None and (now.organization_id, now.year) == (organization.pk, year) and now.rule == rule:
        raise Refused(_("Nothing of the scheme is changed."))
    own = Scheme.objects.filter(organization=organization, year=year)
    scheme = Scheme(
        organization=organization,
        year=year,
        version=(own.aggregate(last=Max("version"))["last"] or 0) + 1,
        settings=rule.to_settings(),
        reason=reason,
        made_by=by,
        made_at=timezone.now(),
    )
    create(scheme, by=by)
    content = [organization.code, year, scheme.version, scheme.settings, reason]
    record("scheme.enact", by=by, subject=scheme, content=content)
    return scheme


def check_enact(organization: Organization, year: int, person: Person) -> None:
    """Refuse a scheme to others than the office, for sections, for a past or far year, and once the year's points are locked."""
    if organization.kind == OrganizationKind.SECTION:
        raise NotAllowed(_("A scheme is made for a unit or a region."))
    access.check_enact(organization, person)
    if year not in scheme_years():
        raise Refused(_("A scheme is made for this year or the next."))
    period = Period.objects.nearest(organization.tree_from, year, Phase.POINTS)
    if period is not None and period.locked_at:
        raise Refused(_("The risk points of %s are closed; make the scheme of the next year.") % year)
