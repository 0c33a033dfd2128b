"""manage.py load_demo: a demonstration region with three units, made by the same verbs people use."""

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from registry import access
from registry.actions import (
    declarations,
    imports,
    measures,
    meetings,
    notices,
    organization,
    records,
    regions,
    stand_ins,
    suggestions,
    supplements,
)
from registry.models import (
    Appointment,
    Assignment,
    Declaration,
    Meeting,
    Organization,
    Period,
    Person,
    PointVersion,
    PublicNotice,
)
from registry.output.reader import Sheet
from registry.roles import Role
from registry.rules import (
    Change,
    Channel,
    DeclarationState,
    Level,
    MeetingState,
    NoticeKind,
    NoticeScope,
    Phase,
    PointState,
    Ruling,
    StepKey,
    Trigger,
    Verdict,
    decided_in_meeting,
    digest,
    verb_for,
)

FOLDER = Path(__file__).resolve().parents[2] / "demo"
UNITS = ("czj", "mzj", "swj")
PASSWORD = "demo-lianzheng"  # noqa: S105 - of invented people, printed on the screen
REGION = ("DQ", "云岭地区")
REASON = "演示数据"

# Who works for the region: staff number, name, role, organizations by code.
REGION_STAFF = (
    ("DQ001", "岳清源", Role.REGION_CLERK, ("DQ",)),
    ("DQ002", "水静姝", Role.REGION_CLERK, ("DQ",)),
    ("DQ003", "方正言", Role.INSPECTOR, ("CZJ", "MZJ")),
    ("DQ004", "简守一", Role.INSPECTOR, ("DQ",)),
    ("DQ008", "尚明德", Role.REGION_LEADER, ("DQ",)),
    ("DQ005", "卢维安", Role.SYSTEM_ADMINISTRATOR, ("DQ",)),
    ("DQ006", "安若谷", Role.SECURITY_ADMINISTRATOR, ("DQ",)),
    ("DQ007", "柴鉴之", Role.AUDIT_ADMINISTRATOR, ("DQ",)),
)
RECUSED = ("DQ003", "CZJ-03", "近亲属在该科室任职，申请回避")

# At which step a story stops, and what is said where it does not.
WAITING = {"waiting": StepKey.SUPERVISOR, "waiting_team": StepKey.TEAM, "waiting_office": StepKey.OFFICE}
SAID = {StepKey.OFFICE: "予以备案。", StepKey.SIGNATURE: "同意，请办公室备案。"}

# How far the declarations of a unit have come, in turn. Most are filed.
STORY = (
    "filed",
    "filed",
    "waiting_head",
    "filed",
    "draft",
    "filed",
    "returned_point",
    "filed",
    "waiting_team",
    "filed",
    "resubmitted",
    "filed",
    "waiting_office",
    "filed",
    "returned_whole",
    "filed",
    "filed_second_round",
)

# What shows that a measure was carried out, by its rhythm.
EVIDENCE = {
    "once": "印发的制度文件",
    "monthly": "每月抽查记录",
    "quarterly": "季度检查通报",
    "yearly": "年度考核材料",
    "on_event": "逐件办理登记",
}


def with_evidence(measure: dict[str, Any]) -> dict[str, Any]:
    """Return a measure with what will show that it was carried out."""
    return {"evidence": EVIDENCE.get(measure["rhythm"], ""), **measure}


class Command(BaseCommand):
    help = "Make the demonstration body. Only in an empty database; a second call changes nothing."

    def handle(self, *args: object, **options: object) -> None:
        if Organization.objects.filter(code=REGION[0], name=REGION[1]).exists():
            self.stdout.write("The demonstration body is already there.")
        elif Organization.objects.exists():
            raise CommandError("This database holds a real body; the demonstration goes into an empty one only.")
        else:
            with transaction.atomic():
                self.make()
        self.who_can_log_in()

    def make(self) -> None:
        self.today = timezone.localdate()
        self.since = dt.date(self.today.year, 1, 1)
        # One hash for all: 180 slow ones would take minutes.
        self.password = make_password(PASSWORD)
        self.people: dict[str, Person] = {}
        self.before_team: list[tuple[Declaration, str]] = []
        self.console = organization.console_actor()
        region = self.organization("region", *REGION, None)
        Period.objects.create(
            organization=region,
            year=self.today.year,
            phase=Phase.POINTS,
            opens=self.today - dt.timedelta(days=30),
            due_to_region=self.today + dt.timedelta(days=20),
            closes=self.today + dt.timedelta(days=30),
        )
        bodies = [json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")) for name in UNITS]
        for body in bodies:
            self.body(body, region)
        for staff, name, role, codes in REGION_STAFF:
            self.person(staff, name)
            for code in codes:
                self.assign(staff, role, code)
        staff, code, reason = RECUSED
        organization.recuse(
            by=self.console,
            person=self.people[staff],
            organization=Organization.objects.get(code=code),
            starts_on=self.since,
            reason=reason,
        )
        self.assign("CZJ015", Role.RECORDER, "CZJ")
        for entry in json.loads((FOLDER / "bodies.json").read_text(encoding="utf-8")):
            self.settled(entry)
        for body in bodies:
            for place, entry in enumerate(body["declarations"]):
                self.declaration(entry, STORY[place % len(STORY)])
            self.met(Organization.objects.get(code=body["code"]), body["office_clerks"][-1])
        self.reported()
        self.paper()
        self.notices()
        self.suggested()
        self.measured()
        self.entered()
        self.stood_in()

    def entered(self) -> None:
        """What one administrator has entered and the other has still to confirm: a role, a password, a recusal in effect."""
        keeper, giver = self.people["DQ005"], self.people["DQ006"]
        unit = Organization.objects.get(code="MZJ")
        organization.assign(
            by=giver,
            person=self.people["MZJ015"],
            organization=unit,
            role=Role.NOTICE_PUBLISHER,
            starts_on=self.today,
            reason="局办公会议纪要，增加一名公示经办人",
        )
        organization.recuse(
            by=giver,
            person=self.people["SWJ015"],
            organization=unit,
            starts_on=self.today,
            reason="配偶在该单位任职，申请回避",
        )
        organization.ask_password(by=keeper, person=self.people["CZJ020"], reason="本人遗忘密码，当面核验身份")

    def stood_in(self) -> None:
        """Somebody of the office of the finance bureau stands in for its head; another stand-in waits for the superior."""
        section = Organization.objects.get(code="CZJ-01")
        for role, is_confirmed in ((Role.SECTION_HEAD, True), (Role.SUPERVISING_LEADER, False)):
            assignment = Assignment.objects.filter(role=role, organization=section).order_by("pk").first()
            members = access.candidates_for(assignment).filter(appointments__post__organization=section)
            stand_in = stand_ins.give_stand_in(
                by=assignment.person,
                assignment=assignment,
                person=members.exclude(assignments__role=Role.SECTION_HEAD).first(),
                starts_on=self.today,
                ends_on=self.today + dt.timedelta(days=20),
                reason="参加脱产培训",
            )
            if is_confirmed:
                above = access.superiors_of(assignment, stand_in.person)
                superior = Person.objects.filter(pk__in=above).order_by("username").first()
                stand_ins.confirm_stand_in(by=superior, stand_in=stand_in, expected=stand_in.version)

    def notices(self) -> None:
        """Two notices of the finance bureau that are open, with objections; one that waits to be posted; one begun."""
        publisher, clerk, other = (self.people[staff] for staff in ("CZJ014", "CZJ057", "CZJ058"))
        first = self.posted(publisher, clerk, "CZJ-01", NoticeScope.SECTION)
        line = first.lines.exclude(point_version__post=None).first()
        upheld = notices.object_to(
            by=self.people["CZJ015"],
            notice=first,
            line=line,
            objector=self.people["CZJ015"].name,
            text="表现形式里的审批环节今年已经取消，写的还是原来的流程。",
        )
        notices.answer_objection(
            by=other,
            objection=upheld,
            ruling=Ruling.UPHELD,
            answer="经核实，该环节已于今年调整，异议成立，由岗位人员办理变更登记。",
            expected=upheld.version,
        )
        self.adjusted(line.point_version)
        second = self.posted(publisher, clerk, "CZJ-02", NoticeScope.UNIT)
        notices.object_to(
            by=clerk,
            notice=second,
            channel=Channel.PHONE,
            text="来电人认为第一条的风险等级偏低，建议重新评定。",
            line=second.lines.first(),
        )
        waiting = self.composed(publisher, "CZJ-04", NoticeScope.UNIT)
        notices.submit_notice(
            by=publisher, notice=waiting, seen_digest=digest(notices.content_of(waiting)), acknowledged=True
        )
        self.composed(self.people["MZJ014"], "MZJ", NoticeScope.UNIT)

    def adjusted(self, filed: PointVersion) -> None:
        """The holder mends by a supplement what an objection was right about; it waits for the section head."""
        appointment = filed.declaration.appointment
        holder = appointment.person
        supplement = supplements.start_supplement(
            by=holder, declarant=access.Declarant.of_post(appointment), trigger=Trigger.OBJECTION
        )
        version = supplements.take_up(by=holder, declaration=supplement, filed=filed, kind=Change.CHANGED)
        content = declarations.point_content(version)
        declarations.save_point(
            by=holder,
            declaration=supplement,
            version=version,
            expected=version.version,
            values=content
            | {"manifestation": content["manifestation"] + "原审批环节已取消，改为科室负责人复核后登记。"},
            measures=content["measures"],
        )
        self.submit(holder, supplement)

    def settled(self, entry: dict[str, Any]) -> None:
        """A section or leadership team declares what it settled in a meeting."""
        person, place = self.people[entry["by"]], Organization.objects.get(code=entry["code"])
        declaration = declarations.start_declaration(by=person, declarant=access.Declarant.of_organization(place))
        self.points(person, declaration, entry["points"])
        for category, reason in entry["nothing_found"].items():
            declarations.state_nothing_found(by=person, declaration=declaration, category=category, reason=reason)
        roll = list(records.roll_of(place))
        records.save_record(
            by=person,
            declaration=declaration,
            held_on=self.today - dt.timedelta(days=2),
            chair=roll[0],
            present=roll,
            minutes=entry["minutes"],
        )
        self.submit(person, declaration)
        self.walk(declaration, entry["story"])

    def measured(self) -> None:
        """Two holders of the office submit their measures, which a notice shows within the unit; one has begun with them."""
        office = Organization.objects.get(code="CZJ-01")
        filed = PointVersion.objects.filter(organization=office, level=Level.POST, state=PointState.PUBLISHED)
        holders = dict.fromkeys(filed.order_by("pk").values_list("declaration__appointment", flat=True))
        for place, appointment in enumerate(Appointment.objects.filter(pk__in=holders).select_related("person")[:3]):
            declarant = access.Declarant.of_post(appointment)
            declaration = measures.start_measures(by=appointment.person, declarant=declarant)
            if place < 2 and not declarations.missing(declaration):
                self.submit(appointment.person, declaration)
        self.posted(self.people["CZJ014"], self.people["CZJ057"], "CZJ-01", NoticeScope.UNIT, NoticeKind.MEASURES)

    def points(self, person: Person, declaration: Declaration, points: list[dict[str, Any]]) -> None:
        for point in points:
            declarations.save_point(
                by=person,
                declaration=declaration,
                values={"major": "", **point, "criteria": [], "grade": None, "grade_reason": ""},
                measures=[with_evidence(measure) for measure in point["measures"]],
            )

    def suggested(self) -> None:
        """A colleague and a section head suggest a risk point each for a post whose declaration is still a draft."""
        draft = Declaration.objects.filter(
            state=DeclarationState.DRAFT, supplement=0, unit__code="CZJ", post__isnull=False
        ).first()
        others = Person.objects.filter(appointments__post__organization=draft.organization).exclude(
            appointments__post=draft.post
        )
        head = others.filter(assignments__role=Role.SECTION_HEAD).order_by("username").first()
        colleague = others.exclude(pk=head.pk).order_by("username").first()
        for person, title, text in (
            (colleague, "材料退回未一次告知", "有办事人员反映同一份材料被退回三次，每次理由不同。"),
            (head, "登记簿由一人保管一人登记", "登记和保管没有分开，月末核对流于形式。"),
        ):
            suggestions.suggest(by=person, whom=draft.post, title=title, text=text)

    def composed(self, publisher: Person, code: str, scope: str, kind: str = NoticeKind.POINTS) -> PublicNotice:
        place = Organization.objects.get(code=code)
        notice = notices.start_notice(by=publisher, organization=place, year=self.today.year, kind=kind)
        values = {name: getattr(notice, name) for name in notices.COMPOSED_FIELDS}
        contact = "单位领导小组办公室（办公楼三楼），意见箱设在一楼大厅，可当面、来信或在本系统提出。"
        return notices.save_notice(
            by=publisher, notice=notice, expected=notice.version, values=values | {"scope": scope, "contact": contact}
        )

    def posted(
        self, publisher: Person, clerk: Person, code: str, scope: str, kind: str = NoticeKind.POINTS
    ) -> PublicNotice:
        notice = self.composed(publisher, code, scope, kind)
        notice = notices.submit_notice(
            by=publisher, notice=notice, seen_digest=digest(notices.content_of(notice)), acknowledged=True
        )
        notices.decide_notice(
            by=clerk,
            approval=notice.approval,
            verdict=Verdict.POST,
            version=notice.approval.version,
            seen_digest=digest(notices.content_of(notice)),
        )
        notice.refresh_from_db()
        return notice

    def paper(self) -> None:
        """Take in last year's ledger on paper, and once more as the office corrected one of its points."""
        paper = json.loads((FOLDER / "paper.json").read_text(encoding="utf-8"))
        unit = Organization.objects.get(code=paper["unit"])
        clerk = Person.objects.filter(assignments__role=Role.OFFICE_CLERK, assignments__organization=unit).first()
        rows = paper["rows"]
        corrected = [list(row) for row in rows]
        place = paper["headings"].index("主要内容及表现形式")
        corrected[paper["corrected"]["row"]][place] = paper["corrected"]["manifestation"]
        for name, lines in (("民政局台账.xlsx", rows), ("民政局台账（订正）.xlsx", corrected)):
            sheet = Sheet("台账", [[paper["title"]], paper["headings"], *lines], [])
            report = imports.import_ledger(
                unit=unit,
                year=self.today.year - 1,
                sheets=[sheet],
                file_name=name,
                file_digest=digest(lines),
                by=clerk,
                apply=True,
                create_missing=False,
                basis="上年度纸质备案",
            )
            if report.errors:
                raise CommandError("; ".join(error.text for error in report.errors))

    def organization(self, kind: str, code: str, name: str, parent: Organization | None) -> Organization:
        return organization.create_organization(
            by=self.console, kind=kind, code=code, name=name, parent=parent, opened_on=self.since
        )

    def person(self, staff: str, name: str) -> Person:
        self.people[staff] = Person(username=staff, name=name, password=self.password)
        self.people[staff]._history_user = self.console
        self.people[staff].save()
        return self.people[staff]

    def assign(self, staff: str, role: str, code: str) -> None:
        organization.assign(
            by=self.console,
            person=self.people[staff],
            organization=Organization.objects.get(code=code),
            role=role,
            starts_on=self.since,
            reason=REASON,
        )

    def post(self, entry: dict[str, Any], place: Organization, holders: list[str]) -> None:
        post = organization.create_post(by=self.console, organization=place, name=entry["post"], duties=entry["duties"])
        for staff in holders:
            organization.appoint(
                by=self.console, person=self.people[staff], post=post, rank=entry["rank"], starts_on=self.since
            )

    def body(self, body: dict[str, Any], region: Organization) -> None:
        """Make a unit with its leadership, sections, posts, people and roles."""
        for entry in body["people"]:
            self.person(entry["staff"], entry["name"])
        unit = self.organization("unit", body["code"], body["name"], region)
        for section in body["sections"]:
            place = self.organization("section", section["code"], section["name"], unit)
            for entry in section["posts"]:
                self.post(entry, place, entry["holders"])
            self.assign(section["head"], Role.SECTION_HEAD, section["code"])
        for entry in body["leadership"]:
            self.post(entry, unit, [entry["holder"]])
            for role in entry["roles"]:
                self.assign(entry["holder"], role, body["code"])
            for code in entry.get("supervises", ()):
                self.assign(entry["holder"], Role.SUPERVISING_LEADER, code)
        for staff in body["office_clerks"]:
            self.assign(staff, Role.OFFICE_CLERK, body["code"])
        self.assign(body["notice_publisher"], Role.NOTICE_PUBLISHER, body["code"])
        for staff in body["party_organization"]:
            self.assign(staff, Role.PARTY_ORGANIZATION, body["code"])

    def declaration(self, entry: dict[str, Any], story: str) -> None:
        """Walk a declaration to where the story wants it, act by act."""
        person = self.people[entry["holder"]]
        appointment = Appointment.objects.get(person=person, post__name=entry["post"])
        declaration = declarations.start_declaration(by=person, declarant=access.Declarant.of_post(appointment))
        self.points(person, declaration, entry["points"])
        for statement in entry["nothing_found"]:
            declarations.state_nothing_found(by=person, declaration=declaration, **statement)
        if story == "draft":
            return
        self.submit(person, declaration)
        if story == "waiting_head":
            return
        if story == "returned_whole":
            self.decide(
                declaration, Verdict.RETURN, reason="表现形式写得过于笼统，请对照岗位职责逐项写清发生的环节和情形。"
            )
            return
        if story in ("returned_point", "resubmitted", "filed_second_round"):
            first = declaration.pointversions.order_by("pk").first()
            self.decide(
                declaration,
                Verdict.RETURN,
                remarks={f"point:{first.pk}": "请补充这一风险点在哪个环节发生、由谁复核，措施要写明频次。"},
            )
            if story == "returned_point":
                return
            point = declarations.point_content(first)
            declarations.save_point(
                by=person,
                declaration=declaration,
                version=first,
                expected=first.version,
                values={
                    **point,
                    "manifestation": point["manifestation"] + "发生在受理和复核两个环节，由科室指定的复核人逐件核对。",
                },
                measures=[
                    with_evidence({**measure, "rhythm": measure["rhythm"] or "monthly"})
                    for measure in point["measures"]
                ],
            )
            self.submit(person, declaration)
            if story == "resubmitted":
                return
        self.walk(declaration, story)

    def walk(self, declaration: Declaration, story: str) -> None:
        """Let everybody asked agree until the story stops; what the team decides waits for its meeting."""
        while declaration.state == DeclarationState.SUBMITTED:
            approval = declaration.approval
            if WAITING.get(story) == approval.step_key:
                return
            if decided_in_meeting(approval.step_key, approval.asked_permission):
                self.before_team.append((declaration, story))
                return
            self.decide(declaration, "", reason=SAID.get(approval.step_key, "情况属实，同意。"))

    def reported(self) -> None:
        """The finance bureau has sent what it filed of its leaders: one accepted, one asked about, one returned, one waiting."""
        clerk, region = self.people["CZJ057"], self.people["DQ001"]
        filed = Declaration.objects.filter(unit__code="CZJ", state=DeclarationState.FILED, to_region=True).order_by(
            "pk"
        )
        sent = regions.send_to_region(by=clerk, declarations=filed[:4])
        said = (
            (Verdict.APPROVE, "符合要求，同意备案。"),
            (Verdict.ASK, "请补充说明风险等级的评定依据。"),
            (Verdict.RETURN, "表现形式与岗位职责不一致，请核实后变更。"),
        )
        for declaration, (verdict, reason) in zip(sent, said, strict=False):
            declaration.refresh_from_db()
            regions.decide_region(
                by=region,
                approval=declaration.region_approval,
                verdict=verdict,
                version=declaration.region_approval.version,
                seen_digest=digest(regions.review_content(declaration)),
                reason=reason,
            )

    def met(self, unit: Organization, clerk: str) -> None:
        """The leadership team of a unit has met on what came to it, and once more: that meeting waits for confirmation."""
        before = [each for each in self.before_team if each[0].unit_id == unit.pk]
        meeting = self.put(unit, self.people[clerk], [declaration for declaration, _story in before])
        for member in access.confirmers_of(meeting):
            meeting.refresh_from_db()
            if meeting.state == MeetingState.PUT and meetings.waiting_items(meeting, member).decided:
                meetings.confirm_meeting(by=member, meeting=meeting, expected=meeting.version)
        for declaration, story in before:
            declaration.refresh_from_db()
            self.walk(declaration, story)
        waiting = Declaration.objects.filter(
            unit=unit, approval__in=[approval.pk for approval in meetings.approvals_before_team(unit)]
        )
        if waiting:
            self.put(unit, self.people[clerk], waiting[:2])

    def put(self, unit: Organization, by: Person, declarations: Iterable[Declaration]) -> Meeting:
        roll = list(records.roll_of(unit))
        meeting = meetings.enter_meeting(by=by, unit=unit)
        meeting = meetings.save_meeting(
            by=by,
            meeting=meeting,
            expected=meeting.version,
            held_on=self.today,
            chair=roll[0],
            present=roll,
            minutes="党组会逐件审议各科室、各岗位报来的登记表，涉及本人的同志回避，形成以下意见。",
            items=[
                meetings.Said(declaration.approval, declaration.approval.version, Verdict.APPROVE, "同意。")
                for declaration in declarations
            ],
        )
        return meetings.put_meeting(by=by, meeting=meeting, expected=meeting.version)

    def submit(self, person: Person, declaration: Declaration) -> None:
        declaration.refresh_from_db()
        declarations.submit(
            by=person, declaration=declaration, seen_digest=digest(declarations.content_of(declaration))
        )
        declaration.refresh_from_db()

    def decide(self, declaration: Declaration, verdict: str, **said: Any) -> None:
        """Let the first of those who are asked decide; without a verdict they say yes."""
        approval = declaration.approval
        asked = access.asked_now(approval)
        reviewer = Person.objects.filter(pk__in=asked.people).order_by("username").first()
        if reviewer is None:
            raise CommandError(f"nobody decides {approval.step_key} of {approval.title}")
        declarations.decide_declaration(
            by=reviewer,
            approval=approval,
            verdict=verdict or verb_for(approval.step_key).value,
            version=approval.version,
            seen_digest=digest(declarations.content_of(declaration)),
            **said,
        )
        declaration.refresh_from_db()

    def who_can_log_in(self) -> None:
        """Print a useful part of the cast: what each can try at once."""
        self.stdout.write(f"\nPassword of everybody: {PASSWORD}\n")
        rows = [("staff number", "name", "who", "what to try")]
        for person, who, what in self.cast():
            if person is not None:
                rows.append((person.username, person.name, who, what))
        for staff, name, who, what in rows:
            self.stdout.write(f"  {staff:<14}{name}{'　' * max(0, 6 - len(name))}  {who:<28}{what}")

    def cast(self) -> list[tuple[Person | None, str, str]]:
        unit = Organization.objects.get(code="CZJ")
        declared = Declaration.objects.filter(appointment__isnull=False).values("appointment")
        holder = Appointment.objects.filter(post__organization__parent=unit).exclude(pk__in=declared).first()
        returned = Declaration.objects.filter(unit=unit, state=DeclarationState.RETURNED).first()
        waiting = Declaration.objects.filter(
            unit=unit, state=DeclarationState.SUBMITTED, approval__asked_permission="review_section"
        ).first()

        def holder_of(role: str, place: Organization) -> Person | None:
            return (
                Person.objects.filter(assignments__role=role, assignments__organization=place)
                .order_by("username")
                .first()
            )

        return [
            (holder.person if holder else None, "staff", "declare the risks of a post"),
            (returned.appointment.person if returned else None, "staff", "mend what was returned"),
            (
                holder_of(Role.SECTION_HEAD, waiting.organization) if waiting else None,
                "section head",
                "approve or return, prepare what the section declares",
            ),
            (
                Person.objects.filter(standing_in__state="confirmed").first(),
                "stand-in for a section head",
                "decide in somebody's place",
            ),
            (holder_of(Role.TEAM_MEMBER, unit), "member of the leadership", "confirm a meeting of the team"),
            (
                holder_of(Role.OFFICE_CLERK, unit),
                "leading group's office",
                "file, post a notice, answer an objection, send to the region, make a scheme",
            ),
            (holder_of(Role.NOTICE_PUBLISHER, unit), "notice publisher", "compose a public notice, print the sheet"),
            (
                Person.objects.filter(username="DQ003").first(),
                "discipline inspector",
                "review the ledgers of two units",
            ),
            (Person.objects.filter(username="DQ004").first(), "discipline inspector", "review the whole region"),
            (Person.objects.filter(username="DQ001").first(), "region's office", "review what was sent"),
            (Person.objects.filter(username="DQ005").first(), "system administrator", "confirm a role and a recusal"),
            (Person.objects.filter(username="DQ006").first(), "security administrator", "confirm a new password"),
            (
                Person.objects.filter(username="DQ007").first(),
                "audit administrator",
                "search and check the audit chain",
            ),
        ]
