"""Pages on which what is filed is adjusted: beginning a supplement, changing and withdrawing filed points."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from .. import access
from ..access import Declarant
from ..actions import supplements as verbs
from ..forms.supplements import SupplementForm, WithdrawalForm
from ..models import Declaration, PointVersion
from ..rules import Change, Changed
from .declarations import own_post, prepared_organization, visible_declaration


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Ask why what is filed for one's post has to be adjusted, then open the supplementary declaration."""
    return _start_page(request, own_post(request, appointment_id))


@require_http_methods(["GET", "HEAD", "POST"])
def start_of_organization(request: HttpRequest, organization_id: int) -> HttpResponse:
    """The same for a section or leadership team."""
    return _start_page(request, prepared_organization(request, organization_id))


def _start_page(request: HttpRequest, declarant: Declarant) -> HttpResponse:
    verbs.check_supplement(declarant, request.user)
    form = SupplementForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        declaration = verbs.start_supplement(by=request.user, declarant=declarant, **form.cleaned_data)
        return redirect("registry:declaration-edit", declaration.pk)
    context = {"declarant": declarant, "form": form, "points": declarant.filed_points}
    return render(request, "registry/supplement_start.html", context, status=422 if form.errors else 200)


def _open(request: HttpRequest, pk: int) -> Declaration:
    declaration = visible_declaration(request, pk)
    access.check_edit(declaration, request.user)
    return declaration


def _filed(declaration: Declaration, version_id: int) -> PointVersion:
    """Return a filed point the declaration answers for; any other does not exist here: 404."""
    filed = Declarant.of(declaration).filed_points.with_measures().select_related("point")
    return get_object_or_404(filed, pk=version_id)


@require_POST
def change(request: HttpRequest, pk: int, version_id: int) -> HttpResponse:
    """Take a filed point up and go on to its form."""
    declaration = _open(request, pk)
    filed = _filed(declaration, version_id)
    version = verbs.take_up(by=request.user, declaration=declaration, filed=filed, kind=Change.CHANGED)
    return redirect("registry:point-edit", pk, version.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: int, version_id: int) -> HttpResponse:
    """Ask why a filed point is withdrawn; once it is in the declaration, change that reason."""
    declaration = _open(request, pk)
    filed = _filed(declaration, version_id)
    stored = declaration.pointversions.filter(replaces=filed, change=Change.WITHDRAWN).first()
    problem = ""
    if request.method == "POST":
        form = WithdrawalForm(request.POST)
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            try:
                if stored is None:
                    verbs.take_up(
                        by=request.user, declaration=declaration, filed=filed, kind=Change.WITHDRAWN, reason=reason
                    )
                else:
                    expected = form.cleaned_data["version"]
                    verbs.say_why_withdrawn(by=request.user, version=stored, reason=reason, expected=expected)
            except Changed as why:
                problem = str(why)
                stored.refresh_from_db()
                data = form.data.copy()
                data["version"] = str(stored.version)
                form = WithdrawalForm(data)
            else:
                messages.success(request, _("To be withdrawn: “%s”.") % filed.title)
                return redirect("registry:declaration-edit", pk)
    else:
        form = WithdrawalForm(
            initial={"version": stored.version, "reason": stored.change_reason} if stored else {"version": 0}
        )
    context = {"declaration": declaration, "point": filed, "stored": stored, "form": form, "problem": problem}
    status = 409 if problem else 422 if form.is_bound and form.errors else 200
    return render(request, "registry/filed_withdraw.html", context, status=status)
