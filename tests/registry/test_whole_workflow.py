"""The whole workflow against a pure model: every act is done in the application and in plain Python, and both must agree.

A walk draws acts by members of the cast, those who may and those who may not. The model says beforehand whether an act is
accepted. What is refused leaves every table as it was; after each step the invariants below hold.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from registry import access
from registry.access import Declarant
from registry.actions import (
    approvals,
    declarations,
    extensions,
    jobs,
    measures,
    meetings,
    notices,
    organization,
    regions,
    supplements,
)
from registry.models import (
    Approval,
    Assignment,
    AuditEntry,
    Declaration,
    MeasureVersion,
    NoticeExtension,
    NoticeLine,
    Organization,
    PointVersion,
    PublicNotice,
    Recusal,
    RiskPoint,
)
from registry.models import Meeting as StoredMeeting
from registry.models import Objection as StoredObjection
from registry.querysets.ledger import LedgerFilter
from registry.rules import Refused, digest
from tests import factories
from tests.registry import consistency
from tests.registry.workflow_model import (
    OPEN_TO_WRITING,
    STANDING,
    Asking,
    Dated,
    Line,
    Matter,
    Meeting,
    Model,
    Notice,
    Objection,
    Version,
    within,
)

START = dt.date(2026, 3, 2)
NOON = dt.time(4, tzinfo=dt.UTC)
PARENTS = {
    "DQ": None,
    "CZJ": "DQ",
    "MZJ": "DQ",
    "SWJ": "DQ",
    "CZJ-01": "CZJ",
    "CZJ-02": "CZJ",
    "MZJ-01": "MZJ",
    "SWJ-01": "SWJ",
}
ACTORS = [
    "holder", "colleague", "head", "other_holder", "other_head", "supervisor", "member", "principal", "second_principal",
    "clerk", "second_clerk", "publisher", "recorder", "mzj_holder", "mzj_head", "mzj_clerk", "region_clerk", "inspector",
    "recused_inspector", "system_administrator", "security_administrator",
]  # fmt: skip
# Who declares, at which place, on which level; without a name: the section or the leadership team.
DECLARANTS = [
    ("holder", "CZJ-01", "post"), ("head", "CZJ-01", "post"), ("member", "CZJ", "post"), ("principal", "CZJ", "post"),
    ("other_holder", "CZJ-02", "post"), ("mzj_holder", "MZJ-01", "post"), ("", "CZJ-01", "section"), ("", "CZJ", "leadership"),
]  # fmt: skip
# Roles that come and go in a walk, beside those of the cast.
GIVEN = [
    ("colleague", "section_head", "CZJ-01"), ("member", "party_organization", "CZJ"), ("clerk", "recorder", "CZJ"),
    ("mzj_head", "office_clerk", "MZJ"), ("supervisor", "principal_leader", "CZJ"), ("inspector", "region_clerk", "DQ"),
    ("other_head", "team_member", "CZJ"), ("principal", "notice_publisher", "CZJ"),
]  # fmt: skip
# (what the number stands for depends on the rule)
numbers = st.integers(0, 59)


class Workflow(RuleBasedStateMachine):
    """One walk, in a transaction that is undone at its end."""

    body: factories.Body
    is_thorough = False

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(dt.datetime.combine(START, NOON), tick=False)
        self.clock.start()
        self.walk = transaction.atomic()
        self.walk.__enter__()
        posts = {name: code for name, (_name, code, _post, _rank) in factories.STAFF.items()}
        ranks = {name: rank for name, (_name, _code, _post, rank) in factories.STAFF.items()}
        self.model = model = Model(dict(PARENTS), posts, ranks, START)
        model.roles = [Dated(name, code, factories.SINCE, None, str(role)) for name, role, code in factories.ROLES]
        model.roles = [held for held in model.roles if held.person != "former"]
        model.recusals = [Dated("recused_inspector", "CZJ-01", factories.SINCE)]
        # The command line's account: what it enters needs nobody's confirmation.
        self.people = {**self.body.people, "console": organization.console_actor()}
        self.names = {person.pk: name for name, person in self.people.items()}
        self.frozen: dict[tuple[type, int], dict[str, Any]] = {}
        self.past: dict[dt.date, list[str]] = {}
        self.counted = AuditEntry.objects.count()
        self.texts = 0
        self.refused = self.accepted = self.steps = 0

    def teardown(self) -> None:
        try:
            assert consistency.problems() == []
        finally:
            self.undo()

    def undo(self) -> None:
        transaction.set_rollback(True)
        self.walk.__exit__(None, None, None)
        self.clock.stop()
        SEEN["accepted"] += self.accepted
        SEEN["refused"] += self.refused
        SEEN["walks"] += 1

    # --- How an act is done -----------------------------------------------------------------------------------------------

    def attempt(self, allowed: bool, act: Callable[[], Any]) -> Any:
        """Do an act; it must be accepted exactly when the model says so, and leave no trace when it is not."""
        entries = AuditEntry.objects.count()
        before = None if allowed else consistency.everything()
        try:
            with transaction.atomic():
                result = act()
        except Refused as why:
            assert not allowed, f"refused: {why}"
            assert consistency.everything() == before, "a refused act left a trace"
            self.refused += 1
            return None
        assert allowed, "accepted, although the model refuses it"
        assert AuditEntry.objects.count() > entries, "an accepted act is not in the chain"
        self.accepted += 1
        return True if result is None else result

    def actor(self, number: int, likely: set[str]) -> str:
        """Return one of those who may in three cases of four, else anybody."""
        if number % 4 and likely:
            return within(sorted(likely), number // 4)
        return within(ACTORS, number)

    def text(self) -> str:
        self.texts += 1
        return f"风险点{self.texts}"

    def declarant(self, matter: Matter) -> Declarant:
        if matter.holder:
            return Declarant.of_post(self.body.appointment(matter.holder))
        return Declarant.of_organization(self.organization(matter.place))

    @staticmethod
    def organization(code: str) -> Organization:
        return Organization.objects.get(code=code)

    @staticmethod
    def stored(matter: Matter) -> Declaration:
        return Declaration.objects.get(pk=matter.pk)

    def writers(self, matter: Matter) -> set[str]:
        return {name for name in ACTORS if self.model.writes(name, matter)}

    # --- Writing ----------------------------------------------------------------------------------------------------------

    @rule(which=numbers, who=numbers)
    def start(self, which: int, who: int) -> None:
        """Begin the year's declaration and write all of it."""
        holder, place, level = within(DECLARANTS, which)
        matter = Matter(holder, place, level)
        known = [m for m in self.model.matters if (m.holder, m.place, m.level) == (holder, place, level)]
        if any(m.phase == "points" and not m.supplement for m in known):
            return
        by = self.actor(who, self.writers(matter))
        titles = [self.text(), self.text()]

        def act() -> Declaration:
            person = self.people[by]
            declaration = declarations.start_declaration(by=person, declarant=self.declarant(matter))
            extra = factories.LEVELS[place] if level != "post" else {}
            values = {name: value for name, value in extra.items() if name != "empty"}
            for title in titles:
                declarations.save_point(
                    by=person,
                    declaration=declaration,
                    values=factories.point_values(title=title, **values),
                    measures=[factories.MEASURE],
                )
            for category in extra.get("empty", ("moral", "environment")):
                declarations.state_nothing_found(by=person, declaration=declaration, category=category, reason="没有。")
            if not holder:
                factories.record(declaration, by=person)
            return declaration

        declaration = self.attempt(self.model.writes(by, matter), act)
        if declaration is None:
            return
        matter.pk = declaration.pk
        for version in declaration.pointversions.order_by("pk"):
            matter.versions.append(Version(version.point_id, version.title, matter, pk=version.pk))
        self.wrote(matter, by, has_record=not holder)
        self.model.matters.append(matter)

    def wrote(self, matter: Matter, by: str, has_record: bool = False) -> None:
        """Remember who had a hand in what a section or team declares, and who was at its meeting."""
        if matter.holder:
            return
        matter.preparers.add(by)
        if has_record:
            matter.has_record, matter.present = True, self.model.roll(matter.place)

    @precondition(lambda self: any(m.versions for m in self.model.matters))
    @rule(which=numbers, entry=st.integers(0, 1), who=numbers)
    def edit(self, which: int, entry: int, who: int) -> None:
        """Write another title of a point."""
        # Mostly what can be written in, sometimes what cannot.
        some = [m for m in self.model.matters if m.versions and (which % 3 == 0 or m.state in OPEN_TO_WRITING)]
        matter = within(some, which // 3)
        if matter is None:
            return
        version = within(matter.versions, entry)
        by, title = self.actor(who, self.writers(matter)), self.text()
        allowed = (
            self.model.writes(by, matter)
            and matter.state in OPEN_TO_WRITING
            and not version.withdraws
            and (matter.marked is None or version.point in matter.marked)
        )

        def act() -> PointVersion:
            stored = PointVersion.objects.get(pk=version.pk)
            content = declarations.point_content(stored)
            return declarations.save_point(
                by=self.people[by],
                declaration=stored.declaration,
                version=stored,
                expected=stored.version,
                values={name: content[name] for name in declarations.POINT_FIELDS} | {"title": title},
                measures=content["measures"],
            )

        if self.attempt(allowed, act):
            version.title = title
            self.wrote(matter, by)

    @precondition(lambda self: any(m.state in (*OPEN_TO_WRITING, "submitted") for m in self.model.matters))
    @rule(which=numbers, who=numbers)
    def submit(self, which: int, who: int) -> None:
        some = [m for m in self.model.matters if m.state in OPEN_TO_WRITING or which % 7 == 0]
        matter = within(some, which)
        if matter is None:
            return
        self.do_submit(matter, self.actor(who, self.writers(matter)))

    def do_submit(self, matter: Matter, by: str) -> None:
        model = self.model
        may = model.writes(by, matter) and matter.state in OPEN_TO_WRITING
        allowed = may and model.is_complete(matter)

        def act() -> Declaration:
            stored = self.stored(matter)
            seen = digest(declarations.content_of(stored))
            return declarations.submit(by=self.people[by], declaration=stored, seen_digest=seen)

        if self.attempt(allowed, act) is None:
            return
        self.wrote(matter, by)
        steps, owners = model.steps_of(matter), {matter.holder} if matter.holder else set(matter.preparers)
        if matter.asking is None:
            matter.asking = Asking(steps, by, owners)
        else:
            asking = matter.asking
            asking.steps, asking.by, asking.state, asking.step = steps, by, "open", 0
            asking.round += 1
            asking.version += 1
            asking.owners |= owners
        matter.state, matter.marked, matter.to_region = "submitted", None, model.goes_to_region(matter)

    @precondition(lambda self: any(m.state == "submitted" for m in self.model.matters))
    @rule(which=numbers, who=numbers)
    def withdraw(self, which: int, who: int) -> None:
        matter = within([m for m in self.model.matters if m.state == "submitted"], which)
        by = self.actor(who, self.writers(matter))
        asking = matter.asking
        allowed = self.model.writes(by, matter) and not asking.in_round and not self.model.is_on_the_wall(matter)

        def act() -> None:
            stored = self.stored(matter)
            declarations.withdraw(by=self.people[by], declaration=stored, expected=stored.version)

        if self.attempt(allowed, act):
            self.wrote(matter, by)
            asking.state = "withdrawn"
            asking.version += 1
            returned = [verdict for _round, _step, _by, verdict in asking.decided if verdict == "return"]
            matter.state = "returned" if returned else "draft"
            self.marks(matter)
            self.model.follow(matter)

    def marks(self, matter: Matter) -> None:
        """What may be changed follows from the last return: its remarks, or all of it."""
        matter.marked = self.last_marks.get(matter.pk) if matter.state == "returned" else None

    @property
    def last_marks(self) -> dict[int, set[int] | None]:
        return self.__dict__.setdefault("_marks", {})

    # --- Deciding ---------------------------------------------------------------------------------------------------------

    @precondition(lambda self: any(m.state == "submitted" for m in self.model.matters))
    @rule(which=numbers, who=numbers, says_no=st.sampled_from(["", "", "", "whole", "marked"]))
    def decide(self, which: int, who: int, says_no: str) -> None:
        matter = within([m for m in self.model.matters if m.state == "submitted"], which)
        people = self.model.asked(matter.asking, matter.place)[2]
        self.do_decide(matter, self.actor(who, people), says_no)

    def do_decide(self, matter: Matter, by: str, says_no: str = "") -> None:
        model, asking, step = self.model, matter.asking, matter.asking.current
        right, _unit, people = model.asked(asking, matter.place)
        allowed = by in people and not model.is_in_meeting(matter)
        if says_no == "marked" and (matter.phase == "measures" or not matter.versions):
            says_no = "whole"
        if not says_no and step == "party":
            allowed = allowed and model.was_shown(matter)
        if not says_no and step == "resolution" and right == "team":
            allowed = allowed and by in matter.present - matter.preparers
        if not says_no and step == "office":
            allowed = allowed and self.is_still_true(matter)
        remarks = {f"point:{matter.versions[0].pk}": "请写清环节。"} if says_no == "marked" else None
        verdict = "return" if says_no else "file" if step == "office" else "approve"

        def act() -> Any:
            approval = Approval.objects.get(declaration=matter.pk)
            return declarations.decide_declaration(
                by=self.people[by],
                approval=approval,
                verdict=verdict,
                version=approval.version,
                seen_digest=digest(declarations.content_of(self.stored(matter))),
                reason="请补充。" if says_no == "whole" else "",
                remarks=remarks,
            )

        if self.attempt(allowed, act):
            self.decided(matter, by, verdict, {matter.versions[0].point} if remarks else None)

    def is_still_true(self, matter: Matter) -> bool:
        """Say whether what a declaration changes, or names measures for, still stands."""
        if matter.phase == "measures":
            return all(version.state in STANDING for version, _text in matter.measured.values())
        return all(v.replaces is None or v.replaces.state in STANDING for v in matter.versions)

    def decided(self, matter: Matter, by: str, verdict: str, marked: set[int] | None = None) -> None:
        asking = matter.asking
        asking.decided.append((asking.round, asking.current, by, verdict))
        asking.version += 1
        if verdict == "return":
            asking.state, matter.state = "returned", "returned"
            self.last_marks[matter.pk] = marked
            self.marks(matter)
            self.model.follow(matter)
        elif asking.step + 1 < len(asking.steps):
            asking.step += 1
        else:
            asking.state = "completed"
            self.model.file(matter)

    @precondition(lambda self: any(m.state in ("submitted", *OPEN_TO_WRITING) for m in self.model.matters))
    @rule(which=numbers, steps=st.integers(1, 4))
    def go_on(self, which: int, steps: int) -> None:
        """Let those who may bring a declaration some steps further, so that walks come far."""
        matter = within([m for m in self.model.matters if m.state in ("submitted", *OPEN_TO_WRITING)], which)
        for _step in range(steps):
            if matter.state in OPEN_TO_WRITING:
                writers = self.writers(matter)
                if not writers or not self.model.is_complete(matter):
                    return
                self.do_submit(matter, min(writers))
                continue
            if matter.state != "submitted":
                return
            people = self.model.asked(matter.asking, matter.place)[2]
            if not people:
                return
            if self.model.is_in_meeting(matter):
                self.do_meet(matter, min(self.model.entering(self.model.nearest(matter.place, "unit"))), "approve")
                waiting = [m for m in self.model.meetings if m.state == "put" and m.matter is matter]
                if not waiting:
                    return
                who = sorted((people & waiting[0].present) - {waiting[0].writer})
                if not who:
                    return
                self.do_confirm(waiting[0], who[0])
            else:
                self.do_decide(matter, min(people))

    @precondition(lambda self: any(m.state == "submitted" and not self.nobody(m) for m in self.model.matters))
    @rule(which=numbers, who=numbers, whom=numbers)
    def name_reviewer(self, which: int, who: int, whom: int) -> None:
        """The region names a person: only where nobody is eligible by role."""
        stuck = [m for m in self.model.matters if m.state == "submitted" and self.nobody(m)]
        matter = within(
            stuck if stuck and which % 5 else [m for m in self.model.matters if m.state == "submitted"], which
        )
        asking, model = matter.asking, self.model
        region = model.nearest(matter.place, "region")
        recused = model.recused(matter.place)
        naming = model.holders("region", region) - asking.owners - recused
        by = self.actor(who, naming)
        excluded = asking.owners | asking.in_round | recused | {"system_administrator", "security_administrator"}
        person = within(ACTORS, whom)
        allowed = self.nobody(matter) and by in naming and person not in excluded

        def act() -> Any:
            return approvals.name_reviewer(
                by=self.people[by],
                approval=Approval.objects.get(declaration=matter.pk),
                person=self.people[person],
                reason="无人可审",
            )

        if self.attempt(allowed, act):
            asking.named[asking.round, asking.current] = person

    def nobody(self, matter: Matter) -> bool:
        return not self.model.asked(matter.asking, matter.place)[0]

    # --- Meetings ---------------------------------------------------------------------------------------------------------

    def before_team(self) -> list[Matter]:
        found = [m for m in self.model.matters if m.state == "submitted" and m.asking.current == "team"]
        return [m for m in found if self.model.asked(m.asking, m.place)[0] == "team"]

    @precondition(lambda self: self.before_team())
    @rule(which=numbers, who=numbers, verdict=st.sampled_from(["approve", "approve", "return"]))
    def meet(self, which: int, who: int, verdict: str) -> None:
        matter = within(self.before_team(), which)
        unit = self.model.asked(matter.asking, matter.place)[1]
        self.do_meet(matter, self.actor(who, self.model.entering(unit)), verdict)

    def do_meet(self, matter: Matter, by: str, verdict: str) -> None:
        """A meeting of everybody on the roll about one declaration, entered and put to confirmation by one person."""
        model = self.model
        _right, unit, people = model.asked(matter.asking, matter.place)
        present = model.roll(unit)
        withdrawn = present & (matter.asking.owners | model.recused(matter.place))
        waits = any(
            m.state == "put" and m.matter is matter and m.version == matter.asking.version for m in model.meetings
        )
        members = model.holders("team", unit) & present
        allowed = (
            model.may_enter(by, unit)
            and not waits
            and bool(members & people - withdrawn - {by})
            and len(present) >= min(2, len(present))
        )

        def act() -> StoredMeeting:
            meeting = factories.entered_meeting(
                self.organization(unit), [self.stored(matter)], self.people[by], verdict, reason="请补充。"
            )
            return meetings.put_meeting(by=self.people[by], meeting=meeting, expected=meeting.version)

        stored = self.attempt(allowed, act)
        if stored is not None:
            version = matter.asking.version
            model.meetings.append(Meeting(unit, matter, version, verdict, by, present, withdrawn, pk=stored.pk))

    @precondition(lambda self: any(m.state == "put" for m in self.model.meetings))
    @rule(which=numbers, who=numbers)
    def confirm(self, which: int, who: int) -> None:
        meeting = within([m for m in self.model.meetings if m.state == "put"], which)
        members = self.model.holders("team", meeting.unit) & meeting.present
        self.do_confirm(meeting, self.actor(who, members))

    def do_confirm(self, meeting: Meeting, by: str) -> None:
        model, matter = self.model, meeting.matter
        asking = matter.asking
        confirmers = (model.holders("team", meeting.unit) & meeting.present) - {meeting.writer}
        may = by in confirmers - model.recused(meeting.unit)
        right, unit, people = model.asked(asking, matter.place) if asking.state == "open" else ("", "", set())
        is_stale = asking.state != "open" or asking.version != meeting.version
        is_before = not is_stale and asking.current == "team" and (right, unit) == ("team", meeting.unit)
        decides = is_before and by in people - meeting.withdrawn
        allowed = may and (not is_before or decides)

        def act() -> Any:
            stored = StoredMeeting.objects.get(pk=meeting.pk)
            return meetings.confirm_meeting(by=self.people[by], meeting=stored, expected=stored.version)

        if self.attempt(allowed, act):
            meeting.state = "closed"
            if decides and model.is_in_meeting(matter):
                self.decided(matter, by, meeting.verdict)

    @precondition(lambda self: any(m.state == "put" for m in self.model.meetings))
    @rule(which=numbers, who=numbers)
    def send_back(self, which: int, who: int) -> None:
        meeting = within([m for m in self.model.meetings if m.state == "put"], which)
        members = (self.model.holders("team", meeting.unit) & meeting.present) - self.model.recused(meeting.unit)
        may = members | self.model.entering(meeting.unit)
        by = self.actor(who, may)

        def act() -> Any:
            stored = StoredMeeting.objects.get(pk=meeting.pk)
            return meetings.send_back_meeting(
                by=self.people[by], meeting=stored, expected=stored.version, reason="记录有误。"
            )

        if self.attempt(by in may, act):
            meeting.state = "draft"

    # --- After filing -----------------------------------------------------------------------------------------------------

    @precondition(lambda self: any(v.state in STANDING for v in self.model.versions))
    @rule(which=numbers, who=numbers, withdraws=st.booleans())
    def supplement(self, which: int, who: int, withdraws: bool) -> None:
        """Take a filed point up into the open supplement, or a new one, to change or to withdraw it."""
        model = self.model
        filed = within([v for v in model.versions if v.state in STANDING], which)
        like = filed.matter
        matter = Matter(like.holder, like.place, like.level, supplement=True)
        known = next(
            (
                m
                for m in model.matters
                if (m.holder, m.place, m.level) == (like.holder, like.place, like.level)
                and m.supplement
                and m.phase == "points"
                and m.state != "filed"
            ),
            None,
        )
        matter = known or matter
        by = self.actor(who, self.writers(matter))
        is_touched = any(v.replaces is filed for m in model.matters if m.state != "filed" for v in m.versions)
        allowed = (
            model.writes(by, matter) and matter.state in OPEN_TO_WRITING and matter.marked is None and not is_touched
        )
        title = self.text()

        def act() -> PointVersion:
            person = self.people[by]
            declaration = supplements.start_supplement(by=person, declarant=self.declarant(matter), trigger="duties")
            stored = PointVersion.objects.get(pk=filed.pk)
            kind = "withdrawn" if withdraws else "changed"
            version = supplements.take_up(
                by=person, declaration=declaration, filed=stored, kind=kind, reason="已取消。" if withdraws else ""
            )
            if not withdraws:
                content = declarations.point_content(version)
                values = {name: content[name] for name in declarations.POINT_FIELDS} | {"title": title}
                version = declarations.save_point(
                    by=person,
                    declaration=declaration,
                    version=version,
                    expected=version.version,
                    values=values,
                    measures=content["measures"],
                )
            if not matter.holder:
                factories.record(declaration, by=person)
            return version

        stored = self.attempt(allowed, act)
        if stored is None:
            return
        if known is None:
            matter.pk = stored.declaration_id
            model.matters.append(matter)
        version = Version(filed.point, filed.title if withdraws else title, matter, filed, withdraws, pk=stored.pk)
        matter.versions.append(version)
        self.wrote(matter, by, has_record=not matter.holder)

    @precondition(lambda self: any(v.state in STANDING for v in self.model.versions))
    @rule(which=numbers, who=numbers)
    def measure(self, which: int, who: int) -> None:
        """Begin the measures of what is filed, or go on with them, and name one for each point that has none."""
        model = self.model
        like = within([v for v in model.versions if v.state in STANDING], which).matter
        matter = next(
            (
                m
                for m in model.matters
                if (m.holder, m.place, m.level) == (like.holder, like.place, like.level)
                and m.phase == "measures"
                and m.state != "filed"
            ),
            None,
        ) or Matter(like.holder, like.place, like.level, phase="measures")
        by = self.actor(who, self.writers(matter))
        allowed = model.writes(by, matter) and matter.state in OPEN_TO_WRITING
        self.texts += 1
        text = self.texts
        new = [v for v in model.standing_points(matter) if matter.pk == 0 or v.point not in matter.measured]

        def act() -> Declaration:
            person = self.people[by]
            declaration = measures.start_measures(by=person, declarant=self.declarant(matter))
            written = new or model.standing_points(matter)[:1]
            for version in written:
                stored = PointVersion.objects.get(pk=version.pk)
                measures.save_measures(
                    by=person,
                    declaration=declaration,
                    version=stored,
                    measures=[{**factories.MEASURE, "text": f"措施{text}"}],
                    seen_digest=measures.seen_measures(declaration, stored),
                )
            if not matter.holder:
                factories.record(declaration, by=person)
            return declaration

        stored = self.attempt(allowed, act)
        if stored is None:
            return
        if matter.pk == 0:
            matter.pk = stored.pk
            model.matters.append(matter)
        for version in new or model.standing_points(matter)[:1]:
            matter.measured[version.point] = (version, text)
        self.wrote(matter, by, has_record=not matter.holder)

    # --- The region -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: any(m.state == "filed" for m in self.model.matters))
    @rule(which=numbers, who=numbers)
    def send(self, which: int, who: int) -> None:
        ready = [
            m for m in self.model.matters if m.state == "filed" and (which % 5 == 0 or (m.to_region and not m.region))
        ]
        matter = within(ready, which)
        if matter is None:
            return
        may = {name for name in ACTORS if self.model.sends(name, matter.place)}
        by = self.actor(who, may)
        allowed = by in may and matter.to_region and not matter.region

        def act() -> Any:
            return regions.send_to_region(by=self.people[by], declarations=[self.stored(matter)])

        if self.attempt(allowed, act):
            matter.region, matter.review = "sent", Asking(["region"], by, matter.asking.owners | {by})

    @precondition(lambda self: any(m.region for m in self.model.matters))
    @rule(which=numbers, who=numbers, verdict=st.sampled_from(["approve", "ask", "return"]))
    def review(self, which: int, who: int, verdict: str) -> None:
        sent = [m for m in self.model.matters if m.region == "sent" or (m.region and which % 5 == 0)]
        matter = within(sent, which)
        if matter is None:
            return
        asking, model = matter.review, self.model
        people = model.asked(asking, matter.place)[2] if asking.state == "open" else set()
        by = self.actor(who, people)

        def act() -> Any:
            approval = Approval.objects.get(reviewed_declaration=matter.pk)
            return regions.decide_region(
                by=self.people[by],
                approval=approval,
                verdict=verdict,
                version=approval.version,
                seen_digest=digest(regions.review_content(self.stored(matter))),
                reason="" if verdict == "approve" else "请说明依据。",
            )

        if not self.attempt(by in people, act):
            return
        asking.decided.append((asking.round, "region", by, verdict))
        asking.version += 1
        asking.state = "completed" if verdict == "approve" else "returned"
        matter.region = {"approve": "accepted", "ask": "asked", "return": "returned"}[verdict]
        if verdict == "return":
            for version in matter.versions:
                if version.state in STANDING:
                    version.state = "to_change"
            self.opened_by_region(matter)

    def opened_by_region(self, returned: Matter) -> None:
        """A return opens a supplement, or measures, for who answers for it; the one that is open is gone on with."""
        model, phase = self.model, returned.phase
        same = (returned.holder, returned.place, returned.level)
        if any(
            (m.holder, m.place, m.level) == same
            and m.phase == phase
            and m.state != "filed"
            and (m.supplement or phase == "measures")
            for m in model.matters
        ):
            return
        matter = Matter(*same, phase=phase, supplement=True)
        stored = Declaration.objects.latest("pk")
        assert stored.state == "draft", "a return by the region opened nothing"
        matter.pk = stored.pk
        if phase == "measures":
            standing = {version.pk: version for version in model.standing_points(matter)}
            for version in stored.measureversions.values_list("point_version", flat=True).distinct():
                matter.measured[standing[version].point] = (standing[version], 0)
        model.matters.append(matter)

    @precondition(lambda self: any(m.region == "asked" for m in self.model.matters))
    @rule(which=numbers, who=numbers)
    def answer_region(self, which: int, who: int) -> None:
        matter = within([m for m in self.model.matters if m.region == "asked"], which)
        may = {name for name in ACTORS if self.model.sends(name, matter.place)}
        by = self.actor(who, may)

        def act() -> Any:
            stored = self.stored(matter)
            return regions.answer_region(
                by=self.people[by], declaration=stored, text="依据如下。", expected=stored.version
            )

        if self.attempt(by in may, act):
            asking = matter.review
            matter.region, asking.state, asking.step = "sent", "open", 0
            asking.round += 1
            asking.version += 1
            asking.owners |= {by} | matter.asking.owners

    # --- Notices ----------------------------------------------------------------------------------------------------------

    @rule(
        code=st.sampled_from(["CZJ", "CZJ", "MZJ", "CZJ-01"]), kind=st.sampled_from(["points", "measures"]), who=numbers
    )
    def compose(self, code: str, kind: str, who: int) -> None:
        """Compose a notice of everything that may be shown, and submit it."""
        model = self.model
        found = model.candidates(code, kind)
        if not found and who % 6:
            return
        by = self.actor(who, {name for name in ACTORS if model.composes(name, code)})

        def act() -> PublicNotice:
            person = self.people[by]
            notice = notices.start_notice(by=person, organization=self.organization(code), year=START.year, kind=kind)
            values = {name: getattr(notice, name) for name in notices.COMPOSED_FIELDS} | {"contact": factories.CONTACT}
            notice = notices.save_notice(by=person, notice=notice, expected=notice.version, values=values)
            return factories.submit_notice(notice, person)

        stored = self.attempt(model.composes(by, code) and bool(found), act)
        if stored is not None:
            asking = Asking(["posting"], by, {by}, whole=True)
            model.notices.append(Notice(code, kind, [each[0] for each in found], {by}, asking, pk=stored.pk))

    @precondition(lambda self: any(n.state == "submitted" for n in self.model.notices))
    @rule(which=numbers, who=numbers, verdict=st.sampled_from(["post", "post", "post", "return", "withdraw"]))
    def decide_notice(self, which: int, who: int, verdict: str) -> None:
        model = self.model
        notice = within([n for n in model.notices if n.state == "submitted"], which)
        people = model.asked(notice.asking, notice.code)[2]
        if verdict == "withdraw":
            may = {name for name in ACTORS if model.composes(name, notice.code)}
            by = self.actor(who, may)
            if self.attempt(by in may, lambda: self.take_back(notice, by)):
                notice.state, notice.asking.state = "draft", "withdrawn"
            return
        by = self.actor(who, people)
        offered = model.candidates(notice.code, notice.kind, notice.replaces)
        lines = [each for each in offered if each[0] in notice.chosen]
        allowed = by in people and (verdict == "return" or bool(lines))

        def act() -> Any:
            stored = PublicNotice.objects.get(pk=notice.pk)
            return factories.decide_notice(stored, self.people[by], verdict, "请改。" if verdict == "return" else "")

        stored = self.attempt(allowed, act)
        if stored is None:
            return
        notice.asking.decided.append((1, "posting", by, verdict))
        notice.state, notice.asking.state = ("posted", "completed") if verdict == "post" else ("returned", "returned")
        if verdict == "post":
            order = {line.point_version_id: line.ordinal for line in stored.lines.all()}
            for version, matter, text in sorted(lines, key=lambda each: order[each[0].pk]):
                notice.lines.append(Line(version, matter, text))
                if notice.kind == "points":
                    version.state = "published"
            unit = model.nearest(notice.code, "unit")
            count = model.counters[f"notice:{unit}"] = model.counters.get(f"notice:{unit}", 0) + 1
            notice.number, notice.ends = f"GS-{unit}-{START.year}-{count:03d}", stored.ends_on
            if notice.replaces is not None and model.runs(notice.replaces):
                model.replace(notice.replaces)

    def take_back(self, notice: Notice, by: str) -> None:
        stored = PublicNotice.objects.get(pk=notice.pk)
        notices.withdraw_notice(by=self.people[by], notice=stored, expected=stored.version)

    @precondition(lambda self: any(n.lines and n.kind == "points" for n in self.model.notices))
    @rule(which=numbers, who=numbers)
    def show_anew(self, which: int, who: int) -> None:
        """Compose a notice that takes the place of one that runs, or shows anew what was corrected after it; submit it."""
        model = self.model
        posted = [n for n in model.notices if n.lines and n.kind == "points"]
        notice = within([n for n in posted if model.corrections(n)] if which % 3 else posted, which)
        if notice is None or any(n.replaces is notice and not n.number for n in model.notices):
            return
        may = {name for name in ACTORS if model.composes(name, notice.code) and model.manages(name, notice.code)}
        by = self.actor(who, may)
        chosen = model.chosen_anew(notice)
        offered = {each[0] for each in model.candidates(notice.code, "points", notice)}

        def act() -> PublicNotice:
            anew = notices.compose_anew(by=self.people[by], notice=PublicNotice.objects.get(pk=notice.pk))
            return factories.submit_notice(anew, self.people[by])

        stored = self.attempt(by in may and bool(offered & set(chosen)), act)
        if stored is not None:
            asking = Asking(["posting"], by, {by}, whole=True)
            model.notices.append(Notice(notice.code, "points", chosen, {by}, asking, replaces=notice, pk=stored.pk))

    @precondition(lambda self: any(n.lines for n in self.model.notices))
    @rule(which=numbers, who=numbers, days=st.integers(1, 3))
    def ask_extension(self, which: int, who: int, days: int) -> None:
        """Ask for some working days more for a notice that was posted."""
        model = self.model
        notice = within([n for n in model.notices if n.lines], which)
        may = {name for name in ACTORS if model.manages(name, notice.code)}
        by = self.actor(who, may)
        is_asked = notice.longer is not None and notice.longer.state == "open"

        def act() -> NoticeExtension:
            stored = PublicNotice.objects.get(pk=notice.pk)
            return extensions.ask_extension(by=self.people[by], notice=stored, days=days, reason="群众要求延期")

        if self.attempt(by in may and model.runs(notice) and not is_asked, act) is not None:
            notice.longer = Asking(["extension"], by, {by}, whole=True)

    @precondition(lambda self: any(n.longer and n.longer.state == "open" for n in self.model.notices))
    @rule(which=numbers, who=numbers, verdict=st.sampled_from(["approve", "approve", "return", "withdraw"]))
    def decide_extension(self, which: int, who: int, verdict: str) -> None:
        model = self.model
        notice = within([n for n in model.notices if n.longer and n.longer.state == "open"], which)
        asking = notice.longer
        people = {asking.by} if verdict == "withdraw" else model.asked(asking, notice.code)[2]
        by = self.actor(who, people & set(ACTORS))
        allowed = by in people and (verdict != "approve" or model.runs(notice))

        def act() -> Any:
            stored = NoticeExtension.objects.get(notice=notice.pk, state="asked")
            if verdict == "withdraw":
                return extensions.withdraw_extension(by=self.people[by], extension=stored)
            approval = Approval.objects.get(pk=stored.approval_id)
            seen = digest(extensions.extension_content(stored.notice, stored.days, stored.reason))
            said = {"version": approval.version, "seen_digest": seen, "reason": "同意。"}
            return extensions.decide_extension(by=self.people[by], approval=approval, verdict=verdict, **said)

        if not self.attempt(allowed, act):
            return
        asking.state = {"approve": "completed", "return": "returned", "withdraw": "withdrawn"}[verdict]
        if verdict == "approve":
            ends = PublicNotice.objects.get(pk=notice.pk).ends_on
            assert ends > notice.ends
            notice.ends = ends

    @precondition(lambda self: any(n.lines for n in self.model.notices))
    @rule(which=numbers, who=numbers, line=st.integers(0, 3))
    def object_to(self, which: int, who: int, line: int) -> None:
        notice = within([n for n in self.model.notices if n.lines], which)
        against, by = within(notice.lines, line), within(ACTORS, who)
        allowed = notice.state == "posted" and not self.model.is_over(notice)

        def act() -> StoredObjection:
            stored = PublicNotice.objects.get(pk=notice.pk)
            about = NoticeLine.objects.get(notice=stored, point_version=against.version.pk)
            return notices.object_to(
                by=self.people[by], notice=stored, line=about, text="与实际不符。", objector=self.people[by].name
            )

        stored = self.attempt(allowed, act)
        if stored is not None:
            self.model.objections.append(Objection(notice, against, by, pk=stored.pk))

    @precondition(lambda self: self.model.objections)
    @rule(which=numbers, who=numbers, ruling=st.sampled_from(["upheld", "not_upheld"]))
    def answer_objection(self, which: int, who: int, ruling: str) -> None:
        model = self.model
        objection = within([o for o in model.objections if not o.is_answered or which % 6 == 0], which)
        if objection is None:
            return
        may = {name for name in ACTORS if model.answers(name, objection)}
        by = self.actor(who, may)

        def act() -> Any:
            stored = StoredObjection.objects.get(pk=objection.pk)
            return notices.answer_objection(
                by=self.people[by], objection=stored, ruling=ruling, answer="已核实。", expected=stored.version
            )

        if not self.attempt(by in may, act):
            return
        objection.is_answered = True
        if ruling != "upheld":
            return
        line = objection.line
        for notice in model.notices:
            for other in notice.lines:
                is_same = other.version is line.version and (other.matter, other.text) == (line.matter, line.text)
                if other is line or (is_same and notice.state in ("posted", "ended")):
                    other.is_upheld = True
        if objection.notice.kind == "points" and line.version.state in ("filed", "published", "in_force"):
            line.version.state = "to_change"

    # --- Who may, and where things are ------------------------------------------------------------------------------------

    @rule(which=numbers, who=numbers, days=st.integers(-1, 6))
    def give_role(self, which: int, who: int, days: int) -> None:
        """Give a role, for good (-1) or for some days."""
        model = self.model
        name, role, code = within(GIVEN, which)
        by = self.actor(who, {"console"})
        ends = None if days < 0 else model.day + dt.timedelta(days=days)
        lasting = [r for r in model.roles if r.ends is None or r.ends >= model.day]
        held = any((r.person, r.what, r.code) == (name, role, code) for r in lasting)
        allowed = by == "console" and not held

        if by.endswith("_administrator"):
            return  # what one enters waits for another

        def act() -> Assignment:
            return organization.assign(
                by=self.people[by],
                person=self.people[name],
                organization=self.organization(code),
                role=role,
                starts_on=model.day,
                ends_on=ends,
                reason="工作需要",
            )

        if self.attempt(allowed, act):
            model.roles.append(Dated(name, code, model.day, ends, role))

    @rule(which=numbers, who=numbers, at_once=st.booleans())
    def end_role(self, which: int, who: int, at_once: bool) -> None:
        """End a role with yesterday, or with today."""
        model = self.model
        lasting = [
            r
            for r in model.roles
            if r.ends is None and r.code != "DQ" and r.what != "inspector" and r.starts < model.day
        ]
        held = within(lasting, which)
        if held is None:
            return
        by = self.actor(who, {"security_administrator"})
        last = model.day - dt.timedelta(days=1) if at_once else model.day

        def act() -> None:
            assignment = Assignment.objects.get(
                person=self.people[held.person], organization__code=held.code, role=held.what, ends_on=None
            )
            organization.end_assignment(by=self.people[by], assignment=assignment, ends_on=last, reason="调整分工")

        if self.attempt(by == "security_administrator", act):
            held.ends = last

    @rule(which=numbers, who=numbers, code=st.sampled_from(["CZJ", "CZJ-01", "MZJ-01", "DQ"]), days=st.integers(-1, 6))
    def recuse(self, which: int, who: int, code: str, days: int) -> None:
        model = self.model
        name, by = within(ACTORS[:-2], which), self.actor(who, {"security_administrator"})
        ends = None if days < 0 else model.day + dt.timedelta(days=days)
        known = any(
            r.person == name and r.code == code and (r.ends is None or r.ends >= model.day)
            and (ends is None or r.starts <= ends)
            for r in model.recusals
        )  # fmt: skip

        def act() -> Recusal:
            return organization.recuse(
                by=self.people[by],
                person=self.people[name],
                organization=self.organization(code),
                starts_on=model.day,
                ends_on=ends,
                reason="近亲属",
            )

        if self.attempt(by == "security_administrator" and not known, act):
            model.recusals.append(Dated(name, code, model.day, ends))

    @precondition(lambda self: any(r.holds(self.model.day) and r.starts < self.model.day for r in self.model.recusals))
    @rule(which=numbers, who=numbers)
    def end_recusal(self, which: int, who: int) -> None:
        model = self.model
        held = within([r for r in model.recusals if r.holds(model.day) and r.starts < model.day], which)
        by, last = self.actor(who, {"console"}), model.day - dt.timedelta(days=1)

        if by.endswith("_administrator"):
            return  # what one enters waits for another

        def act() -> None:
            recusal = Recusal.objects.get(
                person=self.people[held.person],
                organization__code=held.code,
                starts_on=held.starts,
                ends_on=held.ends,
            )
            organization.end_recusal(by=self.people[by], recusal=recusal, ends_on=last, reason="回避事由消失")

        if self.attempt(by == "console", act):
            held.ends = last

    @rule(who=numbers)
    def move(self, who: int) -> None:
        """Let the section of the holder belong to the other unit, or come back."""
        model = self.model
        parent = "MZJ" if model.parents["CZJ-01"] == "CZJ" else "CZJ"
        by = self.actor(who, {"console"})

        if by.endswith("_administrator"):
            return  # what one enters waits for another

        def act() -> None:
            organization.move_organization(
                by=self.people[by],
                organization=self.organization("CZJ-01"),
                parent=self.organization(parent),
                reason="机构改革",
            )

        if self.attempt(by == "console", act):
            model.move("CZJ-01", parent)

    @rule(days=st.integers(1, 5))
    def days_pass(self, days: int) -> None:
        """Some days pass, and what is due by the clock is done."""
        self.past[self.model.day] = self.model.ledger_of(self.model.day)
        self.model.day += dt.timedelta(days=days)
        self.clock.stop()
        self.clock = time_machine.travel(dt.datetime.combine(self.model.day, NOON), tick=False)
        self.clock.start()
        for job in ("roles", "recusals", "notices"):
            jobs.run_due(job)
        self.model.end_what_is_over()

    # --- What holds after every step --------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_inconsistent(self) -> None:
        """consistency.CHECKS: own matter, twice, order of steps, forks, gaps, chain, places, grants, who is asked …

        In a short walk a fifth of them after each step and all at the end; in a long one always all.
        """
        every = 1 if self.is_thorough else 5
        self.steps += 1
        assert consistency.problems(consistency.CHECKS[self.steps % every :: every]) == []

    @invariant()
    def states_are_those_of_the_model(self) -> None:
        """Declarations, their approvals, filed points and notices are in the states the model says, under its numbers."""
        model = self.model
        stored = {d.pk: d for d in Declaration.objects.select_related("approval", "region_approval")}
        assert set(stored) == {m.pk for m in model.matters}
        for matter in model.matters:
            found = stored[matter.pk]
            assert (found.state, found.region_state) == (matter.state, matter.region)
            for asking, approval in ((matter.asking, found.approval), (matter.review, found.region_approval)):
                if asking is None:
                    assert approval is None
                else:
                    stands = (approval.state, approval.step, approval.round, approval.steps, approval.version)
                    assert stands == (asking.state, asking.step, asking.round, asking.steps, asking.version)
        filed = PointVersion.objects.exclude(state="draft").values_list("pk", "state", "valid_from", "valid_to")
        expected = {(v.pk, v.state, v.begins, v.ends) for v in model.versions}
        assert set(filed) == expected
        assert dict(RiskPoint.objects.exclude(code=None).values_list("pk", "code")) == model.codes
        assert set(PublicNotice.objects.values_list("pk", "state", "number", "ends_on")) == {
            (n.pk, n.state, n.number or None, n.ends) for n in model.notices
        }

    @invariant()
    def who_decided_was_eligible(self) -> None:
        """The decisions stored are those the model accepted, which asked before each whether that person was eligible."""
        expected = set()
        for matter in self.model.matters:
            for asking, attribute in ((matter.asking, "declaration"), (matter.review, "reviewed_declaration")):
                expected |= {(attribute, matter.pk, *each) for each in (asking.decided if asking else ())}
        found = set()
        for approval in Approval.objects.exclude(kind__in=["notice", "notice_extension"]).prefetch_related("decisions"):
            is_review = approval.kind == "region_review"
            attribute = "reviewed_declaration" if is_review else "declaration"
            matter = getattr(approval, attribute).pk
            for each in approval.decisions.all():
                found.add((attribute, matter, each.round, each.step, self.names[each.decided_by_id], each.verdict))
        assert found == expected

    @invariant()
    def those_asked_are_those_of_the_model(self) -> None:
        """Whom an open approval waits for, and whose queue it stands in, is who the model says."""
        waiting: dict[str, set[int]] = {name: set() for name in ACTORS}
        for matter in self.model.matters:
            for asking, attribute in ((matter.asking, "declaration"), (matter.review, "reviewed_declaration")):
                if asking is None or asking.state != "open":
                    continue
                approval = Approval.objects.get(**{attribute: matter.pk})
                people = self.model.asked(asking, matter.place)[2]
                assert {self.names[pk] for pk in access.asked_now(approval).people} == people
                for name in people & set(ACTORS):
                    waiting[name].add(approval.pk)
        for notice in self.model.notices:
            if notice.asking.state == "open":
                pk = PublicNotice.objects.get(pk=notice.pk).approval_id
                for name in self.model.asked(notice.asking, notice.code)[2] & set(ACTORS):
                    waiting[name].add(pk)
            if notice.longer is not None and notice.longer.state == "open":
                pk = NoticeExtension.objects.get(notice=notice.pk, state="asked").approval_id
                for name in self.model.asked(notice.longer, notice.code)[2] & set(ACTORS):
                    waiting[name].add(pk)
        for name in self.some():
            assert set(access.waiting_for(self.people[name]).values_list("pk", flat=True)) == waiting[name], name

    def some(self) -> list[str]:
        """One or three members of the cast, others at each step."""
        count = 3 if self.is_thorough else 1
        return [ACTORS[(self.steps + number * 7) % len(ACTORS)] for number in range(count)]

    @invariant()
    def nobody_sees_more_than_the_model_says(self) -> None:
        """The declarations a person may read are those of the model, and the ledger they read is a part of its ledger."""
        for name in self.some():
            seen = set(access.visible_declarations(self.people[name]).values_list("pk", flat=True))
            assert seen == {m.pk for m in self.model.matters if self.model.sees(name, m)}, name
            points = set(access.visible_points(self.people[name]).values_list("pk", flat=True))
            assert points == {v.pk for v in self.model.versions if self.model.reads_ledger(name, v.matter.place)}, name

    @invariant()
    def filed_versions_never_change(self) -> None:
        """Of what is filed only position, state and valid_to ever change."""
        for table in (PointVersion, MeasureVersion):
            for row in table.objects.exclude(state="draft").values():
                kept = {name: value for name, value in row.items() if name not in ("position", "state", "valid_to")}
                assert self.frozen.setdefault((table, row["id"]), kept) == kept

    @invariant()
    def the_ledger_of_a_day_stays(self) -> None:
        """The ledger as of any past day is what it was on that day; today's is the model's."""
        days = {**dict(list(self.past.items())[-2:]), **dict(list(self.past.items())[:1])}
        days[self.model.day] = self.model.ledger_of(self.model.day)
        for day, titles in days.items():
            found = PointVersion.objects.matching(LedgerFilter(day=day)).values_list("title", flat=True)
            assert sorted(found) == titles, day

    @invariant()
    def the_chain_only_grows(self) -> None:
        """No entry of the audit chain is ever taken out."""
        count = AuditEntry.objects.count()
        assert count >= self.counted
        self.counted = count


SEEN = dict.fromkeys(("walks", "accepted", "refused"), 0)
_SETTINGS = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    print_blob=True,
)


def walk(body: factories.Body, record_property: Callable, *, walks: int, steps: int, is_thorough: bool) -> None:
    """Let the machine walk, and tell at the end of the run how far it came."""
    SEEN.update(dict.fromkeys(SEEN, 0))
    Workflow.body, Workflow.is_thorough = body, is_thorough
    chosen = settings(_SETTINGS, max_examples=walks, stateful_step_count=steps, derandomize=not is_thorough)
    run_state_machine_as_test(Workflow, settings=chosen)
    invariants = len(consistency.CHECKS) + sum(
        hasattr(each, "hypothesis_stateful_invariant") for each in vars(Workflow).values()
    )
    record_property(
        "figure",
        "whole workflow: {walks} walks, {accepted} acts accepted, {refused} refused without a trace, ".format(**SEEN)
        + f"{invariants} invariants after every step",
    )
    assert SEEN["accepted"] > SEEN["walks"], "the walks led nowhere"


def test_the_whole_workflow_agrees_with_the_model(body, record_property):
    walk(body, record_property, walks=4, steps=25, is_thorough=False)


@pytest.mark.long
def test_the_whole_workflow_agrees_with_the_model_for_long(body, record_property):
    walk(body, record_property, walks=120, steps=50, is_thorough=True)
