"""The home page, health, and the pages that say no."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import i18n
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from controls.views.tasks import due_tasks
from cycles.views.progress import urged_of
from registry.models import missing_guards
from registry.views.workbench import workbench

from .resting import keep_of_old_page

FIRST_LINES = 5


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what is asked of the person, what waits for them, and where their own matters stand."""
    context = workbench(request.user, first_lines=FIRST_LINES) | due_tasks(request.user, first_lines=FIRST_LINES)
    context |= {"urged": urged_of(request.user)}
    return render(request, "home.html", context)


set_language = login_not_required(require_POST(i18n.set_language))


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say that the database answers, its tables are those of this program and its guards stand; 503 with the reason when not."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return HttpResponse("migrations are missing\n", status=503, content_type="text/plain")
    if missing_guards(connection):
        return HttpResponse("guards are missing\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Fill the form anew with what was typed, or say that it could not be accepted and that reloading the page helps."""
    return keep_of_old_page(request) or render(request, "errors/csrf.html", status=403)
