"""Pages of a declaration: one's own list, the task list, a point, the check, the receipt, reading it."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import access
from ..access import Declarant
from ..actions import declarations as verbs
from ..actions.records import RECORD, record_content
from ..actions.suggestions import open_suggestions
from ..actions.supplements import open_to_change
from ..forms.declarations import EXAMPLES, MeasureFormSet, NothingFoundForm, PointForm
from ..models import (
    Appointment,
    Declaration,
    MeasureVersion,
    NothingFound,
    Organization,
    Period,
    Person,
    PointVersion,
    RiskPoint,
)
from ..rules import (
    Category,
    Change,
    Changed,
    DeclarationState,
    Gap,
    Incomplete,
    Level,
    Method,
    NotAllowed,
    Phase,
    Refused,
    SuggestionState,
    digest,
)
from .formulas import hints_of
from .trace import at_region, returned_by_region, steps_of, trace_of
from .wording import field_label, in_words

BLANK_MEASURES = 1


def own_declarations(person: Person) -> QuerySet[Declaration]:
    """Return a person's own declarations, the latest first, with what a list shows."""
    return (
        Declaration.objects.owned_by(person.pk, access.prepared_by(person))
        .select_related("post", "organization", "approval")
        .order_by("-year", "-drafted_at")
    )


@require_safe
def my_declarations(request: HttpRequest) -> HttpResponse:
    """List one's own declarations and where each stands."""
    context = {"declarations": own_declarations(request.user), "phases": Phase, "levels": Level}
    return render(request, "registry/my_declarations.html", context)


def own_post(request: HttpRequest, appointment_id: int) -> Declarant:
    """Return one's own appointment as what declares; anybody else's does not exist here: 404."""
    appointments = Appointment.objects.filter(person=request.user).select_related("post__organization", "person")
    return Declarant.of_post(get_object_or_404(appointments, pk=appointment_id))


def prepared_organization(request: HttpRequest, organization_id: int) -> Declarant:
    """Return a section or leadership team whose declaration one prepares; any other does not exist here: 404."""
    prepared = Organization.objects.filter(pk__in=access.prepared_by(request.user))
    return Declarant.of_organization(get_object_or_404(prepared, pk=organization_id))


@require_POST
def start(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Begin the year's declaration of a post, or go on with it."""
    declaration = verbs.start_declaration(by=request.user, declarant=own_post(request, appointment_id))
    return redirect("registry:declaration-edit", declaration.pk)


@require_POST
def start_of_organization(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Begin the year's declaration of a section or leadership team, or go on with it."""
    declarant = prepared_organization(request, organization_id)
    declaration = verbs.start_declaration(by=request.user, declarant=declarant)
    return redirect("registry:declaration-edit", declaration.pk)


def visible_declaration(request: HttpRequest, pk: int) -> Declaration:
    """Return the declaration if the person may read it, else answer 404."""
    return get_object_or_404(
        access.visible_declarations(request.user).select_related(
            "appointment__person", "post", "organization", "unit", "approval", "scheme", "region_approval", "sent_by"
        ),
        pk=pk,
    )


def _editable(request: HttpRequest, pk: int) -> Declaration:
    declaration = visible_declaration(request, pk)
    access.check_edit(declaration, request.user)
    return declaration


def own_declaration(request: HttpRequest, pk: int) -> Declaration:
    """Return a visible declaration; one that is not one's own is not to be changed: 403."""
    declaration = visible_declaration(request, pk)
    if not access.is_owner(declaration, request.user):
        access.check_edit(declaration, request.user)
    return declaration


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a declaration as it stands; its owner gets what can be done with it."""
    declaration = visible_declaration(request, pk)
    is_owner = access.is_owner(declaration, request.user)
    if is_owner and not access.refusal(access.check_edit, declaration, request.user):
        return redirect("registry:declaration-edit", pk)
    return render(request, "registry/declaration.html", reading(request, declaration))


def reading(request: HttpRequest, declaration: Declaration) -> dict:
    """Return the context in which a declaration is read: entries, trace for those on the route, steps."""
    sees_trace = access.sees_trace(declaration, request.user)
    is_owner = access.is_owner(declaration, request.user)
    is_open = declaration.state == DeclarationState.SUBMITTED
    who_now = access.who_decides(access.asked_now(declaration.approval)) if is_open and sees_trace else ""
    if declaration.state == DeclarationState.RETURNED and not access.acts_for(declaration, request.user):
        points, nothing_found, suggestions, meeting = _as_submitted(declaration)
    else:
        points, nothing_found = _points(declaration), declaration.nothing_found.all()
        suggestions = verbs.answered_suggestions(declaration)
        meeting = record_content(declaration) if declaration.post is None else None
    return {
        "answered_suggestions": [_suggestion_in_words(each) for each in suggestions] if sees_trace else [],
        "declaration": declaration,
        "meeting": meeting,
        "points": points,
        "nothing_found": nothing_found,
        "sees_trace": sees_trace,
        "trace": trace_of(declaration.approval) if sees_trace else [],
        "steps": steps_of(declaration.approval, who_now or _("nobody yet: the offices name a person"))
        if sees_trace
        else [],
        "region": at_region(declaration, request.user),
        "is_owner": is_owner,
        "cannot_withdraw": access.refusal(access.check_withdraw, declaration, request.user),
    }


def confirmed_version(request: HttpRequest) -> int:
    """Return the version a confirmation was given for; 0, which no row has, when it is missing or no number."""
    asked = request.POST.get("version", "")
    return int(asked) if asked.isdecimal() and len(asked) < 10 else 0


def _points(declaration: Declaration) -> QuerySet[PointVersion]:
    if declaration.phase == Phase.MEASURES:
        return verbs.measured_points(declaration)
    return declaration.pointversions.order_by("pk").select_related("point", "replaces").with_measures()


def _suggestion_in_words(suggestion: dict) -> dict:
    """Return what became of a suggestion, in words."""
    state, method = SuggestionState(suggestion["state"]), Method(suggestion["method"])
    return suggestion | {"answer": state.label, "method_word": method.label}


def _as_submitted(
    declaration: Declaration,
) -> tuple[list[PointVersion], list[NothingFound], list[dict], dict | None]:
    """Return the entries as they were submitted last: what its owner is mending is a draft, and nobody else's to read."""
    content = declaration.approval.submissions.filter(withdrawn_at=None).last().content
    points = []
    for entry in content["points"]:
        fields = {name: value for name, value in entry.items() if name not in ("target", "measures", "code")}
        point = PointVersion(pk=int(entry["target"].removeprefix("point:")), **fields)
        if "code" in entry:
            point.point = RiskPoint(code=entry["code"])
        point.shown_measures = [MeasureVersion(**measure) for measure in entry["measures"]]
        points.append(point)
    nothing = [NothingFound(category=each["category"], reason=each["reason"]) for each in content["nothing"]]
    return points, nothing, content.get("suggestions", []), content.get("meeting")


@require_safe
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The task list of a declaration: duties, risk points, what is still expected, check and submit."""
    declaration = _editable(request, pk)
    if declaration.phase == Phase.MEASURES:
        return redirect("registry:measures-edit", pk)
    changeable = verbs.changeable(declaration)
    marks = verbs.marks(declaration)
    stated = {statement.category: statement for statement in declaration.nothing_found.all()}
    points = list(_points(declaration))
    covered = {point.category for point in points if point.change != Change.WITHDRAWN}
    expected = declaration.rule.expected[declaration.level]
    for point in points:
        target = f"point:{point.pk}"
        point.may_change = changeable is None or target in changeable
        point.mark = marks.get(target, "")
    cells = [
        {
            "category": category,
            "statement": stated.get(category),
            "points": sum(point.category == category for point in points),
            "is_expected": category in expected,
            "may_state": category not in covered and verbs.may_change(declaration, f"nothing:{category}"),
            "mark": marks.get(f"nothing:{category}", ""),
        }
        for category in Category
    ]
    last_return = (
        declaration.approval.decisions.filter(verdict="return").select_related("decided_by", "decided_for").last()
        if declaration.state == DeclarationState.RETURNED
        else None
    )
    dates = Period.objects.dates(declaration.position, declaration.year, declaration.phase)
    context = {
        "declaration": declaration,
        "points": points,
        "cells": cells,
        "may_add": changeable is None,
        "last_return": last_return,
        "returned": returned_by_region(request.user, declaration) if declaration.supplement else [],
        "gap_count": len(verbs.missing(declaration)),
        "record": record_content(declaration) if declaration.post is None else None,
        "record_mark": marks.get(RECORD, ""),
        "expected": _(", ").join(str(Category(category).label) for category in expected),
        "filed_points": open_to_change(declaration) if changeable is None else [],
        "suggestions": open_suggestions(declaration) if changeable is None else [],
        "dates": dates,
        "days_left": dates.days_left(timezone.localdate()),
    }
    return render(request, "registry/declaration_edit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def point(request: HttpRequest, pk: int, version_id: int | None = None) -> HttpResponse:
    """Add a risk point, or change one. What was typed is never lost: not by an error, not by another window."""
    declaration = own_declaration(request, pk)
    stored = _points(declaration).filter(pk=version_id).first() if version_id else None
    if version_id and stored is None and request.method != "POST":
        raise Http404
    if request.method != "POST":
        verbs.check_entry(declaration, request.user, f"point:{stored.pk}" if stored else None)
        if stored is not None and stored.change == Change.WITHDRAWN:
            return redirect("registry:filed-withdraw", pk, stored.replaces_id)
        initial = PointForm.initial_of(stored, declaration.rule) if stored else None
        form = PointForm(initial=initial, declaration=declaration)
        measures = [verbs.measure_content(measure) for measure in stored.shown_measures] if stored else []
        return _point_page(request, declaration, stored, form, _measure_rows(measures))
    form = PointForm(request.POST, declaration=declaration)
    formset = MeasureFormSet(request.POST, prefix="measures")
    if "add_measure" in request.POST:
        typed = PointForm(initial=_typed(form), declaration=declaration)
        return _point_page(request, declaration, stored, typed, _measure_rows([_typed(row) for row in formset.forms]))
    if not (form.is_valid() & formset.is_valid()):
        return _point_page(request, declaration, stored, form, formset)
    if version_id and stored is None:
        return _removed_point_page(request, declaration, form, formset)
    measures = [row.cleaned_data for row in formset.forms if row.cleaned_data.get("text")]
    try:
        saved = verbs.save_point(
            by=request.user,
            declaration=declaration,
            version=stored,
            expected=form.cleaned_data["version"],
            values=form.cleaned_data,
            measures=measures,
        )
    except Changed as why:
        return _changed_point_page(request, declaration, form, formset, stored, str(why))
    except NotAllowed:
        raise
    except Refused as why:
        # Submitted or returned meanwhile, in another window: what was typed stands there to be copied.
        return _point_page(request, declaration, stored, form, formset, conflict=str(why), closed=True, status=409)
    messages.success(request, _("Saved: “%s”.") % saved.title)
    if "save_and_add" in request.POST:
        return redirect("registry:point-add", pk)
    return redirect("registry:declaration-edit", pk)


def _typed(form: PointForm) -> dict:
    """Return what was typed into an unchecked form, to be shown again."""
    return {
        name: field.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        for name, field in form.fields.items()
    }


def _measure_rows(typed: list[dict]) -> MeasureFormSet:
    """Return a formset that shows rows and a blank one after them."""
    formset = MeasureFormSet(initial=typed, prefix="measures")
    formset.extra = BLANK_MEASURES
    return formset


def _removed_point_page(request: HttpRequest, declaration: Declaration, form: PointForm, formset) -> HttpResponse:
    why = _("This risk point was removed in another window. Saving adds it again.")
    return _point_page(request, declaration, None, form, formset, conflict=why, status=409)


def _changed_point_page(
    request: HttpRequest, declaration: Declaration, form: PointForm, formset, stored: PointVersion, why: str
) -> HttpResponse:
    """Show both texts after another window was first; saving again knowingly replaces the other one."""
    now = _points(declaration).filter(pk=stored.pk).first()
    if now is None:
        return _removed_point_page(request, declaration, form, formset)
    theirs = PointForm.initial_of(now, declaration.rule)
    data = form.data.copy()
    data["version"] = str(now.version)
    again = PointForm(data, declaration=declaration)
    again.is_valid()
    passed_over = {"version", "grading"} | ({"grade"} if again.cleaned_data["grading"] == PointForm.SCORED else set())
    changes = [
        {
            "label": again[name].label,
            "before": _shown(again, name, theirs.get(name)),
            "after": _shown(again, name, typed),
        }
        for name, typed in form.cleaned_data.items()
        if name in again.fields and name not in passed_over and (theirs.get(name) or None) != (typed or None)
    ]
    measures = [
        in_words("measures", rows)
        for rows in (
            [verbs.measure_content(measure) for measure in now.shown_measures],
            [row.cleaned_data for row in formset.forms if row.cleaned_data.get("text")],
        )
    ]
    if measures[0] != measures[1]:
        changes.append({"label": field_label("measures"), "before": measures[0], "after": measures[1]})
    return _point_page(request, declaration, now, again, formset, conflict=why, changes=changes, status=409)


def _shown(form: PointForm, name: str, value) -> str:
    """Return a stored value in the words of its form field."""
    words = dict(getattr(form.fields[name], "choices", ()))
    if isinstance(value, list):
        return _(", ").join(str(words.get(each, each)) for each in value)
    return str(words.get(value, value if value is not None else ""))


def _point_page(
    request: HttpRequest,
    declaration: Declaration,
    stored: PointVersion | None,
    form: PointForm,
    formset,
    *,
    status: int | None = None,
    **context,
) -> HttpResponse:
    has_errors = form.is_bound and (form.errors or formset.is_bound and formset.total_error_count())
    rule = declaration.rule
    context |= {
        "declaration": declaration,
        "stored": stored,
        "form": form,
        "formset": formset,
        "examples": [(category.label, text) for category, text in EXAMPLES.items()],
        "expected": [Category(category).label for category in rule.expected[declaration.level]],
        "rule": rule,
        "graded_before": rule.word(stored.grade) if stored and PointForm.was_graded_otherwise(stored, rule) else "",
        "mark": verbs.marks(declaration).get(f"point:{stored.pk}", "") if stored else "",
        "grade": _grade_shown(form),
    }
    return render(request, "registry/point_edit.html", context, status=status or (422 if has_errors else 200))


def _grade_shown(form: PointForm) -> dict | None:
    rule, scores = form.rule, form.scores()
    grade = rule.scored(scores)
    return {"grade": grade, "word": rule.word(grade), "explained": rule.explained(scores)} if grade else None


@require_safe
def grade(request: HttpRequest, pk: int) -> HttpResponse:
    """Say, while somebody is choosing, which grade the scores give and by which rule."""
    declaration = _editable(request, pk)
    scores = {name: request.GET.get(name) for name in ("likelihood", "harm")}
    form = PointForm(initial=scores | {"criteria": request.GET.getlist("criteria")}, declaration=declaration)
    context = {"grade": _grade_shown(form), "rule": declaration.rule}
    return render(request, "registry/_grade_by_rule.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def point_remove(request: HttpRequest, pk: int, version_id: int) -> HttpResponse:
    """Ask, then take a point out of the declaration."""
    declaration = _editable(request, pk)
    stored = get_object_or_404(_points(declaration), pk=version_id)
    verbs.check_entry(declaration, request.user, f"point:{stored.pk}")
    if request.method == "POST":
        verbs.remove_point(by=request.user, version=stored, expected=confirmed_version(request))
        messages.success(request, _("Removed: “%s”.") % stored.title)
        return redirect("registry:declaration-edit", pk)
    return render(request, "registry/point_remove.html", {"declaration": declaration, "point": stored})


@require_http_methods(["GET", "HEAD", "POST"])
def nothing_found(request: HttpRequest, pk: int, category: str) -> HttpResponse:
    """State why nothing was found in a category, or change that statement."""
    declaration = own_declaration(request, pk)
    if category not in Category.values:
        raise Http404
    statement = declaration.nothing_found.filter(category=category).first()
    conflict, closed = "", False
    if request.method == "POST":
        form = NothingFoundForm(request.POST)
        if form.is_valid():
            try:
                verbs.state_nothing_found(
                    by=request.user,
                    declaration=declaration,
                    category=category,
                    reason=form.cleaned_data["reason"],
                    expected=form.cleaned_data["version"],
                )
            except Changed as why:
                conflict = str(why)
                data = form.data.copy()
                data["version"] = str(statement.version if statement else 0)
                form = NothingFoundForm(data)
            except Refused as why:
                conflict, closed = str(why), True
            else:
                messages.success(request, _("Saved: nothing found, %s.") % Category(category).label)
                return redirect("registry:declaration-edit", pk)
    else:
        verbs.check_entry(declaration, request.user, f"nothing:{category}")
        form = NothingFoundForm(
            initial={"version": statement.version, "reason": statement.reason} if statement else None
        )
    return render(
        request,
        "registry/nothing_found.html",
        {
            "declaration": declaration,
            "category": Category(category),
            "example": EXAMPLES[Category(category)],
            "statement": statement,
            "form": form,
            "conflict": conflict,
            "closed": closed,
            "changes": _reason_changes(form, statement) if conflict else [],
            "mark": verbs.marks(declaration).get(f"nothing:{category}", ""),
        },
        status=409 if conflict else 422 if form.is_bound and form.errors else 200,
    )


def _reason_changes(form: NothingFoundForm, statement: NothingFound | None) -> list[dict]:
    theirs = statement.reason if statement else ""
    return [{"label": form["reason"].label, "before": theirs, "after": form["reason"].value()}]


@require_POST
def nothing_found_remove(request: HttpRequest, pk: int, category: str) -> HttpResponse:
    """Take the statement for a category back."""
    declaration = _editable(request, pk)
    statement = get_object_or_404(declaration.nothing_found, category=category)
    verbs.remove_nothing_found(by=request.user, statement=statement, expected=confirmed_version(request))
    messages.success(request, _("Removed: nothing found, %s.") % Category(category).label)
    return redirect("registry:declaration-edit", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Show everything once more with what is missing and who will decide; submit."""
    declaration = visible_declaration(request, pk)
    if (
        request.method == "POST"
        and declaration.state == DeclarationState.SUBMITTED
        and access.is_owner(declaration, request.user)
    ):
        return redirect("registry:declaration-receipt", pk)  # the second click of a double one
    access.check_edit(declaration, request.user)
    problem = ""
    if request.method == "POST":
        try:
            verbs.submit(by=request.user, declaration=declaration, seen_digest=request.POST.get("seen_digest", ""))
        except Incomplete:
            pass  # the page names every gap
        except Changed as why:
            problem = str(why)
        else:
            return redirect("registry:declaration-receipt", pk)
    lacking = verbs.missing(declaration)
    points = _points(declaration)
    return render(
        request,
        "registry/declaration_check.html",
        {
            "declaration": declaration,
            "points": points,
            "formula_hints": hints_of(points),
            "meeting": record_content(declaration) if declaration.post is None else None,
            "sees_trace": True,
            "nothing_found": declaration.nothing_found.all(),
            "answered_suggestions": [_suggestion_in_words(each) for each in verbs.answered_suggestions(declaration)],
            "gaps": [{"sentence": gap.sentence, "url": _mending(declaration, gap)} for gap in lacking],
            "plan": verbs.planned_steps(declaration, request.user),
            "without_measures": declaration.pointversions.filter(measures=None).count(),
            "is_shown_first": declaration.phase == Phase.MEASURES and declaration.post is not None,
            "seen_digest": digest(verbs.content_of(declaration)),
            "problem": problem,
        },
        status=409 if problem else 422 if request.method == "POST" else 200,
    )


def _mending(declaration: Declaration, gap: Gap) -> str:
    """Return the address at which a gap is mended."""
    kind, _colon, name = gap.target.partition(":")
    if kind == "point" and declaration.phase == Phase.MEASURES:
        return reverse("registry:measure-edit", args=[declaration.pk, int(name)])
    if kind == "point":
        field = f"#id_{gap.field}" if gap.field else ""
        return reverse("registry:point-edit", args=[declaration.pk, int(name)]) + field
    if kind == "nothing":
        return reverse("registry:declaration-edit", args=[declaration.pk]) + f"#category-{name}"
    if kind == RECORD:
        return reverse("registry:meeting-record", args=[declaration.pk]) + f"#id_{gap.field}"
    return reverse("registry:declaration-edit", args=[declaration.pk]) + "#points"


@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt of a submission, with its number and who is next."""
    declaration = visible_declaration(request, pk)
    if not access.is_owner(declaration, request.user) or declaration.approval is None:
        raise Http404
    context = reading(request, declaration)
    context["submission"] = declaration.approval.submissions.last()
    return render(request, "registry/declaration_receipt.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then take a declaration back before anybody has decided on it."""
    declaration = visible_declaration(request, pk)
    access.check_withdraw(declaration, request.user)
    if request.method == "POST":
        verbs.withdraw(by=request.user, declaration=declaration, expected=confirmed_version(request))
        messages.success(request, _("The declaration was taken back and can be changed again."))
        return redirect("registry:declaration-edit", pk)
    return render(request, "registry/declaration_withdraw.html", {"declaration": declaration})
