"""Pages on which measures are declared: beginning, the list of points, the measures of one point."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import access
from ..access import Declarant
from ..actions import declarations as declaration_verbs
from ..actions import measures as verbs
from ..actions.records import RECORD, record_content
from ..forms.declarations import DeclaredMeasureFormSet
from ..models import Declaration, Period, PointVersion
from ..rules import Changed, DeclarationState, Example, NotAllowed, Phase, Refused
from .declarations import own_post, prepared_organization, visible_declaration
from .formulas import hints_of_rows
from .trace import returned_by_region
from .wording import in_words


@require_POST
def start(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Begin the measures of one's post, or go on with them."""
    declaration = verbs.start_measures(by=request.user, declarant=own_post(request, appointment_id))
    return redirect("registry:measures-edit", declaration.pk)


@require_POST
def start_of_organization(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Begin the measures of a section or leadership team, or go on with them."""
    declarant = prepared_organization(request, organization_id)
    return redirect("registry:measures-edit", verbs.start_measures(by=request.user, declarant=declarant).pk)


def _measuring(request: HttpRequest, pk: int) -> Declaration:
    return get_object_or_404(Declaration.objects.filter(phase=Phase.MEASURES), pk=visible_declaration(request, pk).pk)


@require_safe
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The task list: every point that stands, with its measures; those without one first asked for."""
    declaration = _measuring(request, pk)
    access.check_edit(declaration, request.user)
    marks = declaration_verbs.marks(declaration)
    measured = {point.pk: point.shown_measures for point in declaration_verbs.measured_points(declaration)}
    points = list(Declarant.of(declaration).filed_points.select_related("point"))
    for point in points:
        target = f"point:{point.pk}"
        point.measures_declared = measured.get(point.pk, [])
        point.may_change = declaration_verbs.may_change(declaration, target)
        point.mark = marks.get(target, "")
    dates = Period.objects.dates(declaration.position, declaration.year, Phase.MEASURES)
    is_returned = declaration.state == DeclarationState.RETURNED
    context = {
        "declaration": declaration,
        "points": points,
        "last_return": declaration.approval.decisions.filter(verdict="return")
        .select_related("decided_by", "decided_for")
        .last()
        if is_returned
        else None,
        "returned": returned_by_region(request.user, declaration) if declaration.supplement else [],
        "may_add": not marks,
        "record": record_content(declaration) if declaration.post is None else None,
        "record_mark": marks.get(RECORD, ""),
        "gap_count": len(declaration_verbs.missing(declaration)),
        "dates": dates,
        "days_left": dates.days_left(timezone.localdate()),
    }
    return render(request, "registry/measures_edit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def point(request: HttpRequest, pk: int, version_id: int) -> HttpResponse:
    """Write the measures of one filed point; what was typed is kept whatever another window did."""
    declaration = _measuring(request, pk)
    standing = Declarant.of(declaration).filed_points.select_related("point")
    filed = standing.filter(pk=version_id).first()
    if filed is None:
        # What has replaced it meanwhile; what was typed is shown there.
        ended = get_object_or_404(PointVersion, pk=version_id, point__in=standing.values("point"))
        filed = standing.get(point=ended.point)
        if request.method == "POST":
            access.check_declare(Declarant.of(declaration), request.user)
            typed = DeclaredMeasureFormSet(request.POST, prefix="measures")
            why = (
                _("“%s” was changed by a supplement meanwhile. Look at it as it is now, and save again.") % ended.title
            )
            return _page(request, declaration, filed, typed, conflict=why, status=409)
    if request.method != "POST":
        declaration_verbs.check_entry(declaration, request.user, f"point:{filed.pk}", Phase.MEASURES)
        return _page(request, declaration, filed, _rows(_stored(declaration, filed)))
    access.check_declare(Declarant.of(declaration), request.user)
    formset = DeclaredMeasureFormSet(request.POST, prefix="measures")
    if "add_measure" in request.POST:
        return _page(request, declaration, filed, _rows(_typed(formset)), seen=request.POST.get("seen_digest", ""))
    if wanted := request.POST.get("use_example", ""):
        rows = [row for row in _typed(formset) if any(row.values())]
        rows += [_as_row(each) for each in access.examples_for(filed, request.user) if str(each.pk) == wanted]
        return _page(request, declaration, filed, _rows(rows), seen=request.POST.get("seen_digest", ""))
    if not formset.is_valid():
        return _page(request, declaration, filed, formset, seen=request.POST.get("seen_digest", ""), status=422)
    measures = [row.cleaned_data for row in formset.forms if row.cleaned_data.get("text")]
    seen = request.POST.get("seen_digest", "")
    try:
        verbs.save_measures(
            by=request.user, declaration=declaration, version=filed, measures=measures, seen_digest=seen
        )
    except Changed as why:
        change = {
            "label": _("Preventive measures"),
            "before": in_words("measures", _stored(declaration, filed)),
            "after": in_words("measures", measures),
        }
        return _page(request, declaration, filed, formset, conflict=str(why), changes=[change], status=409)
    except NotAllowed:
        raise
    except Refused as why:
        return _page(request, declaration, filed, formset, conflict=str(why), closed=True, status=409)
    messages.success(request, _("Saved: “%s”.") % filed.title)
    for hint in hints_of_rows(measures):
        messages.warning(request, hint.sentence)
    return redirect("registry:measures-edit", pk)


def _stored(declaration: Declaration, filed: PointVersion) -> list[dict]:
    return [
        declaration_verbs.measure_content(measure) | {"measure": measure.measure_id}
        for measure in verbs.measures_for(declaration, filed)
    ]


def _typed(formset: DeclaredMeasureFormSet) -> list[dict]:
    return [{name: row[name].value() for name in row.fields} for row in formset.forms]


def _as_row(example: Example) -> dict:
    return {"text": example.text, "rhythm": example.rhythm, "evidence": example.evidence}


def _rows(known: list[dict]) -> DeclaredMeasureFormSet:
    """Return a formset that shows rows and a blank one after them."""
    formset = DeclaredMeasureFormSet(initial=known, prefix="measures")
    formset.extra = 1
    return formset


def _page(
    request: HttpRequest,
    declaration: Declaration,
    filed: PointVersion,
    formset: DeclaredMeasureFormSet,
    *,
    seen: str | None = None,
    status: int = 200,
    **context,
) -> HttpResponse:
    context |= {
        "declaration": declaration,
        "point": filed,
        "formset": formset,
        "formula_hints": hints_of_rows(_stored(declaration, filed)),
        "examples": access.examples_for(filed, request.user),
        "mark": declaration_verbs.marks(declaration).get(f"point:{filed.pk}", ""),
        # After a conflict what is stored now has been seen: saving again knowingly replaces it.
        "seen_digest": verbs.seen_measures(declaration, filed) if seen is None else seen,
    }
    return render(request, "registry/measure_edit.html", context, status=status)
