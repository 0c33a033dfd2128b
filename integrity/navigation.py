"""What stands in the head of every page."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

import controls.access as controls
from controls.access import disposals, findings, has_tasks, inspections, own_tasks, work_scope
from cycles import access as cycle_access
from registry import access
from registry.roles import Permission


def navigation(request: HttpRequest) -> dict:
    """Return the entries of the navigation a person has, with how much waits behind them."""
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return {}
    entries = [(_("Workbench"), "home", None), (_("My declarations"), "registry:my-declarations", None)]
    if access.reviews_anything(person):
        entries.append((_("Waiting for me"), "registry:queue", access.waiting_for(person).count()))
    # Tasks: filed measures carried out.
    if has_tasks(person):
        due = own_tasks(person).due(timezone.localdate()).count()
        entries.append((_("My tasks"), "controls:my-tasks", due or None))
    if work_scope(person):
        entries.append((_("Measures carried out"), "controls:task-board", None))
    if access.enters_meetings(person):
        entries.append((_("Meetings"), "registry:meetings", None))
    if access.ledger_scope(person):
        entries.append((_("Ledger"), "registry:ledger", None))
    if inspections.inspects_anything(person):
        waiting = inspections.to_inspect(person).count()
        page = "controls:inspections-mine" if waiting else "controls:inspections"
        entries.append((_("Inspections"), page, waiting))
    if access.counts_scope(person):
        entries.append((_("Coverage"), "registry:coverage", None))
    if access.region_scope(person):
        entries.append((_("Region"), "registry:region", None))
    elif access.sending_scope(person):
        entries.append((_("To the region"), "registry:region-to-send", None))
    if cycle_access.takes_part(person):
        entries.append((_("Annual cycle"), "cycles:board", None))
    if access.makes_schemes(person):
        entries.append((_("Schemes"), "registry:schemes", None))
    if access.reads_notices(person):
        entries.append((_("Public notices"), "registry:notices", None))
    if controls.reads_signals(person):
        entries.append((_("Monitoring signals"), "controls:signals", controls.signals_to_judge(person)))
    if controls.sees_alerts(person):
        entries.append((_("Alerts"), "controls:alerts", controls.alerts_for(person).count()))
    if (to_correct := findings.door_to_findings(person)) is not None:
        entries.append((_("Findings"), "controls:findings", to_correct))
    if (waiting := disposals.door_to_disposals(person)) is not None:
        entries.append((_("Disposals"), "controls:disposals", waiting))
    elif disposals.counts_scope(person):
        entries.append((_("Disposals in numbers"), "controls:disposal-numbers", None))
    if access.administers(person):
        entries.append((_("Organization"), "registry:organizations", None))
        entries.append((_("To confirm"), "registry:confirmations", access.confirmations_to_decide(person).count()))
    if access.administers(person, Permission.READ_AUDIT):
        entries.append((_("Audit chain"), "registry:audit", None))
    if access.explained_scope(person):
        entries.append((_("Who may do what"), "registry:rights", None))
    here = request.resolver_match.view_name if request.resolver_match else ""
    return {
        "navigation": [
            {"label": label, "url": reverse(name), "current": here == name, "count": count}
            for label, name, count in entries
        ]
    }


def sign_in(request: HttpRequest) -> dict:
    """Return what pages say of signing in: by what else than a password, how strictly, and how long one may rest."""
    return {
        "provider": settings.OIDC_ISSUER and (settings.OIDC_NAME or _("your organization's sign-in")),
        "second_factor_optional": settings.SECOND_FACTOR == "optional",
        "idle_minutes": settings.IDLE_MINUTES,
        "idle_warning_after": 60 * settings.IDLE_MINUTES - 60 * min(5, settings.IDLE_MINUTES // 2),  # seconds
    }
