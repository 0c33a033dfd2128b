"""Changing what is filed (part III §5(4)): supplementary declarations, and taking filed points up into an open declaration."""

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import Appointment, Declaration, Measure, MeasureVersion, Person, PointVersion, Scheme
from ..rules import (
    STANDING_STATES,
    Change,
    DeclarationState,
    Level,
    MeasureState,
    OrganizationKind,
    Phase,
    Refused,
    Trigger,
)
from .approvals import DECLARATION
from .audit import record
from .declarations import MEASURE_FIELDS, POINT_FIELDS, check_entry, check_room, point_content
from .writing import change, create


@transaction.atomic
def start_supplement(*, by: Person, appointment: Appointment, trigger: str) -> Declaration:
    """Open a supplementary declaration of a post; the one that is open already is gone on with."""
    check_supplement(appointment, by)
    organization, year = appointment.post.organization, timezone.localdate().year
    # One at a time: whoever comes second waits here for the first.
    Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
    of_this_post = Declaration.objects.filter(appointment=appointment, phase=Phase.POINTS, supplement__gt=0)
    known = of_this_post.exclude(state=DeclarationState.FILED).first()
    if known is not None:
        return known
    last = of_this_post.filter(year=year).aggregate(last=Max("supplement"))["last"] or 0
    declaration = Declaration(
        level=Level.POST,
        organization=organization,
        unit=access.nearest(organization, OrganizationKind.UNIT),
        position=organization.tree_from,
        post=appointment.post,
        appointment=appointment,
        year=year,
        phase=Phase.POINTS,
        supplement=last + 1,
        trigger=Trigger(trigger),
        scheme=Scheme.objects.in_force(organization.tree_from, year),
        drafted_by=by,
        drafted_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            declaration.save(force_insert=True)
    except IntegrityError:  # a second click was first, where rows are not locked
        return of_this_post.exclude(state=DeclarationState.FILED).get()
    record(f"{DECLARATION}.start", by=by, subject=f"declaration:{declaration.pk}", content=trigger)
    return declaration


def check_supplement(appointment: Appointment, person: Person) -> None:
    """Refuse a supplement for a post one does not hold, or for which nothing stands in the ledger."""
    access.check_declare(appointment, person)
    if not filed_points_of(appointment).exists():
        raise Refused(_("Nothing of this post stands in the ledger yet; use the year's declaration."))


def filed_points_of(appointment: Appointment) -> QuerySet[PointVersion]:
    """Return what stands in the ledger of a post, whoever declared it, in its order."""
    return PointVersion.objects.filter(post=appointment.post, state__in=STANDING_STATES).order_by("year", "pk")


def open_to_change(declaration: Declaration) -> QuerySet[PointVersion]:
    """Return the filed points an open declaration of a post may take up: those that no open declaration has taken up."""
    return (
        filed_points_of(declaration.appointment)
        .filter(replaced_by=None)
        .exclude(declaration=declaration)
        .select_related("point")
        .with_measures()
    )


@transaction.atomic
def take_up(*, by: Person, declaration: Declaration, filed: PointVersion, kind: str, reason: str = "") -> PointVersion:
    """Put a filed point into an open declaration, to be changed (`kind` changed) or withdrawn with a reason."""
    declaration = Declaration.objects.select_for_update(of=("self",)).get(pk=declaration.pk)
    check_entry(declaration, by, None)
    check_room(declaration)
    kind = Change(kind)
    if kind not in (Change.CHANGED, Change.WITHDRAWN):
        raise Refused(_("A filed point is changed or withdrawn."))
    if kind == Change.WITHDRAWN and not reason.strip():
        raise Refused(_("Say why it is withdrawn."))
    filed = PointVersion.objects.select_for_update(of=("self",)).get(pk=filed.pk)
    if filed.post_id != declaration.post_id or filed.state not in STANDING_STATES:
        raise Refused(_("This point does not stand in the ledger of this post."))
    version = PointVersion(
        point=filed.point,
        declaration=declaration,
        replaces=filed,
        change=kind,
        change_reason=reason.strip(),
        year=declaration.year,
        position=declaration.position,
        organization=declaration.organization,
        post=declaration.post,
        level=declaration.level,
        kept=filed.kept,
        **{name: getattr(filed, name) for name in POINT_FIELDS},
    )
    try:
        with transaction.atomic():
            create(version, by=by)
    except IntegrityError:
        raise Refused(_("“%s” is being changed in another declaration already.") % filed.title) from None
    standing = filed.measures.filter(state__in=[MeasureState.PROPOSED, MeasureState.FILED]).order_by("ordinal", "pk")
    for measure in standing:
        create(
            MeasureVersion(
                measure=Measure.objects.create(point=filed.point),
                point_version=version,
                declaration=declaration,
                ordinal=measure.ordinal,
                change=kind,
                **{name: getattr(measure, name) for name in MEASURE_FIELDS},
            ),
            by=by,
        )
    record(f"point.take_up_{kind}", by=by, subject=f"point:{filed.point_id}", content=point_content(version))
    return version


@transaction.atomic
def say_why_withdrawn(*, by: Person, version: PointVersion, reason: str, expected: int) -> None:
    """Write another reason for a withdrawal that is not filed yet."""
    check_entry(version.declaration, by, f"point:{version.pk}")
    if version.change != Change.WITHDRAWN or not reason.strip():
        raise Refused(_("Say why it is withdrawn."))
    change(version, by=by, expected=expected, change_reason=reason.strip())
    record("point.save", by=by, subject=f"point:{version.point_id}", content=point_content(version))
