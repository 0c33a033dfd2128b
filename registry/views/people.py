"""Pages of people: accounts, their posts, roles and recusals, and what an administrator does to them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from .. import access
from ..actions import organization as verbs
from ..actions import sign_in
from ..actions.confirmations import password_allowed
from ..forms.organization import (
    EndForm,
    HandOverForm,
    NewPasswordForm,
    PersonForm,
    ReasonForm,
    RecusalForm,
    RenameForm,
    RoleForm,
    SearchForm,
)
from ..models import Appointment, Assignment, Person, Recusal, StandIn
from ..querysets.people import named
from ..roles import Permission
from ..rules import Act
from .acting import Page, act, acted, posted, who_confirms
from .chronicle import chronicle_of_person
from .confirmations import open_entries
from .organization import administered, names_of, url_of
from .paging import page_context

PAGE = 50
EVENTS = 20
_ACTS = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """The people of what the person administers, by name or number, with their posts today."""
    access.check_administers(request.user)
    form = SearchForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"q": "", "closed": False}
    found = access.administered_people(request.user).order_by("username")
    if asked["q"]:
        found = found.filter(named(asked["q"], "name", "username"))
    if not asked["closed"]:
        found = found.filter(is_active=True)
    held = (
        Appointment.objects.live(timezone.localdate()).select_related("post__organization").order_by("starts_on", "pk")
    )
    found = found.prefetch_related(Prefetch("appointments", held, to_attr="held"))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "found": page.object_list,
        "page": page_context(request, page),
        "keeps": access.administers(request.user, Permission.MANAGE_ACCOUNTS),
    }
    return render(request, "registry/people.html", context, status=200 if form.is_valid() else 422)


def visible_person(request: HttpRequest, pk: int) -> Person:
    """Return the person if the reader administers them, else answer 404."""
    return get_object_or_404(access.administered_people(request.user), pk=pk)


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: account, posts, roles, recusals, each with its dates, and what happened to the account."""
    person = visible_person(request, pk)
    places = access.administered_organizations(request.user).order_by().values("pk")
    user = request.user
    context = {
        "person": person,
        "appointments": person.appointments.filter(post__organization__in=places)
        .select_related("post__organization")
        .order_by("-starts_on", "-pk"),
        "assignments": person.assignments.filter(organization__in=places)
        .select_related("organization", "assigned_by")
        .order_by("-starts_on", "-pk"),
        "recusals": person.recusals.filter(organization__in=places)
        .select_related("organization")
        .order_by("-starts_on"),
        "open_entries": open_entries(request, Q(person=person)),
        "stand_ins": StandIn.objects.told().filter(
            Q(assignment__person=person) | Q(person=person), assignment__organization__in=places
        ),
        "may_be_stood_in_for": {role.pk for role in access.roles_to_give(person)},
        "events": chronicle_of_person(person)[:EVENTS],
        "today": timezone.localdate(),
        "keeps": person.is_active and not access.refusal(access.check_account, person, user),
        "may_renew": not access.is_administrator(person),
        "is_locked": sign_in.is_locked(person),
        "has_factor": access.has_second_factor(person),
        "gives_roles": access.administers(user, Permission.MANAGE_ROLES) and person.pk != user.pk,
    }
    return render(request, "registry/person.html", context)


@_ACTS
def add(request: HttpRequest) -> HttpResponse:
    """Enter a person; once another has confirmed the account, its first password is made and shown once."""
    access.check_administers(request.user, Permission.MANAGE_ACCOUNTS)
    page = Page(
        heading=_("Enter a person"),
        back_url=reverse("registry:people"),
        back=_("People"),
        button=_("Enter"),
        explain=[
            _(
                "Once the account is confirmed, you make its first password, on the page of what you entered: shown once."
            )
        ],
        confirmed=_who_confirms(request, Act.PERSON_CREATE, None),
    )

    def do(values: dict) -> HttpResponse:
        outcome = verbs.create_person(by=request.user, **values)
        return acted(request, outcome, "", reverse("registry:people"))

    return act(request, page, PersonForm(posted(request)), do)


def _password_page(request: HttpRequest, person: Person, password: str) -> HttpResponse:
    # Not after a redirect: then the password would have to be kept somewhere in between.
    return render(request, "registry/person_password.html", {"person": person, "password": password})


@_ACTS
def password(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter that somebody who forgot theirs needs a new password; once that is confirmed, make it and show it once."""
    person = visible_person(request, pk)
    access.check_password(person, request.user)
    if password_allowed(request.user, person) is not None:
        if request.method == "POST":
            return _password_page(request, person, verbs.give_password(by=request.user, person=person))
        return render(request, "registry/person_password.html", {"person": person})
    page = _page(
        person,
        _("New password for %s"),
        _("Enter"),
        explain=[
            _(
                "The present password goes on until the new one is made. Once this is confirmed, you make it: shown once."
            )
        ],
        confirmed=_who_confirms(request, Act.PERSON_PASSWORD, person),
    )

    def do(values: dict) -> HttpResponse:
        outcome = verbs.ask_password(by=request.user, person=person, **values)
        return acted(request, outcome, "", reverse("registry:person", args=[person.pk]))

    return act(request, page, NewPasswordForm(posted(request)), do)


def _who_confirms(request: HttpRequest, act: Act, person: Person | None) -> str:
    """Say who confirms what is entered about an account: in the place it belongs to."""
    if person is not None:
        place = access.place_of_account(person, request.user)
        return who_confirms(request, act, place, person) if place else ""
    place = access.place_over((), request.user, Permission.MANAGE_ACCOUNTS)
    return who_confirms(request, act, place) if place else ""


@_ACTS
def factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove the second factor of somebody who lost it."""
    person = visible_person(request, pk)
    access.check_factor(person, request.user)
    page = _page(
        person,
        _("Remove the second factor of %s"),
        _("Remove it"),
        explain=[
            _("Only for somebody who stands before you, or whom you have called back: whoever asks could be another."),
            _(
                "Once it is confirmed, the app and the recovery codes open nothing any more, and the person's sessions end."
            ),
            _("Where the role asks for a second factor, the person sets up a new one on signing in."),
        ],
        confirmed=_who_confirms(request, Act.FACTOR_RESET, person),
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        outcome = verbs.reset_factor(by=request.user, person=person, **values)
        return acted(request, outcome, "", reverse("registry:person", args=[person.pk]))

    return act(request, page, ReasonForm(posted(request)), do)


@_ACTS
def unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody try again who is locked after too many failures."""
    person = visible_person(request, pk)
    access.check_account(person, request.user)
    page = _page(
        person,
        _("Let %s sign in again"),
        _("Lift the lock"),
        explain=[
            _(
                "After five failures nobody can sign in with this staff number for fifteen minutes; then it opens by itself."
            ),
            _("Ask first whether it was the person: the failures stand in the audit chain."),
        ],
    )

    def do(values: dict) -> HttpResponse:
        verbs.lift_lock(by=request.user, person=person, **values)
        messages.success(request, _("%s can sign in again.") % person)
        return redirect("registry:person", person.pk)

    return act(request, page, ReasonForm(posted(request)), do)


@_ACTS
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a person's name."""
    person = visible_person(request, pk)
    access.check_account(person, request.user)
    page = _page(
        person,
        _("Change the name of %s"),
        _("Save"),
        explain=[_("What is filed and posted keeps the name it had. What is submitted from then on has the new one.")],
        confirmed=_who_confirms(request, Act.PERSON_RENAME, person),
    )

    def do(values: dict) -> HttpResponse:
        outcome = verbs.rename_person(by=request.user, person=person, **values)
        return acted(request, outcome, "", reverse("registry:person", args=[person.pk]))

    return act(request, page, RenameForm(posted(request), initial={"name": person.name}), do)


@_ACTS
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the account of somebody who leaves."""
    person = visible_person(request, pk)
    access.check_account(person, request.user)
    page = _page(
        person,
        _("Close the account of %s"),
        _("Close the account"),
        explain=[
            _("Posts and roles end with the last day, the account is closed and signed out at once."),
            _("What was declared and decided stays. To give a post to somebody else, hand it over first."),
        ],
        confirmed=_who_confirms(request, Act.PERSON_END, person),
        numbers=_numbers(person),
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        outcome = verbs.end_person(by=request.user, person=person, **values)
        said = _("The account of %s is closed.") % person
        return acted(request, outcome, said, reverse("registry:person", args=[person.pk]))

    return act(request, page, EndForm(posted(request)), do)


def _numbers(person: Person) -> list[tuple[str, int]]:
    load = verbs.load_of(person)
    return [(_("Declarations not filed yet"), load.declarations), (_("Approvals waiting"), load.approvals)]


# --- Appointments --------------------------------------------------------------------------------------------------------


def _kept_appointment(request: HttpRequest, pk: int) -> Appointment:
    places = access.administered_organizations(request.user).order_by().values("pk")
    found = get_object_or_404(
        Appointment.objects.select_related("person", "post__organization"), pk=pk, post__organization__in=places
    )
    access.check_administer(found.post.organization, request.user)
    return found


@_ACTS
def appointment_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End an appointment."""
    appointment = _kept_appointment(request, pk)
    page = _appointment_page(
        appointment,
        _("End the appointment of %s"),
        _("End it"),
        explain=[
            _("Drafts stay with the person, to be read only. Roles do not end with the post."),
        ],
        confirmed=who_confirms(request, Act.APPOINTMENT_END, appointment.post.organization, appointment.person),
    )

    def do(values: dict) -> HttpResponse:
        outcome = verbs.end_appointment(by=request.user, appointment=appointment, **values)
        said = _("The appointment of %s ends.") % appointment.person
        return acted(request, outcome, said, reverse("registry:post", args=[appointment.post_id]))

    return act(request, page, EndForm(posted(request)), do)


@_ACTS
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """End an appointment and let somebody else hold the post from the next day on."""
    appointment = _kept_appointment(request, pk)
    candidates = access.administered_people(request.user, Permission.MANAGE_ACCOUNTS)
    held = Assignment.objects.live(timezone.localdate()).filter(
        person=appointment.person,
        organization__in=[appointment.post.organization_id, appointment.post.organization.parent_id],
    )
    explain = [
        _("Declarations not filed yet stay with the old holder, to be read only; the new holder begins their own."),
        _("What waits for a decision follows the roles, not the post."),
    ]
    if held:
        explain.append(
            _("Roles the old holder goes on holding until the security administrator ends them: %s.")
            % names_of(assignment.get_role_display() for assignment in held)
        )
    page = _appointment_page(
        appointment,
        _("Hand over the post of %s"),
        _("Hand over"),
        explain=explain,
        confirmed=who_confirms(request, Act.HAND_OVER, appointment.post.organization),
    )
    form = HandOverForm(posted(request), people=candidates, initial={"rank": appointment.rank})

    def do(values: dict) -> HttpResponse:
        outcome = verbs.hand_over(by=request.user, appointment=appointment, **values)
        said = _("%(person)s holds the post “%(post)s”.") % {"person": values["person"], "post": appointment.post}
        return acted(request, outcome, said, reverse("registry:post", args=[appointment.post_id]))

    return act(request, page, form, do)


def _appointment_page(appointment: Appointment, heading: str, button: str, explain: list[str], confirmed: str) -> Page:
    return Page(
        heading=heading % appointment.person,
        lead=f"{appointment.post.organization} · {appointment.post}",
        back_url=reverse("registry:post", args=[appointment.post_id]),
        back=appointment.post.name,
        button=button,
        explain=explain,
        confirmed=confirmed,
        numbers=_numbers(appointment.person),
    )


# --- Roles and recusals --------------------------------------------------------------------------------------------------


@_ACTS
def give_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give somebody a role on an organization."""
    organization = administered(request, pk)
    access.check_give_roles(organization, request.user)
    form = RoleForm(
        posted(request),
        kind=organization.kind,
        people=access.administered_people(request.user, Permission.MANAGE_ROLES),
        initial={"person": request.GET.get("person", "")[:150]},
    )
    page = Page(
        heading=_("Give a role on %s") % organization,
        lead=organization.code,
        back_url=url_of(organization),
        back=organization.name,
        button=_("Give the role"),
        explain=[
            _("Its rights hold from the first day on, not before it is confirmed. Open approvals are asked afresh.")
        ],
        confirmed=who_confirms(request, Act.ROLE_GIVE, organization),
    )

    def do(values: dict) -> HttpResponse:
        outcome = verbs.assign(by=request.user, organization=organization, **values)
        return acted(request, outcome, "", url_of(organization))

    return act(request, page, form, do)


@_ACTS
def end_role(request: HttpRequest, pk: int) -> HttpResponse:
    """End a role."""
    found = _given(request, Assignment, pk)
    page = Page(
        heading=_("End the role “%(role)s” of %(person)s") % {"role": found.get_role_display(), "person": found.person},
        lead=found.organization.name,
        back_url=url_of(found.organization),
        back=found.organization.name,
        button=_("End it"),
        explain=[_("With a last day in the past its rights are gone at once. Open approvals are asked afresh.")],
        confirmed=who_confirms(request, Act.ROLE_END, found.organization, found.person),
    )

    def do(values: dict) -> HttpResponse:
        outcome = verbs.end_assignment(by=request.user, assignment=found, **values)
        return acted(request, outcome, _("The role of %s ends.") % found.person, url_of(found.organization))

    return act(request, page, EndForm(posted(request)), do)


@_ACTS
def recuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter that somebody has nothing to do with an organization."""
    organization = administered(request, pk)
    access.check_give_roles(organization, request.user)
    form = RecusalForm(
        posted(request),
        people=access.administered_people(request.user, Permission.MANAGE_ROLES),
        initial={"person": request.GET.get("person", "")[:150]},
    )
    page = Page(
        heading=_("Recuse somebody from %s") % organization,
        lead=organization.code,
        back_url=url_of(organization),
        back=organization.name,
        button=_("Recuse"),
        explain=[_("The person sees and decides nothing of it and of what is below it, whatever their roles.")],
        confirmed=who_confirms(request, Act.RECUSAL_ENTER, organization),
    )

    def do(values: dict) -> HttpResponse:
        outcome = verbs.recuse(by=request.user, organization=organization, **values)
        said = _("%(person)s is recused from %(organization)s.")
        said %= {"person": values["person"], "organization": organization}
        return acted(request, outcome, said, url_of(organization))

    return act(request, page, form, do)


@_ACTS
def end_recusal(request: HttpRequest, pk: int) -> HttpResponse:
    """End a recusal."""
    found = _given(request, Recusal, pk)
    page = Page(
        heading=_("End the recusal of %s") % found.person,
        lead=found.organization.name,
        back_url=url_of(found.organization),
        back=found.organization.name,
        button=_("End it"),
        explain=[_("After its last day the person's roles count there again.")],
        confirmed=who_confirms(request, Act.RECUSAL_END, found.organization, found.person),
    )

    def do(values: dict) -> HttpResponse:
        outcome = verbs.end_recusal(by=request.user, recusal=found, **values)
        return acted(request, outcome, _("The recusal of %s ends.") % found.person, url_of(found.organization))

    return act(request, page, EndForm(posted(request)), do)


def _given(request: HttpRequest, model: type[Assignment] | type[Recusal], pk: int) -> Assignment | Recusal:
    """Return a role or recusal for who keeps it; 404 for who does not administer its place."""
    places = access.administered_organizations(request.user).order_by().values("pk")
    found = get_object_or_404(model.objects.select_related("person", "organization"), pk=pk, organization__in=places)
    access.check_give_roles(found.organization, request.user)
    return found


def _page(person: Person, heading: str, button: str, **rest) -> Page:
    url = reverse("registry:person", args=[person.pk])
    return Page(heading=heading % person, lead=person.username, back_url=url, back=person.name, button=button, **rest)
