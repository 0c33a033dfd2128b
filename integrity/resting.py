"""A session that rests too long ends; what is sent from a form after that is kept and put back into the form."""

import datetime as dt
import re
import time
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from registry.actions import sessions
from registry.models import KeptForm, Person
from registry.rules.sign_in import FORM_KEPT_FOR

from .middleware import Responder

# Forms that are not kept: what they hold is secret, or means nothing an hour later.
_NEVER_KEPT = {
    "login", "login_code", "logout", "password_change", "second_factor", "recovery_codes", "second_factor_remove",
    "sessions_end", "set_language", "kept_form",
}  # fmt: skip
# A word of the program, not of a person.
_CHOICE = re.compile(r"[a-z][a-z0-9_:-]*")
_TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field


# Whose session it was; of them, forms still open in other windows are kept too.
RESTED = "rested"


class IdleLimit:
    """End a session that rested too long, before anything is answered to it."""

    def __init__(self, get_response: Responder) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.has_just_ended = request.is_kept = False
        if sessions.SEEN in request.session and request.user.is_authenticated:
            if sessions.rested_for(request) >= dt.timedelta(minutes=settings.IDLE_MINUTES):
                request.has_just_ended, whose = True, request.user.pk
                logout(request)
                request.session[RESTED] = [whose, time.time()]
            elif request.path_info != reverse(
                "registry:shelf-progress"
            ):  # a page asks for it by itself: nobody is there
                sessions.see_session(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, arguments, keywords) -> HttpResponse | None:
        """Lead to the page of signing in; what was sent is kept. Django has seen by now that it came from our own page."""
        whose = _rested_lately(request)
        if whose is None or request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        if request.method in ("GET", "HEAD"):
            # A script asks behind a page in which something may be typed: the page stays.
            if request.headers.get("HX-Request"):
                return HttpResponse(status=204)
            if request.resolver_match.view_name == "stay":
                return HttpResponse(status=401)
        if request.has_just_ended or request.method == "POST":
            messages.info(request, _ended())
        page = _page_of(request)
        if request.method == "POST" and request.resolver_match.view_name not in _NEVER_KEPT:
            _keep(request, Person.objects.get(pk=whose), page)
            messages.info(request, _("What you typed is kept for an hour: sign in, and it stands in the form again."))
        answer = redirect_to_login(page)
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": answer.url})
        return answer


def _rested_lately(request: HttpRequest) -> int | None:
    """Return whose session ended here within the time a form is kept; after that whoever sits here is somebody else."""
    whose, at = request.session.get(RESTED, (None, 0))
    return whose if time.time() - at < FORM_KEPT_FOR.total_seconds() else None


def _ended() -> str:
    return ngettext(
        "You were signed out after %(number)d minute without activity.",
        "You were signed out after %(number)d minutes without activity.",
        settings.IDLE_MINUTES,
    ) % {"number": settings.IDLE_MINUTES}


def _page_of(request: HttpRequest) -> str:
    """Return the page the request was made on: of a form the one it stood on, which need not be where it is sent."""
    if request.method in ("GET", "HEAD") and not request.headers.get("HX-Request"):
        return request.get_full_path()
    stood_on = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    secure = request.is_secure()
    if url_has_allowed_host_and_scheme(stood_on, allowed_hosts={request.get_host()}, require_https=secure):
        parts = urlsplit(stood_on)
        query = QueryDict(parts.query, mutable=True)
        query.pop("kept", None)
        page = "/" + parts.path.lstrip("/") + (f"?{query.urlencode()}" if query else "")
        if len(page) <= KeptForm._meta.get_field("page").max_length:
            return page
    return request.path


def _keep(request: HttpRequest, person: Person, page: str) -> KeptForm:
    fields = [(name, values) for name, values in request.POST.lists() if name != _TOKEN]
    return sessions.keep_form(person=person, page=page, fields=fields, left_out=bool(request.FILES))


def with_kept(kept: KeptForm) -> str:
    """Return the address of the page a form was kept of, asking for what was kept."""
    path, _mark, query = kept.page.partition("?")
    return f"{path}?{query}{'&' if query else ''}kept={kept.pk}"


def keep_of_old_page(request: HttpRequest) -> HttpResponse | None:
    """Keep what came from a page older than the session, and lead to the page as it is now; None where nothing is kept.

    Somebody signed in again in another window. The page's token proves nothing any more; that the form stood on a page of
    ours the browser says itself.
    """
    own = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    if not (own and request.user.is_authenticated) or request.resolver_match.view_name in _NEVER_KEPT:
        return None
    request.is_kept = True
    messages.info(request, _("You signed in again since this page was opened. Check what you typed and send it."))
    address = with_kept(_keep(request, request.user, _page_of(request)))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def kept_form(get_response: Responder) -> Responder:
    """Put back into the form of a page what was kept for the person, when its address asks for it; nothing is sent.

    Once the person has sent the form, what was kept is forgotten.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_done = request.method == "POST" and request.user.is_authenticated and response.status_code == 302
        if is_done and not request.is_kept:
            sessions.forget_forms(request.user, page=_page_of(request))
        asked = request.GET.get("kept", "")
        if not (request.user.is_authenticated and request.method == "GET" and is_number(asked)):
            return response
        kept = sessions.kept_form(request.user, asked)
        if kept is None or response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        filled = fill(response.content.decode(), sessions.fields_of(kept)) if response.status_code == 200 else None
        if filled is None:  # there is no such form any more: it was submitted meanwhile, or by somebody else
            return redirect("kept_form", kept.pk)
        page, missing = filled
        told = render_to_string("partials/kept.html", {"kept": kept, "missing": missing}, request)
        response.content = page.replace("<!-- kept -->", told, 1)
        response.headers.pop("Content-Length", None)
        return response

    return respond


def is_number(text: str) -> bool:
    """Say whether a text is an id."""
    return text.isascii() and text.isdecimal() and len(text) < 19


@require_http_methods(["GET", "HEAD", "POST"])
def show_kept(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what was kept, field by field, to copy it from; POST forgets it."""
    kept: KeptForm | None = sessions.kept_form(request.user, pk)
    if kept is None:
        raise Http404
    if request.method == "POST":
        sessions.discard_form(kept)
        messages.success(request, _("What was kept is deleted."))
        return redirect("home")
    fields = sessions.fields_of(kept)
    typed = [value for values in fields.values() for value in values if value.strip() and not _CHOICE.fullmatch(value)]
    return render(request, "registration/kept.html", {"kept": kept, "readable": bool(fields), "typed": typed})


# --- Filling a page --------------------------------------------------------------------------------------------------


class _Form:
    """The controls of a form on a page."""

    def __init__(self, start: int) -> None:
        self.start, self.end = start, start
        self.names: set[str] = set()
        self.buttons: set[str] = set()
        # Which stretches of the page are replaced by what.
        self.edits: list[tuple[int, int, str]] = []


class _Filler(HTMLParser):
    """Reads a page of our own and notes, for each form, how its controls would hold other values."""

    def __init__(self, page: str, values: dict[str, list[str]]) -> None:
        super().__init__(convert_charrefs=False)
        self.page, self.values = page, {name: list(each) for name, each in values.items()}
        self.lines = [0]
        for line in re.findall(r"[^\n]*\n|[^\n]+", page):
            self.lines.append(self.lines[-1] + len(line))
        self.forms: list[_Form] = []
        self.form: _Form | None = None
        self.select: str | None = None
        self.text: tuple[int, str] | None = None
        self.feed(page)

    def _here(self) -> int:
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        held = dict(attributes)
        here, source = self._here(), self.get_starttag_text()
        if tag == "form":
            self.form = _Form(here) if (held.get("method") or "").lower() == "post" else None
            return
        if self.form is None:
            return
        name = held.get("name") or ""
        kind = (held.get("type") or "text").lower() if tag == "input" else tag
        if tag == "button" or kind in ("submit", "image", "reset", "button"):
            self.form.buttons.add(name)
        elif tag == "select":
            self.form.names.add(name)
            self.select = name if name in self.values else None
        elif tag == "option" and self.select is not None:
            self._mark(here, source, held, "selected", held.get("value") in self.values[self.select])
        elif tag in ("input", "textarea") and name and kind not in ("file", "password") and name != _TOKEN:
            self.form.names.add(name)
            if kind in ("checkbox", "radio"):
                self._mark(here, source, held, "checked", held.get("value", "on") in self.values.get(name, []))
            elif self.values.get(name):
                value = self.values[name].pop(0)
                if tag == "textarea":
                    self.text = (here + len(source), value)
                else:
                    self.form.edits.append((here, here + len(source), _tag(tag, held | {"value": value})))

    handle_startendtag = handle_starttag

    def _mark(self, here: int, source: str, held: dict, mark: str, on: bool) -> None:
        held.pop(mark, None)
        tag = "option" if mark == "selected" else "input"
        self.form.edits.append((here, here + len(source), _tag(tag, held | ({mark: None} if on else {}))))

    def handle_endtag(self, tag: str) -> None:
        if self.form is None:
            return
        if tag == "textarea" and self.text is not None:
            begin, value = self.text
            self.form.edits.append((begin, self._here(), "\n" + escape(value)))
            self.text = None
        elif tag == "select":
            self.select = None
        elif tag == "form":
            self.form.end = self._here()
            self.forms.append(self.form)
            self.form = None


def _tag(tag: str, attributes: dict[str, str | None]) -> str:
    written = (name if value is None else f'{name}="{escape(value)}"' for name, value in attributes.items())
    return f"<{tag} {' '.join(written)}>"


def fill(page: str, values: dict[str, list[str]]) -> tuple[str, list[tuple[str, str]]] | None:
    """Return the page with the values in the form they belong to, and what has no place there; None without a form.

    The form is the one with most of the names. Rows of a formset that the fresh page does not have yet go along unseen and
    stand where the form comes back; the button that was pressed does not.
    """
    filler = _Filler(page, values)
    form = max(filler.forms, key=lambda each: len(each.names & set(values)), default=None)
    if form is None or not form.names & set(values):
        return None
    edits, missing = list(form.edits), []
    rows = {name.removesuffix("-TOTAL_FORMS") for name in form.names if name.endswith("-TOTAL_FORMS")}
    for name, held in values.items():
        if name in form.names or name in form.buttons:
            continue
        for value in held:
            if name.rpartition("-")[0].rpartition("-")[0] in rows:
                edits.append((form.end, form.end, _tag("input", {"type": "hidden", "name": name, "value": value})))
            if value.strip():
                missing.append((name, value))
    for begin, end, text in sorted(edits, reverse=True):
        page = page[:begin] + text + page[end:]
    return page, missing
