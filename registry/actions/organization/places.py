"""Verbs on organizations and posts: what begins, ends, moves, is merged and split.

Whatever moves takes its rows along (`_resettle`). Of what is filed only the position follows; names, numbers and the
organization it was filed under stay as they were.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import F, Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from ... import access
from ...models import (
    Appointment,
    Approval,
    Assignment,
    Declaration,
    Meeting,
    NoticeLine,
    Organization,
    Person,
    PointVersion,
    Post,
    PublicNotice,
    RiskPoint,
    Suggestion,
)
from ...rules import (
    PARENTS,
    Act,
    ApprovalState,
    DeclarationState,
    Gap,
    Incomplete,
    MeetingState,
    OrganizationKind,
    PointState,
    Refused,
    SuggestionState,
    free_place,
)
from ...rules.tree import ROOTS
from .. import approvals
from ..audit import record
from ..confirmations import Concern, entered
from .roles import keep_recused, put_end, recusals_over

Rows = Mapping[type[Model], QuerySet]
# Everything that has a place in the tree. Upper floors add theirs: rows with a `position`, and some with a `post`.
_PLACED: list[type[Model]] = [Declaration, PointVersion, Approval, PublicNotice, NoticeLine, Meeting]
_OWN = tuple(_PLACED)


def let_follow(*models: type[Model]) -> None:
    """Let rows of an upper floor follow when organizations and posts move; called when it starts up."""
    _PLACED.extend(models)


# --- Organizations -------------------------------------------------------------------------------------------------------


@transaction.atomic
def create_organization(
    *, by: Person, kind: str, code: str, name: str, parent: Organization | None = None, opened_on: dt.date | None = None
) -> Organization:
    """Make an organization at the end of its parent's parts."""
    _lock_tree()
    access.check_make_place(parent, by)
    if (parent.kind if parent else None) not in PARENTS[OrganizationKind(kind)]:
        raise Refused(_("A %(kind)s cannot stand there in the tree.") % {"kind": OrganizationKind(kind).label})
    _check_open(parent)
    _check_new_code(code)
    _check_new_name(parent, name)
    tree_from, tree_to, depth = _free_place(parent)
    organization = Organization(
        kind=kind,
        code=code,
        name=name,
        parent=parent,
        tree_from=tree_from,
        tree_to=tree_to,
        depth=depth,
        opened_on=opened_on,
    )
    organization._history_user = by
    organization.save(force_insert=True)
    record("organization.create", by=by, subject=organization, content=[kind, code, name])
    return organization


@transaction.atomic
def rename_organization(*, by: Person, organization: Organization, name: str, reason: str) -> None:
    """Change the name from now on; what is filed keeps the name it was filed under."""
    organization = _locked(organization)
    access.check_administer(organization, by)
    _check_open(organization)
    if name != organization.name:
        _check_new_name(organization.parent, name)
    organization.name = name
    _save(organization, "name", by=by, reason=reason)
    record("organization.rename", by=by, subject=organization, content=[name, reason])


@entered(
    Act.ORGANIZATION_MOVE,
    concern=lambda organization, parent, **_rest: Concern(None, organization, parent),
    before=lambda organization, **_rest: {"parent": _now(organization).parent},
)
@transaction.atomic
def move_organization(*, by: Person, organization: Organization, parent: Organization, reason: str) -> None:
    """Hang an organization with everything below it under another parent of the same kind; all positions follow.

    Parents of one kind at the same depth only: widths are fixed by depth, so the whole subtree shifts by one distance.
    """
    _lock_tree()
    organization, parent = _locked(organization), _locked(parent)
    access.check_administer(organization, by)
    access.check_administer(parent, by)
    _check_open(organization)
    _check_open(parent)
    _check_hangs(organization, parent)
    if organization.parent_id == parent.pk:
        raise Refused(
            _("%(organization)s is a part of %(parent)s already.") % {"organization": organization, "parent": parent}
        )
    _check_new_name(parent, organization.name)
    _hang(organization, parent, by=by, reason=reason)
    approvals.ask_again(organization)
    record("organization.move", by=by, subject=organization, content=[parent.pk, reason])


@entered(Act.ORGANIZATION_MERGE, concern=lambda source, target, **_rest: Concern(None, source, target))
@transaction.atomic
def merge_organizations(*, by: Person, source: Organization, target: Organization, on: dt.date, reason: str) -> None:
    """Let `target` go on with everything of `source`: parts, posts with their holders, rows. `source` is closed.

    Roles on `source` end the day before; those on `target` stay. Raises Incomplete with all obstacles at once.
    """
    _lock_tree()
    source, target = _locked(source), _locked(target)
    for organization in (source, target):
        access.check_administer(organization, by)
        _check_open(organization)
    _check_day(on)
    if obstacles := merging_obstacles(source, target, on):
        raise _incomplete(_("%(source)s cannot be merged into %(target)s yet."), obstacles, source, target)
    recused = recusals_over(source)
    for part in Organization.objects.filter(parent=source).order_by("tree_from"):
        _hang(part, target, by=by, reason=reason)
    own = {model: model.objects.filter(position=source.tree_from) for model in _PLACED}
    _resettle(own, target.tree_from, organization=target)
    Suggestion.objects.filter(section=source, state=SuggestionState.OPEN).update(section=target)
    posts = list(Post.objects.filter(organization=source).order_by("pk"))
    Post.objects.filter(organization=source).update(organization=target)
    _remember(posts, by=by, reason=reason)
    last = max(on - dt.timedelta(days=1), source.opened_on or dt.date.min)
    _end_roles(source, last, by=by, reason=reason)
    with override(settings.LANGUAGE_CODE):
        into = _("merged into %(code)s: %(reason)s") % {"code": target.code, "reason": reason}
        out_of = _("%(code)s merged into it: %(reason)s") % {"code": source.code, "reason": reason}
    source.closed_on = last
    _save(source, "closed_on", by=by, reason=into)
    _remember([target], by=by, reason=out_of)
    keep_recused(recused, target, by=by)
    approvals.ask_again(target)
    record("organization.merge", by=by, subject=source, content=[target.pk, on.isoformat(), reason])


def merging_obstacles(source: Organization, target: Organization, on: dt.date | None = None) -> list[str]:
    """Return everything that keeps `source` from being merged into `target`."""
    if source.kind == OrganizationKind.REGION:
        return [_("Regions are not merged; move their units.")]
    if source.pk == target.pk or (source.kind, source.depth) != (target.kind, target.depth):
        return [_("%(source)s and %(target)s do not stand on one level.") % {"source": source, "target": target}]
    found = []
    if on is not None and source.opened_on and on <= source.opened_on:
        found.append(
            _("%(organization)s was opened on %(day)s only.") % {"organization": source, "day": source.opened_on}
        )
    for names, sentence in (
        (Post.objects.filter(organization__in=[source, target]), _("Both have a post “%s”; rename one of them first.")),
        (
            Organization.objects.filter(parent__in=[source, target]),
            _("Both have a part “%s”; rename one of them first."),
        ),
    ):
        seen: set[str] = set()
        for name in names.order_by("pk").values_list("name", flat=True):
            if name in seen:
                found.append(sentence % name)
            seen.add(name)
    # A form of the organization itself would stand beside the target's own of the same year.
    for year in (
        Declaration.objects.filter(organization=source, appointment=None)
        .exclude(state=DeclarationState.FILED)
        .values_list("year", flat=True)
    ):
        found.append(
            _("The declaration of %(source)s itself for %(year)s is not filed.") % {"source": source, "year": year}
        )
    return found


@entered(Act.ORGANIZATION_SPLIT, concern=lambda source, **_rest: Concern(None, source))
@transaction.atomic
def split_organization(
    *, by: Person, source: Organization, code: str, name: str, posts: Sequence[Post], on: dt.date, reason: str
) -> Organization:
    """Make a new section beside `source` and let it take over some of its posts, with their holders and rows."""
    _lock_tree()
    source = _locked(source)
    access.check_administer(source, by)
    _check_open(source)
    _check_day(on)
    if source.kind != OrganizationKind.SECTION:
        raise Refused(_("Only sections are split. Of a unit, make another one and move sections to it."))
    chosen = list(
        Post.objects.select_for_update(of=("self",)).filter(organization=source, pk__in=[p.pk for p in posts])
    )
    if not chosen or len(chosen) != len(posts):
        raise Refused(_("Choose the posts of %s that go to the new section.") % source)
    section = create_organization(
        by=by, kind=OrganizationKind.SECTION, code=code, name=name, parent=source.parent, opened_on=on
    )
    _move_posts(chosen, section, by=by, reason=reason)
    with override(settings.LANGUAGE_CODE):
        _remember(
            [section], by=by, reason=_("split off %(code)s: %(reason)s") % {"code": source.code, "reason": reason}
        )
        _remember([source], by=by, reason=_("%(code)s split off it: %(reason)s") % {"code": code, "reason": reason})
    keep_recused(recusals_over(source), section, by=by)
    approvals.ask_again(section)
    record(
        "organization.split",
        by=by,
        subject=source,
        content=[section.pk, [post.pk for post in chosen], on.isoformat(), reason],
    )
    return section


@entered(Act.ORGANIZATION_CLOSE, concern=lambda organization, **_rest: Concern(None, organization))
@transaction.atomic
def close_organization(*, by: Person, organization: Organization, ends_on: dt.date, reason: str) -> None:
    """Close an organization after its last day. Its posts close and roles on it end with it; what is filed stays.

    Raises Incomplete with everything that still hangs on it.
    """
    _lock_tree()
    organization = _locked(organization)
    access.check_administer(organization, by)
    _check_open(organization)
    if obstacles := closing_obstacles(organization, ends_on):
        raise _incomplete(_("%(source)s cannot be closed yet."), obstacles, organization)
    for post in Post.objects.filter(organization=organization, closed_on=None):
        post.closed_on = ends_on
        _save(post, "closed_on", by=by, reason=reason)
    _end_roles(organization, ends_on, by=by, reason=reason)
    organization.closed_on = ends_on
    _save(organization, "closed_on", by=by, reason=reason)
    record("organization.close", by=by, subject=organization, content=[ends_on.isoformat(), reason])


def closing_obstacles(organization: Organization, ends_on: dt.date) -> list[str]:
    """Return everything that keeps an organization from being closed after `ends_on`."""
    found = []
    if organization.opened_on and ends_on < organization.opened_on:
        found.append(
            _("%(organization)s was opened on %(day)s only.")
            % {"organization": organization, "day": organization.opened_on}
        )
    beyond = Q(ends_on=None) | Q(ends_on__gt=ends_on)
    for appointment in (
        Appointment.objects.filter(beyond, post__organization=organization)
        .select_related("person", "post")
        .order_by("post", "pk")
    ):
        found.append(
            _("%(person)s still holds the post “%(post)s”.") % {"person": appointment.person, "post": appointment.post}
        )
    for part in Organization.objects.filter(Q(closed_on=None) | Q(closed_on__gt=ends_on), parent=organization):
        found.append(_("%(part)s is still open.") % {"part": part})
    waiting = Approval.objects.unfinished_within(organization.interval).told_to_anybody().count()
    if waiting:
        found.append(_("Approvals that are still open: %s.") % waiting)
    return found


# --- Posts ---------------------------------------------------------------------------------------------------------------


@transaction.atomic
def create_post(
    *, by: Person, organization: Organization, name: str, duties: str = "", opened_on: dt.date | None = None
) -> Post:
    """Make a post of a section, or of a unit's leadership."""
    access.check_make_place(organization, by)
    if organization.kind == OrganizationKind.REGION:
        raise Refused(_("Posts belong to a section or a unit."))
    _check_open(organization)
    _check_new_post_name(organization, name)
    post = Post(organization=organization, name=name, duties=duties, opened_on=opened_on)
    post._history_user = by
    post.save(force_insert=True)
    record("post.create", by=by, subject=post, content=[organization.pk, name])
    return post


@transaction.atomic
def change_post(*, by: Person, post: Post, name: str, duties: str, reason: str) -> None:
    """Change name and duties of a post from now on; what is filed keeps the name it was filed under."""
    post = _locked_post(post)
    access.check_administer(post.organization, by)
    if name != post.name:
        _check_new_post_name(post.organization, name)
    post.name, post.duties = name, duties
    _save(post, "name", "duties", by=by, reason=reason)
    record("post.change", by=by, subject=post, content=[name, duties, reason])


@entered(
    Act.POST_MOVE,
    concern=lambda post, organization, **_rest: Concern(None, post.organization, organization),
    before=lambda post, **_rest: {"organization": _now(post).organization},
)
@transaction.atomic
def move_post(*, by: Person, post: Post, organization: Organization, reason: str) -> None:
    """Let another section or unit have a post, with its holders and everything declared for it."""
    _lock_tree()
    post, organization = _locked_post(post), _locked(organization)
    access.check_administer(post.organization, by)
    access.check_administer(organization, by)
    if organization.kind == OrganizationKind.REGION:
        raise Refused(_("Posts belong to a section or a unit."))
    _check_open(organization)
    _check_open_post(post)
    if post.organization_id == organization.pk:
        raise Refused(
            _("%(post)s is a post of %(organization)s already.") % {"post": post, "organization": organization}
        )
    _check_new_post_name(organization, post.name)
    recused = recusals_over(post.organization)
    _move_posts([post], organization, by=by, reason=reason)
    keep_recused(recused, organization, by=by)
    approvals.ask_again(organization)
    record("post.move", by=by, subject=post, content=[organization.pk, reason])


@entered(
    Act.POST_CLOSE,
    concern=lambda post, successor=None, **_rest: Concern(
        None, post.organization, successor and successor.organization
    ),
)
@transaction.atomic
def close_post(*, by: Person, post: Post, ends_on: dt.date, reason: str, successor: Post | None = None) -> None:
    """Close a post after its last day; refused while somebody holds it beyond.

    `successor` takes over its duties, and with them answers for its filed risk points; None: its duties end.
    """
    post, successor = _locked_posts(post, successor)
    access.check_administer(post.organization, by)
    _check_open_post(post)
    if successor is not None:
        _check_successor(post, successor, by)
    if post.opened_on and ends_on < post.opened_on:
        raise Refused(_("%(organization)s was opened on %(day)s only.") % {"organization": post, "day": post.opened_on})
    beyond = Appointment.objects.filter(Q(ends_on=None) | Q(ends_on__gt=ends_on), post=post).select_related("person")
    if obstacles := [
        _("%(person)s still holds the post “%(post)s”.") % {"person": a.person, "post": post} for a in beyond
    ]:
        raise _incomplete(_("%(source)s cannot be closed yet."), obstacles, post)
    post.closed_on, post.successor = ends_on, successor
    _save(post, "closed_on", "successor", by=by, reason=reason)
    record(
        "post.close",
        by=by,
        subject=post,
        content=[ends_on.isoformat(), reason, successor and successor.pk],
    )


@entered(
    Act.POST_SUCCESSOR,
    concern=lambda post, successor, **_rest: Concern(None, post.organization, successor and successor.organization),
    before=lambda post, **_rest: {"successor": _now(post).successor},
)
@transaction.atomic
def name_successor(*, by: Person, post: Post, successor: Post | None, reason: str) -> None:
    """Say afterwards who takes over the duties of a closed post; None: nobody, they ended."""
    post, successor = _locked_posts(post, successor)
    access.check_administer(post.organization, by)
    if post.closed_on is None:
        raise Refused(_("The post “%s” is open; its successor is named when it is closed.") % post)
    if successor is not None:
        _check_successor(post, successor, by)
    live = Appointment.objects.live(timezone.localdate())
    being_changed = PointVersion.objects.filter(
        Q(declaration__appointment=None) | Q(declaration__appointment__in=live),
        replaces__post__in=Post.objects.answered_for_by(post),
        state=PointState.DRAFT,
    )
    if post.successor_id != (successor and successor.pk) and being_changed.exists():
        raise Refused(
            _(
                "Risk points of the post “%s” are being changed in an open declaration; that is filed or taken out first."
            )
            % post
        )
    post.successor = successor
    _save(post, "successor", by=by, reason=reason)
    record("post.successor", by=by, subject=post, content=[successor and successor.pk, reason])


def possible_successors(post: Post) -> QuerySet[Post]:
    """Return the posts that can take over the duties of a post: the open ones of the same unit, in the order of the tree."""
    unit = access.nearest(post.organization, OrganizationKind.UNIT)
    return (
        Post.objects.filter(organization__tree_from__range=unit.interval, closed_on=None)
        .exclude(pk=post.pk)
        .select_related("organization")
        .order_by("organization__tree_from", "pk")
    )


# --- How things move -----------------------------------------------------------------------------------------------------


def _hang(organization: Organization, parent: Organization, *, by: Person, reason: str) -> None:
    """Give a subtree its place below another parent; `organization` is read again."""
    recused = recusals_over(organization)
    tree_from, _tree_to, _depth = _free_place(parent)
    distance = tree_from - organization.tree_from
    inside = organization.interval
    moved = list(Organization.objects.filter(tree_from__range=inside))
    Organization.objects.filter(pk=organization.pk).update(parent=parent)
    Organization.objects.filter(tree_from__range=inside).update(
        tree_from=F("tree_from") + distance, tree_to=F("tree_to") + distance
    )
    organization.refresh_from_db()
    rows = {model: model.objects.filter(position__range=inside) for model in _PLACED}
    _resettle(rows, F("position") + distance, unit=access.nearest(parent, OrganizationKind.UNIT))
    _remember(moved, by=by, reason=reason)
    keep_recused(recused, organization, by=by)


def _move_posts(posts: Sequence[Post], organization: Organization, *, by: Person, reason: str) -> None:
    """Let an organization have these posts, with everything that was declared for them."""
    held = Q(post__in=[post.pk for post in posts])
    rows: Rows = {
        Declaration: Declaration.objects.filter(held),
        PointVersion: PointVersion.objects.filter(held),
        Approval: Approval.objects.filter(
            Q(declaration__in=Declaration.objects.filter(held))
            | Q(reviewed_declaration__in=Declaration.objects.filter(held))
        ),
        PublicNotice: PublicNotice.objects.none(),
        Meeting: Meeting.objects.none(),
        NoticeLine: NoticeLine.objects.filter(point_version__in=PointVersion.objects.filter(held)),
        **{
            model: model.objects.filter(held) if hasattr(model, "post") else model.objects.none()
            for model in _PLACED
            if model not in _OWN
        },
    }
    _resettle(rows, organization.tree_from, organization=organization)
    Post.objects.filter(pk__in=[post.pk for post in posts]).update(organization=organization)
    _remember(posts, by=by, reason=reason)


def _resettle(
    rows: Rows, position: int | F, *, organization: Organization | None = None, unit: Organization | None = None
) -> None:
    """Let rows follow to another position: the one way in which places change hands.

    What is not filed, decided or posted yet will be numbered and named by where it now belongs: it gets the new
    `organization`, where there is one, and the unit. What is filed stays as it was.
    """
    unit = access.nearest(organization, OrganizationKind.UNIT) if organization else unit
    unfiled = list(rows[Declaration].exclude(state=DeclarationState.FILED).values_list("pk", flat=True))
    unfinished = list(rows[Approval].exclude(state=ApprovalState.COMPLETED).values_list("pk", flat=True))
    composed = list(rows[PublicNotice].filter(number=None).values_list("pk", flat=True))
    unsettled = list(rows[Meeting].exclude(state=MeetingState.CLOSED).values_list("pk", flat=True))
    for found in rows.values():
        found.update(position=position)
    changes = {name: value for name, value in (("organization", organization), ("unit", unit)) if value is not None}
    if organization is not None:
        PointVersion.objects.filter(declaration__in=unfiled).update(organization=organization)
        Approval.objects.filter(pk__in=unfinished).update(organization=organization)
        Meeting.objects.filter(pk__in=unsettled).update(organization=organization)
    if changes:
        Declaration.objects.filter(pk__in=unfiled).update(**changes)
        PublicNotice.objects.filter(pk__in=composed).update(**changes)
    if unit is not None:
        RiskPoint.objects.filter(code=None, versions__declaration__in=unfiled).update(unit=unit)
    for notice in PublicNotice.objects.filter(pk__in=composed).select_related("organization"):
        # A scope is named as the kind of organization within which the notice is shown.
        PublicNotice.objects.filter(pk=notice.pk).update(shown_within=access.nearest(notice.organization, notice.scope))


def _end_roles(organization: Organization, last: dt.date, *, by: Person, reason: str) -> None:
    held = Assignment.objects.filter(Q(ends_on=None) | Q(ends_on__gt=last), organization=organization)
    for assignment in held.select_related("person", "organization"):
        put_end(assignment, last, by=by, reason=reason)


def _free_place(parent: Organization | None) -> tuple[int, int, int]:
    depth = parent.depth + 1 if parent else 0
    taken = (
        Organization.objects.filter(parent=parent).select_for_update(no_key=True).values_list("tree_from", flat=True)
    )
    try:
        return *free_place(parent.interval if parent else ROOTS, depth, taken), depth
    except ValueError:
        raise Refused(_("No place is left below %s in the organization tree.") % (parent or "—")) from None


def _lock_tree() -> None:
    """Let nobody else change the tree until the end of the transaction."""
    list(Organization.objects.select_for_update(no_key=True).filter(parent=None).order_by("pk").values_list("pk"))


def _now(row: Organization | Post) -> Organization | Post:
    """Return a row as it stands, whatever the caller holds in hand."""
    return type(row).objects.get(pk=row.pk)


def _locked(organization: Organization) -> Organization:
    return (
        Organization.objects.select_for_update(of=("self",), no_key=True)
        .select_related("parent")
        .get(pk=organization.pk)
    )


def _locked_post(post: Post) -> Post:
    return Post.objects.select_for_update(of=("self",)).select_related("organization").get(pk=post.pk)


def _locked_posts(post: Post, other: Post | None) -> tuple[Post, Post | None]:
    """Lock a post and its successor in one order, so that two posts never become each other's."""
    wanted = [each.pk for each in (post, other) if each is not None]
    rows = Post.objects.select_for_update(of=("self",)).select_related("organization").filter(pk__in=wanted)
    found = {row.pk: row for row in rows.order_by("pk")}
    return found[post.pk], found[other.pk] if other is not None else None


def _save(instance: Organization | Post, *fields: str, by: Person, reason: str) -> None:
    instance._history_user, instance._change_reason = by, reason[:100]
    instance.save(update_fields=fields)


def _remember(rows: Iterable[Organization | Post], *, by: Person, reason: str) -> None:
    """Write the history rows that an update by query does not, of rows as they now stand."""
    for row in rows:
        row.refresh_from_db()
        type(row).history.bulk_history_create([row], update=True, default_user=by, default_change_reason=reason[:100])


# --- Why not -------------------------------------------------------------------------------------------------------------


def _incomplete(sentence: str, obstacles: Sequence[str], source: object, target: object = None) -> Incomplete:
    return Incomplete(sentence % {"source": source, "target": target}, [Gap(each, "") for each in obstacles])


def _check_open(organization: Organization | None) -> None:
    if organization is not None and organization.closed_on is not None:
        raise Refused(
            _("%(organization)s was closed on %(day)s.") % {"organization": organization, "day": organization.closed_on}
        )


def _check_open_post(post: Post) -> None:
    if post.closed_on is not None:
        raise Refused(_("%(organization)s was closed on %(day)s.") % {"organization": post, "day": post.closed_on})


def _check_successor(post: Post, successor: Post, by: Person) -> None:
    """Refuse a successor of another unit, one that is closed, and with it every way round in a circle."""
    access.check_administer(successor.organization, by)
    if successor.pk == post.pk:
        raise Refused(_("A post does not take over its own duties."))
    _check_open_post(successor)
    if not possible_successors(post).filter(pk=successor.pk).exists():
        raise Refused(
            _("“%(successor)s” is no post of the unit of “%(post)s”.") % {"successor": successor, "post": post}
        )


def _check_day(on: dt.date) -> None:
    if on > timezone.localdate():
        raise Refused(_("This takes effect at once; the day cannot lie in the future."))


def _check_hangs(organization: Organization, parent: Organization) -> None:
    if parent.kind not in PARENTS[OrganizationKind(organization.kind)] or parent.depth + 1 != organization.depth:
        raise Refused(
            _("%(organization)s cannot become a part of %(parent)s.") % {"organization": organization, "parent": parent}
        )


def _check_new_code(code: str) -> None:
    if Organization.objects.filter(code__iexact=code).exists():
        raise Refused(_("The code %s is taken already.") % code)


def _check_new_name(parent: Organization | None, name: str) -> None:
    if parent is not None and Organization.objects.filter(parent=parent, name=name).exists():
        raise Refused(_("There is already an organization “%s” in the same place.") % name)


def _check_new_post_name(organization: Organization, name: str) -> None:
    if Post.objects.filter(organization=organization, name=name).exists():
        raise Refused(
            _("%(organization)s already has a post “%(name)s”.") % {"organization": organization, "name": name}
        )
