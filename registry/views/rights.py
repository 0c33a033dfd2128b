"""Who can see and do what here, and why: a page per person and a page per organization. They show rights, no risk content."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .. import access
from ..forms.organization import SearchForm
from ..models import OptOut, Organization, Person, Recusal, StandIn
from ..querysets.people import named
from ..roles import ROLES, Permission, Role
from ..rules import STEPS, NotAllowed
from .paging import page_context

PAGE = 50


@require_safe
def rights(request: HttpRequest) -> HttpResponse:
    """The organizations and people of whom the reader is told who may do what."""
    if not access.explained_scope(request.user):
        raise NotAllowed(_("Who may do what is told to administrators of roles and of the audit, and to inspectors."))
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    people = access.explained_people(request.user).order_by("username")
    places = access.explained_organizations(request.user)
    if words:
        people, places = (
            found.filter(named(words, "name", field)) for found, field in ((people, "username"), (places, "code"))
        )
    page = Paginator(people, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "people": page.object_list,
        "page": page_context(request, page),
        "organizations": places[:PAGE],
    }
    return render(request, "registry/rights.html", context, status=200 if form.is_valid() else 422)


@require_safe
def of_person(request: HttpRequest, pk: int) -> HttpResponse:
    """What one person may see and do today, and why."""
    person = get_object_or_404(access.explained_people(request.user), pk=pk)
    today = timezone.localdate()
    # Of oneself everything; of others what belongs to where the reader is told.
    places = Organization.objects.all() if person == request.user else access.explained_organizations(request.user)
    inside = set(places.values_list("pk", flat=True))
    assignments = (
        person.assignments.live(today).filter(organization__in=inside).select_related("organization", "assigned_by")
    )
    reach = {
        permission: [each for each in found if each.organization.pk in inside]
        for permission, found in access.reach_of(person).items()
    }
    context = {
        "person": person,
        "appointments": person.appointments.live(today)
        .filter(post__organization__in=inside)
        .select_related("post__organization"),
        "roles": [
            {
                "assignment": each,
                "purpose": ROLES[Role(each.role)].purpose,
                "permissions": [
                    permission.label for permission in Permission if permission in ROLES[Role(each.role)].permissions
                ],
            }
            for each in assignments
        ],
        "stand_ins": StandIn.objects.told()
        .lasting(today)
        .filter(Q(assignment__person=person) | Q(person=person), assignment__organization__in=inside),
        "recusals": person.recusals.live(today)
        .filter(organization__in=inside)
        .select_related("organization", "entered_by"),
        "reach": [{"permission": permission, "found": found} for permission, found in reach.items() if found],
        "reads": [each for each in access.reads_ledger_of(person) if each.pk in inside],
        "today": today,
        "is_own": person == request.user,
    }
    return render(request, "registry/rights_of_person.html", context)


@require_safe
def of_organization(request: HttpRequest, pk: int) -> HttpResponse:
    """Who may see and do what at one organization today, and why."""
    organization = get_object_or_404(access.explained_organizations(request.user), pk=pk)
    today = timezone.localdate()
    place = organization.tree_from
    steps = []
    for key, asked, rung in access.deciders_at(organization):
        permission, _place = STEPS[key].ladder[rung - 1] if rung else (None, "")
        steps.append(
            {
                "label": key.label,
                "rung": rung,
                "permission": permission.label if permission else "",
                "organization": asked.organization,
                "people": _people(asked),
            }
        )
    context = {
        "organization": organization,
        "steps": steps,
        "readers": access.readers_of(organization),
        "recusals": Recusal.objects.live(today)
        .filter(organization__tree_from__lte=organization.tree_to, organization__tree_to__gte=place)
        .select_related("person", "organization", "entered_by"),
        "opt_outs": OptOut.objects.live(today).told().filter(unit__tree_from__lte=place, unit__tree_to__gte=place),
        "known": set(access.explained_people(request.user).values_list("pk", flat=True)),
        "today": today,
    }
    return render(request, "registry/rights_of_organization.html", context)


def _people(asked: access.Asked) -> list[dict]:
    """Return those asked, each with whom they stand in for."""
    whom = {person: held.whom for person, held in asked.standing_in.items()}
    known = Person.objects.in_bulk({*asked.people, *whom.values()})
    found = [{"person": known[pk], "whom": known.get(whom.get(pk))} for pk in asked.people]
    return sorted(found, key=lambda each: (each["whom"] is not None, each["person"].username))
