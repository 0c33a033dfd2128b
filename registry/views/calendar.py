"""Pages of the calendar of working days: what it says of a year, entering days of one's own with a dry run."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from .. import access
from ..actions import calendar as verbs
from ..documents.notices import unprintable_reason
from ..forms.calendar import CalendarForm, YearForm, initial_of
from ..models import CalendarDay, PublicNotice
from ..rules import Act, DayWord, NotAllowed, Refused, is_year_known, special_days
from .acting import acted, posted, who_confirms


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The days of a year that differ from Monday to Friday, and which of them are one's own."""
    access.check_administers(request.user)
    today = timezone.localdate()
    form = YearForm(request.GET)
    year = (form.cleaned_data["year"] if form.is_valid() else None) or today.year
    own = verbs.own_calendar()
    notes = dict(CalendarDay.objects.filter(day__year=year).values_list("day", "note"))
    context = {
        "year": year,
        "years": range(today.year - 1, today.year + 3),
        "days": [{"special": each, "note": notes.get(each.day, "")} for each in special_days(year, own)],
        "is_known": is_year_known(year, own),
        "uncertain": PublicNotice.objects.running(today).filter(is_certain=False).count(),
        "cannot_enter": access.refusal(access.check_calendar, request.user),
    }
    return render(request, "registry/calendar.html", context, status=200 if form.is_valid() else 422)


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Say what days one would enter and what that changes; then enter them, for another administrator to confirm."""
    access.check_calendar(request.user)
    form = CalendarForm(posted(request), initial=initial_of(timezone.localdate()))
    problem, preview = "", None
    if request.method == "POST" and form.is_valid() and (sentence := unprintable_reason(form.cleaned_data["reason"])):
        form.add_error("reason", sentence)
    if request.method == "POST" and form.is_valid():
        days = verbs.differing_days(verbs.as_days(form.entries))
        if "enter" in request.POST:
            try:
                outcome = verbs.set_calendar(by=request.user, days=days, reason=form.cleaned_data["reason"])
            except NotAllowed:
                raise
            except Refused as why:
                problem = str(why)
            else:
                return acted(request, outcome, "", reverse("registry:calendar"))
        preview = _preview(form, days)
    context = {
        "form": form,
        "problem": problem,
        "preview": preview,
        "confirmed": who_confirms(request, Act.CALENDAR, access.calendar_place()),
    }
    status = 409 if problem else 422 if form.is_bound and form.errors else 200
    return render(request, "registry/calendar_enter.html", context, status=status)


def _preview(form: CalendarForm, days: verbs.Days) -> dict:
    """Return what entering would change: days, and notices that would run longer."""
    return {
        "days": [
            {"day": day, "before": DayWord(old).label, "after": DayWord(word).label, "note": note}
            for (day, word, note), (_day, old, _note) in zip(days, verbs.standing_days(days), strict=True)
        ],
        "same": len(form.entries) - len(days),
        "left_out": form.left_out,
        "longer": verbs.longer_by(days),
        "text": form.plain_text,
    }
