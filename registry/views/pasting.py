"""The page on which rows copied from a spreadsheet become entries of one's declaration."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from ..actions.declarations import check_entry
from ..actions.pasting import paste_points
from ..forms.pasting import PasteForm
from ..models import Declaration
from ..rules import Category, NotAllowed, Refused
from ..rules.pasting import MOST_ROWS, ORDER, Pasted, read_pasted
from ..rules.workbooks import HEADINGS
from .declarations import own_declaration


@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for rows, show what they would become, add them. What was pasted stays on the page until it is added."""
    declaration = own_declaration(request, pk)
    if request.method != "POST":
        check_entry(declaration, request.user, None)
        return _page(request, declaration, PasteForm(initial={"expected": declaration.pointversions.count()}))
    form = PasteForm(request.POST)
    if not form.is_valid():
        return _page(request, declaration, form, status=422)
    pasted = read_pasted(form.cleaned_data["cells"])
    if "add" not in request.POST or not pasted.is_right:
        return _page(request, declaration, form, pasted=pasted, status=200 if pasted.is_right else 422)
    try:
        added = paste_points(
            by=request.user, declaration=declaration, points=pasted.points, expected=form.cleaned_data["expected"]
        )
    except NotAllowed:
        raise
    except Refused as why:
        return _page(request, declaration, form, pasted=pasted, problem=str(why), status=409)
    messages.success(
        request,
        ngettext("Added: %(number)s risk point.", "Added: %(number)s risk points.", len(added))
        % {"number": len(added)},
    )
    return redirect("registry:declaration-edit", pk)


def _page(
    request: HttpRequest,
    declaration: Declaration,
    form: PasteForm,
    *,
    pasted: Pasted | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "declaration": declaration,
        "form": form,
        "pasted": pasted,
        "points": [
            {"point": point, "category": Category(point.category).label if point.category else ""}
            for point in (pasted.points if pasted else [])
        ],
        "problem": problem,
        "order": [HEADINGS[column] for column in ORDER],
        "most": MOST_ROWS,
    }
    return render(request, "registry/points_paste.html", context, status=status)
