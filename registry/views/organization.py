"""Pages of the organization: its tree, one organization, one post, and what an administrator does to them."""

from collections import defaultdict
from collections.abc import Iterable

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from .. import access
from ..actions import organization as verbs
from ..forms.organization import (
    AppointForm,
    EndForm,
    MergeForm,
    MoveForm,
    PartForm,
    PostChangeForm,
    PostForm,
    RenameForm,
    SearchForm,
    SplitForm,
    roles_on,
)
from ..models import Appointment, Assignment, Organization, Post, Recusal
from ..querysets.people import named
from ..roles import Permission, Role
from ..rules import PARENTS, OrganizationKind
from .acting import Page, act, posted
from .chronicle import chronicle_of, chronicle_of_post
from .paging import page_context

PAGE = 100
EVENTS = 20
_ACTS = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def organizations(request: HttpRequest) -> HttpResponse:
    """The tree of what the person administers, with codes and dates; what is closed on demand."""
    access.check_administers(request.user)
    form = SearchForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"q": "", "closed": False}
    today = timezone.localdate()
    found = access.administered_organizations(request.user)
    if asked["q"]:
        found = found.filter(named(asked["q"], "name", "code"))
    if not asked["closed"]:
        found = found.filter(Q(closed_on=None) | Q(closed_on__gte=today))
    found = found.annotate(
        post_count=Count("posts", filter=Q(posts__closed_on=None) | Q(posts__closed_on__gte=today))
    ).order_by("tree_from")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "found": page.object_list, "page": page_context(request, page), "is_search": asked["q"]}
    context["today"] = today
    return render(request, "registry/organizations.html", context, status=200 if form.is_valid() else 422)


def administered(request: HttpRequest, pk: int) -> Organization:
    """Return the organization if the person administers it, else answer 404."""
    return get_object_or_404(access.administered_organizations(request.user).select_related("parent"), pk=pk)


def kept(request: HttpRequest, pk: int) -> Organization:
    """Return the organization for who keeps it; 404 for who does not see it, 403 for who keeps its roles only."""
    organization = administered(request, pk)
    access.check_administer(organization, request.user)
    return organization


def kept_post(request: HttpRequest, pk: int) -> Post:
    """Return the post likewise."""
    post = visible_post(request, pk)
    access.check_administer(post.organization, request.user)
    return post


def visible_post(request: HttpRequest, pk: int) -> Post:
    """Return the post if the person administers its organization, else answer 404."""
    places = access.administered_organizations(request.user).order_by().values("pk")
    return get_object_or_404(Post.objects.select_related("organization__parent"), pk=pk, organization__in=places)


def url_of(organization: Organization) -> str:
    """Return the address of an organization's page."""
    return reverse("registry:organization", args=[organization.pk])


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One organization: its parts, posts with their holders, roles, recusals, and what happened to it."""
    organization = administered(request, pk)
    today = timezone.localdate()
    assignments = list(
        Assignment.objects.filter(organization=organization).select_related("person").order_by("starts_on", "pk")
    )
    lasting = [each for each in assignments if each.ends_on is None or each.ends_on >= today]
    holders = Appointment.objects.live(today).select_related("person").order_by("starts_on", "pk")
    events = Paginator(chronicle_of(organization), EVENTS).get_page(request.GET.get("page"))
    context = {
        "organization": organization,
        "above": _above(request, organization),
        "parts": _parts(organization, today),
        "posts": Post.objects.filter(organization=organization).prefetch_related(
            Prefetch("appointments", holders, to_attr="holders")
        ),
        "roles": [
            {"label": role.label, "held": [each for each in lasting if each.role == role]}
            for role in roles_on(organization.kind)
        ],
        "ended": [each for each in assignments if each.ends_on is not None and each.ends_on < today],
        "recusals": Recusal.objects.filter(organization=organization)
        .select_related("person")
        .order_by("starts_on", "pk"),
        "events": events.object_list,
        "page": page_context(request, events),
        "today": today,
        "is_open": organization.closed_on is None,
        "is_over": organization.closed_on is not None and organization.closed_on < today,
        "is_section": organization.kind == OrganizationKind.SECTION,
        "has_posts": organization.kind != OrganizationKind.REGION,
        "keeps": not access.refusal(access.check_administer, organization, request.user),
        "gives_roles": not access.refusal(access.check_give_roles, organization, request.user),
    }
    return render(request, "registry/organization.html", context)


def _above(request: HttpRequest, organization: Organization) -> list[Organization]:
    """Return what the organization is a part of, from the top, as far as the person administers it."""
    return list(
        access.administered_organizations(request.user)
        .filter(tree_from__lt=organization.tree_from, tree_to__gte=organization.tree_to)
        .order_by("tree_from")
    )


def _parts(organization: Organization, today) -> list[dict]:
    """Return the parts with those who lead and supervise them today."""
    people = defaultdict(lambda: defaultdict(list))
    held = Assignment.objects.live(today).filter(
        organization__parent=organization, role__in=[Role.SECTION_HEAD, Role.SUPERVISING_LEADER, Role.PRINCIPAL_LEADER]
    )
    for assignment in held.select_related("person").order_by("starts_on", "pk"):
        people[assignment.organization_id][assignment.role].append(assignment.person)
    return [
        {
            "organization": part,
            "heads": people[part.pk][Role.SECTION_HEAD] + people[part.pk][Role.PRINCIPAL_LEADER],
            "supervisors": people[part.pk][Role.SUPERVISING_LEADER],
        }
        for part in Organization.objects.filter(parent=organization).order_by("tree_from")
    ]


# --- What is done to an organization -------------------------------------------------------------------------------------


@_ACTS
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a part of an organization."""
    parent = kept(request, pk)
    form = PartForm(posted(request), parent=parent)
    page = Page(
        heading=_("Make a part of %s") % parent,
        back_url=url_of(parent),
        back=parent.name,
        button=_("Make it"),
        explain=[_("It stands at the end of its parts. The code cannot be changed later.")],
    )

    def do(values: dict) -> HttpResponse:
        made = verbs.create_organization(by=request.user, parent=parent, **values)
        messages.success(request, _("Made: %s.") % made)
        return redirect("registry:organization", made.pk)

    return act(request, page, form, do)


@_ACTS
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an organization another name."""
    organization = kept(request, pk)
    form = RenameForm(posted(request), initial={"name": organization.name})
    page = _page(
        organization,
        _("Rename %s"),
        _("Rename"),
        explain=[_("What is filed and posted keeps the name it had. What is submitted from now on has the new one.")],
    )

    def do(values: dict) -> HttpResponse:
        verbs.rename_organization(by=request.user, organization=organization, **values)
        return _done(request, organization, _("Renamed: %s.") % values["name"])

    return act(request, page, form, do)


@_ACTS
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Hang an organization below another one."""
    organization = kept(request, pk)
    above = [kind for kind in PARENTS[OrganizationKind(organization.kind)] if kind]
    targets = _open_ones(request).filter(kind__in=above, depth=organization.depth - 1)
    targets = targets.exclude(pk=organization.parent_id)
    form = MoveForm(posted(request), targets=targets)
    page = _page(
        organization,
        _("Move %s"),
        _("Move it"),
        explain=[
            _("Everything below it moves along: posts, holders, declarations, the ledger, notices, open approvals."),
            _(
                "What is filed keeps its number and the names it was filed under; what is not filed yet goes to the new place."
            ),
            _("Roles and recusals stay; who decides is worked out afresh. It takes effect at once."),
        ],
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        verbs.move_organization(
            by=request.user, organization=organization, parent=values["target"], reason=values["reason"]
        )
        return _done(request, organization, _("Moved: %s.") % organization)

    return act(request, page, form, do)


@_ACTS
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Merge an organization into another one of its level."""
    organization = kept(request, pk)
    targets = _open_ones(request).filter(kind=organization.kind, depth=organization.depth).exclude(pk=organization.pk)
    form = MergeForm(posted(request), targets=targets)
    page = _page(
        organization,
        _("Merge %s into another"),
        _("Merge"),
        explain=[
            _(
                "Its parts and posts go to the other one, with holders, declarations, the ledger, notices, open approvals."
            ),
            _("It is closed, its last day being the one before. Roles on it end; those on the other one stay."),
            _(
                "Whoever is recused from it is recused from the other one, too. It takes effect at once and cannot be undone."
            ),
        ],
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        target = values["target"]
        verbs.merge_organizations(
            by=request.user, source=organization, target=target, on=values["on"], reason=values["reason"]
        )
        said = _("%(source)s was merged into %(target)s.") % {"source": organization, "target": target}
        return _done(request, target, said)

    return act(request, page, form, do)


@_ACTS
def split(request: HttpRequest, pk: int) -> HttpResponse:
    """Split posts of a section off into a new one."""
    organization = kept(request, pk)
    form = SplitForm(posted(request), source=organization)
    page = _page(
        organization,
        _("Split %s"),
        _("Split it"),
        explain=[
            _("A new section is made beside it; the posts you choose go there with holders, declarations and ledger."),
            _("Nobody has a role on the new section yet; the security administrator gives them."),
            _("Whoever is recused from it is recused from the new section, too. It takes effect at once."),
        ],
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        values = {**values, "posts": list(values["posts"])}
        made = verbs.split_organization(by=request.user, source=organization, **values)
        return _done(request, made, _("Made: %s.") % made)

    return act(request, page, form, do)


@_ACTS
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an organization on which nothing hangs any more."""
    organization = kept(request, pk)
    form = EndForm(posted(request))
    page = _page(
        organization,
        _("Close %s"),
        _("Close it"),
        explain=[
            _("After its last day nobody holds a post or role in it. What is filed stays in the ledger."),
            _("Its posts close and roles on it end with it. It cannot be opened again."),
        ],
        obstacles=verbs.closing_obstacles(organization, timezone.localdate()) if request.method != "POST" else (),
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        verbs.close_organization(by=request.user, organization=organization, **values)
        return _done(request, organization, _("Closed: %s.") % organization)

    return act(request, page, form, do)


def _open_ones(request: HttpRequest) -> QuerySet[Organization]:
    found = access.administered_organizations(request.user, Permission.MANAGE_ACCOUNTS)
    return found.filter(closed_on=None).select_related("parent")


def _page(organization: Organization, heading: str, button: str, **rest) -> Page:
    return Page(
        heading=heading % organization,
        lead=organization.code,
        back_url=url_of(organization),
        back=organization.name,
        button=button,
        **rest,
    )


def _done(request: HttpRequest, organization: Organization, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("registry:organization", organization.pk)


# --- Posts ---------------------------------------------------------------------------------------------------------------


@_ACTS
def post_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a post of a section or of a unit's leadership team."""
    organization = kept(request, pk)
    page = _page(organization, _("Make a post of %s"), _("Make it"))

    def do(values: dict) -> HttpResponse:
        made = verbs.create_post(by=request.user, organization=organization, **values)
        messages.success(request, _("Made: %s.") % made)
        return redirect("registry:post", made.pk)

    return act(request, page, PostForm(posted(request)), do)


@require_safe
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """One post: its duties, who holds and held it, what happened to it."""
    found = visible_post(request, pk)
    appointments = found.appointments.select_related("person").order_by("-starts_on", "-pk")
    page = Paginator(appointments, EVENTS).get_page(request.GET.get("page"))
    today = timezone.localdate()
    context = {
        "post": found,
        "appointments": page.object_list,
        "page": page_context(request, page),
        "events": chronicle_of_post(found)[:EVENTS],
        "today": today,
        "is_open": found.closed_on is None,
        "is_over": found.closed_on is not None and found.closed_on < today,
        "keeps": not access.refusal(access.check_administer, found.organization, request.user),
    }
    return render(request, "registry/post.html", context)


@_ACTS
def post_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change name and duties of a post."""
    found = kept_post(request, pk)
    form = PostChangeForm(posted(request), initial={"name": found.name, "duties": found.duties})
    page = _post_page(
        found,
        _("Change the post %s"),
        _("Save"),
        explain=[_("What is filed and posted keeps the name it had. What is submitted from now on has the new one.")],
    )

    def do(values: dict) -> HttpResponse:
        verbs.change_post(by=request.user, post=found, **values)
        return _post_done(request, found, _("Saved: “%s”.") % values["name"])

    return act(request, page, form, do)


@_ACTS
def post_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Let another section or unit have a post."""
    found = kept_post(request, pk)
    targets = _open_ones(request).exclude(kind=OrganizationKind.REGION).exclude(pk=found.organization_id)
    page = _post_page(
        found,
        _("Move the post %s"),
        _("Move it"),
        explain=[
            _(
                "Its holders, declarations, ledger entries and open approvals go along; what is filed keeps number and names."
            ),
            _("Whoever is recused from the old place is recused from the new one, too. It takes effect at once."),
        ],
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        verbs.move_post(by=request.user, post=found, organization=values["target"], reason=values["reason"])
        return _post_done(request, found, _("Moved: %s.") % found)

    return act(request, page, MoveForm(posted(request), targets=targets), do)


@_ACTS
def post_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a post nobody holds any more."""
    found = kept_post(request, pk)
    page = _post_page(
        found,
        _("Close the post %s"),
        _("Close it"),
        explain=[_("After its last day nobody holds it. What is filed stays in the ledger.")],
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        verbs.close_post(by=request.user, post=found, **values)
        return _post_done(request, found, _("Closed: %s.") % found)

    return act(request, page, EndForm(posted(request)), do)


@_ACTS
def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody hold a post."""
    found = kept_post(request, pk)
    people = access.administered_people(request.user, Permission.MANAGE_ACCOUNTS)
    form = AppointForm(posted(request), people=people, initial={"person": request.GET.get("person", "")[:150]})
    page = _post_page(
        found,
        _("Appoint somebody to the post %s"),
        _("Appoint"),
        explain=[_("The holder declares the risks of the post. Roles such as section head are given apart from it.")],
    )

    def do(values: dict) -> HttpResponse:
        verbs.appoint(by=request.user, post=found, **values)
        said = _("%(person)s holds the post “%(post)s”.") % {"person": values["person"], "post": found}
        return _post_done(request, found, said)

    return act(request, page, form, do)


def _post_page(post: Post, heading: str, button: str, **rest) -> Page:
    url = reverse("registry:post", args=[post.pk])
    return Page(
        heading=heading % post, lead=post.organization.name, back_url=url, back=post.name, button=button, **rest
    )


def _post_done(request: HttpRequest, post: Post, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("registry:post", post.pk)


def names_of(people: Iterable) -> str:
    """Return names for a sentence."""
    return _(", ").join(str(person) for person in people) or _("nobody")
