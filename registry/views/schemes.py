"""Pages of the schemes: what holds where, how it came to be, making the next version and seeing first what it does."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from .. import access
from ..actions import schemes as verbs
from ..documents import schemes as documents
from ..forms.schemes import SchemeForm
from ..models import Organization, Scheme
from ..rules import NotAllowed, Refused, Scoring, digest
from ..rules import Scheme as SchemeRule
from .paging import page_context

PAGE = 50
FIRST_YEAR = 2000
# What a page of ours adds to what was typed.
_OWN = {"csrfmiddlewaretoken", "expected", "seen_digest", "preview", "enact", "change", "more"}


@require_safe
def schemes(request: HttpRequest) -> HttpResponse:
    """List the units and regions whose scheme the person reads, with what holds this year and the next."""
    access.check_makes_schemes(request.user)
    page = Paginator(access.scheme_organizations(request.user), PAGE).get_page(request.GET.get("page"))
    organizations, years = list(page.object_list), verbs.scheme_years()
    holding = {year: Scheme.objects.holding(organizations, year) for year in years}
    rows = [
        {
            "organization": organization,
            "cells": [
                {"year": year, "source": documents.source_of(holding[year][organization.pk], organization)}
                for year in years
            ],
        }
        for organization in organizations
    ]
    context = {"rows": rows, "years": years, "page": page_context(request, page)}
    return render(request, "registry/schemes.html", context)


def _visible(request: HttpRequest, pk: int, year: int) -> Organization:
    """Return the unit or region if the person reads its scheme of a year there may be one for, else answer 404."""
    if not FIRST_YEAR <= year <= max(verbs.scheme_years()):
        raise Http404
    return get_object_or_404(access.scheme_organizations(request.user), pk=pk)


@require_safe
def show(request: HttpRequest, pk: int, year: int) -> HttpResponse:
    """What holds in an organization in a year, where it comes from, and every version the organization made."""
    organization = _visible(request, pk, year)
    scheme = Scheme.objects.select_related("organization", "made_by").in_force(organization.tree_from, year)
    rule = scheme.rule if scheme else SchemeRule()
    own = list(organization.schemes.select_related("made_by").order_by("year", "version"))
    befores = [None, *own]
    versions = [
        {
            "scheme": each,
            "is_in_force": scheme is not None and each.pk == scheme.pk,
            "is_first": before is None,
            "changes": documents.differences(before.rule if before else SchemeRule(), each.rule),
        }
        for before, each in zip(befores, own, strict=False)
    ]
    makes = not access.refusal(access.check_enact, organization, request.user)
    context = {
        "organization": organization,
        "year": year,
        "years": verbs.scheme_years(),
        "source": documents.source_of(scheme, organization),
        "scheme": scheme,
        "rule": rule,
        "facts": documents.facts(rule),
        "versions": versions[::-1],
        "makes": makes,
        "obstacle": access.refusal(verbs.check_enact, organization, year, request.user) if makes else "",
    }
    return render(request, "registry/scheme.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, pk: int, year: int) -> HttpResponse:
    """Make the next version: choose the way of scoring, fill in, see what it does, put it in force."""
    organization = _visible(request, pk, year)
    verbs.check_enact(organization, year, request.user)
    now = Scheme.objects.select_related("organization").in_force(organization.tree_from, year)
    place = {"organization": organization, "year": year, "now": now, "rule": now.rule if now else SchemeRule()}
    scoring = (request.POST if request.method == "POST" else request.GET).get("scoring", "")
    if scoring not in Scoring.values:
        return render(request, "registry/scheme_kind.html", place | {"ways": list(Scoring)})
    if request.method != "POST":
        form = SchemeForm(initial=SchemeForm.initial_of(place["rule"], scoring), scoring=scoring)
        return _form_page(request, form, place)
    form = SchemeForm(request.POST, scoring=scoring)
    if "more" in request.POST or "change" in request.POST:
        return _form_page(request, SchemeForm(initial=_typed(form), scoring=scoring), place)
    if form.is_valid() and _says_the_same(form.rule, place):
        form.add_error(None, _("Nothing of the scheme is changed."))
    if form.errors:
        return _form_page(request, form, place, status=422)
    if "enact" not in request.POST:
        return _preview_page(request, form, place)
    if request.POST.get("seen_digest") != digest(form.rule.to_settings()):
        why = _("What was sent is not what this page showed. Look at what it changes again.")
        return _preview_page(request, form, place, problem=why)
    try:
        scheme = verbs.enact_scheme(
            by=request.user,
            organization=organization,
            year=year,
            settings=form.rule.to_settings(),
            reason=form.cleaned_data["reason"],
            expected=_expected(request),
        )
    except NotAllowed:
        raise
    except Refused as why:
        return _preview_page(request, form, place, problem=str(why))
    messages.success(
        request, _("In force: version %(version)s of %(year)s.") % {"version": scheme.version, "year": year}
    )
    return redirect("registry:scheme", pk, year)


def _says_the_same(rule: SchemeRule, place: dict) -> bool:
    now = place["now"]
    is_own = now is not None and (now.organization_id, now.year) == (place["organization"].pk, place["year"])
    return is_own and rule == place["rule"]


def _expected(request: HttpRequest) -> int:
    """Return the id of the scheme that held when the preview was shown, 0 for the standard one; -1, which none has, else."""
    asked = request.POST.get("expected", "")
    return int(asked) if asked.isdecimal() and len(asked) < 19 else -1


def _typed(form: SchemeForm) -> dict:
    """Return what was typed into an unchecked form, to be shown again."""
    return {
        name: field.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        for name, field in form.fields.items()
    }


def _form_page(request: HttpRequest, form: SchemeForm, place: dict, *, status: int = 200) -> HttpResponse:
    return render(request, "registry/scheme_edit.html", place | {"form": form}, status=status)


def _preview_page(request: HttpRequest, form: SchemeForm, place: dict, *, problem: str = "") -> HttpResponse:
    """Show what is to be put in force, how it differs from what holds, and what it does; what was typed goes along hidden."""
    organization, rule = place["organization"], form.rule
    context = place | {
        "form": form,
        "new_rule": rule,
        "reason": form.cleaned_data["reason"],
        "source": documents.source_of(place["now"], organization),
        "changes": documents.differences(place["rule"], rule),
        "preview": documents.preview(organization, place["year"], rule, access.counts_scope(request.user)),
        "typed": [(name, value) for name, values in request.POST.lists() if name not in _OWN for value in values],
        "expected": place["now"].pk if place["now"] else 0,
        "seen_digest": digest(rule.to_settings()),
        "problem": problem,
        "today": timezone.localdate(),
    }
    return render(request, "registry/scheme_preview.html", context, status=409 if problem else 200)
