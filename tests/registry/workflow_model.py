"""The whole workflow as plain Python: what the domain says about who may do what, and what comes of it.

Written from the domain, not from `registry`: it imports nothing of the application. Organizations are codes, people the names of
the cast, days are dates. The state machine (test_whole_workflow.py) does every act in the application and here, and compares.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

# Which roles carry which right, and on which rungs a step is decided: the first that has somebody.
CARRIED_BY = {
    "prepare": {"recorder", "section_head"},
    "section": {"section_head"},
    "supervised": {"supervising_leader"},
    "principal": {"principal_leader"},
    "team": {"team_member", "principal_leader"},
    "party": {"party_organization"},
    "file": {"office_clerk"},
    "publish": {"office_clerk", "notice_publisher"},
    "region": {"region_clerk"},
    "progress": {"office_clerk"},
    "ledger": {
        "section_head", "supervising_leader", "team_member", "principal_leader", "party_organization", "office_clerk",
        "inspector",
    },
}  # fmt: skip
_UP = [("principal", "unit"), ("region", "region")]
LADDERS = {
    "head": [("section", "here"), ("supervised", "here"), *_UP],
    "supervisor": [("supervised", "here"), *_UP],
    "principal": _UP,
    "team": [("team", "unit"), *_UP],
    "resolution": [("team", "unit"), *_UP],
    "signature": _UP,
    "party": [("party", "unit"), *_UP],
    "office": [("file", "unit"), ("region", "region")],
    "posting": [("publish", "unit"), *_UP],
    "extension": [("publish", "unit"), *_UP],
    "region": [("region", "region")],
}
ROUTES = {
    ("points", "staff"): ["head", "team", "office"],
    ("points", "section_head"): ["supervisor", "team", "office"],
    ("points", "team_member"): ["principal", "team", "office"],
    ("points", "principal_leader"): ["principal", "team", "office"],
    ("points", "section"): ["supervisor", "team", "office"],
    ("points", "leadership"): ["resolution", "signature", "office"],
    ("measures", "staff"): ["party", "office"],
    ("measures", "section_head"): ["party", "office"],
    ("measures", "team_member"): ["principal", "office"],
    ("measures", "principal_leader"): ["principal", "office"],
    ("measures", "section"): ["supervisor", "office"],
    ("measures", "leadership"): ["principal", "office"],
}
STANDING = ("filed", "published", "in_force", "to_change")
OPEN_TO_WRITING = ("draft", "returned")


@dataclass
class Dated:
    """A role (`what` names it) or a recusal of a person on an organization, with its first and last day."""

    person: str
    code: str
    starts: dt.date
    ends: dt.date | None = None
    what: str = ""

    def holds(self, day: dt.date) -> bool:
        return self.starts <= day and (self.ends is None or day <= self.ends)


@dataclass
class Asking:
    """Something that is being approved."""

    steps: list[str]
    by: str
    owners: set[str] = field(default_factory=set)
    whole: bool = False
    step: int = 0
    round: int = 1
    version: int = 1
    state: str = "open"
    decided: list[tuple[int, str, str, str]] = field(default_factory=list)  # (round, step, person, verdict)
    named: dict[tuple[int, str], str] = field(default_factory=dict)

    @property
    def in_round(self) -> set[str]:
        return {person for number, _step, person, _verdict in self.decided if number == self.round}

    @property
    def current(self) -> str:
        return self.steps[self.step]


@dataclass(eq=False)
class Version:
    """A version of a risk point: what is filed, and what an open declaration says."""

    point: int
    title: str
    matter: "Matter"
    replaces: "Version | None" = None
    withdraws: bool = False
    state: str = "draft"
    begins: dt.date | None = None
    ends: dt.date | None = None
    pk: int = 0


@dataclass(eq=False)
class Matter:
    """A declaration: of a post (`holder` names who holds it), or of a section or leadership team (`holder` empty)."""

    holder: str
    place: str
    level: str
    phase: str = "points"
    supplement: bool = False
    state: str = "draft"
    region: str = ""
    to_region: bool = False
    preparers: set[str] = field(default_factory=set)
    present: set[str] = field(default_factory=set)
    has_record: bool = False
    versions: list[Version] = field(default_factory=list)
    measured: dict[int, tuple[Version, int]] = field(default_factory=dict)  # by point: about which version, which text
    marked: set[int] | None = None  # points that may be changed; None: all, and new ones
    asking: Asking | None = None
    review: Asking | None = None
    pk: int = 0


@dataclass(eq=False)
class Meeting:
    unit: str
    matter: Matter
    version: int
    verdict: str
    writer: str
    present: set[str]
    withdrawn: set[str]
    state: str = "put"
    pk: int = 0


@dataclass(eq=False)
class Line:
    version: Version
    matter: Matter | None = None  # whose measures, on a notice of measures
    text: int = 0
    is_upheld: bool = False


@dataclass(eq=False)
class Notice:
    code: str
    kind: str
    chosen: list[Version]
    composers: set[str]
    asking: Asking
    state: str = "submitted"
    lines: list[Line] = field(default_factory=list)
    ends: dt.date | None = None
    number: str = ""
    replaces: "Notice | None" = None
    longer: Asking | None = None  # what asks for a longer notice, or asked for it last
    pk: int = 0


@dataclass(eq=False)
class Objection:
    notice: Notice
    line: Line
    by: str
    is_answered: bool = False
    pk: int = 0


class Model:
    """Everything that is, and the questions one asks about it."""

    def __init__(self, parents: dict[str, str | None], posts: dict[str, str], ranks: dict[str, str], day: dt.date):
        self.parents, self.post_of, self.ranks, self.day = parents, posts, ranks, day
        self.roles: list[Dated] = []
        self.recusals: list[Dated] = []
        self.matters: list[Matter] = []
        self.meetings: list[Meeting] = []
        self.notices: list[Notice] = []
        self.objections: list[Objection] = []
        self.versions: list[Version] = []  # all that were ever filed
        self.codes: dict[int, str] = {}  # of points
        self.counters: dict[str, int] = {}

    # --- Places ---

    def kind(self, code: str) -> str:
        return "region" if self.parents[code] is None else "section" if "-" in code else "unit"

    def up(self, code: str) -> list[str]:
        """Return the organization and everything above it."""
        parent = self.parents[code]
        return [code] if parent is None else [code, *self.up(parent)]

    def nearest(self, code: str, kind: str) -> str:
        return next((each for each in self.up(code) if self.kind(each) == kind), "")

    def is_below(self, code: str, above: str) -> bool:
        return above in self.up(code)

    # --- People ---

    def holders(self, right: str, code: str) -> set[str]:
        """Return who holds a right on exactly this organization today."""
        carrying = CARRIED_BY[right]
        return {r.person for r in self.roles if r.code == code and r.what in carrying and r.holds(self.day)}

    def recused(self, code: str, whole: bool = False) -> set[str]:
        """Return who is recused from an organization: from it, from above, with `whole` also from a part of it."""
        return {
            r.person
            for r in self.recusals
            if r.holds(self.day) and (self.is_below(code, r.code) or (whole and self.is_below(r.code, code)))
        }

    def asked(self, asking: Asking, place: str) -> tuple[str, str, set[str]]:
        """Return by which right, where, and who decides now; without a right: whom the region named."""
        excluded = asking.owners | asking.in_round | self.recused(place, asking.whole)
        where = {"here": place, "unit": self.nearest(place, "unit"), "region": self.nearest(place, "region")}
        for right, at in LADDERS[asking.current]:
            people = self.holders(right, where[at]) - excluded
            if people:
                return right, where[at], people
        named = asking.named.get((asking.round, asking.current))
        return "", "", {named} - excluded if named else set()

    def prepares(self, person: str, code: str) -> bool:
        return person in self.holders("prepare", code) and person not in self.recused(code)

    def may_enter(self, person: str, unit: str) -> bool:
        """Say whether a person enters meetings of a unit's team."""
        entering = self.holders("prepare", unit) | self.holders("file", unit) | self.holders("team", unit)
        return person in entering - self.recused(unit, whole=True)

    def entering(self, unit: str) -> set[str]:
        return {person for person in {r.person for r in self.roles} if self.may_enter(person, unit)}

    def is_in_meeting(self, matter: Matter) -> bool:
        """Say whether the current step is decided by a meeting of the team."""
        right, unit, people = self.asked(matter.asking, matter.place)
        if matter.asking.current != "team" or right != "team":
            return False
        return bool(self.entering(unit)) and len(self.entering(unit) | people) > 1

    def standing_of(self, person: str) -> str:
        held = {
            r.what
            for r in self.roles
            if r.person == person
            and r.holds(self.day)
            and r.code in (self.post_of[person], self.nearest(self.post_of[person], "unit"))
        }
        return next((r for r in ("principal_leader", "team_member", "section_head") if r in held), "staff")

    def roll(self, code: str) -> set[str]:
        people = {person for person, place in self.post_of.items() if place == code}
        return people | (self.holders("team", code) if self.kind(code) == "unit" else set())

    def sends(self, person: str, place: str) -> bool:
        """Say whether a person sends to the region, and answers it, for what stands at `place`."""
        if any(self.is_below(place, r.code) for r in self._held(person, "file")):
            return person not in self.recused(place)
        offices = {r.person for r in self.roles if r.holds(self.day) and r.what == "office_clerk"}
        seen_to = any(
            self.is_below(place, r.code) and office not in self.recused(place)
            for office in offices
            for r in self._held(office, "file")
        )
        region = self.nearest(place, "region")
        return person in self.holders("region", region) - self.recused(place) and not seen_to

    def _held(self, person: str, right: str) -> list[Dated]:
        return [r for r in self.roles if r.person == person and r.what in CARRIED_BY[right] and r.holds(self.day)]

    def holds_above(self, person: str, right: str, place: str) -> bool:
        """Say whether a person holds a right on the place or above, and is not recused from it."""
        return any(self.is_below(place, r.code) for r in self._held(person, right)) and person not in self.recused(
            place
        )

    # --- Declarations ---

    def writes(self, person: str, matter: Matter) -> bool:
        return person == matter.holder if matter.holder else self.prepares(person, matter.place)

    def standing_points(self, matter: Matter) -> list[Version]:
        """Return the standing versions of the same declarant."""
        return [
            v
            for v in self.versions
            if v.state in STANDING and (v.matter.holder, v.matter.level) == (matter.holder, matter.level)
            and v.matter.place == matter.place
        ]  # fmt: skip

    def is_complete(self, matter: Matter) -> bool:
        if matter.phase == "measures":
            standing = self.standing_points(matter)
            enough = bool(standing) and all(
                v.point in matter.measured and matter.measured[v.point][0] is v for v in standing
            )
        else:
            enough = bool(matter.versions)
        if matter.holder:
            return enough
        if not matter.has_record or len(matter.present) < min(2, len(self.roll(matter.place))):
            return False
        members = self.holders("team", matter.place) - matter.preparers
        return enough and (matter.level != "leadership" or not members or bool(members & matter.present))

    def steps_of(self, matter: Matter) -> list[str]:
        return list(ROUTES[matter.phase, self.standing_of(matter.holder) if matter.holder else matter.level])

    def goes_to_region(self, matter: Matter) -> bool:
        if matter.level == "leadership":
            return True
        if matter.level == "section":
            return matter.phase == "measures"
        leads = self.standing_of(matter.holder) in ("team_member", "principal_leader")
        return leads or self.ranks[matter.holder] in ("ke", "chu")

    def follow(self, matter: Matter) -> None:
        """Let drafts of measures go with what replaced their points, and drop those of points that were withdrawn."""
        for point, (version, text) in list(matter.measured.items()):
            if version.state in STANDING:
                continue
            now = next((v for v in self.versions if v.point == point and v.state in STANDING), None)
            if now is None:
                del matter.measured[point]
            else:
                matter.measured[point] = (now, text)

    def line_of(self, matter: Matter, version: Version, text: int) -> tuple[Notice, Line] | None:
        """Return the latest line on a posted notice that shows exactly this measure."""
        found = [
            (notice, line)
            for notice in self.notices
            if notice.state in ("posted", "ended")
            for line in notice.lines
            if line.matter is matter and line.version is version and line.text == text
        ]
        return found[-1] if found else None

    def was_shown(self, matter: Matter) -> bool:
        """Say whether the party organization may agree: shown, over, nothing upheld, no objection open."""
        for version, text in matter.measured.values():
            found = self.line_of(matter, version, text)
            if found is None or found[1].is_upheld or not self.is_over(found[0]):
                return False
            if any(o.line is found[1] and not o.is_answered for o in self.objections):
                return False
        return True

    def is_over(self, notice: Notice) -> bool:
        return notice.ends is not None and self.day > notice.ends

    def is_on_the_wall(self, matter: Matter) -> bool:
        return any(
            notice.state == "posted"
            and not self.is_over(notice)
            and any(line.matter is matter for line in notice.lines)
            for notice in self.notices
        )

    def file(self, matter: Matter) -> None:
        """Put a declaration into the ledger: codes in order, what is replaced ends today."""
        matter.state = "filed"
        unit = self.nearest(matter.place, "unit")
        for version in matter.versions:
            if version.point not in self.codes:
                self.counters[unit] = self.counters.get(unit, 0) + 1
                self.codes[version.point] = f"{unit}-{self.counters[unit]:06d}"
            if version.replaces is not None:
                version.replaces.state = "withdrawn" if version.withdraws else "superseded"
                version.replaces.ends = self.day
            version.begins = self.day
            version.state = "withdrawn" if version.withdraws else "filed"
            version.ends = self.day if version.withdraws else None
            self.versions.append(version)
        for other in self.matters:
            if other.phase == "measures" and other.state in OPEN_TO_WRITING:
                self.follow(other)

    # --- Notices ---

    def composes(self, person: str, code: str) -> bool:
        held = any(self.is_below(code, r.code) for r in self._held(person, "publish"))
        return held and person not in self.recused(code, whole=True)

    def manages(self, person: str, code: str) -> bool:
        unit = self.nearest(code, "unit")
        managing = self.holders("publish", unit) | self.holders("principal", unit)
        return person in managing - self.recused(code, whole=True)

    def runs(self, notice: Notice) -> bool:
        return notice.state == "posted" and not self.is_over(notice)

    def corrections(self, notice: Notice) -> list[Version]:
        """Return what corrects a marked line of a notice and is filed, unless the point was shown since."""
        found = []
        for line in notice.lines:
            version = line.version
            is_returned = version.matter.region == "returned" and version.state in (
                "to_change",
                "superseded",
                "withdrawn",
            )
            later = [v for v in self.versions if v.point == version.point and v.pk > version.pk]
            shown = any(
                each.version in later
                for other in self.notices
                if other.state in ("posted", "ended", "superseded")
                for each in other.lines
            )
            if (line.is_upheld or is_returned) and not shown:
                found += [v for v in later if v.state == "filed"]
        return found

    def chosen_anew(self, notice: Notice) -> list[Version]:
        """Return what a notice that names this one begins with: in its place while it runs, else only what was corrected."""
        if not self.runs(notice):
            return self.corrections(notice)
        upheld = [line.version for line in notice.lines if line.is_upheld]
        points = {line.version.point for line in notice.lines}
        kept = [version for version in notice.chosen if version not in upheld]
        return kept + [v for v in self.versions if v.point in points and v.state == "filed" and v not in kept]

    def replace(self, notice: Notice) -> None:
        """Let a notice that runs make room for the one just posted: what nothing else shows is merely filed again."""
        notice.state = "superseded"
        self.let_lapse(notice)
        elsewhere = {line.version for other in self.notices if other.state == "posted" for line in other.lines}
        for line in notice.lines:
            if line.version.state == "published" and line.version not in elsewhere:
                line.version.state = "filed"

    def let_lapse(self, notice: Notice) -> None:
        if notice.longer is not None and notice.longer.state == "open":
            notice.longer.state = "withdrawn"

    def candidates(
        self, code: str, kind: str, replaced: Notice | None = None
    ) -> list[tuple[Version, Matter | None, int]]:
        if kind == "points":
            hanging = [line.version for line in replaced.lines] if replaced and self.runs(replaced) else []
            return [
                (v, None, 0)
                for v in self.versions
                if (v.state == "filed" or (v.state == "published" and v in hanging))
                and self.is_below(v.matter.place, code)
            ]
        return [
            (version, matter, text)
            for matter in self.matters
            if matter.phase == "measures"
            and matter.state == "submitted"
            and matter.asking.step == 0
            and matter.asking.steps[0] == "party"
            and self.is_below(matter.place, code)
            for version, text in matter.measured.values()
            if self.line_of(matter, version, text) is None
        ]

    def answers(self, person: str, objection: Objection) -> bool:
        """Say whether a person may answer an objection: who manages the notice and is not concerned."""
        if objection.is_answered or objection.by == person or not self.manages(person, objection.notice.code):
            return False
        declared = [objection.line.version.matter, objection.line.matter]
        return not any(
            m is not None and (m.holder == person or (m.asking and person in m.asking.owners)) for m in declared
        )

    def end_what_is_over(self) -> None:
        """Record the results of notices whose time is over, unless an objection to one of their points is open."""
        for notice in self.notices:
            if notice.state != "posted" or not self.is_over(notice):
                continue
            about = {line.version for line in notice.lines}
            if any(
                not o.is_answered and o.notice.kind == notice.kind and (o.notice is notice or o.line.version in about)
                for o in self.objections
            ):
                continue
            notice.state = "ended"
            self.let_lapse(notice)
            for line in notice.lines:
                if notice.kind == "points" and not line.is_upheld and line.version.state == "published":
                    line.version.state = "in_force"

    # --- Who sees ---

    def reads_ledger(self, person: str, place: str) -> bool:
        if person in self.recused(place):
            return False
        own = self.post_of.get(person)
        return (own is not None and self.is_below(place, own)) or self.holds_above(person, "ledger", place)

    def sees(self, person: str, matter: Matter) -> bool:
        """Say whether a person may read a declaration."""
        is_recused = person in self.recused(matter.place)
        if matter.holder == person or (not matter.holder and self.prepares(person, matter.place)):
            return True
        askings = [each for each in (matter.asking, matter.review) if each is not None]
        if (
            matter.asking
            and person in matter.asking.owners
            and (matter.holder or (matter.state != "draft" and not is_recused))
        ):
            return True
        if is_recused:
            return False
        if any(person in {by for _round, _step, by, _verdict in each.decided} for each in askings):
            return True
        if any(each.state == "open" and person in self.asked(each, matter.place)[2] for each in askings):
            return True
        if matter.state in ("submitted", "returned") and self.holds_above(person, "progress", matter.place):
            return True
        if matter.state == "filed" and self.reads_ledger(person, matter.place):
            return True
        region = self.nearest(matter.place, "region")
        return bool(matter.region) and person in self.holders("region", region)

    # --- The ledger of a day ---

    def ledger_of(self, day: dt.date) -> list[str]:
        return sorted(v.title for v in self.versions if v.begins <= day and (v.ends is None or day < v.ends))

    def move(self, code: str, parent: str) -> None:
        """Hang a section under another unit; who was recused from what it belonged to stays recused from it."""
        over = [r for r in self.recusals if self.is_below(code, r.code) and (r.ends is None or r.ends >= self.day)]
        self.parents[code] = parent
        for known in over:
            starts = max(known.starts, self.day)
            covered = any(
                r.person == known.person
                and self.is_below(code, r.code)
                and r.starts <= starts
                and (r.ends is None or (known.ends is not None and r.ends >= known.ends))
                for r in self.recusals
            )
            if not covered:
                self.recusals.append(Dated(known.person, code, starts, known.ends))


def within(items: Iterable, index: int):
    """Return one of `items` by any number, or None when there is none."""
    listed = list(items)
    return listed[index % len(listed)] if listed else None
