"""The home page, signing in, health, and the pages that say no."""

from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import i18n
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from registry.views.workbench import workbench

FIRST_LINES = 5


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what is asked of the person, what waits for them, and where their own matters stand."""
    return render(request, "home.html", workbench(request.user, first_lines=FIRST_LINES))


_FORM = method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")


@_FORM
class LoginView(auth_views.LoginView):
    redirect_authenticated_user = True

    def get_form(self, *args, **kwargs):
        form = super().get_form(*args, **kwargs)
        form.fields["username"].label = _("Staff number")
        return form


@_FORM
class PasswordChangeView(auth_views.PasswordChangeView):
    success_url = reverse_lazy("home")

    def form_valid(self, form) -> HttpResponse:
        messages.success(self.request, _("Your password was changed."))
        return super().form_valid(form)


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
    """Say that the database answers and its tables are those of this program; 503 with the reason when not."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return HttpResponse("migrations are missing\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form could not be accepted, and that reloading the page helps."""
    return render(request, "errors/csrf.html", status=403)
