"""A small body with a named cast, and walks that reach a state by doing the real acts."""

import datetime as dt
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from registry import access
from registry.actions import declarations, notices, organization, suggestions, supplements
from registry.models import (
    Appointment,
    Declaration,
    Objection,
    Organization,
    Person,
    PointVersion,
    Post,
    PublicNotice,
    Suggestion,
)
from registry.roles import Role
from registry.rules import NoticeState, Verdict, digest, verb_for

PASSWORD = "long-enough-for-tests"
_HASH = make_password(PASSWORD)
SINCE = dt.date(2020, 1, 1)


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
    "mzj_holder": ("柳一凡", "MZJ-01", "低保审核岗", "below_ke"),
    "mzj_head": ("钟书瑶", "MZJ-01", "救助科科长岗", "ke"),
    "mzj_clerk": ("邹安然", "MZJ-01", "领导小组办公室岗", "below_ke"),
    "swj_holder": ("熊启明", "SWJ-01", "纳税评估岗", "below_ke"),
    "swj_principal": ("孟长河", "SWJ", "局长岗", "chu"),
}
# People of the region's offices hold no post in a unit.
OFFICES = {
    "region_clerk": "关月玥",
    "inspector": "方正",
    "recused_inspector": "简明",
    "outside_inspector": "卢毅",
    "system_administrator": "安维",
    "security_administrator": "安全",
    "audit_administrator": "安审",
    "former": "离任人",
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
    ("mzj_head", Role.SECTION_HEAD, "MZJ-01"),
    ("mzj_clerk", Role.OFFICE_CLERK, "MZJ"),
    ("swj_principal", Role.PRINCIPAL_LEADER, "SWJ"),
    ("region_clerk", Role.REGION_CLERK, "DQ"),
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
    """Make the body by the real verbs. `recused_inspector` is recused from CZJ-01; `former` is deactivated."""
    body = Body()
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
    return body


def make_person(username: str, name: str) -> Person:
    """Make an account with the password of all tests."""
    return Person.objects.create(username=username, name=name, password=_HASH)


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


def point_values(**changes) -> dict:
    """Return a complete risk point as the form gives it."""
    return {
        "category": "duty",
        "matter": "印章使用审批",
        "title": "未经审批用印",
        "manifestation": "用印登记不全，事后补签，空白介绍信外借。",
        "causes": ["supervision"],
        "methods": ["self"],
        "likelihood": 3,
        "harm": 4,
        "grade": None,
        "grade_reason": "",
        **changes,
    }


MEASURE = {
    "text": "每次用印由两人在登记簿上签字，办公室主任每月抽查一次。",
    "responsible": "办公室主任",
    "rhythm": "monthly",
}


def draft(body: Body, name: str = "holder", points: int = 1) -> Declaration:
    """A complete draft: points of category duty, the two other expected categories stated to be empty."""
    person = body[name]
    declaration = declarations.start_declaration(by=person, appointment=body.appointment(name))
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
    """Let the holder submit what they have checked."""
    declarations.submit(
        by=declaration.appointment.person,
        declaration=declaration,
        seen_digest=digest(declarations.content_of(declaration)),
    )
    declaration.refresh_from_db()
    return declaration


def submitted(body: Body, name: str = "holder", points: int = 1) -> Declaration:
    """Under review at its first step."""
    return submit(draft(body, name, points))


def decide(declaration: Declaration, by: Person | None = None, verdict: str = "", **said) -> Declaration:
    """Let a person decide the current step; by default one who is asked says yes."""
    approval = declaration.approval
    approval.refresh_from_db()
    by = by or Person.objects.filter(pk__in=access.asked_now(approval).people).order_by("pk").first()
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


def returned(body: Body, name: str = "holder", points: int = 2) -> Declaration:
    """Returned at the first step with a remark on its first point."""
    declaration = submitted(body, name, points)
    first = declaration.pointversions.order_by("pk").first()
    return decide(declaration, verdict=Verdict.RETURN, remarks={f"point:{first.pk}": "请写清发生在哪个环节。"})


def filed(body: Body, name: str = "holder", points: int = 1) -> Declaration:
    """Through every step into the ledger."""
    declaration = submitted(body, name, points)
    while declaration.state == "submitted":
        decide(declaration)
    return declaration


def suggestion(body: Body, post: Post, by: str = "colleague", **said) -> Suggestion:
    """A risk point somebody suggests for a post."""
    said = {"title": "建议的风险点", "text": "在复核环节见过这样的情形。", **said}
    return suggestions.suggest(by=body[by], post=post, **said)


def supplement(body: Body, name: str = "holder", trigger: str = "duties") -> Declaration:
    """An open supplementary declaration of a post that has something filed."""
    return supplements.start_supplement(by=body[name], appointment=body.appointment(name), trigger=trigger)


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


CONTACT = "云岭地区财政局办公室，电话 0800-0000000，信箱设在一楼大厅。"


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


def posted(body: Body, by: str = "publisher", **changes) -> PublicNotice:
    """Composed, submitted, agreed to at every step and posted."""
    notice = submit_notice(composed(body, by, **changes), body[by])
    while notice.state == NoticeState.SUBMITTED:
        decide_notice(notice)
    return notice


def objection(body: Body, notice: PublicNotice, by: str = "colleague", ordinal: int | None = 1, **said) -> Objection:
    """An objection by somebody with their name, against a line or (None) the whole."""
    line = notice.lines.get(ordinal=ordinal) if ordinal else None
    said = {"text": "这一风险点写的环节与实际不符。", "objector": body[by].name, **said}
    return notices.object_to(by=body[by], notice=notice, line=line, **said)


def today() -> dt.date:
    """The day in the application's time zone."""
    return timezone.localdate()


def first_point(declaration: Declaration) -> PointVersion:
    """The first point of a declaration."""
    return declaration.pointversions.order_by("pk").first()
