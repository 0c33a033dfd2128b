"""Taking in a workbook of an organization: by the same verbs as on the pages, in one transaction, or nothing.

A dry run does everything and takes it back, so what it says is what would happen. Of what an administrator takes in, places
and accounts without a password are made at once; what gives rights waits as one thing until another administrator confirms.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from .. import access
from ..models import Appointment, Assignment, Organization, Person, Post
from ..roles import Permission
from ..rules import ACTS, Act, Refused
from ..rules.rosters import Part, Roster, RosterRow, read_roster
from ..rules.workbooks import Problem, SheetLike
from . import organization as verbs
from .audit import record
from .confirmations import carry_out, enter_act, enter_together, is_waiting

_SAME, _NEW, _CHANGED = "same", "new", "changed"


@dataclass
class RosterReport:
    """What taking in a workbook does or would do: counts by sheet, everything that is wrong, whether it was written.

    `waiting` of what is counted takes effect only when another administrator confirms it.
    """

    counts: dict[str, dict[str, int]] = field(
        default_factory=lambda: {part.value: {"rows": 0, _NEW: 0, _CHANGED: 0, _SAME: 0} for part in Part}
    )
    skipped: list[str] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    applied: bool = False
    waiting: int = 0

    def as_dict(self) -> dict:
        """Return the report as plain values, for JSON."""
        return asdict(self)


class _TakenBack(Exception):
    """Ends a dry run, and a run with errors."""


def import_organization(*, sheets: Sequence[SheetLike], by: Person, apply: bool, file_digest: str) -> RosterReport:
    """Take in organizations, posts, people, appointments and roles, or with `apply` false say what that would do.

    With errors nothing is written. Raises Refused for a workbook without any of the sheets, NotAllowed for who keeps neither.
    """
    access.check_administers(by)
    roster = read_roster(sheets)
    if not roster.found:
        raise Refused(_("No sheet of this workbook is one of ours. Make the template and copy the table into it."))
    with transaction.atomic():
        at_once = apply and access.is_console(by)
        report, _acts = _take_in(roster, _Writer(by, tries=True), keeps=at_once)
        if report.errors or not apply:
            return report
        if not at_once:
            report, acts = _take_in(roster, _Writer(by, tries=False), keeps=True)
            if acts:
                enter_together(by=by, permission=_enters_with(by), acts=acts, file_digest=file_digest)
        if sum(counts[_NEW] + counts[_CHANGED] for counts in report.counts.values()):
            record("organization.import", by=by, subject="organization", content=[file_digest, report.counts])
    report.applied = True
    return report


def _take_in(roster: Roster, writer: "_Writer", *, keeps: bool) -> tuple[RosterReport, list[tuple[Act, dict]]]:
    """Write row by row; return what came of it, and the acts that wait. Without `keeps`, or with errors, it is taken back."""
    report = RosterReport(skipped=roster.skipped, errors=list(roster.problems))
    try:
        with transaction.atomic():
            for part, rows in roster.rows.items():
                for row in rows:
                    outcome = None if row.problems else writer.write(row)
                    if outcome is None:
                        writer.give_up(row)
                    else:
                        report.counts[part][outcome] += 1
                    report.counts[part]["rows"] += 1
                    report.errors += row.problems
            if report.errors or not keeps:
                raise _TakenBack
    except _TakenBack:
        pass
    report.waiting = len(writer.waiting)
    return report, writer.waiting


def _enters_with(by: Person) -> Permission:
    return next(each for each in access.ADMINISTERING if access.administers(by, each))


class _Writer:
    """Writes row by row, knowing what is there and what the file itself has brought."""

    def __init__(self, by: Person, *, tries: bool) -> None:
        self.by, self.tries = by, tries
        # What waits for another administrator, in the order of the file.
        self.waiting: list[tuple[Act, dict[str, Any]]] = []
        self.organizations = {found.code: found for found in Organization.objects.select_related("parent")}
        self.posts = {
            (found.organization_id, found.name): found for found in Post.objects.select_related("organization")
        }
        self.people = {found.username.lower(): found for found in Person.objects.exclude(username=access.CONSOLE)}
        # Named in the file, but not usable: what depends on them is not wrong by itself.
        self.unusable: set[tuple[Part, Any]] = set()

    def write(self, row: RosterRow) -> str | None:
        """Take in one row; return what became of it, None when it cannot be or depends on one that cannot."""
        write: Callable[[RosterRow], str | None] = {
            Part.ORGANIZATIONS: self._organization,
            Part.POSTS: self._post,
            Part.PEOPLE: self._person,
            Part.APPOINTMENTS: self._appointment,
            Part.ROLES: self._role,
        }[row.part]
        try:
            return write(row)
        except Refused as why:
            row.problem(None, str(why))
            return None

    def _act(self, act: Act, **given: Any) -> Any:
        """Do an act, or put it to what waits. When trying, all of it is done: whoever runs it takes it back."""
        if not self._enters(act):
            # Another administrator's: what this one puts into the workbook they give when they confirm it.
            access.check_administer(
                given["organization"] if act == Act.ROLE_GIVE else given["assignment"].organization, self.by
            )
            if self.tries:
                return carry_out(act, verbs.console_actor(), given)
        elif self.tries or act == Act.PERSON_CREATE:  # an account without a password opens nothing
            return carry_out(act, self.by, given)
        elif not is_waiting(act, given):
            return enter_act(act, self.by, given)
        self.waiting.append((act, given))
        return None

    def _enters(self, act: Act) -> bool:
        return (
            access.is_console(self.by)
            or ACTS[act].permission != Permission.MANAGE_ROLES
            or access.administers(self.by, Permission.MANAGE_ROLES)
        )

    def give_up(self, row: RosterRow) -> None:
        """Note that this row brings nothing."""
        self.unusable.add((row.part, row.key))

    def _organization(self, row: RosterRow) -> str | None:
        values = row.values
        parent = None
        if values["parent"]:
            parent = self._known(row, "parent")
            if parent is None:
                return None
        known = self.organizations.get(values["code"])
        if known is None:
            self.organizations[values["code"]] = verbs.create_organization(by=self.by, **{**values, "parent": parent})
            return _NEW
        if known.kind != values["kind"]:
            row.problem("kind", _("%(code)s is a %(kind)s.") % {"code": known.code, "kind": known.get_kind_display()})
        if known.parent_id != (parent.pk if parent else None):
            row.problem(
                "parent",
                _("%(code)s is a part of %(parent)s; move it on its page, so that everything follows.")
                % {"code": known.code, "parent": known.parent.code if known.parent else "—"},
            )
        self._opened(row, known)
        if row.problems:
            return None
        if known.name == values["name"]:
            return _SAME
        verbs.rename_organization(by=self.by, organization=known, name=values["name"], reason=_("by a workbook"))
        return _CHANGED

    def _post(self, row: RosterRow) -> str | None:
        values = row.values
        organization = self._known(row, "organization")
        if organization is None:
            return None
        key = organization.pk, values["post"]
        known = self.posts.get(key)
        if known is None:
            self.posts[key] = verbs.create_post(
                by=self.by,
                organization=organization,
                name=values["post"],
                duties=values["duties"] or "",
                opened_on=values["opened_on"],
            )
            return _NEW
        self._opened(row, known)
        if row.problems:
            return None
        if not values["duties"] or known.duties == values["duties"]:
            return _SAME
        verbs.change_post(by=self.by, post=known, name=known.name, duties=values["duties"], reason=_("by a workbook"))
        return _CHANGED

    def _person(self, row: RosterRow) -> str | None:
        values = row.values
        known = self.people.get(values["username"].lower())
        if known is None:
            made = self._act(Act.PERSON_CREATE, **values)
            self.people[made.username.lower()] = made
            return _NEW
        if known.name == values["name"]:
            return _SAME
        self._act(Act.PERSON_RENAME, person=known, name=values["name"], reason=_("by a workbook"))
        return _CHANGED

    def _appointment(self, row: RosterRow) -> str | None:
        values = row.values
        person, organization = self._known_person(row), self._known(row, "organization")
        if person is None or organization is None:
            return None
        post = self.posts.get((organization.pk, values["post"]))
        if post is None:
            if (Part.POSTS, (values["organization"], values["post"])) not in self.unusable:
                row.problem(
                    "post", _("%(code)s has no post “%(name)s”.") % {"code": organization.code, "name": values["post"]}
                )
            return None
        known = Appointment.objects.filter(person=person, post=post, starts_on=values["starts_on"]).first()
        dates = {"starts_on": values["starts_on"], "ends_on": values["ends_on"]}
        if known is None:
            self._act(Act.APPOINT, person=person, post=post, rank=values["rank"], **dates)
            return _NEW
        if known.rank != values["rank"]:
            row.problem(
                "rank", _("Here the rank is “%s”; end this appointment and begin another.") % known.get_rank_display()
            )
            return None
        if values["ends_on"] in (None, known.ends_on):
            return _SAME
        self._act(Act.APPOINTMENT_END, appointment=known, ends_on=values["ends_on"], reason=_("by a workbook"))
        return _CHANGED

    def _role(self, row: RosterRow) -> str | None:
        values = row.values
        person, organization = self._known_person(row), self._known(row, "organization")
        if person is None or organization is None:
            return None
        known = Assignment.objects.filter(
            person=person, organization=organization, role=values["role"], starts_on=values["starts_on"]
        ).first()
        reason = values["reason"] or _("by a workbook")
        if known is None:
            dates = {"starts_on": values["starts_on"], "ends_on": values["ends_on"]}
            self._act(
                Act.ROLE_GIVE, person=person, organization=organization, role=values["role"], reason=reason, **dates
            )
            return _NEW
        if values["ends_on"] in (None, known.ends_on):
            return _SAME
        self._act(Act.ROLE_END, assignment=known, ends_on=values["ends_on"], reason=reason)
        return _CHANGED

    def _known(self, row: RosterRow, name: str) -> Organization | None:
        code = row.values[name]
        found = self.organizations.get(code)
        if found is None and (Part.ORGANIZATIONS, (code,)) not in self.unusable:
            row.problem(name, _("There is no organization with the code %s, neither here nor in the file.") % code)
        return found

    def _known_person(self, row: RosterRow) -> Person | None:
        username = row.values["username"]
        found = self.people.get(username.lower())
        if found is None and (Part.PEOPLE, (username,)) not in self.unusable:
            row.problem(
                "username", _("There is nobody with the staff number %s, neither here nor in the file.") % username
            )
        return found

    def _opened(self, row: RosterRow, known: Organization | Post) -> None:
        day = row.values["opened_on"]
        if day is not None and known.opened_on is not None and day != known.opened_on:
            row.problem("opened_on", _("Here it was opened on %s; a workbook does not change that.") % known.opened_on)
