"""Demonstration: the plan of a unit with signed, begun and overdue sheets, special inspections, two draws and a pool of experts."""

import datetime as dt

from django.utils import timezone

from registry.models import Organization, Person
from registry.rules import digest

from .. import access
from ..actions import draws, inspection_plans, inspections
from ..models import Inspection, InspectionLine
from ..rules import PERMISSIONS, DrawKind, InspectionState, Rung

_OPINION = "查阅登记簿和审批单，总体落实较好；个别登记不及时，已当面提醒，下次检查时复核。"
_NOTES = {
    "partly": "抽查十份，两份登记滞后三日以上。",
    "no": "本期未见记录，经办人说明因人员调整未及时安排。",
}
_ANSWERS = ("yes", "yes", "partly", "yes", "not_applicable", "no")
_EXPERTS = (
    ("欧阳启航", "云岭地区建筑设计院", ("结构", "建筑")),
    ("万俟清和", "云岭地区市政设计院", ("道桥", "结构")),
    ("钟离景行", "云岭地区造价事务所", ("造价",)),
    ("司徒望舒", "云岭地区安装公司", ("安装",)),
    ("上官云岫", "云岭地区建筑设计院", ("结构",)),
    ("南宫秋实", "云岭地区工程咨询公司", ("造价", "结构")),
)


def load_inspections() -> None:
    """Make all of it with the verbs people use."""
    unit = Organization.objects.get(code="CZJ")
    clerk, second = Person.objects.get(username="CZJ057"), Person.objects.get(username="CZJ058")
    _planned(unit, clerk)
    _special(unit, clerk)
    _draws(unit, clerk, second)
    _pool()


def _planned(unit: Organization, clerk: Person) -> None:
    """The plan of the year: of each kind of head two sheets are signed, one is begun, the rest is still to be made."""
    year = timezone.localdate().year
    proposal = inspection_plans.propose(by=clerk, unit=unit, year=year, quarter=None)
    plan = inspection_plans.issue_plan(by=clerk, unit=unit, year=year, quarter=None, seen_digest=proposal.digest)
    for permission in (
        PERMISSIONS[rung] for rung in (Rung.SECTION_HEAD, Rung.SUPERVISING_LEADER, Rung.PRINCIPAL_LEADER)
    ):
        asked = plan.inspections.filter(asked_permission=permission).select_related("organization", "post")
        # Two of each are signed; the third is begun.
        for place, inspection in enumerate(asked.order_by("due_on", "pk")[:3]):
            if (person := _checker(inspection)) is None:
                continue
            begun = inspections.begin_inspection(by=person, inspection=inspection, expected=inspection.version)
            _answer(begun, person, half=place == 2)
            begun.refresh_from_db()
            if place < 2:
                seen = digest(inspections.content_of(begun))
                inspections.sign_inspection(by=person, inspection=begun, seen_digest=seen, expected=begun.version)


def _checker(inspection: Inspection) -> Person | None:
    """Return somebody who is asked to check."""
    for person in access.readers_to_name(inspection.organization):
        if access.to_inspect(person).filter(pk=inspection.pk).exists():
            return person
    return None


def _answer(inspection: Inspection, person: Person, *, half: bool = False) -> None:
    lines: list[InspectionLine] = list(inspection.lines.order_by("ordinal"))
    said = [
        inspections.Said(line.pk, line.version, answer, _NOTES.get(answer, ""))
        for line, answer in (
            (line, _ANSWERS[(line.pk + line.ordinal) % len(_ANSWERS)]) for line in (lines[:1] if half else lines)
        )
    ]
    inspections.save_sheet(
        by=person,
        inspection=inspection,
        said=said,
        opinion="" if half else _OPINION,
        expected=inspection.version,
    )


def _special(unit: Organization, clerk: Person) -> None:
    """Discipline inspection is to check a section because of a complaint; and one sheet of the plan is overdue."""
    section = Organization.objects.get(code="CZJ-02")
    inspector = Person.objects.get(username="DQ003")
    today = timezone.localdate()
    inspection_plans.make_special(
        by=clerk,
        organization=section,
        inspector=inspector,
        due_on=today + dt.timedelta(days=14),
        purpose="群众反映办理时限不公开，专项核查防范措施落实情况。",
    )
    overdue = Inspection.objects.filter(state=InspectionState.PLANNED, plan__unit=unit).order_by("due_on").first()
    if overdue is not None:  # no verb plans for a day that is past; time itself brings this about
        Inspection.objects.filter(pk=overdue.pk).update(due_on=today - dt.timedelta(days=12))


def _draws(unit: Organization, clerk: Person, second: Person) -> None:
    """One draw is revealed and being inspected, one waits for the second person."""
    wanted = draws.Wanted(unit, DrawKind.POSTS)
    members = draws.population(wanted)
    seen = draws.population_digest(members)
    said = {"by": clerk, "wanted": wanted, "seen_digest": seen}
    draw = draws.commit_draw(
        count=3,
        purpose="本季度抽查岗位廉政风险防范措施落实情况。",
        exclusions=[(members[0].key, "上季度已抽查")],
        **said,
    )
    draw = draws.reveal_draw(by=second, draw=draw, expected=draw.version)
    inspection_plans.make_all_special(
        by=clerk,
        draw=draw,
        inspector=Person.objects.get(username="DQ004"),
        due_on=timezone.localdate() + dt.timedelta(days=20),
        purpose="季度抽查。",
        places=draws.drawn_places(draw),
    )
    draws.commit_draw(count=2, purpose="节日前明查暗访，随机确定岗位。", exclusions=[], **said)


def _pool() -> None:
    """Experts of the region, and a draw of three for a decision on a project."""
    region = Organization.objects.get(code="DQ")
    inspector = Person.objects.get(username="DQ004")
    for name, employer, specialities in _EXPERTS:
        draws.enter_expert(
            by=inspector,
            region=region,
            name=name,
            employer=employer,
            specialities=specialities,
            starts_on=timezone.localdate() - dt.timedelta(days=200),
        )
    wanted = draws.Wanted(region, DrawKind.EXPERTS, speciality="结构")
    seen = draws.population_digest(draws.population(wanted))
    draw = draws.commit_draw(
        by=inspector, wanted=wanted, count=3, purpose="县道改造项目方案论证。", exclusions=[], seen_digest=seen
    )
    if not access.others_who_reveal(draw).exists():
        draws.reveal_draw(by=inspector, draw=draw, expected=draw.version)
