"""What stands in the head of every page."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from registry import access


def navigation(request: HttpRequest) -> dict:
    """Return the entries of the navigation a person has, with how much waits behind them."""
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return {}
    entries = [(_("Workbench"), "home", None), (_("My declarations"), "registry:my-declarations", None)]
    if access.reviews_anything(person):
        entries.append((_("Waiting for me"), "registry:queue", access.waiting_for(person).count()))
    if access.ledger_scope(person):
        entries.append((_("Ledger"), "registry:ledger", None))
    if access.counts_scope(person):
        entries.append((_("Coverage"), "registry:coverage", None))
    if access.reads_notices(person):
        entries.append((_("Public notices"), "registry:notices", None))
    if access.administers(person):
        entries.append((_("Organization"), "registry:organizations", None))
    here = request.resolver_match.view_name if request.resolver_match else ""
    return {
        "navigation": [
            {"label": label, "url": reverse(name), "current": here == name, "count": count}
            for label, name, count in entries
        ]
    }
