"""Pages of tasks: one's own, reporting with evidence, occurrences, sending back, the board of those above, its workbook."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max, Min, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from registry.access import refusal, visible_points
from registry.models import Appointment, Attachment, MeasureVersion, Organization, Person, Post
from registry.models.stand_ins import for_words
from registry.querysets.places import overlaps
from registry.rules import Changed, NotAllowed, OrganizationKind, Refused
from registry.views.ledger import known_code
from registry.views.paging import page_context

from .. import access
from ..actions import tasks as verbs
from ..documents import tasks as documents
from ..forms.tasks import ReportForm, TaskFilterForm, TaskSendBackForm
from ..models import Task, TaskReport
from ..querysets.tasks import OVERDUE
from ..rules import TaskState

PAGE = 50


# --- One's own ------------------------------------------------------------------------------------------------------------


@require_safe
def my_tasks(request: HttpRequest) -> HttpResponse:
    """List the tasks one answers for: to be done first, by the day on which they are due."""
    state = request.GET.get("state", TaskState.OPEN)
    if state not in TaskState:
        raise Http404
    own = access.own_tasks(request.user)
    counts = own.by_state()
    backwards = () if state == TaskState.OPEN else ("-due_on", "-pk")
    rows = own.filter(state=state).order_by(*(backwards or ("due_on", "position", "pk"))).told()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "lines": lines_of(page.object_list),
        "page": page_context(request, page),
        "state": state,
        "chips": [
            {
                "label": TaskState(value).label,
                "count": counts.get(value, 0),
                "url": f"?state={value}",
                "current": value == state,
            }
            for value in TaskState.values
        ],
        "occurrences": access.occurring_measures(request.user).exists(),
    }
    return render(request, "controls/my_tasks.html", context)


def lines_of(tasks: Iterable[Task]) -> list[dict[str, Any]]:
    """Return what a list shows of each task: the task, its last report, and where it stands in words."""
    today, tasks = timezone.localdate(), list(tasks)
    reports = {
        report.task_id: report
        for report in TaskReport.objects.filter(task__in=[task.pk for task in tasks], sent_back_by=None).select_related(
            "reported_by", "reported_for"
        )
    }
    return [
        {
            "task": task,
            "report": reports.get(task.pk),
            "standing": documents.standing(task, reports[task.pk].done_on if task.pk in reports else None, today),
            "kind": _kind(task, reports.get(task.pk), today),
            "has_begun": task.starts_on <= today,
        }
        for task in tasks
    ]


def _kind(task: Task, report: TaskReport | None, today: dt.date) -> str:
    """Return as which kind of badge the standing of a task is shown."""
    if task.state == TaskState.OPEN:
        return "problem" if task.due_on < today else "open"
    if task.state == TaskState.DROPPED:
        return "withdrawn"
    return "late" if report and report.done_on > task.due_on else "done"


def due_tasks(person: Person, first_lines: int) -> dict[str, Any]:
    """Return what the workbench shows of one's own tasks: how many are due or overdue, and the first of them."""
    if not access.has_tasks(person):
        return {"due_tasks": [], "due_tasks_count": 0}
    due = access.own_tasks(person).due(timezone.localdate())
    first = lines_of(due.order_by("due_on", "position", "pk").told()[:first_lines])
    return {"due_tasks": first, "due_tasks_count": due.count()}


def visible_task(request: HttpRequest, pk: int) -> Task:
    """Return the task if the person may read it, else answer 404."""
    found = access.visible_tasks(request.user).told().select_related("changed_by")
    return get_object_or_404(found, pk=pk)


@require_safe
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a task with every report of it and its files."""
    found = visible_task(request, pk)
    reports = found.reports.select_related("reported_by", "reported_for", "sent_back_by").order_by("-pk")
    context = {
        "line": lines_of([found])[0],
        "task": found,
        "place": access.place_of_task(found),
        "reports": reports.prefetch_related(_files()),
        "answering": access.answering(found),
        "is_mine": access.answers_for(found, request.user),
        "cannot_report": refusal(access.check_report, found, request.user),
        "may_send_back": not refusal(access.check_send_back, found, request.user),
        "watches": bool(access.work_scope(request.user)),
        "reads_point": visible_points(request.user).filter(point=found.point_id).exists(),
    }
    return render(request, "controls/task.html", context)


def _files() -> Prefetch:
    return Prefetch("attachments", Attachment.objects.defer("body").order_by("pk"))


@require_safe
def task_file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Hand out a file of a report: to be kept, never shown in the page, never taken for anything but what it was checked to be."""
    found = verbs.file_of(visible_task(request, pk), file)
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found.body), content_type=found.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, found.name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Report a task as done, with evidence."""
    found = visible_task(request, pk)
    if not access.answers_for(found, request.user):
        access.check_report(found, request.user)
    if request.method != "POST":
        access.check_report(found, request.user)
        initial = {"version": found.version, "done_on": min(timezone.localdate(), found.due_on)}
        return _report_page(request, found, ReportForm(initial=initial))
    last = found.reports.last()
    if found.state == TaskState.DONE and last is not None and last.reported_by_id == request.user.pk:
        return redirect("controls:task", pk)  # the second click of a double one
    form = ReportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _report_page(request, found, form, status=422)
    said = form.cleaned_data
    try:
        verbs.report_done(
            by=request.user,
            task=found,
            expected=said["version"],
            done_on=said["done_on"],
            text=said["text"],
            uploads=said["files"],
        )
    except NotAllowed:
        raise
    except Refused as why:
        return _refused(request, visible_task(request, pk), form, why)
    messages.success(request, _("Reported as done: “%s”.") % found.measure_version.text)
    return redirect("controls:my-tasks")


def _refused(request: HttpRequest, found: Task, form: ReportForm, why: Refused) -> HttpResponse:
    """Show the form again with what was typed and why it was not saved."""
    form.data = form.data.copy()
    form.data["version"] = str(found.version)
    form.ask_for_the_files_again()
    closed = found.state != TaskState.OPEN
    if closed or isinstance(why, Changed):
        return _report_page(request, found, form, conflict=str(why), closed=closed, status=409)
    form.add_error("done_on", str(why))
    return _report_page(request, found, form, status=422)


def _report_page(
    request: HttpRequest, found: Task, form: ReportForm, *, status: int = 200, **conflict: Any
) -> HttpResponse:
    sent_back = found.reports.exclude(sent_back_by=None).select_related("sent_back_by").last()
    whom = access.for_whom(found, request.user)
    context = {
        "line": lines_of([found])[0],
        "task": found,
        "place": access.place_of_task(found),
        "form": form,
        "sent_back": sent_back,
        "acting": for_words(request.user.name, Person.objects.get(pk=whom).name) if whom else "",
        **conflict,
    }
    return render(request, "controls/task_report.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the last report of a task back, with a reason."""
    found = visible_task(request, pk)
    access.check_send_back(found, request.user)
    form = TaskSendBackForm(request.POST if request.method == "POST" else None, initial={"version": found.version})
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            verbs.send_back(
                by=request.user,
                task=found,
                expected=form.cleaned_data["version"],
                reason=form.cleaned_data["reason"],
            )
        except Changed as why:
            problem = str(why)
            form.data = form.data.copy()
            form.data["version"] = str(visible_task(request, pk).version)
        else:
            messages.success(request, _("Sent back. The task is to be done again."))
            return redirect("controls:task", pk)
    context = {"task": found, "line": lines_of([found])[0], "form": form, "problem": problem}
    return render(
        request, "controls/task_send_back.html", context, status=409 if problem else 422 if form.errors else 200
    )


# --- Occurrences ----------------------------------------------------------------------------------------------------------


@require_safe
def occurrences(request: HttpRequest) -> HttpResponse:
    """List the measures without a clock one answers for; each occurrence is reported."""
    rows = access.occurring_measures(request.user).select_related("point_version__point", "point_version__post")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request, "controls/occurrences.html", {"measures": page.object_list, "page": page_context(request, page)}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def occurrence(request: HttpRequest, pk: int) -> HttpResponse:
    """Report that a measure without a clock was carried out on a day."""
    measure = get_object_or_404(
        access.occurring_measures(request.user).select_related("point_version__point", "point_version__post"), pk=pk
    )
    if request.method != "POST":
        return _occurrence_page(request, measure, ReportForm(initial={"done_on": timezone.localdate()}))
    form = ReportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _occurrence_page(request, measure, form, status=422)
    said = form.cleaned_data
    try:
        made = verbs.report_occurrence(
            by=request.user, measure=measure, occurred_on=said["done_on"], text=said["text"], uploads=said["files"]
        )
    except NotAllowed:
        raise
    except Refused as why:
        form.add_error("done_on", str(why))
        form.ask_for_the_files_again()
        return _occurrence_page(request, measure, form, status=409)
    messages.success(request, _("Reported as done: “%s”.") % measure.text)
    return redirect("controls:task", made.task_id)


def _occurrence_page(
    request: HttpRequest, measure: MeasureVersion, form: ReportForm, *, status: int = 200
) -> HttpResponse:
    form.fields["done_on"].label = _("Occurred on")
    return render(request, "controls/occurrence.html", {"measure": measure, "form": form}, status=status)


# --- The board ------------------------------------------------------------------------------------------------------------


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Show superiors, offices and inspectors how measures are carried out: counts by section, and the tasks."""
    form = _board_form(request)
    if not form.is_valid():
        return render(request, "controls/task_board.html", {"form": form, "page": None}, status=422)
    today, wanted = timezone.localdate(), form.wanted
    rows = access.watched_tasks(request.user).matching(wanted, today)
    page = Paginator(rows.told(), PAGE).get_page(request.GET.get("page"))
    lines = lines_of(page.object_list)
    _tell_who(lines)
    by_place, totals = _counts(request, form, today)
    context = {
        "form": form,
        "lines": lines,
        "page": page_context(request, page),
        "by_place": by_place,
        "totals": totals,
        "query": f"?{request.GET.urlencode()}" if request.GET else "",
        "most_rows": documents.MOST_ROWS,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "controls/task_board.html", context)


def _board_form(request: HttpRequest) -> TaskFilterForm:
    """Return the bound filter; an organization that is none or not to be seen does not exist: 404."""
    scope = access.work_scope(request.user)
    if not scope:
        raise NotAllowed(
            _("How measures are carried out is seen by superiors, by the unit's office and by inspectors.")
        )
    organizations = Organization.objects.filter(overlaps(scope)).order_by("tree_from")
    code = request.GET.get("organization", "")
    chosen = organizations.filter(code=known_code(code)).first() if code else None
    if code and chosen is None:
        raise Http404
    if organizations.filter(kind=OrganizationKind.UNIT).count() > 1:
        # In a wide jurisdiction only the units are offered, and the sections of the one that is chosen.
        offered = organizations.exclude(kind=OrganizationKind.SECTION)
        if chosen is not None:
            unit = chosen if chosen.kind != OrganizationKind.SECTION else chosen.parent
            offered = offered | organizations.filter(kind=OrganizationKind.SECTION, parent=unit)
        organizations = offered
    this_year = timezone.localdate().year
    data = request.GET
    if "year" not in data:
        # A year is one stretch of the index; all of them are a choice, not what everybody begins with.
        data = data.copy()
        data["year"] = str(this_year)
    years = _years(access.watched_tasks(request.user), this_year)
    return TaskFilterForm(data, organizations=organizations, years=years)


def _years(tasks: QuerySet[Task], this_year: int) -> Sequence[int]:
    found = tasks.order_by().aggregate(first=Min("due_on"), last=Max("due_on"))
    if found["first"] is None:
        return [this_year]
    return range(max(found["last"].year, this_year), min(found["first"].year, this_year) - 1, -1)


def _tell_who(lines: Sequence[dict[str, Any]]) -> None:
    """Add to each line who answers for the task today: the names of those who hold the post, or its section or team."""
    passed_on = Post.objects.passed_on()
    posts = {line["task"].post_id for line in lines} - {None}
    last = {post: (passed_on.get(post) or [post])[-1] for post in posts}
    live = Appointment.objects.live(timezone.localdate()).filter(post__in=set(last.values()), person__is_active=True)
    names = defaultdict(list)
    for post, name in live.order_by("person__username").values_list("post", "person__name"):
        names[post].append(name)
    for line in lines:
        post = line["task"].post_id
        line["who"] = names[last[post]] if post is not None else []


def _counts(request: HttpRequest, form: TaskFilterForm, today: dt.date) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Return how many tasks there are by section, whatever their state, with the addresses they lead to, and the totals."""
    wanted = replace(form.wanted, state="")
    rows = list(access.watched_tasks(request.user).matching(wanted, today).counted(today))
    places = _places(row["position"] for row in rows)
    names = ("open", "overdue", "done", "dropped", "total")
    totals = {name: sum(row[name] for row in rows) for name in names}
    several = (
        len({place.parent_id if place.kind == OrganizationKind.SECTION else place.pk for place in places.values()}) > 1
    )
    for row in rows:
        row["place"] = places.get(row["position"])
        row["unit"] = row["place"].parent if several and row["place"].kind == OrganizationKind.SECTION else None
        row["cells"] = [
            {"count": row[name], "url": _address(request, organization=row["place"].code, state=state)}
            for name, state in (
                ("open", TaskState.OPEN),
                ("overdue", OVERDUE),
                ("done", TaskState.DONE),
                ("dropped", TaskState.DROPPED),
            )
        ]
    return rows, totals


def _places(positions: Iterable[int]) -> dict[int, Organization]:
    found = Organization.objects.filter(tree_from__in=list(positions)).select_related("parent")
    return {place.tree_from: place for place in found}


def _address(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        query[name] = str(value)
    return f"?{query.urlencode()}"


@require_safe
def board_export(request: HttpRequest) -> HttpResponse:
    """Return the workbook of what the board shows: the same scope, filter and order."""
    form = _board_form(request)
    if not form.is_valid():
        raise Refused(_("The filter has a mistake; correct it on the board first."))
    today = timezone.localdate()
    rows = access.watched_tasks(request.user).matching(form.wanted, today).told()
    count = rows.count()
    if count > documents.MOST_ROWS:
        raise Refused(_("A workbook holds at most %(most)s tasks. Narrow the filter.") % {"most": documents.MOST_ROWS})
    tasks = list(rows)
    reports = TaskReport.objects.filter(task__in=rows.order_by().values("pk"), sent_back_by=None)
    told = {
        each.task_id: (each.done_on, each.text, each.reported_by_words)
        for each in reports.select_related("reported_by", "reported_for")
    }
    organization = form.cleaned_data["organization"]
    body = documents.board_workbook(
        tasks,
        places=_places({task.position for task in tasks}),
        reports=told,
        today=today,
        sentence=_filter_sentence(form),
    )
    verbs.note_export(by=request.user, wanted=form.wanted, count=count)
    response = HttpResponse(body, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    name = documents.board_name(organization.name if organization else "", today)
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _filter_sentence(form: TaskFilterForm) -> str:
    """Return what was asked for in words."""
    said = form.cleaned_data
    words = {
        "year": said["year"],
        "organization": said["organization"],
        "state": dict(form.fields["state"].choices)[said["state"]] if said["state"] else "",
        "words": said["words"],
    }
    parts = [
        _("%(label)s: %(value)s") % {"label": form.fields[name].label, "value": value}
        for name, value in words.items()
        if value
    ]
    return _("; ").join(parts)


@require_safe
def point_tasks(request: HttpRequest, code: str) -> HttpResponse:
    """List the tasks of a filed point, as far as the person sees them."""
    seen = visible_points(request.user).filter(point__code=known_code(code)).order_by("-valid_from", "-pk")
    version = seen.select_related("point").first()
    if version is None:
        raise Http404
    rows = access.visible_tasks(request.user).filter(point=version.point_id).order_by("-due_on", "-pk").told()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"version": version, "lines": lines_of(page.object_list), "page": page_context(request, page)}
    return render(request, "controls/point_tasks.html", context)
