"""Findings in each state: to be corrected, reported, verified, taken over by the inspectors."""

import datetime as dt

from django.utils import timezone

from registry.models import Appointment, Organization, Person, PointVersion, RiskPoint
from registry.rules import STANDING_STATES, Phase, Rank

from ..actions import findings as verbs
from ..models import Finding
from ..rules import Severity

OFFICE, INSPECTOR, UNIT = "CZJ057", "DQ003", "CZJ"


def person(username: str) -> Person:
    """Return somebody of the demonstration's cast by their staff number."""
    return Person.objects.get(username=username)


def staff_of(code: str) -> list[Appointment]:
    """Return the posts of a section held by people below ke rank, in order."""
    live = Appointment.objects.live(timezone.localdate()).filter(post__organization__code=code, rank=Rank.BELOW_KE)
    return list(live.exclude(person__username=OFFICE).select_related("person", "post").order_by("post", "pk"))


def _raised(code: str, facts: str, severity: str, days: int, by: str = OFFICE, **about) -> Finding:
    return verbs.raise_finding(
        by=person(by),
        unit=Organization.objects.get(code=UNIT),
        organization=Organization.objects.get(code=code),
        facts=facts,
        severity=severity,
        due_on=timezone.localdate() + dt.timedelta(days=days),
        **{"post": None, "point": None, "responsible": None} | about,
    )


def _filed_point(code: str) -> RiskPoint | None:
    place = Organization.objects.get(code=code).tree_from
    found = PointVersion.objects.filter(position=place, state__in=STANDING_STATES, post__isnull=False)
    version = found.select_related("point").order_by("pk").first()
    return version and version.point


def load_findings() -> None:
    """Raise findings in two sections and bring each as far as its state; two are about the same risk point."""
    first, second, *_rest = staff_of("CZJ-01")
    point = _filed_point("CZJ-01")
    _raised("CZJ-01", "抽查接待台账，两次公务接待未附审批单。", Severity.SLIGHT, 15, responsible=first.person)
    _raised("CZJ-02", "预算追加资料缺少测算依据，科室未登记缺件告知。", Severity.NOTABLE, 20)
    reported = _raised(
        "CZJ-01", "用印登记簿有三次未写明用途。", Severity.SLIGHT, 10, responsible=second.person, point=point
    )
    verbs.report_correction(
        by=second.person,
        finding=reported,
        expected=1,
        text="三次用印均已补写用途并由主任复核签字，登记簿改为逐项填写。",
    )
    verified = _raised("CZJ-01", "空白介绍信领用未登记。", Severity.NOTABLE, 10, responsible=second.person, point=point)
    verbs.extend(
        by=person(OFFICE),
        finding=verified,
        expected=1,
        text="需向档案室调取往年领用记录。",
        due_on=verified.due_on + dt.timedelta(days=7),
    )
    verbs.report_correction(
        by=second.person, finding=verified, expected=2, text="已补登领用记录，剩余空白介绍信交办公室统一保管。"
    )
    verbs.verify(by=person(OFFICE), finding=verified, expected=3, text="现场核对登记簿与存根，情况属实。")
    if point is not None:
        verbs.ask_for_supplement(
            by=person(OFFICE),
            finding=verified,
            expected=4,
            text="同一风险点一年内再次出现问题，请补充防范措施。",
            phase=Phase.POINTS,
        )
    taken_over = _raised(
        "CZJ-01",
        "明查暗访发现工作时间处理私事，经提醒后再次发生。",
        Severity.SERIOUS,
        10,
        by=INSPECTOR,
        responsible=first.person,
    )
    verbs.hand_over(by=person(INSPECTOR), finding=taken_over, expected=1, text="情节较重，按干部管理权限提出处置建议。")
