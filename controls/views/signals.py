"""Pages of the monitoring signals: the register, entering in steps, reading, judging, whom a signal came from, files."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from registry import access as ground
from registry.documents.sheets import Sheet
from registry.documents.shelf import scope_words
from registry.forms.fields import LONGEST_ID
from registry.models import Organization, PointVersion, Post
from registry.querysets.places import overlaps
from registry.roles import Permission
from registry.rules import STANDING_STATES, Changed, NotAllowed, Refused
from registry.rules.text import is_forbidden
from registry.views.paging import page_context
from registry.views.sheets import sheet_page, sheet_pdf

from .. import access
from ..actions import signals as verbs
from ..documents import signals as documents
from ..forms.signals import JudgeForm, OpenSignalForm, PlaceForm, PostForm, SignalFilterForm, SignalForm
from ..models import Signal, SignalSource
from ..querysets.signals import SignalFilter
from ..rules import Judging, SignalChannel

PAGE = 50
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# How the register's chart is drawn, in units of the picture: the widest bar, a row, the room for the labels.
_WIDEST, _ROW, _LABELS = 270, 26, 230


# --- The register -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """What a reader of the register asked for; no filter where it has a mistake."""

    form: SignalFilterForm
    wanted: SignalFilter | None
    handles: bool


def _asked(request: HttpRequest) -> _Asked:
    access.check_reads_signals(request.user)
    handles = access.handles_signals(request.user)
    places = _organizations(request)
    code = request.GET.get("organization", "")
    if code and (any(map(is_forbidden, code)) or not places.filter(code=code).exists()):
        raise Http404
    years = access.visible_signals(request.user).years()
    form = SignalFilterForm(request.GET, organizations=places, years=years, with_words=handles)
    return _Asked(form, form.wanted if form.is_valid() else None, handles)


def _organizations(request: HttpRequest):
    """Return the organizations by which the person may filter: those of their scope, and what is above parts of it."""
    intervals = ground.scope(request.user, Permission.HANDLE_SIGNALS) or ground.scope(
        request.user, Permission.ENTER_SIGNALS
    )
    return Organization.objects.filter(overlaps(intervals)).order_by("tree_from")


@require_safe
def signals(request: HttpRequest) -> HttpResponse:
    """Show a page of the register: what the person reads, filtered; counts for those who judge."""
    asked = _asked(request)
    if asked.wanted is None:
        return render(request, "controls/signals.html", {"form": asked.form, "page": None}, status=422)
    rows = access.visible_signals(request.user).matching(asked.wanted)
    page = Paginator(rows.select_related("organization", "unit", "post", "point"), PAGE).get_page(
        request.GET.get("page")
    )
    found = list(page.object_list)
    context = {
        "form": asked.form,
        "signals": found,
        "page": page_context(request, page),
        "chart": _chart(access.handled_signals(request.user).matching(asked.wanted).by_channel())
        if asked.handles
        else None,
        "handles": asked.handles,
        "enters": access.enters_signals(request.user),
        "is_filtered": any(request.GET.get(name) for name in asked.form.fields),
        "query": f"?{request.GET.urlencode()}" if request.GET else "",
        "most_rows": documents.MOST_ROWS,
        "most_on_paper": documents.MOST_ROWS_ON_PAPER,
    }
    return render(request, "controls/signals.html", context)


def _chart(counts: dict[str, int]) -> dict[str, Any] | None:
    """Return the bars of the channels that have any, in their order: label, number, place and width in the picture."""
    most = max(counts.values(), default=0)
    if not most:
        return None
    present = [channel for channel in SignalChannel if counts.get(channel)]
    return {
        "height": _ROW * len(present),
        "rows": [
            {
                "label": channel.label,
                "number": counts[channel],
                "y": _ROW * place,
                "text_y": _ROW * place + 17,
                "width": _width(counts[channel], most),
                "number_x": _LABELS + _width(counts[channel], most) + 8,
            }
            for place, channel in enumerate(present)
        ],
    }


def _width(number: int, most: int) -> int:
    return max(2, round(_WIDEST * number / most))


def _taken_out(request: HttpRequest, most: int) -> tuple[Any, _Asked]:
    """Return what the screen shows, for a file; only for who judges signals, and noted as a confidential act."""
    asked = _asked(request)
    if not asked.handles:
        raise NotAllowed(_("The register is taken out by the discipline inspectors."))
    if asked.wanted is None:
        raise Refused(_("The filter has a mistake; correct it on the register's page first."))
    rows = access.handled_signals(request.user).matching(asked.wanted)
    count = rows.count()
    if count > most:
        raise Refused(
            _("The register has %(count)s signals with this filter; at most %(most)s fit. Narrow the filter.")
            % {"count": count, "most": most}
        )
    verbs.note_export(by=request.user, wanted=asked.wanted, count=count)
    return rows, asked


def _sentence(form: SignalFilterForm) -> str:
    """Return the filter in words, without the words looked for."""
    values = form.cleaned_data
    parts = [
        str(values["year"] or ""),
        str(SignalChannel(values["channel"]).label) if values["channel"] else "",
        str(Judging(values["judged"]).label) if values["judged"] else "",
    ]
    return _(", ").join(filter(None, parts))


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Return the workbook of what the screen shows."""
    rows, asked = _taken_out(request, documents.MOST_ROWS)
    today = timezone.localdate()
    with translation.override(settings.LANGUAGE_CODE):
        scope, sentence = scope_words(asked.form.cleaned_data["organization"]), _sentence(asked.form)
        name = documents.register_name(scope, today)
    body = documents.register_workbook(rows, scope=scope, filter_sentence=sentence, made_on=today)
    return workbook(body, name)


def workbook(body: bytes, name: str) -> HttpResponse:
    """Return a workbook to be kept under its name."""
    response = HttpResponse(body, content_type=_WORKBOOK)
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _register_sheet(request: HttpRequest) -> Sheet:
    rows, asked = _taken_out(request, documents.MOST_ROWS_ON_PAPER)
    with translation.override(settings.LANGUAGE_CODE):
        scope, sentence = scope_words(asked.form.cleaned_data["organization"]), _sentence(asked.form)
    return documents.register_sheet(rows, scope=scope, filter_sentence=sentence, made_on=timezone.localdate())


@require_safe
def sheet(request: HttpRequest) -> HttpResponse:
    """Show the register as it is printed."""
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return sheet_page(
        request,
        _register_sheet(request),
        pdf_url=reverse("controls:signals-pdf") + query,
        back_url=reverse("controls:signals") + query,
    )


@require_safe
def pdf(request: HttpRequest) -> HttpResponse:
    """Return the register as a PDF."""
    return sheet_pdf(_register_sheet(request))


# --- Entering, in steps that need no script ---------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask for the organization, then for its post, then for the rest; each step is an address, so that one can go back."""
    access.check_enters_signals(request.user)
    places = access.organizations_to_enter_for(request.user)
    code = request.GET.get("organization", "")
    if code and any(map(is_forbidden, code)):
        raise Http404
    organization = get_object_or_404(places, code=code) if code else None
    if organization is None:
        return render(request, "controls/signal_place.html", {"form": PlaceForm(organizations=places), "step": 1})
    posts = access.posts_to_enter_for(organization)
    if "post" not in request.GET:
        context = {"form": PostForm(posts=posts), "organization": organization, "step": 2}
        return render(request, "controls/signal_place.html", context)
    post = _chosen_post(posts, request.GET["post"])
    form = SignalForm(
        request.POST if request.method == "POST" else None, points=access.points_to_enter_for(organization, post)
    )
    problem = ""
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        point = values.pop("point")
        try:
            signal = verbs.enter_signal(
                by=request.user, organization=organization, post=post, point=point.point if point else None, **values
            )
        except NotAllowed:
            raise
        except Refused as why:
            problem = str(why)
        else:
            messages.success(request, _("Entered as %s.") % signal.number)
            return redirect("controls:signal", signal.pk)
    context = {"form": form, "organization": organization, "post": post, "problem": problem}
    status = 409 if problem else 422 if form.errors else 200
    return render(request, "controls/signal_new.html", context, status=status)


def _chosen_post(posts: QuerySet[Post], text: str) -> Post | None:
    """Return the post chosen in the step before; none: the organization as a whole. One that is not to be chosen is not there: 404."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < LONGEST_ID):
        raise Http404
    return get_object_or_404(posts, pk=int(text))


# --- One signal -------------------------------------------------------------------------------------------------------------


def _visible(request: HttpRequest, pk: int) -> Signal:
    found = access.visible_signals(request.user).select_related("organization", "unit", "post", "point", "entered_by")
    return get_object_or_404(found, pk=pk)


def _page(
    request: HttpRequest, signal: Signal, form: JudgeForm | None = None, *, problem: str = "", status: int = 200
) -> HttpResponse:
    handles = not ground.refusal(access.check_handle, signal, request.user)
    readable = access.visible_alerts(request.user).filter(signal=signal)
    context = {
        "signal": signal,
        "version": PointVersion.objects.filter(point=signal.point_id, state__in=STANDING_STATES).first()
        if signal.point_id
        else None,
        "handles": handles,
        "has_source": handles and SignalSource.objects.filter(signal=signal).exists(),
        "judgements": signal.judgements.select_related("judged_by"),
        "alerts": readable.select_related("asked_organization"),
        "form": form or JudgeForm(initial={"version": signal.version}),
        "problem": problem,
        "shows_risk": signal.judged == Judging.RISK,
    }
    return render(request, "controls/signal.html", context, status=status)


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a signal with every judgement, and, to who judges, the form of the next."""
    return _page(request, _visible(request, pk))


@require_POST
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    """Judge a signal; what was typed stays where another was first."""
    signal = _visible(request, pk)
    access.check_handle(signal, request.user)
    form = JudgeForm(request.POST)
    if not form.is_valid():
        return _page(request, signal, form, status=422)
    values = form.cleaned_data
    try:
        verbs.judge_signal(
            by=request.user, signal=signal, judged=values["judged"], reason=values["reason"], expected=values["version"]
        )
    except NotAllowed:
        raise
    except Refused as why:
        signal.refresh_from_db()
        if isinstance(why, Changed):
            form = JudgeForm(_again(request, signal))
        return _page(request, signal, form, problem=str(why), status=409)
    messages.success(request, _("Judged: %s.") % Judging(values["judged"]).label)
    return redirect("controls:signal", pk)


def _again(request: HttpRequest, signal: Signal):
    """Return what was typed, with the version that is now shown: sent again it is decided knowingly."""
    data = request.POST.copy()
    data["version"] = str(signal.version)
    return data


@require_http_methods(["GET", "HEAD", "POST"])
def opening(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask why a signal is not confidential, and mark it so."""
    signal = _visible(request, pk)
    access.check_handle(signal, request.user)
    form = OpenSignalForm(request.POST if request.method == "POST" else None, initial={"version": signal.version})
    problem = ""
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            verbs.open_signal(by=request.user, signal=signal, reason=values["reason"], expected=values["version"])
        except NotAllowed:
            raise
        except Refused as why:
            problem = str(why)
        else:
            messages.success(request, _("Marked as not confidential: %s.") % signal.number)
            return redirect("controls:signal", pk)
    context = {"signal": signal, "form": form, "problem": problem}
    return render(request, "controls/signal_open.html", context, status=409 if problem else 422 if form.errors else 200)


@require_POST
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """Show whom a signal came from, once; that somebody looked is recorded."""
    signal = _visible(request, pk)
    told = verbs.look_at_source(by=request.user, signal=signal)
    return render(request, "controls/signal_source.html", {"signal": signal, "source": told})
