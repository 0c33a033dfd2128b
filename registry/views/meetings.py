"""Pages of meetings: the record with which a declaration is settled, and the meetings in which a leadership team decides."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from .. import access
from ..actions import meetings as verbs
from ..actions import records
from ..forms.meetings import MeetingForm, NewMeetingForm, RecordForm, SendBackForm
from ..models import Approval, Attachment, Declaration, Meeting, MeetingItem, Person
from ..rules import (
    ApprovalState,
    Changed,
    DeclarationState,
    Gap,
    Incomplete,
    MeetingState,
    MeetingVerb,
    NotAllowed,
    Refused,
)
from .declarations import confirmed_version, visible_declaration
from .paging import page_context
from .wording import field_label, in_words

PAGE = 50


# --- The record with which a section or leadership team settles its declaration ---------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter or change the record of the meeting in which a declaration was settled."""
    declaration = visible_declaration(request, pk)
    if declaration.appointment_id is not None:
        raise Http404
    access.check_edit(declaration, request.user)
    meeting = Meeting.objects.filter(declaration=declaration).first()
    roll = records.may_be_present(declaration.organization, meeting)
    offered = {"roll": roll, "attached": _attached(meeting)}
    if request.method != "POST":
        return _record_page(request, declaration, RecordForm(initial=_initial(meeting), **offered))
    form = RecordForm(request.POST, request.FILES, **offered)
    if not form.is_valid():
        return _record_page(request, declaration, form, status=422)
    try:
        records.save_record(
            by=request.user, declaration=declaration, expected=form.cleaned_data["version"], **form.record
        )
    except NotAllowed:
        raise
    except Changed as why:
        now = Meeting.objects.filter(declaration=declaration).first()
        form.data = form.data.copy()
        form.data["version"] = str(now.version if now else 0)
        form.ask_for_the_file_again()
        return _record_page(request, declaration, form, conflict=str(why), changes=_changes(now, form), status=409)
    except Refused as why:
        form.ask_for_the_file_again()
        return _record_page(request, declaration, form, conflict=str(why), closed=True, status=409)
    messages.success(request, _("Saved: the record of the meeting."))
    return redirect("registry:declaration-edit", pk)


def _record_page(
    request: HttpRequest, declaration: Declaration, form: RecordForm, *, status: int = 200, **conflict: Any
) -> HttpResponse:
    context = {"declaration": declaration, "form": form, "replaces": True, **conflict}
    return render(request, "registry/meeting_record.html", context, status=status)


def _attached(meeting: Meeting | None) -> str:
    """Return the name of the file that belongs to a record, without reading the file."""
    if meeting is None or meeting.attachment_id is None:
        return ""
    return Attachment.objects.values_list("name", flat=True).get(pk=meeting.attachment_id)


def _initial(meeting: Meeting | None) -> dict[str, Any]:
    if meeting is None:
        return {}
    return {
        **{name: getattr(meeting, name) for name in ("version", "held_on", "chair", "minutes")},
        "present": list(meeting.present.all()),
    }


def _changes(stored: Meeting | None, form: RecordForm) -> list[dict[str, str]]:
    """Return how what was typed differs from what another window has stored meanwhile."""
    if stored is None:
        return []
    typed = form.cleaned_data
    pairs = {
        "held_on": (stored.held_on, typed["held_on"]),
        "chair": (stored.chair, typed["chair"]),
        "present": ([person.name for person in stored.present.all()], [person.name for person in typed["present"]]),
        "minutes": (stored.minutes, typed["minutes"]),
    }
    return [
        {"label": field_label(name), "before": in_words(name, before), "after": in_words(name, after)}
        for name, (before, after) in pairs.items()
        if (before or None) != (after or None)
    ]


@require_safe
def record_attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the file of the record of a declaration, as the reader reads it: of what was submitted, or one's own."""
    declaration = visible_declaration(request, pk)
    if declaration.appointment_id is not None or not access.sees_trace(declaration, request.user):
        raise Http404
    is_mended = declaration.state == DeclarationState.RETURNED and not access.is_owner(declaration, request.user)
    content = (records.submitted_record if is_mended else records.record_content)(declaration)
    return _file(records.attachment_of(declaration, content))


@require_safe
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the file that belongs to a meeting of the team."""
    return _file(visible_meeting(request, pk).attachment)


def _file(attachment: Attachment | None) -> HttpResponse:
    """Return a file to be kept: never shown in the page, never taken for anything but what it was checked to be."""
    if attachment is None:
        raise Http404
    response = HttpResponse(bytes(attachment.body), content_type=attachment.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, attachment.name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


# --- Meetings of the leadership team ----------------------------------------------------------------------------------


@require_safe
def meetings(request: HttpRequest) -> HttpResponse:
    """List the meetings one reads: those that wait for confirmation, those being entered, those that are closed."""
    if not access.reads_meetings(request.user):
        raise NotAllowed(_("Meetings are read by those who enter them and by those who were present."))
    visible = access.visible_meetings(request.user).select_related("organization", "chair")
    visible = visible.with_counts(access.recusals_of(request.user))
    page = Paginator(visible.filter(state=MeetingState.CLOSED), PAGE).get_page(request.GET.get("page"))
    context = {
        "to_confirm": set(access.meetings_to_confirm(request.user).values_list("pk", flat=True)),
        "waiting": visible.filter(state=MeetingState.PUT),
        "drafts": visible.filter(state=MeetingState.DRAFT),
        "closed": page.object_list,
        "page": page_context(request, page),
        "enters": access.enters_meetings(request.user),
    }
    return render(request, "registry/meetings.html", context)


def visible_meeting(request: HttpRequest, pk: int) -> Meeting:
    """Return the meeting of a team if the person may read it, else answer 404."""
    found = access.visible_meetings(request.user).select_related(
        "organization", "chair", "entered_by", "changed_by", "attachment"
    )
    return get_object_or_404(found.defer("attachment__body"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose for the team of which unit a meeting is entered; begin it."""
    units = access.units_met_for(request.user)
    if not units.exists():
        raise NotAllowed(_("Meetings of a leadership team are entered by its recorder, the unit's office or a member."))
    form = NewMeetingForm(request.POST if request.method == "POST" else None, units=units)
    if request.method == "POST" and form.is_valid():
        meeting = verbs.enter_meeting(by=request.user, unit=form.cleaned_data["organization"])
        return redirect("registry:meeting-edit", meeting.pk)
    return render(request, "registry/meeting_new.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a meeting: who was there, what it said about each declaration, what has come of it."""
    meeting = visible_meeting(request, pk)
    rows = _rows(meeting, request.user)
    person = request.user
    context = {
        "meeting": meeting,
        "present": meeting.present.order_by("username"),
        "rows": rows,
        "may_write": not access.refusal(access.check_write, meeting, person),
        "may_discard": verbs.may_discard(meeting) and access.may_enter(meeting.organization, person),
        "cannot_confirm": access.refusal(access.check_confirm, meeting, person),
        "may_send_back": not access.refusal(access.check_send_back, meeting, person),
        "is_mine_to_confirm": access.meetings_to_confirm(person).filter(pk=meeting.pk).exists(),
    }
    return render(request, "registry/meeting.html", context)


def _rows(meeting: Meeting, person: Person) -> list[dict[str, Any]]:
    """Return the lines the person may see: item, url of the declaration where they read it, kind, and what came of it."""
    items = list(
        access.visible_items(meeting, person)
        .select_related("approval__organization", "decision__decided_by")
        .prefetch_related("withdrawn")
    )
    could = verbs.confirmers_by_item(meeting, items) if meeting.state == MeetingState.PUT else {}
    names = dict(Person.objects.filter(pk__in=set().union(*could.values())).values_list("pk", "name"))
    urls = _declaration_urls([item.approval for item in items], person)
    rows = []
    for item in items:
        kind, said = _came_of(meeting, item, [names[pk] for pk in sorted(could.get(item.pk, ()))])
        rows.append({"item": item, "url": urls.get(item.approval_id, ""), "kind": kind, "said": said})
    return rows


def _came_of(meeting: Meeting, item: MeetingItem, confirmers: Sequence[str]) -> tuple[str, str]:
    """Return what has come of a line, as a kind of badge and a sentence."""
    if item.decision is not None:
        return "done", _("confirmed by %(name)s") % {"name": item.decision.decided_by}
    is_stale = item.approval.state != ApprovalState.OPEN or item.approval.version != item.approval_version
    if meeting.state == MeetingState.CLOSED:
        return "withdrawn", _("set aside: nothing was decided here")
    if is_stale:
        return "problem", _("has changed since it was entered")
    if meeting.state == MeetingState.DRAFT:
        return "", ""
    who = _(", ").join(confirmers) or _("nobody at present")
    return "open", _("waits for confirmation by one of: %s") % who


def _declaration_urls(approvals: Sequence[Approval], person: Person) -> dict[int, str]:
    """Return where the person reads the declarations of these approvals, by approval; those they do not read are not there."""
    seen = access.visible_declarations(person).filter(approval__in=[approval.pk for approval in approvals])
    return {approval: reverse("registry:declaration", args=[pk]) for approval, pk in seen.values_list("approval", "pk")}


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter the record of a meeting and what it said about each declaration that stands before the team."""
    meeting = visible_meeting(request, pk)
    access.check_write(meeting, request.user)
    form, left_out = _meeting_form(request, meeting)
    if request.method != "POST":
        return _edit_page(request, meeting, form, left_out)
    if "agree_all" in request.POST:
        form.agree_to_the_rest()
        form.is_valid()
        form.ask_for_the_file_again()
        return _edit_page(request, meeting, form, left_out)
    if not form.is_valid():
        return _edit_page(request, meeting, form, left_out, status=422)
    try:
        verbs.save_meeting(
            by=request.user,
            meeting=meeting,
            expected=form.cleaned_data["version"],
            items=[verbs.Said(**said) for said in form.dealt_with],
            **form.record,
        )
    except NotAllowed:
        raise
    except Refused as why:
        meeting = visible_meeting(request, pk)
        closed = meeting.state != MeetingState.DRAFT
        form, left_out = _meeting_form(request, meeting)
        form.is_valid()
        changes = _changes(meeting, form) if isinstance(why, Changed) and not form.errors else []
        form.see_again(form.approvals)
        form.data["version"] = str(meeting.version)
        form.ask_for_the_file_again()
        conflict = {"conflict": str(why), "closed": closed, "changes": changes}
        return _edit_page(request, meeting, form, left_out, status=409, **conflict)
    _tell_what_vanished(request, form)
    messages.success(request, _("Saved: the meeting."))
    return redirect("registry:meeting-put" if "put" in request.POST else "registry:meeting-edit", pk)


def _meeting_form(request: HttpRequest, meeting: Meeting) -> tuple[MeetingForm, int]:
    """Return the form with the declarations before the team, and how many there are above those that fit on one page."""
    items = {item.approval_id: item for item in meeting.items.prefetch_related("withdrawn")}
    standing = verbs.approvals_before_team(meeting.organization)
    first = sorted(standing, key=lambda approval: approval.pk not in items)[: verbs.MOST_ITEMS]
    kept = {approval.pk for approval in first}
    approvals = [approval for approval in standing if approval.pk in kept]
    roll = records.may_be_present(meeting.organization, meeting)
    offered = {
        "roll": roll,
        "attached": meeting.attachment.name if meeting.attachment else "",
        "approvals": approvals,
        "concerned": access.concerned_in(approvals, [person.pk for person in roll]),
        "changed": {
            approval.pk
            for approval in approvals
            if approval.pk in items and items[approval.pk].approval_version != approval.version
        },
        "urls": _declaration_urls(approvals, request.user),
    }
    left_out = len(standing) - len(approvals)
    if request.method == "POST":
        return MeetingForm(request.POST, request.FILES, **offered), left_out
    initial = _initial(meeting)
    for approval in approvals:
        if (item := items.get(approval.pk)) is not None:
            initial |= {
                f"verdict-{approval.pk}": item.verdict,
                f"reason-{approval.pk}": item.reason,
                f"withdrawn-{approval.pk}": [person.pk for person in item.withdrawn.all()],
            }
    return MeetingForm(initial=initial, **offered), left_out


def _edit_page(
    request: HttpRequest, meeting: Meeting, form: MeetingForm, left_out: int, *, status: int = 200, **conflict: Any
) -> HttpResponse:
    context = {
        "meeting": meeting,
        "form": form,
        "left_out": left_out,
        "may_discard": verbs.may_discard(meeting),
        "replaces": True,
        **conflict,
    }
    return render(request, "registry/meeting_edit.html", context, status=status)


def _tell_what_vanished(request: HttpRequest, form: MeetingForm) -> None:
    """Say how many declarations were dealt with on the page that do not stand before the team any more."""
    offered = {f"verdict-{approval.pk}" for approval in form.approvals}
    gone = sum(name.startswith("verdict-") and name not in offered and bool(said) for name, said in form.data.items())
    if gone:
        sentence = ngettext(
            "%(count)s declaration does not wait for a meeting of the team any more and was left out.",
            "%(count)s declarations do not wait for a meeting of the team any more and were left out.",
            gone,
        )
        messages.warning(request, sentence % {"count": gone})


@require_http_methods(["GET", "HEAD", "POST"])
def put(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what was entered with what stands against it; put it to confirmation."""
    meeting = visible_meeting(request, pk)
    if request.method == "POST" and meeting.state == MeetingState.PUT:
        access.check_enter(meeting.organization, request.user)
        return redirect("registry:meeting", pk)  # the second click of a double one
    access.check_write(meeting, request.user, MeetingVerb.PUT)
    problem = ""
    if request.method == "POST":
        try:
            verbs.put_meeting(by=request.user, meeting=meeting, expected=confirmed_version(request))
        except Incomplete:
            pass  # the page names every gap
        except Changed as why:
            problem = str(why)
            meeting = visible_meeting(request, pk)
        else:
            messages.success(request, _("Put to confirmation. Another member who was present confirms it."))
            return redirect("registry:meeting", pk)
    context = {
        "meeting": meeting,
        "present": meeting.present.order_by("username"),
        "rows": _rows(meeting, request.user),
        "gaps": [
            {"sentence": gap.sentence, "url": _mending(meeting, gap)}
            for gap in verbs.meeting_gaps(meeting, request.user)
        ],
        "confirmers": access.confirmers_of(meeting).exclude(pk=request.user.pk),
        "problem": problem,
    }
    status = 409 if problem else 422 if request.method == "POST" else 200
    return render(request, "registry/meeting_put.html", context, status=status)


def _mending(meeting: Meeting, gap: Gap) -> str:
    """Return the address at which a gap is mended."""
    kind, _colon, approval = gap.target.partition(":")
    place = {"item": f"line-{approval}", records.RECORD: f"id_{gap.field}"}.get(kind, "lines")
    return reverse("registry:meeting-edit", args=[meeting.pk]) + f"#{place}"


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Show which decisions take effect by one's confirmation and which do not; confirm."""
    meeting = visible_meeting(request, pk)
    access.check_confirm(meeting, request.user)
    problem = ""
    if request.method == "POST":
        try:
            done = verbs.confirm_meeting(by=request.user, meeting=meeting, expected=confirmed_version(request))
        except Changed as why:
            problem = str(why)
            meeting = visible_meeting(request, pk)
            access.check_confirm(meeting, request.user)
        else:
            _tell_what_came(request, meeting, done)
            return redirect("registry:meeting", pk)
    outlook = verbs.waiting_items(meeting, request.user)
    context = {
        "meeting": meeting,
        "present": meeting.present.order_by("username"),
        "outlook": outlook,
        "left": _seen(outlook.left, meeting, request.user),
        "set_aside": _seen(outlook.set_aside, meeting, request.user),
        "problem": problem,
    }
    return render(request, "registry/meeting_confirm.html", context, status=409 if problem else 200)


def _seen(lines: Sequence[tuple[MeetingItem, str]], meeting: Meeting, person: Person) -> list[tuple[MeetingItem, str]]:
    """Return the lines without those about places the person is recused from."""
    seen = set(access.visible_items(meeting, person).values_list("pk", flat=True))
    return [(item, why) for item, why in lines if item.pk in seen]


def _tell_what_came(request: HttpRequest, meeting: Meeting, done: verbs.Confirmed) -> None:
    if done.decided:
        count = len(done.decided)
        said = ngettext("Confirmed: %(count)s declaration.", "Confirmed: %(count)s declarations.", count)
        messages.success(request, said % {"count": count})
    for item, why in _seen(done.set_aside, meeting, request.user):
        messages.warning(request, _("“%(title)s” is set aside. %(why)s") % {"title": item.approval.title, "why": why})
    left = _seen(done.left, meeting, request.user)
    if left:
        count = len(left)
        said = ngettext(
            "%(count)s declaration is still to be confirmed by another member.",
            "%(count)s declarations are still to be confirmed by another member.",
            count,
        )
        messages.info(request, said % {"count": count})


@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a meeting back to those who entered it, with a reason."""
    meeting = visible_meeting(request, pk)
    access.check_send_back(meeting, request.user)
    form = SendBackForm(request.POST if request.method == "POST" else None, initial={"version": meeting.version})
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            meeting = verbs.send_back_meeting(
                by=request.user,
                meeting=meeting,
                expected=form.cleaned_data["version"],
                reason=form.cleaned_data["reason"],
            )
        except Changed as why:
            problem = str(why)
            form.data = form.data.copy()
            form.data["version"] = str(visible_meeting(request, pk).version)
        else:
            is_closed = meeting.state == MeetingState.CLOSED
            messages.success(request, _("Closed: the rest is set aside.") if is_closed else _("Sent back."))
            return redirect("registry:meeting", pk)
    context = {
        "meeting": meeting,
        "form": form,
        "problem": problem,
        "confirmed": meeting.items.exclude(decision=None).count(),
    }
    status = 409 if problem else 422 if form.errors else 200
    return render(request, "registry/meeting_send_back.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then throw away a meeting that was never put to confirmation."""
    meeting = visible_meeting(request, pk)
    access.check_write(meeting, request.user, MeetingVerb.DISCARD)
    if request.method == "POST":
        verbs.discard_meeting(by=request.user, meeting=meeting, expected=confirmed_version(request))
        messages.success(request, _("Thrown away: the meeting."))
        return redirect("registry:meetings")
    return render(request, "registry/meeting_discard.html", {"meeting": meeting})


def door_of_step(approval: Approval, person: Person) -> dict[str, str]:
    """Return where a declaration's meeting is entered or seen, as url and link text; empty for who does neither."""
    waiting = MeetingItem.objects.waiting().filter(approval=approval).values("meeting")
    meeting = access.visible_meetings(person).filter(pk__in=waiting).first()
    if meeting is not None:
        return {"url": reverse("registry:meeting", args=[meeting.pk]), "text": _("See the meeting that dealt with it")}
    unit = approval.asked_organization
    if unit is not None and access.may_enter(unit, person):
        return {"url": reverse("registry:meetings"), "text": _("Enter a meeting")}
    return {}
