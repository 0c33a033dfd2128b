"""A small body with a named cast, and walks that reach a state by doing the real acts."""

import datetime as dt
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone, translation
from openpyxl import Workbook

from controls.actions import tasks
from controls.models import Task, TaskReport
from registry import access
from registry.actions import (
    confirmations,
    copies,
    declarations,
    extensions,
    factors,
    measures,
    meetings,
    notices,
    opt_outs,
    organization,
    records,
    regions,
    shelf,
    stand_ins,
    suggestions,
    supplements,
    uploads,
)
from registry.actions.jobs import run_due
from registry.documents import shelf as documents
from registry.documents.imports import read_upload
from registry.models import (
    Appointment,
    Declaration,
    MeasureVersion,
    Meeting,
    NumberedCopy,
    Objection,
    OptOut,
    Organization,
    Person,
    PointVersion,
    Post,
    PublicNotice,
    ShelfItem,
    StandIn,
    Suggestion,
    UploadedLedger,
)
from registry.querysets.ledger import LedgerFilter
from registry.roles import WITH_SECOND_FACTOR, Permission, Role
from registry.rules import NoticeState, Upload, Verdict, digest, verb_for
from registry.rules.shelf import Size
from registry.rules.uploads import ledger_of
from tests import kept

PASSWORD = "long-enough-for-tests"
_HASH = make_password(PASSWORD)
FACTOR_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SINCE = dt.date(2020, 1, 1)
DAY = dt.timedelta(days=1)


@dataclass
class Body:
    """A region with three units; who is who is named by what they do in CZJ-01, the section of `holder`."""

    organizations: dict[str, Organization] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Person:
        return self.people[name]

    def organization(self, code: str) -> Organization:
        return self.organizations[code]

    def appointment(self, name: str) -> Appointment:
        return Appointment.objects.select_related("post__organization").get(person=self.people[name])


# name → (person's name, post's organization, post, rank)
STAFF = {
    "holder": ("林晓堃", "CZJ-01", "印章管理岗", "below_ke"),
    "colleague": ("阿依古丽·买买提", "CZJ-01", "会务接待岗", "below_ke"),
    "head": ("周正喆", "CZJ-01", "办公室主任岗", "ke"),
    "other_holder": ("许知行", "CZJ-02", "预算编审岗", "below_ke"),
    "other_head": ("傅思远", "CZJ-02", "预算科科长岗", "ke"),
    "supervisor": ("戴云舟", "CZJ", "分管办公室副局长岗", "ke"),
    "member": ("骆文博", "CZJ", "纪检组长岗", "ke"),
    "principal": ("沈明达", "CZJ", "局长岗", "chu"),
    "second_principal": ("齐怀瑾", "CZJ", "党组书记岗", "chu"),
    "clerk": ("田静姝", "CZJ-02", "领导小组办公室岗", "below_ke"),
    "second_clerk": ("范以宁", "CZJ-02", "领导小组办公室副岗", "below_ke"),
    "publisher": ("潘若溪", "CZJ-02", "信息公开岗", "below_ke"),
    "recorder": ("蒋叙言", "CZJ-02", "综合秘书岗", "below_ke"),
    "mzj_holder": ("柳一凡", "MZJ-01", "低保审核岗", "below_ke"),
    "mzj_head": ("钟书瑶", "MZJ-01", "救助科科长岗", "ke"),
    "mzj_clerk": ("邹安然", "MZJ-01", "领导小组办公室岗", "below_ke"),
    "swj_holder": ("熊启明", "SWJ-01", "纳税评估岗", "below_ke"),
    "swj_principal": ("孟长河", "SWJ", "局长岗", "chu"),
}
# People of the region's offices hold no post in a unit.
OFFICES = {
    "region_clerk": "关月玥",
    "region_leader": "尚明德",
    "inspector": "方正",
    "recused_inspector": "简明",
    "outside_inspector": "卢毅",
    "system_administrator": "安维",
    "security_administrator": "安全",
    "audit_administrator": "安审",
    "former": "离任人",
    # What these two are is made by `standing_in`, so that everywhere else nobody stands in for anybody.
    "stand_in": "毕青禾",
    "expired_stand_in": "闻天朗",
}
ROLES = [
    ("head", Role.SECTION_HEAD, "CZJ-01"),
    ("other_head", Role.SECTION_HEAD, "CZJ-02"),
    ("supervisor", Role.SUPERVISING_LEADER, "CZJ-01"),
    ("supervisor", Role.TEAM_MEMBER, "CZJ"),
    ("member", Role.TEAM_MEMBER, "CZJ"),
    ("principal", Role.PRINCIPAL_LEADER, "CZJ"),
    ("second_principal", Role.PRINCIPAL_LEADER, "CZJ"),
    ("clerk", Role.OFFICE_CLERK, "CZJ"),
    ("second_clerk", Role.OFFICE_CLERK, "CZJ"),
    ("publisher", Role.NOTICE_PUBLISHER, "CZJ"),
    ("recorder", Role.RECORDER, "CZJ"),
    ("mzj_head", Role.SECTION_HEAD, "MZJ-01"),
    ("mzj_clerk", Role.OFFICE_CLERK, "MZJ"),
    ("swj_principal", Role.PRINCIPAL_LEADER, "SWJ"),
    ("region_clerk", Role.REGION_CLERK, "DQ"),
    ("region_leader", Role.REGION_LEADER, "DQ"),
    ("inspector", Role.INSPECTOR, "CZJ"),
    ("inspector", Role.INSPECTOR, "MZJ"),
    ("recused_inspector", Role.INSPECTOR, "CZJ"),
    ("recused_inspector", Role.INSPECTOR, "MZJ"),
    ("outside_inspector", Role.INSPECTOR, "SWJ"),
    ("system_administrator", Role.SYSTEM_ADMINISTRATOR, "DQ"),
    ("security_administrator", Role.SECURITY_ADMINISTRATOR, "DQ"),
    ("audit_administrator", Role.AUDIT_ADMINISTRATOR, "DQ"),
    ("former", Role.INSPECTOR, "CZJ"),
]


def make_body() -> Body:
    """Make the body by the real verbs; in every later test of the process, the same rows are put into the empty tables."""
    kept.begin()
    with translation.override(settings.LANGUAGE_CODE):  # whatever the first test that asks speaks
        _fill(Body())
    names = [*STAFF, *OFFICES]
    people = {person.username: person for person in Person.objects.filter(username__in=names)}
    return Body(
        organizations={organization.code: organization for organization in Organization.objects.all()},
        people={name: people[name] for name in names},
    )


@kept.once
def _fill(body: Body) -> None:
    """`recused_inspector` is recused from CZJ-01; `former` is deactivated."""
    console = organization.console_actor()

    def part(kind: str, code: str, name: str, parent: str | None) -> None:
        body.organizations[code] = organization.create_organization(
            by=console, kind=kind, code=code, name=name, parent=body.organizations.get(parent or ""), opened_on=SINCE
        )

    part("region", "DQ", "云岭地区", None)
    for code, name, sections in (
        ("CZJ", "云岭地区财政局", ("办公室", "预算科")),
        ("MZJ", "云岭地区民政局", ("救助科",)),
        ("SWJ", "云岭地区税务局", ("征管科",)),
    ):
        part("unit", code, name, "DQ")
        for number, section in enumerate(sections, start=1):
            part("section", f"{code}-{number:02d}", section, code)
    for name, (full_name, code, post_name, rank) in STAFF.items():
        person = make_person(name, full_name)
        body.people[name] = person
        post = organization.create_post(
            by=console, organization=body.organizations[code], name=post_name, duties=f"{post_name}的日常工作。"
        )
        organization.appoint(by=console, person=person, post=post, rank=rank, starts_on=SINCE)
    for name, full_name in OFFICES.items():
        body.people[name] = make_person(name, full_name)
    for name, role, code in ROLES:
        give(body, name, role, code)
    organization.recuse(
        by=console,
        person=body["recused_inspector"],
        organization=body.organization("CZJ-01"),
        starts_on=SINCE,
        reason="近亲属在该科室",
    )
    Person.objects.filter(pk=body["former"].pk).update(is_active=False)


@kept.once
def standing_in(body: Body) -> None:
    """Let `stand_in` stand in for `head`, and `expired_stand_in` have done so until yesterday; both hold a post in CZJ-02."""
    console = organization.console_actor()
    for name in ("stand_in", "expired_stand_in"):
        post = organization.create_post(
            by=console, organization=body.organization("CZJ-02"), name=f"资产管理岗（{name}）"
        )
        organization.appoint(by=console, person=body[name], post=post, rank="below_ke", starts_on=SINCE)
    with time_machine.travel(timezone.now() - 9 * DAY):  # the verb enters none that begins in the past
        stood_in(body, "head", "expired_stand_in", days=9)
    stood_in(body, "head", "stand_in")


def opted_out(body: Body, code: str, confirm: bool = True) -> OptOut:
    """An opt-out of a small office from today on, entered by one of the region's office and confirmed by another."""
    console, offices = (
        organization.console_actor(),
        access.holders(Permission.DECIDE_FOR_REGION, body.organization("DQ")),
    )
    second = offices.exclude(pk=body["region_clerk"].pk).first()
    if second is None:
        second = make_person("DQ902", "路远征")
        organization.assign(
            by=console, person=second, organization=body.organization("DQ"), role=Role.REGION_CLERK, starts_on=SINCE,
            reason="测试",
        )  # fmt: skip
    body.people["second_region_clerk"] = second
    made = opt_outs.enter_opt_out(
        by=body["region_clerk"],
        unit=body.organization(code),
        relaxation="two_steps",
        starts_on=today(),
        ends_on=today() + 90 * DAY,
        reason="全局仅有三人",
    )
    return opt_outs.confirm_opt_out(by=second, opt_out=made, expected=made.version) if confirm else made


def without_second_clerk(body: Body, code: str) -> None:
    """Recuse the second one of the region's office, so that a step there can still be without anybody."""
    organization.recuse(
        by=organization.console_actor(), person=body["second_region_clerk"], organization=body.organization(code),
        starts_on=SINCE, reason="测试",
    )  # fmt: skip


def stood_in(body: Body, whom: str, who: str, days: int = 30, confirm: bool = True) -> StandIn:
    """Let one of the cast stand in from today on for the first role of another that can be stood in for."""
    made = stand_ins.give_stand_in(
        by=body[whom],
        assignment=access.roles_to_give(body[whom]).order_by("pk").first(),
        person=body[who],
        starts_on=today(),
        ends_on=today() + (days - 1) * DAY,
        reason="外出学习",
    )
    if not confirm:
        return made
    above = Person.objects.filter(pk__in=access.superiors_of(made.assignment, made.person)).order_by("pk").first()
    return stand_ins.confirm_stand_in(by=above, stand_in=made, expected=made.version)


def make_person(username: str, name: str) -> Person:
    """Make an account with the password of all tests."""
    return Person.objects.create(username=username, name=name, password=_HASH)


@kept.once
def give(body: Body, name: str, role: str, code: str, **dates) -> None:
    """Give a role of the cast on an organization."""
    organization.assign(
        by=organization.console_actor(),
        person=body[name],
        organization=body.organization(code),
        role=role,
        reason="测试",
        **{"starts_on": SINCE, **dates},
    )
    if role in WITH_SECOND_FACTOR and not access.has_second_factor(body[name]):
        give_factor(body[name])


def give_factor(person: Person) -> None:
    """Let a person have set up a second factor, whose codes `code_of` reads from the same secret."""
    TOTP.activate(person, FACTOR_SECRET)


def code_of(person: Person) -> str:
    """The code the person's app shows; after it was used, the next one, which counts as well."""
    used = Authenticator.objects.get(user=person, type="totp").data.get(factors.STEP, 0)
    return code_now(FACTOR_SECRET, after=used)


def code_now(secret: str, after: int = 0) -> str:
    """The code of a secret now, or the next one after a step that was used."""
    return format_hotp_value(hotp_value(secret, max(int(time.time()) // 30, after + 1)))


def confirm_all(by: Person) -> None:
    """Confirm, as an administrator, all that others have entered."""
    for confirmation in access.confirmations_to_decide(by).order_by("pk"):
        confirmations.confirm(by=by, confirmation=confirmation)


def point_values(**changes) -> dict:
    """Return a complete risk point as the form gives it."""
    return {
        "category": "duty",
        "major": "",
        "matter": "印章使用审批",
        "title": "未经审批用印",
        "manifestation": "用印登记不全，事后补签，空白介绍信外借。",
        "causes": ["supervision"],
        "methods": ["self"],
        "likelihood": 3,
        "harm": 4,
        "criteria": [],
        "grade": None,
        "grade_reason": "",
        **changes,
    }


MEASURE = {
    "text": "每次用印由两人在登记簿上签字，办公室主任每月抽查一次。",
    "responsible": "办公室主任",
    "rhythm": "monthly",
    "evidence": "",
}
EVIDENCE = "用印登记簿、抽查记录"


@kept.once
def draft(body: Body, name: str = "holder", points: int = 1) -> Declaration:
    """A complete draft: points of category duty, the two other expected categories stated to be empty."""
    person = body[name]
    declaration = declarations.start_declaration(by=person, declarant=access.Declarant.of_post(body.appointment(name)))
    for number in range(points):
        declarations.save_point(
            by=person,
            declaration=declaration,
            values=point_values(title=f"未经审批用印{number + 1}"),
            measures=[MEASURE],
        )
    for category in ("moral", "environment"):
        declarations.state_nothing_found(
            by=person, declaration=declaration, category=category, reason="对照职责逐项看过，没有这一类风险。"
        )
    return declaration


def submit(declaration: Declaration) -> Declaration:
    """Let the holder, or who drafted it, submit what they have checked."""
    declarations.submit(
        by=declaration.appointment.person if declaration.appointment else declaration.drafted_by,
        declaration=declaration,
        seen_digest=digest(declarations.content_of(declaration)),
    )
    declaration.refresh_from_db()
    return declaration


LEVELS = {
    "CZJ-01": {"category": "process", "methods": ["collective"], "empty": ("institutional", "environment")},
    "CZJ": {"category": "duty", "methods": ["collective"], "major": "large_sum", "empty": ()},
}


@kept.once
def organization_draft(body: Body, code: str = "CZJ-01", by: str = "head", points: int = 1) -> Declaration:
    """A complete draft of a section, or (code of a unit) of its leadership team, with the record of its meeting."""
    person, organization_ = body[by], body.organization(code)
    declaration = declarations.start_declaration(by=person, declarant=access.Declarant.of_organization(organization_))
    values = dict(LEVELS[code])
    empty = values.pop("empty")
    for number in range(points):
        title = f"集体议事不充分{number + 1}"
        declarations.save_point(
            by=person, declaration=declaration, values=point_values(title=title, **values), measures=[MEASURE]
        )
    for category in empty:
        declarations.state_nothing_found(
            by=person, declaration=declaration, category=category, reason="集体讨论过，没有这一类风险。"
        )
    record(declaration, by=person)
    return declaration


def record(declaration: Declaration, by: Person, **changes) -> Meeting:
    """The record of the meeting in which everybody on the roll settled the declaration."""
    roll = list(records.roll_of(declaration.organization))
    said = {
        "held_on": today(),
        "chair": roll[0],
        "present": roll,
        "minutes": "逐项讨论风险点、等级和防范措施，一致同意。",
    }
    known = Meeting.objects.filter(declaration=declaration).first()
    return records.save_record(
        by=by, declaration=declaration, expected=known.version if known else 0, **{**said, **changes}
    )


@kept.once
def submitted(body: Body, name: str = "holder", points: int = 1) -> Declaration:
    """Under review at its first step."""
    return submit(draft(body, name, points))


def decide(declaration: Declaration, by: Person | None = None, verdict: str = "", **said) -> Declaration:
    """Let a person decide the current step; by default one who is asked says yes. What the team decides is a meeting."""
    approval = declaration.approval
    approval.refresh_from_db()
    asked = access.asked_now(approval)
    by = by or Person.objects.filter(pk__in=asked.people).order_by("pk").first()
    if access.is_decided_in_meeting(approval, asked):
        with transaction.atomic():  # a refusal leaves no meeting behind
            meetings.confirm_meeting(
                **confirmation(put_meeting(asked.organization, [declaration], by, verdict, **said), by)
            )
        declaration.refresh_from_db()
        return declaration
    declarations.decide_declaration(
        by=by,
        approval=approval,
        verdict=verdict or verb_for(approval.step_key).value,
        version=approval.version,
        seen_digest=digest(declarations.content_of(declaration)),
        **said,
    )
    declaration.refresh_from_db()
    return declaration


def entered_meeting(
    unit: Organization, declarations_: Sequence[Declaration], by: Person, verdict: str = "", reason: str = "", **changes
) -> Meeting:
    """A meeting of everybody on the roll that says the same of all these declarations, still being entered."""
    meeting = meetings.enter_meeting(by=by, unit=unit)
    roll = list(records.roll_of(unit))
    said = [
        meetings.Said(declaration.approval, declaration.approval.version, verdict or Verdict.APPROVE.value, reason)
        for declaration in declarations_
    ]
    values = {"held_on": today(), "chair": roll[0], "present": roll, "minutes": "", "items": said, **changes}
    return meetings.save_meeting(by=by, meeting=meeting, expected=meeting.version, **values)


def put_meeting(
    unit: Organization, declarations_: Sequence[Declaration], confirming: Person, verdict: str = "", **said
) -> Meeting:
    """Such a meeting put to confirmation: entered by the office, else by the recorder or another member of the team."""
    entering = [
        person
        for permission in (Permission.FILE_DECLARATIONS, Permission.PREPARE, Permission.REVIEW_TEAM)
        for person in access.holders(permission, unit).exclude(pk=confirming.pk).order_by("pk")
        if access.may_enter(unit, person)
    ]
    meeting = entered_meeting(unit, declarations_, entering[0], verdict, **said)
    return meetings.put_meeting(by=entering[0], meeting=meeting, expected=meeting.version)


def confirmation(meeting: Meeting, by: Person) -> dict:
    """What the verb of confirming takes, for a meeting as it stands."""
    return {"by": by, "meeting": meeting, "expected": meeting.version}


@kept.once
def returned(body: Body, name: str = "holder", points: int = 2) -> Declaration:
    """Returned at the first step with a remark on its first point."""
    declaration = submitted(body, name, points)
    first = declaration.pointversions.order_by("pk").first()
    return decide(declaration, verdict=Verdict.RETURN, remarks={f"point:{first.pk}": "请写清发生在哪个环节。"})


@kept.once
def filed(body: Body, name: str = "holder", points: int = 1) -> Declaration:
    """Through every step into the ledger."""
    declaration = submitted(body, name, points)
    while declaration.state == "submitted":
        decide(declaration)
    return declaration


@kept.once
def sent(body: Body, name: str = "head", by: str = "clerk", points: int = 1) -> Declaration:
    """Filed, and sent to the region by the unit's office."""
    return send(filed(body, name, points), body[by])


def send(declaration: Declaration, by: Person) -> Declaration:
    """Let the unit's office send what is filed to the region."""
    regions.send_to_region(by=by, declarations=[declaration])
    declaration.refresh_from_db()
    return declaration


def decide_region(declaration: Declaration, by: Person, verdict: str = Verdict.APPROVE, **said) -> Declaration:
    """Let the region's office accept, ask (with a reason) or return what was sent."""
    approval = declaration.region_approval
    approval.refresh_from_db()
    regions.decide_region(
        by=by,
        approval=approval,
        verdict=verdict,
        version=approval.version,
        seen_digest=digest(regions.review_content(declaration)),
        **said,
    )
    declaration.refresh_from_db()
    return declaration


def answer_region(declaration: Declaration, by: Person, text: str = "补充说明如下。") -> Declaration:
    """Let the unit's office answer what the region asked."""
    regions.answer_region(by=by, declaration=declaration, text=text, expected=declaration.version)
    declaration.refresh_from_db()
    return declaration


def suggestion(body: Body, whom: Post | Organization, by: str = "colleague", **said) -> Suggestion:
    """A risk point somebody suggests for a post or a section."""
    said = {"title": "建议的风险点", "text": "在复核环节见过这样的情形。", **said}
    return suggestions.suggest(by=body[by], whom=whom, **said)


@kept.once
def supplement(body: Body, name: str = "holder", trigger: str = "duties") -> Declaration:
    """An open supplementary declaration of a post that has something filed."""
    return supplements.start_supplement(
        by=body[name], declarant=access.Declarant.of_post(body.appointment(name)), trigger=trigger
    )


def change_filed(declaration: Declaration, filed: PointVersion, **changes) -> PointVersion:
    """Take a filed point up into an open declaration and write other values."""
    holder = declaration.appointment.person
    version = supplements.take_up(by=holder, declaration=declaration, filed=filed, kind="changed")
    content = declarations.point_content(version)
    values = {name: content[name] for name in declarations.POINT_FIELDS} | changes
    return declarations.save_point(
        by=holder,
        declaration=declaration,
        version=version,
        expected=version.version,
        values=values,
        measures=content["measures"],
    )


def file_all(declaration: Declaration) -> Declaration:
    """Submit and let everybody asked agree, until it is filed."""
    submit(declaration)
    while declaration.state == "submitted":
        decide(declaration)
    return declaration


def measures_filed(
    body: Body, name: str = "holder", rhythm: str = "monthly", points: int = 1, **changes
) -> MeasureVersion:
    """The measures of a post's filed points, as if the notice had ended and the party organization agreed; return the first."""
    declaration = draft(body, name, points=points)
    for version in declaration.pointversions.order_by("pk"):
        content = declarations.point_content(version)
        declarations.save_point(
            by=body[name], declaration=declaration, version=version, expected=version.version,
            values={each: content[each] for each in declarations.POINT_FIELDS},
            measures=[MEASURE | {"rhythm": rhythm, "evidence": EVIDENCE} | changes],
        )  # fmt: skip
    file_all(declaration)
    filed_here = MeasureVersion.objects.filter(declaration=declaration)
    filed_here.update(state="filed")
    return filed_here.order_by("pk").first()


def section_measures(body: Body, rhythm: str = "monthly", by: str = "head", code: str = "CZJ-01") -> MeasureVersion:
    """The measures of a section's point by every step into the ledger: begun, or once filed changed by a supplement."""
    declarant = access.Declarant.of_organization(body.organization(code))
    if not declarant.filed_points.exists():
        file_all(organization_draft(body, code, by))
    declaration = measures.start_measures(by=body[by], declarant=declarant)
    version = declarant.filed_points.get()
    stored = measures.measures_for(declaration, version)
    measures.save_measures(
        by=body[by], declaration=declaration, version=version, seen_digest=measures.seen_measures(declaration, version),
        measures=[MEASURE | {"rhythm": rhythm, "measure": stored[0].measure_id if stored else None}],
    )  # fmt: skip
    record(declaration, by=body[by])
    file_all(declaration)
    return MeasureVersion.objects.get(declaration=declaration)


def task_of(measure: MeasureVersion) -> Task:
    """The first task of a measure that is to be done, made by the clock."""
    run_due("tasks")
    return Task.objects.filter(measure=measure.measure_id, state="open").order_by("due_on").first()


def reported(task: Task, by: Person, uploads: Sequence[Upload] = (), **said) -> TaskReport:
    """Report a task as done today."""
    said = {"done_on": today(), "text": "本期逐笔核对，登记完整。", **said}
    return tasks.report_done(by=by, task=task, expected=task.version, uploads=uploads, **said)


CONTACT = "云岭地区财政局办公室，电话 0800-0000000，信箱设在一楼大厅。"


@kept.once
def composed(body: Body, by: str = "publisher", code: str = "CZJ", **changes) -> PublicNotice:
    """A notice of everything filed there that may be shown; `changes` of title, scope, order, contact or chosen."""
    notice = notices.start_notice(by=body[by], organization=body.organization(code), year=today().year)
    values = {name: getattr(notice, name) for name in notices.COMPOSED_FIELDS} | {"contact": CONTACT} | changes
    return notices.save_notice(by=body[by], notice=notice, expected=notice.version, values=values)


def submit_notice(notice: PublicNotice, by: Person) -> PublicNotice:
    """Let somebody submit what they have looked at."""
    seen = digest(notices.content_of(notice))
    return notices.submit_notice(by=by, notice=notice, seen_digest=seen, acknowledged=True)


def decide_notice(notice: PublicNotice, by: Person | None = None, verdict: str = "", reason: str = "") -> PublicNotice:
    """Let a person decide the current step of a notice; by default one who is asked agrees."""
    approval = notice.approval
    approval.refresh_from_db()
    by = by or Person.objects.filter(pk__in=access.asked_now(approval).people).order_by("pk").first()
    notices.decide_notice(
        by=by,
        approval=approval,
        verdict=verdict or verb_for(approval.step_key).value,
        version=approval.version,
        seen_digest=digest(notices.content_of(notice)),
        reason=reason,
    )
    notice.refresh_from_db()
    return notice


@kept.once
def posted(body: Body, by: str = "publisher", **changes) -> PublicNotice:
    """Composed, submitted, agreed to at every step and posted."""
    notice = submit_notice(composed(body, by, **changes), body[by])
    while notice.state == NoticeState.SUBMITTED:
        decide_notice(notice)
    return notice


def extended(body: Body, notice: PublicNotice, days: int = 1) -> PublicNotice:
    """The notice, extended by the publisher and a clerk."""
    extension = extensions.ask_extension(by=body["publisher"], notice=notice, days=days, reason="群众要求延期")
    extensions.decide_extension(
        by=body["clerk"],
        approval=extension.approval,
        verdict=Verdict.APPROVE,
        version=extension.approval.version,
        seen_digest=digest(extensions.extension_content(notice, days, extension.reason)),
    )
    notice.refresh_from_db()
    return notice


def objection(body: Body, notice: PublicNotice, by: str = "colleague", ordinal: int | None = 1, **said) -> Objection:
    """An objection by somebody with their name, against a line or (None) the whole."""
    line = notice.lines.get(ordinal=ordinal) if ordinal else None
    said = {"text": "这一风险点写的环节与实际不符。", "objector": body[by].name, **said}
    return notices.object_to(by=body[by], notice=notice, line=line, **said)


def document(body: Body, by: str = "member", kind: str = "ledger_workbook", **wanted) -> ShelfItem:
    """Somebody asks for a ledger to be made in the background."""
    arguments = documents.ledger_arguments(LedgerFilter(**wanted), None, sentence="", words=(), beside=())
    return shelf.ask(by=body[by], kind=kind, arguments=arguments, words="全部范围的台账", size=Size(1, 10))


def copy_of(notice: PublicNotice, by: Person, due_on: dt.date | None = None) -> NumberedCopy:
    """The office issues a numbered copy of a notice, and its file is made."""
    issued = {"recipients": ["县档案馆"], "purpose": "存档", "due_on": due_on}
    (copy,) = copies.issue_notice(by=by, notice=notice, issued=issued)
    made = shelf.claim_next()
    told = shelf.MadeCopy(copy.pk, sha256(copy.serial.encode()).hexdigest(), notice.digest, notice.lines.count())
    shelf.keep(made, shelf.Made(copy.serial.encode(), f"{copy.serial}.pdf", [], [told]))
    copy.refresh_from_db()
    return copy


def today() -> dt.date:
    """The day in the application's time zone."""
    return timezone.localdate()


def first_point(declaration: Declaration) -> PointVersion:
    """The first point of a declaration."""
    return declaration.pointversions.order_by("pk").first()


def ledger_file(section: str, *, points: int = 2, post: str = "") -> bytes:
    """Return a workbook as an office has it: so many risk points of a section, or of a post in it."""
    book = Workbook()
    book.active.title = "台账"
    book.active.append(["科室", "岗位", "风险点", "风险类别", "等级", "防控措施"])
    for number in range(1, points + 1):
        book.active.append([section, post, f"风险{number}", "岗位职责", "中", "1.双人办理\n2.定期抽查"])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@kept.once
def uploaded(
    body: Body, section: str = "调研科", *, points: int = 2, post: str = "", make: bool = True
) -> UploadedLedger:
    """Upload a ledger of CZJ; without `make` its section stays unknown, so that there are problems."""
    content = ledger_file(section, points=points, post=post)
    upload, _found = ledger_of("台账.xlsx", content)
    sheets = read_upload(content, upload.name)
    kept = uploads.keep_upload(
        by=body["clerk"], unit=body.organization("CZJ"), year=today().year, basis="", upload=upload, sheets=sheets
    )
    if make:
        missing = kept.report["missing"]
        choices = uploads.Choices(create=[*missing["sections"], *missing["posts"]])
        uploads.check_again(by=body["clerk"], upload=kept, sheets=sheets, choices=choices, expected=kept.version)
        kept.refresh_from_db()
    return kept


@kept.once
def taken_in(body: Body, section: str = "调研科", *, post: str = "") -> UploadedLedger:
    """Upload a ledger of CZJ and take it in."""
    kept = uploaded(body, section, post=post)
    sheets = read_upload(bytes(kept.body), kept.name)
    uploads.apply_upload(by=body["clerk"], upload=kept, sheets=sheets, seen=kept.seen)
    kept.refresh_from_db()
    return kept
