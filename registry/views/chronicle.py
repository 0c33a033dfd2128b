"""What happened to organizations, posts and people, told in words from their history rows: who, when, what, why."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from ..models import AuditEntry, Confirmation, Organization, Person, Post
from ..rules import Act
from ..rules.acts import act_label


def chronicle_of(organization: Organization) -> list[dict]:
    """Return the events of an organization and of the posts that are or were its own, the latest first."""
    rows = list(organization.history.select_related("history_user").order_by("history_date", "history_id"))
    posts = list(
        Post.history.filter(id__in=Post.history.filter(organization=organization.pk).values("id"))
        .select_related("history_user")
        .order_by("id", "history_date", "history_id")
    )
    places = {row.parent_id for row in rows} | {row.organization_id for row in posts}
    names = dict(Organization.objects.filter(pk__in=places - {None}).values_list("pk", "name"))
    successors = _successors(posts)
    events = [_event(row, _organization_words(old, row, names), "submit") for old, row in _pairs(rows)]
    for old, row in _pairs(posts):
        if organization.pk in (row.organization_id, old.organization_id if old else None):
            events.append(_event(row, _post_words(old, row, names, successors), "approve"))
    return sorted((event for event in events if event["what"]), key=lambda event: event["when"], reverse=True)


def chronicle_of_post(post: Post) -> list[dict]:
    """Return the events of a post and of the appointments to it, the latest first."""
    rows = list(post.history.select_related("history_user").order_by("history_date", "history_id"))
    names = dict(Organization.objects.filter(pk__in={row.organization_id for row in rows}).values_list("pk", "name"))
    successors = _successors(rows)
    events = [_event(row, _post_words(old, row, names, successors), "submit") for old, row in _pairs(rows)]
    return [event for event in reversed(events) if event["what"]]


_OF_ACCOUNTS = ("person.password", "factor.reset", "sign_in.lock", "sign_in.unlock")


def chronicle_of_person(person: Person) -> list[dict]:
    """Return the events of an account, the latest first."""
    rows = list(person.history.select_related("history_user").order_by("history_date", "history_id"))
    events = []
    for old, row in _pairs(rows):
        if old is None:
            what = _("entered this person")
        elif old.name != row.name:
            what = _("changed the name from “%(old)s” to “%(new)s”") % {"old": old.name, "new": row.name}
        elif old.ended_on != row.ended_on:
            what = _("ended the account; last day %s") % row.ended_on
        else:
            what = ""
        events.append(_event(row, what, "submit"))
    events += _of_signing_in(person)
    return sorted((event for event in events if event["what"]), key=lambda event: event["when"], reverse=True)


def _of_signing_in(person: Person) -> Iterator[dict]:
    """Yield what was done about how somebody signs in; why stands where it was entered and confirmed."""
    for entry in AuditEntry.objects.filter(act__in=_OF_ACCOUNTS, subject=f"person:{person.pk}").select_related("actor"):
        # A lock comes by itself: the entry names whose number it was.
        who = "—" if entry.act == "sign_in.lock" else entry.actor
        yield {"when": entry.at, "who": who, "what": act_label(entry.act), "reason": "", "kind": "approve"}
    entered = Confirmation.objects.filter(person=person, act__in=[Act.PERSON_PASSWORD, Act.FACTOR_RESET])
    for entry in entered.select_related("entered_by"):
        what = _("entered what another has to confirm: %s") % Act(entry.act).label
        yield {
            "when": entry.entered_at,
            "who": entry.entered_by,
            "what": what,
            "reason": entry.reason,
            "kind": "submit",
        }


def _successors(rows: Iterable) -> dict[int, str]:
    """Return the names of the posts that took over from one of these."""
    return dict(Post.objects.filter(pk__in={row.successor_id for row in rows} - {None}).values_list("pk", "name"))


def _pairs(rows: Iterable) -> Iterator[tuple]:
    """Yield each row with the one before it of the same object."""
    before = None
    for row in rows:
        yield (before if before is not None and before.id == row.id else None), row
        before = row


def _event(row, what: str, kind: str) -> dict:
    return {
        "when": row.history_date,
        "who": row.history_user or "—",
        "what": what,
        "reason": row.history_change_reason or "",
        "kind": kind,
    }


def _organization_words(old, row, names: dict[int, str]) -> str:
    if old is None:
        return _("made “%(name)s” (%(code)s)") % {"name": row.name, "code": row.code}
    said = []
    if old.name != row.name:
        said.append(_("changed the name from “%(old)s” to “%(new)s”") % {"old": old.name, "new": row.name})
    if old.parent_id != row.parent_id:
        places = {"old": names.get(old.parent_id, "—"), "new": names.get(row.parent_id, "—")}
        said.append(_("moved it from “%(old)s” to “%(new)s”") % places)
    elif old.tree_from != row.tree_from:
        said.append(_("moved what it is a part of"))
    if old.closed_on != row.closed_on:
        said.append(_("closed it; last day %s") % row.closed_on)
    if not said and row.history_change_reason:
        said.append(_("merged or split"))
    return _("; ").join(said)


def _post_words(old, row, names: dict[int, str], successors: dict[int, str]) -> str:
    if old is None:
        return _("made the post “%s”") % row.name
    said = []
    if old.name != row.name:
        said.append(_("changed the post's name from “%(old)s” to “%(new)s”") % {"old": old.name, "new": row.name})
    if old.duties != row.duties:
        said.append(_("changed the duties of the post “%s”") % row.name)
    if old.organization_id != row.organization_id:
        places = {"old": names.get(old.organization_id, "—"), "new": names.get(row.organization_id, "—")}
        said.append(_("moved the post “%(post)s” from “%(old)s” to “%(new)s”") % {"post": row.name, **places})
    if old.closed_on != row.closed_on:
        said.append(_("closed the post “%(post)s”; last day %(day)s") % {"post": row.name, "day": row.closed_on})
    if old.successor_id != row.successor_id:
        taken = {"post": row.name, "successor": successors.get(row.successor_id, "")}
        said.append(
            _("the duties of the post “%(post)s” go to the post “%(successor)s”") % taken
            if row.successor_id
            else _("nobody takes over the duties of the post “%s”") % row.name
        )
    return _("; ").join(said)
