"""The check of a sheet or of a file, for everybody: genuine or not, and nothing that does not stand on the sheet."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..actions import checks
from ..forms.copies import CheckForm
from ..models import NumberedCopy, PublicNotice
from ..rules import NoticeState
from ..rules.verification import COUNTED_FOR, read_code, read_digest

_SHOWN = 100  # characters of what was typed


@login_not_required
@never_cache
@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """Ask for a code or for the digest of a file; with one of them, answer."""
    form = CheckForm(request.GET)
    if not form.is_valid() or not any(form.cleaned_data.values()):
        context = {"form": form if request.GET else CheckForm(), "asked": False}
        return render(request, "registry/verify.html", context, status=422 if form.errors else 200)
    typed = form.cleaned_data
    if typed["code"]:
        return _answer(request, typed["code"], code=read_code(typed["code"]))
    return _answer(request, typed["digest"], digest=read_digest(typed["digest"]) or "-")


@login_not_required
@never_cache  # a notice that was taken down is genuine no longer than that
@require_safe
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Answer for the code behind a QR code."""
    return _answer(request, code, code=read_code(code))


def _answer(request: HttpRequest, typed: str, **asked: str) -> HttpResponse:
    """Say what is known. Everything that is not known gets the same answer, after the same questions to the database."""
    if not checks.may_check(request.address):
        seconds = int(COUNTED_FOR.total_seconds())
        context = {"too_many": True, "minutes": seconds // 60, "form": CheckForm(), "asked": True}
        response = render(request, "registry/verify.html", context, status=429)
        response.headers["Retry-After"] = str(seconds)
        return response
    found = checks.find(**asked)
    context = {
        "asked": True,
        "form": CheckForm(),
        "typed": "".join(each for each in typed if each.isprintable())[:_SHOWN],
        "by_file": "digest" in asked,
        "found": found.is_genuine,
        "notice": _shown_notice(found.notice, found) if found.notice else None,
        "copy": _shown_copy(found.copy) if found.copy else None,
    }
    return render(request, "registry/verify.html", context, status=200 if found.is_genuine else 404)


def _shown_notice(notice: PublicNotice, found: checks.Found) -> dict:
    """Return what the page may say of a notice; the template gets nothing else of it."""
    is_down = notice.state == NoticeState.TAKEN_DOWN
    return {
        "number": notice.number,
        # What must not hang any more is not told here either.
        "title": "" if is_down else notice.title,
        "issuer": notice.issuer,
        "starts_on": notice.starts_on,
        "ends_on": notice.ends_on,
        "lines": notice.line_count,
        "digest": notice.digest,
        "is_taken_down": is_down,
        "taken_down_at": notice.taken_down_at,
        "replaced_number": found.replaced_by[0] if found.replaced_by else "",
        "corrected_on": found.corrected_on,
        "posted_until": found.posted_until,
        "is_running": notice.state == NoticeState.POSTED and not notice.is_over,
    }


def _shown_copy(copy: NumberedCopy) -> dict:
    """Return what the page may say of a numbered copy: not to whom it went, nor for what."""
    return {
        "serial": copy.serial,
        "kind": copy.get_kind_display(),
        "title": copy.title,
        "scope": copy.scope,
        "made_at": copy.made_at,
        "count": copy.count,
        "digest": copy.content_digest,
        "is_ledger": copy.notice_id is None,
    }
