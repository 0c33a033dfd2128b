"""The audit administrator's page: the chain by person, place, act and time, as a file, and whether it is sound."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from .. import access
from ..actions.audit import note_audit
from ..actions.verification import verify
from ..documents import audit as documents
from ..forms.audit import AuditFilterForm
from ..models import AuditHead
from ..rules import OrganizationKind, Refused
from ..rules.acts import act_label
from .ledger import filter_sentence

PAGE = 100
# Checked while the person waits; a longer chain is checked on the command line.
MOST_AT_ONCE = 100_000


def _form(request: HttpRequest) -> AuditFilterForm:
    # Sections are found with their unit: a region has thousands of them.
    places = access.audited_organizations(request.user).exclude(kind=OrganizationKind.SECTION)
    return AuditFilterForm(request.GET, organizations=places)


@require_safe
def entries(request: HttpRequest) -> HttpResponse:
    """The entries that are asked for, the newest first; older ones by the number the page ends with."""
    access.check_read_audit(request.user)
    form = _form(request)
    context = {"form": form, "head": AuditHead.objects.first(), "most_rows": documents.MOST_ROWS}
    if not form.is_valid():
        return render(request, "registry/audit.html", context, status=422)
    found = access.readable_entries(request.user).wanted(**form.wanted).order_by("-sequence")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        found = found.filter(sequence__lt=int(before))
    rows = list(found.select_related("actor", "organization")[: PAGE + 1])
    query = request.GET.copy()
    query.pop("before", None)
    context |= {
        "rows": [{"entry": entry, "act": act_label(entry.act)} for entry in rows[:PAGE]],
        "query": query.urlencode(),
        "older": rows[PAGE - 1].sequence if len(rows) > PAGE else None,
        "is_first": not before,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "registry/audit.html", context)


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Return the workbook of what is asked for; that it was taken out is an entry itself."""
    access.check_read_audit(request.user)
    form = _form(request)
    if not form.is_valid():
        raise Refused(_("The filter has a mistake; correct it on the page of the chain first."))
    found = access.readable_entries(request.user).wanted(**form.wanted).order_by("-sequence")
    count = found[: documents.MOST_ROWS + 1].count()
    if count > documents.MOST_ROWS:
        raise Refused(
            _("These are more than %(most)s entries. Narrow the search, by time for example.")
            % {"most": documents.MOST_ROWS}
        )
    sentence = filter_sentence(form)
    body = documents.audit_workbook(found, filter_sentence=sentence)
    note_audit("audit.export", by=request.user, content=[sentence, count])
    response = HttpResponse(body, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    name = f"{_('Audit chain')}-{timezone.localdate():%Y-%m-%d}.xlsx"
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Check the whole chain and every sealed row, and say what was found."""
    access.check_read_audit(request.user)
    head = AuditHead.objects.first()
    if head is not None and head.sequence > MOST_AT_ONCE:
        raise Refused(_("So long a chain is checked on the server: manage.py verify_chain."))
    verdict = verify()
    note_audit("audit.check", by=request.user, content=[verdict.ok, verdict.row])
    if verdict.ok:
        messages.success(
            request, _("The chain of %s entries and every sealed row are as they were written.") % verdict.entries
        )
    else:
        messages.error(request, f"{verdict.row}: {verdict.reason}")
    return redirect("registry:audit")
