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
    PostCloseForm,
    PostForm,
    RenameForm,
    SearchForm,
    SplitForm,
    SuccessorField,
    SuccessorForm,
    roles_on,
)
from ..models import Appointment, Assignment, OptOut, Organization, Post, Recusal
from ..querysets.people import named
from ..roles import Permission, Role
from ..rules import PARENTS, Act, OrganizationKind
from .acting import Concern, Page, act, acted, posted, who_confirms
from .chronicle import chronicle_of, chronicle_of_post
from .confirmations import open_entries
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
        "posts": Post.objects.filter(organization=organization)
        .select_related("successor")
        .prefetch_related(Prefetch("appointments", holders, to_attr="holders"))
        .with_points(),
        "roles": [
            {"label": role.label, "held": [each for each in lasting if each.role == role]}
            for role in roles_on(organization.kind)
        ],
        "ended": [each for each in assignments if each.ends_on is not None and each.ends_on < today],
        "recusals": Recusal.objects.filter(organization=organization)
        .select_related("person")
        .order_by("starts_on", "pk"),
        "open_entries": open_entries(request, Q(organization=organization) | Q(other=organization)),
        "opt_outs": OptOut.objects.told().filter(unit=organization)[:EVENTS],
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
            _("Roles and recusals stay; who decides is worked out afresh."),
        ],
        confirmed=who_confirms(request, Act.ORGANIZATION_MOVE, organization),
        **_moving(verbs.affected_below(organization, by=request.user)),
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        outcome = verbs.move_organization(
            by=request.user, organization=organization, parent=values["target"], reason=values["reason"]
        )
        return acted(request, outcome, _("Moved: %s.") % organization, url_of(organization))

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
            _("Whoever is recused from it is recused from the other one, too. It cannot be undone."),
        ],
        confirmed=who_confirms(request, Act.ORGANIZATION_MERGE, organization),
        **_moving(verbs.affected_below(organization, by=request.user)),
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        target = values["target"]
        outcome = verbs.merge_organizations(
            by=request.user, source=organization, target=target, on=values["on"], reason=values["reason"]
        )
        said = _("%(source)s was merged into %(target)s.") % {"source": organization, "target": target}
        return acted(request, outcome, said, url_of(target))

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
            _("The numbers above are of the whole section; with the posts you choose goes what is theirs."),
            _("Nobody has a role on the new section yet; the security administrator gives them."),
            _("Whoever is recused from it is recused from the new section, too."),
        ],
        confirmed=who_confirms(request, Act.ORGANIZATION_SPLIT, organization),
        **_moving(verbs.affected_below(organization, by=request.user)),
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        values = {**values, "posts": list(values["posts"])}
        outcome = verbs.split_organization(by=request.user, source=organization, **values)
        return acted(request, outcome, _("Made: %s.") % values["name"], url_of(organization))

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
        confirmed=who_confirms(request, Act.ORGANIZATION_CLOSE, organization),
        obstacles=verbs.closing_obstacles(organization, timezone.localdate()) if request.method != "POST" else (),
        **_closing(organization, verbs.affected_below(organization, by=request.user)),
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        outcome = verbs.close_organization(by=request.user, organization=organization, **values)
        return acted(request, outcome, _("Closed: %s.") % organization, url_of(organization))

    return act(request, page, form, do)


def _moving(affected: verbs.Affected) -> dict:
    """Return what a page says of that which goes to another place."""
    return _concerns(
        affected,
        points=[
            _("They go along, and with them at once the rights to see and to change them."),
            _("Their numbers stay, and the names they were filed under."),
        ],
        declarations=[_("They go along and are gone on with in the new place.")],
        notices=[_("They stay as they are posted, until their time is over.")],
        approvals=[_("They are asked afresh: whoever decides in the new place decides.")],
    )


def _closing(organization: Organization, affected: verbs.Affected) -> dict:
    """Return what a page says of that which stands and is open in an organization that ends."""
    if organization.kind == OrganizationKind.SECTION:
        points = [
            _("They stay in the ledger under their numbers, without a holder."),
            _("To have somebody answer for those of a post, close it on its own page first and name who takes over."),
            _("All others the unit's leadership team withdraws by a supplement (why: the organization changed)."),
        ]
    else:
        points = [
            _("They stay in the ledger under their numbers, and nobody can change or withdraw them any more."),
            _("If somebody is to answer for them, move its parts or merge it into another one instead."),
        ]
    return _concerns(
        affected,
        points=points,
        declarations=[_("What is not submitted stays with who wrote it, to be read only.")],
        notices=[_("They stay as they are posted, until their time is over.")],
        approvals=[_("They are decided or taken back first; until then it cannot be closed.")],
    )


def _concerns(affected: verbs.Affected, **outcomes: list[str]) -> dict:
    """Return the part of a page that says what an act touches; of what there is none nothing becomes."""
    lines = (
        (_("Risk points that stand"), affected.point_count, "points"),
        (_("Declarations not filed yet"), affected.declarations, "declarations"),
        (_("Public notices that are running"), affected.notices, "notices"),
        (_("Approvals waiting"), affected.approvals, "approvals"),
    )
    concerns = [Concern(label, number, outcomes[name] if number else ()) for label, number, name in lines]
    return {"affected": affected, "concerns": concerns}


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
    answered_for = Post.objects.answered_for_by(found)
    answering = Post.objects.passed_on().get(found.pk, [found.pk])[-1]
    context = {
        "post": found,
        "successor": found.successor,
        "is_answered_for": Appointment.objects.live(today).filter(post=answering).exists(),
        "predecessors": Post.objects.filter(successor=found).select_related("organization").order_by("closed_on", "pk"),
        "point_count": verbs.affected_of_posts(answered_for, by=request.user).point_count,
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
            _("Whoever is recused from the old place is recused from the new one, too."),
        ],
        confirmed=who_confirms(request, Act.POST_MOVE, found.organization),
        **_moving(verbs.affected_of_posts([found.pk], by=request.user)),
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        outcome = verbs.move_post(by=request.user, post=found, organization=values["target"], reason=values["reason"])
        return acted(request, outcome, _("Moved: %s.") % found, _post_url(found))

    return act(request, page, MoveForm(posted(request), targets=targets), do)


@_ACTS
def post_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a post nobody holds any more, and say who takes over what is filed for it."""
    found = kept_post(request, pk)
    affected = verbs.affected_of_posts(Post.objects.answered_for_by(found), by=request.user)
    form = PostCloseForm(
        posted(request), candidates=_candidates(request, found), must_choose=bool(affected.point_count)
    )
    page = _post_page(
        found,
        _("Close the post %s"),
        _("Close it"),
        explain=[_("After its last day nobody holds it. What is filed stays in the ledger.")],
        confirmed=who_confirms(request, Act.POST_CLOSE, found.organization),
        **_passing_on(found, affected),
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        outcome = verbs.close_post(by=request.user, post=found, **values)
        return acted(request, outcome, _("Closed: %s.") % found, _post_url(found))

    return act(request, page, form, do)


@_ACTS
def post_successor(request: HttpRequest, pk: int) -> HttpResponse:
    """Say who takes over the duties of a post that is closed."""
    found = kept_post(request, pk)
    initial = {"successor": str(found.successor_id) if found.successor_id else SuccessorField.NOBODY}
    form = SuccessorForm(posted(request), candidates=_candidates(request, found), initial=initial)
    affected = verbs.affected_of_posts(Post.objects.answered_for_by(found), by=request.user)
    page = _post_page(
        found,
        _("Who takes over the post %s"),
        _("Save"),
        confirmed=who_confirms(request, Act.POST_SUCCESSOR, found.organization),
        **_passing_on(found, affected),
    )

    def do(values: dict) -> HttpResponse:
        outcome = verbs.name_successor(by=request.user, post=found, **values)
        successor = values["successor"]
        said = _("“%s” takes over its duties.") % successor if successor else _("Nobody takes over its duties.")
        return acted(request, outcome, said, _post_url(found))

    return act(request, page, form, do)


def _candidates(request: HttpRequest, post: Post) -> QuerySet[Post]:
    """Return the posts that can take over, with their holders of today, where the person keeps posts."""
    places = access.administered_organizations(request.user, Permission.MANAGE_ACCOUNTS).order_by().values("pk")
    holders = Appointment.objects.live(timezone.localdate()).select_related("person").order_by("starts_on", "pk")
    found = verbs.possible_successors(post).filter(organization__in=places)
    return found.prefetch_related(Prefetch("appointments", holders, to_attr="holders"))


def _passing_on(post: Post, affected: verbs.Affected) -> dict:
    """Return what a page says of that which stands and is open for a post that ends."""
    if post.organization.kind == OrganizationKind.UNIT:
        otherwise = _(
            "If nobody does, they stand on the list of points without a holder until the leadership team withdraws them by a "
            "supplement (why: the organization changed)."
        )
    else:
        otherwise = _(
            "If nobody does, they stand on the list of points without a holder until the section withdraws them by a "
            "supplement (why: the organization changed)."
        )
    return _concerns(
        affected,
        points=[
            _("They stay in the ledger under their numbers."),
            _(
                "If a post takes over, its holder finds them under “In the ledger” and confirms, changes or withdraws them "
                "by a supplement."
            ),
            otherwise,
        ],
        declarations=[
            _("What is not submitted stays with who wrote it, to be read only; what is under review goes on."),
        ],
        notices=[_("They stay as they are posted, until their time is over.")],
        approvals=[_("They go on; what comes to be filed stands for whoever takes over.")],
    )


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
        confirmed=who_confirms(request, Act.APPOINT, found.organization),
    )

    def do(values: dict) -> HttpResponse:
        outcome = verbs.appoint(by=request.user, post=found, **values)
        said = _("%(person)s holds the post “%(post)s”.") % {"person": values["person"], "post": found}
        return acted(request, outcome, said, _post_url(found))

    return act(request, page, form, do)


def _post_page(post: Post, heading: str, button: str, **rest) -> Page:
    url = _post_url(post)
    return Page(
        heading=heading % post, lead=post.organization.name, back_url=url, back=post.name, button=button, **rest
    )


def _post_url(post: Post) -> str:
    return reverse("registry:post", args=[post.pk])


def _post_done(request: HttpRequest, post: Post, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("registry:post", post.pk)


def names_of(people: Iterable) -> str:
    """Return names for a sentence."""
    return _(", ").join(str(person) for person in people) or _("nobody")
