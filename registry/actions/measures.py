"""Preventive measures of what is filed (part III §4(3) 制定措施): a declaration of their own, with its own route."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from .. import access
from ..access import Declarant
from ..models import Declaration, Measure, MeasureVersion, Person, PointVersion
from ..rules import Change, Changed, DeclarationState, MeasureState, Phase, Refused, digest
from .audit import record
from .declarations import (
    MEASURE_FIELDS,
    check_entry,
    declaring_year,
    had_a_hand,
    measure_content,
    measured_points,
    open_declaration,
)
from .writing import create


def check_measures(declarant: Declarant, person: Person) -> None:
    """Refuse measures for what is not one's own, or for which no risk point stands."""
    access.check_declare(declarant, person)
    if not declarant.filed_points.exists():
        raise Refused(_("Measures follow the filed risk points; nothing stands in the ledger yet."))


def lock_declarant(declarant: Declarant) -> None:
    """Let one open supplement, or declaration of measures, be begun at a time: whoever comes second waits for the first."""
    body = declarant.appointment or declarant.organization
    type(body).objects.select_for_update(of=("self",), no_key=True).get(pk=body.pk)


@transaction.atomic
def start_measures(*, by: Person, declarant: Declarant) -> Declaration:
    """Open the measures of the year, or (once those are filed) a supplement to them; the one that is open is gone on with."""
    check_measures(declarant, by)
    return open_measures(declarant, by=by)


def open_measures(declarant: Declarant, *, by: Person, drafter: Person | None = None, trigger: str = "") -> Declaration:
    """Open them without asking whose they are (`drafter`: who will write it); return the one that is open if there is one.

    It begins with the measures that stand: proposed together with the points, or filed before.
    """
    lock_declarant(declarant)
    measuring = declarant.declarations.filter(phase=Phase.MEASURES)
    known = measuring.exclude(state=DeclarationState.FILED)
    if (found := known.first()) is not None:
        return found
    year = declaring_year(declarant.organization.tree_from, Phase.MEASURES)
    last = measuring.filter(year=year).aggregate(last=Max("supplement"))["last"]
    declaration = open_declaration(
        declarant,
        by=by,
        drafter=drafter,
        known=known,
        year=year,
        phase=Phase.MEASURES,
        supplement=0 if last is None else last + 1,
        trigger=trigger,
    )
    for version in declarant.filed_points.prefetch_related("measures"):
        _begin_with_what_stands(declaration, version, by=by)
    return declaration


def _begin_with_what_stands(declaration: Declaration, version: PointVersion, *, by: Person) -> None:
    standing = (MeasureState.PROPOSED, MeasureState.FILED)
    for measure in version.measures.all():
        # One that somebody has taken up already, in a declaration of an earlier holder that was never filed, stays there.
        if measure.state in standing and measure.valid_to is None and not hasattr(measure, "replaced_by"):
            new = {name: getattr(measure, name) for name in MEASURE_FIELDS}
            identity = {"measure": measure.measure, "replaces": measure}
            _write(declaration, version, by=by, ordinal=measure.ordinal, **identity, **new)


def _write(
    declaration: Declaration,
    version: PointVersion,
    *,
    by: Person,
    measure: Measure | None = None,
    replaces: MeasureVersion | None = None,
    **values: Any,
) -> None:
    create(
        MeasureVersion(
            measure=measure or Measure.objects.create(point=version.point),
            point_version=version,
            declaration=declaration,
            replaces=replaces,
            change=Change.CHANGED if replaces else Change.NEW,
            **values,
        ),
        by=by,
    )


def measures_for(declaration: Declaration, version: PointVersion) -> list[MeasureVersion]:
    """Return what a declaration of measures says for a point, in order."""
    return list(declaration.measureversions.filter(point_version=version).order_by("ordinal", "pk"))


def seen_measures(declaration: Declaration, version: PointVersion) -> str:
    """Return the digest of what is declared for a point: by it a form knows whether another window was first."""
    return digest([measure_content(measure) for measure in measures_for(declaration, version)])


@transaction.atomic
def save_measures(
    *,
    by: Person,
    declaration: Declaration,
    version: PointVersion,
    measures: Sequence[Mapping[str, Any]],
    seen_digest: str,
) -> None:
    """Write the measures of one point; they replace those the declaration has for it, if these are still what was seen.

    A row with `measure` (the id of one the declaration has for this point) goes on as the same measure.
    """
    declaration = Declaration.objects.select_for_update(of=("self",)).get(pk=declaration.pk)
    check_entry(declaration, by, f"point:{version.pk}", Phase.MEASURES)
    if not Declarant.of(declaration).filed_points.filter(pk=version.pk).exists():
        raise Refused(_("This point does not stand in the ledger for it."))
    if seen_measures(declaration, version) != seen_digest:
        raise Changed(_("The measures of this point were changed in another window."))
    had_a_hand(declaration, by)
    stored = {each.measure_id: each for each in declaration.measureversions.filter(point_version=version)}
    declaration.measureversions.filter(point_version=version).delete()
    for ordinal, row in enumerate(measures, start=1):
        known = stored.pop(row.get("measure"), None)
        identity = {"measure": known.measure, "replaces": known.replaces} if known else {}
        _write(
            declaration,
            version,
            by=by,
            ordinal=ordinal,
            **identity,
            **{name: row.get(name, "") for name in MEASURE_FIELDS},
        )
    Measure.objects.filter(pk__in=stored, versions=None).delete()
    record(
        "measures.save",
        by=by,
        subject=version.point,
        content=[measure_content(measure) for measure in measures_for(declaration, version)],
    )


def without_measure(declaration: Declaration) -> set[int]:
    """Return the ids of the standing points for which a declaration of measures says nothing yet."""
    measured = measured_points(declaration).values("pk")
    return set(Declarant.of(declaration).filed_points.exclude(pk__in=measured).values_list("pk", flat=True))
