"""Pages on which what is filed is adjusted: beginning a supplement, changing and withdrawing filed points."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from .. import access
from ..actions import supplements as verbs
from ..forms.supplements import SupplementForm, WithdrawalForm
from ..models import Appointment, Declaration, PointVersion
from ..rules import Change, Changed
from .declarations import visible_declaration


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Ask why what is filed has to be adjusted, then open the supplementary declaration."""
    appointment = get_object_or_404(
        Appointment.objects.select_related("post__organization"), pk=appointment_id, person=request.user
    )
    verbs.check_supplement(appointment, request.user)
    form = SupplementForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        declaration = verbs.start_supplement(by=request.user, appointment=appointment, **form.cleaned_data)
        return redirect("registry:declaration-edit", declaration.pk)
    context = {"appointment": appointment, "form": form, "points": verbs.filed_points_of(appointment)}
    return render(request, "registry/supplement_start.html", context, status=422 if form.errors else 200)


def _open(request: HttpRequest, pk: int) -> Declaration:
    declaration = visible_declaration(request, pk)
    access.check_edit(declaration, request.user)
    return declaration


def _filed(declaration: Declaration, version_id: int) -> PointVersion:
    """Return a filed point of the declaration's post; any other does not exist here: 404."""
    if declaration.appointment is None:
        raise Http404
    filed = verbs.filed_points_of(declaration.appointment).with_measures().select_related("point")
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
                form = WithdrawalForm(form.data | {"version": [str(stored.version)]})
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
