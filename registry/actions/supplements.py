"""Changing what is filed (part III §5(4)): supplementary declarations, and taking filed points up into an open declaration."""

from django.db import IntegrityError, transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..access import Declarant
from ..models import Appointment, Declaration, Measure, MeasureVersion, Person, PointVersion
from ..rules import Change, DeclarationState, MeasureState, Phase, PointState, Refused, Trigger
from .audit import record
from .declarations import (
    MEASURE_FIELDS,
    POINT_FIELDS,
    check_entry,
    check_room,
    had_a_hand,
    open_declaration,
    point_content,
    take_out,
)
from .measures import lock_declarant, open_measures
from .writing import change, create


@transaction.atomic
def start_supplement(*, by: Person, declarant: Declarant, trigger: str) -> Declaration:
    """Open a supplementary declaration; the one that is open already is gone on with."""
    check_supplement(declarant, by)
    return _open_supplement(declarant, by=by, trigger=trigger)


@transaction.atomic
def open_supplement(*, of: Declaration, trigger: str, by: Person) -> Declaration | None:
    """Open a supplement to what somebody else has to mend: for who holds the post now, or for the section or team.

    To measures where it is measures that have to be mended.
    None where nobody holds the post any more; its points then wait on the list of those without a holder.
    """
    declarant = who_mends(of)
    if declarant is None:
        return None
    drafter = declarant.appointment.person if declarant.appointment else of.drafted_by
    if of.phase == Phase.MEASURES:
        return open_measures(declarant, by=by, drafter=drafter, trigger=Trigger(trigger))
    return _open_supplement(declarant, by=by, trigger=trigger, drafter=drafter)


def who_mends(declaration: Declaration) -> Declarant | None:
    """Return who changes what a declaration filed: who holds the post now, or the section or team; None: nobody holds it."""
    if declaration.appointment is None:
        return Declarant.of(declaration)
    live = Appointment.objects.live(timezone.localdate()).select_related("post__organization", "person")
    holder = live.filter(pk=declaration.appointment_id).first() or live.filter(post=declaration.post_id).first()
    return Declarant.of_post(holder) if holder else None


def _open_supplement(declarant: Declarant, *, by: Person, trigger: str, drafter: Person | None = None) -> Declaration:
    year = timezone.localdate().year
    lock_declarant(declarant)
    supplements = declarant.declarations.filter(phase=Phase.POINTS, supplement__gt=0)
    known = supplements.exclude(state=DeclarationState.FILED)
    if (found := known.first()) is not None:
        return found
    last = supplements.filter(year=year).aggregate(last=Max("supplement"))["last"] or 0
    return open_declaration(
        declarant,
        by=by,
        drafter=drafter,
        known=known,
        year=year,
        phase=Phase.POINTS,
        supplement=last + 1,
        trigger=Trigger(trigger),
    )


def check_supplement(declarant: Declarant, person: Person) -> None:
    """Refuse a supplement for what is not one's own, or for which nothing stands in the ledger."""
    access.check_declare(declarant, person)
    if not declarant.filed_points.exists():
        raise Refused(_("Nothing of it stands in the ledger yet; use the year's declaration."))


def open_to_change(declaration: Declaration) -> QuerySet[PointVersion]:
    """Return the filed points an open declaration may take up: those that nobody else is changing."""
    return (
        Declarant.of(declaration)
        .filed_points.filter(Q(replaced_by=None) | Q(replaced_by__in=_left_behind()))
        .exclude(declaration=declaration)
        .select_related("point")
        .with_measures()
    )


def _left_behind() -> QuerySet[PointVersion]:
    """Return the drafts in open declarations of appointments that have ended: nobody can go on with them."""
    ended = Appointment.objects.filter(ends_on__lt=timezone.localdate())
    return PointVersion.objects.filter(
        state=PointState.DRAFT,
        declaration__appointment__in=ended,
        declaration__state__in=[DeclarationState.DRAFT, DeclarationState.RETURNED],
    )


@transaction.atomic
def take_up(*, by: Person, declaration: Declaration, filed: PointVersion, kind: str, reason: str = "") -> PointVersion:
    """Put a filed point into an open declaration, to be changed (`kind` changed) or withdrawn with a reason."""
    declaration = Declaration.objects.select_for_update(of=("self",)).get(pk=declaration.pk)
    check_entry(declaration, by, None)
    check_room(declaration)
    had_a_hand(declaration, by)
    kind = Change(kind)
    if kind not in (Change.CHANGED, Change.WITHDRAWN):
        raise Refused(_("A filed point is changed or withdrawn."))
    if kind == Change.WITHDRAWN and not reason.strip():
        raise Refused(_("Say why it is withdrawn."))
    filed = PointVersion.objects.select_for_update(of=("self",)).get(pk=filed.pk)
    if not Declarant.of(declaration).filed_points.filter(pk=filed.pk).exists():
        raise Refused(_("This point does not stand in the ledger for it."))
    if kind == Change.CHANGED and filed.level != declaration.level:
        raise Refused(_("A point of a post that is closed can only be withdrawn here; nobody holds the post."))
    for draft in _left_behind().filter(replaces=filed):
        take_out(draft, by=by)
    version = PointVersion(
        point=filed.point,
        declaration=declaration,
        replaces=filed,
        change=kind,
        change_reason=reason.strip(),
        year=declaration.year,
        position=declaration.position,
        organization=declaration.organization,
        post=declaration.post if filed.level == declaration.level else filed.post,
        level=filed.level,
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
    record(f"point.take_up_{kind}", by=by, subject=filed.point, content=point_content(version))
    return version


@transaction.atomic
def say_why_withdrawn(*, by: Person, version: PointVersion, reason: str, expected: int) -> None:
    """Write another reason for a withdrawal that is not filed yet."""
    check_entry(version.declaration, by, f"point:{version.pk}")
    had_a_hand(version.declaration, by)
    if version.change != Change.WITHDRAWN or not reason.strip():
        raise Refused(_("Say why it is withdrawn."))
    change(version, by=by, expected=expected, change_reason=reason.strip())
    record("point.save", by=by, subject=version.point, content=point_content(version))
