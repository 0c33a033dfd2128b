"""What administrators have entered, told in words from its plain values: what it is, what would change, which rights come."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Appointment, Assignment, Confirmation, Organization, Person, Post, Recusal
from ..roles import ROLES, Permission, Role
from ..rules import Act, ConfirmationState, DayWord, Rank

# The badge of each state; what is over is told apart by its word.
_BADGES = {
    ConfirmationState.WAITING: "submitted",
    ConfirmationState.IN_EFFECT: "late",
    ConfirmationState.CONFIRMED: "done",
    ConfirmationState.DECLINED: "problem",
    ConfirmationState.TAKEN_BACK: "withdrawn",
    ConfirmationState.LAPSED: "withdrawn",
}
_WITH = {
    Appointment: ("person", "post__organization"),
    Assignment: ("person", "organization"),
    Recusal: ("person", "organization"),
    Post: ("organization",),
    Organization: ("parent",),
    Person: (),
}
_MODELS: dict[str, type[Model]] = {model._meta.model_name: model for model in _WITH}
_Rows = dict[tuple[str, int], Any]


@dataclass(frozen=True)
class Line:
    """One act in words: a sentence, its details, what stands and what would stand, what whoever it is about could do."""

    title: str
    details: list[tuple[str, str]] = field(default_factory=list)
    changes: list[dict[str, str]] = field(default_factory=list)
    rights: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Entry:
    """A confirmation as a page shows it. A workbook has a line for each act inside."""

    row: Confirmation
    title: str
    state: ConfirmationState
    lines: list[Line]

    @property
    def badge(self) -> str:
        return _BADGES[self.state]

    @property
    def is_open(self) -> bool:
        return self.state in (ConfirmationState.WAITING, ConfirmationState.IN_EFFECT)

    @property
    def waits(self) -> bool:
        return self.state == ConfirmationState.WAITING


def entries(found: Iterable[Confirmation]) -> list[Entry]:
    """Return confirmations in words; each table is asked once for all of them."""
    confirmations = list(found)
    rows = _rows(confirmations)
    return [_entry(confirmation, rows) for confirmation in confirmations]


def _entry(confirmation: Confirmation, rows: _Rows) -> Entry:
    state = ConfirmationState(confirmation.state)
    over = confirmation.lapses_on is not None and confirmation.lapses_on < timezone.localdate()
    if state == ConfirmationState.WAITING and over:
        state = ConfirmationState.LAPSED
    if confirmation.act != Act.IMPORT:
        line = _line(Act(confirmation.act), confirmation.values, confirmation.before, rows)
        return Entry(confirmation, line.title, state, [line])
    lines = [_line(Act(name), values, {}, rows, in_workbook=True) for name, values in confirmation.values["acts"]]
    title = _("What a workbook would give: %(number)s entries") % {"number": len(lines)}
    return Entry(confirmation, title, state, lines)


def _line(act: Act, values: dict[str, Any], before: dict[str, Any], rows: _Rows, *, in_workbook: bool = False) -> Line:
    given = {name: _shown(value, rows) for name, value in values.items()}
    old = {name: _shown(value, rows) for name, value in before.items()}
    if act == Act.CALENDAR:
        return Line(title=_title(act, given), details=_day_details(given["days"], old.get("days", ())))
    details = [*(_staff_number(given) if in_workbook else []), *_details(act, given)]
    return Line(title=_title(act, given), details=details, changes=_changes(given, old), rights=_rights(act, given))


def _day_details(days: list[list[str]], before: Iterable[list[str]]) -> list[tuple[str, str]]:
    """Return what each day would be, for what occasion, and what its own entry says so far."""
    words = dict(DayWord.choices)
    stood = {day: word for day, word, _note in before}
    found = []
    for day, word, note in days:
        now = _("%(word)s (%(note)s)") % {"word": words[word], "note": note} if note else str(words[word])
        old = stood.get(day, DayWord.AS_ANNOUNCED)
        so_far = _("%(now)s; so far: %(before)s") % {"now": now, "before": words[old]}
        found.append((day, so_far if old != DayWord.AS_ANNOUNCED else now))
    return found


def _title(act: Act, given: dict[str, Any]) -> str:
    """Return what is to be done as a sentence."""
    match act:
        case Act.PERSON_CREATE:
            return _("Enter %(name)s, staff number %(username)s") % given
        case Act.PERSON_PASSWORD:
            return _("Give %(person)s a new password") % given
        case Act.FACTOR_RESET:
            return _("Remove the second factor of %(person)s") % given
        case Act.PERSON_RENAME:
            return _("Change the name of %(person)s to “%(name)s”") % given
        case Act.PERSON_END:
            return _("Close the account of %(person)s") % given
        case Act.ROLE_GIVE:
            return _("Give %(person)s the role “%(role)s” on %(organization)s") % (
                given | {"role": Role(given["role"]).label}
            )
        case Act.ROLE_END:
            held: Assignment = given["assignment"]
            told = {"person": held.person, "role": held.get_role_display(), "organization": held.organization}
            return _("End the role “%(role)s” of %(person)s on %(organization)s") % told
        case Act.RECUSAL_ENTER:
            return _("Recuse %(person)s from %(organization)s") % given
        case Act.RECUSAL_END:
            recusal: Recusal = given["recusal"]
            told = {"person": recusal.person, "organization": recusal.organization}
            return _("End the recusal of %(person)s from %(organization)s") % told
        case Act.APPOINT:
            return _("Appoint %(person)s to the post “%(post)s” in %(organization)s") % (
                given | {"organization": given["post"].organization}
            )
        case Act.APPOINTMENT_END:
            return _("End the appointment of %(person)s to the post “%(post)s”") % _of(given["appointment"])
        case Act.HAND_OVER:
            told = _of(given["appointment"]) | {"new": given["person"]}
            return _("Hand over the post “%(post)s” from %(person)s to %(new)s") % told
        case Act.ORGANIZATION_MOVE:
            return _("Move %(organization)s below %(parent)s") % given
        case Act.ORGANIZATION_MERGE:
            return _("Merge %(source)s into %(target)s") % given
        case Act.ORGANIZATION_SPLIT:
            return _("Split off %(source)s the new section “%(name)s”") % given
        case Act.ORGANIZATION_CLOSE:
            return _("Close %(organization)s") % given
        case Act.POST_MOVE:
            return _("Move the post “%(post)s” to %(organization)s") % given
        case Act.CALENDAR:
            return _("Set days of the calendar of working days: %(number)s") % {"number": len(given["days"])}
        case Act.POST_CLOSE:
            return _("Close the post “%(post)s”") % given
        case _:
            if given["successor"] is None:
                return _("Nobody takes over the post “%(post)s”") % given
            return _("Let “%(successor)s” take over the post “%(post)s”") % given


def _of(appointment: Appointment) -> dict[str, object]:
    return {"person": appointment.person, "post": appointment.post}


def _staff_number(given: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the number of whom a line of a workbook is about: two people may have one name."""
    held = given.get("appointment") or given.get("assignment") or given.get("recusal")
    person = held.person if held is not None else given.get("person")
    return [(_("Staff number"), person.username)] if person is not None else []


def _details(act: Act, given: dict[str, Any]) -> list[tuple[str, str]]:
    found = []
    if "starts_on" in given:
        found.append((_("From"), str(given["starts_on"])))
    if "on" in given:
        found.append((_("From this day on"), str(given["on"])))
    if given.get("ends_on") is not None:
        found.append((_("Last day"), str(given["ends_on"])))
    if "rank" in given:
        found.append((_("Cadre rank"), str(Rank(given["rank"]).label)))
    if act == Act.ORGANIZATION_SPLIT:
        found.append((_("Code"), given["code"]))
        found.append((_("Posts it takes over"), _(", ").join(str(post) for post in given["posts"])))
    if act == Act.POST_CLOSE and given.get("successor") is not None:
        found.append((_("Who takes over its duties"), str(given["successor"])))
    return found


def _changes(given: dict[str, Any], old: dict[str, Any]) -> list[dict[str, str]]:
    """Return what stood when it was entered beside what is entered."""
    labels = {
        "ends_on": _("Last day"),
        "name": _("Name"),
        "parent": _("Part of"),
        "organization": _("Organization"),
        "successor": _("Who takes over its duties"),
    }
    return [
        {"label": labels[name], "before": _word(name, value), "after": _word(name, given.get(name))}
        for name, value in old.items()
        if name in given
    ]


def _word(name: str, value: Any) -> str:
    if value is None:
        return _("no last day") if name == "ends_on" else ""
    return str(value)


def _rights(act: Act, given: dict[str, Any]) -> list[str]:
    """Return what somebody could see and do by it."""
    if act == Act.ROLE_GIVE:
        carried = ROLES[Role(given["role"])].permissions
        return [str(permission.label) for permission in Permission if permission in carried]
    if act in (Act.APPOINT, Act.HAND_OVER):
        post: Post = given["post"] if act == Act.APPOINT else given["appointment"].post
        return [_("declare the risks of the post"), _("see the filed risk points of %s") % post.organization]
    if act in (Act.ORGANIZATION_MOVE, Act.ORGANIZATION_MERGE, Act.ORGANIZATION_SPLIT, Act.POST_MOVE):
        return [_("whoever has a role or post in the new place sees and decides what moves there")]
    return []


def _shown(value: Any, rows: _Rows) -> Any:
    if isinstance(value, list):
        return [_shown(each, rows) for each in value]
    if isinstance(value, dict):
        return value["day"] if "day" in value else rows[value["of"], value["id"]]
    return value


def _rows(confirmations: list[Confirmation]) -> _Rows:
    """Return the rows that the values name."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for confirmation in confirmations:
        for name, pk in _named([confirmation.values, confirmation.before]):
            wanted[name].add(pk)
    found: _Rows = {}
    for name, ids in wanted.items():
        model = _MODELS[name]
        for row in model._default_manager.select_related(*_WITH[model]).filter(pk__in=ids):
            found[name, row.pk] = row
    return found


def _named(value: Any) -> Iterator[tuple[str, int]]:
    if isinstance(value, dict):
        if set(value) == {"of", "id"}:
            yield value["of"], value["id"]
        else:
            for each in value.values():
                yield from _named(each)
    elif isinstance(value, list):
        for each in value:
            yield from _named(each)
