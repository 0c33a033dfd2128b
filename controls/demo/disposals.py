"""Two disposals that are closed, of a person and of a section, and one whose answer is awaited."""

from django.utils import timezone

from registry.models import Appointment, Organization
from registry.rules import Verdict, digest

from ..actions import disposals as verbs
from ..models import Disposal, Finding
from ..rules import DisposalKind, FindingState, Service
from .findings import INSPECTOR, person, staff_of

LEADER, HEAD = "CZJ001", "CZJ007"
BASIS = "《云岭地区廉政风险防范管理实施办法》后期处置部分，按照干部管理权限办理。"


def _decided(
    kind: str, facts: str, demand: str, appointment: Appointment | None, finding: Finding | None = None
) -> Disposal:
    disposal = verbs.propose(
        by=person(INSPECTOR),
        organization=Organization.objects.get(code="CZJ-01"),
        appointment=appointment,
        kind=kind,
        facts=facts,
        basis=BASIS,
        demand=demand,
        term_days=10,
        finding=finding,
    )
    approval = disposal.approval
    verbs.decide_disposal(
        by=person(LEADER),
        approval=approval,
        verdict=Verdict.APPROVE,
        version=approval.version,
        seen_digest=digest(verbs.content_of(disposal)),
        reason="同意。",
    )
    return _now(disposal)


def _now(disposal: Disposal) -> Disposal:
    return Disposal.objects.get(pk=disposal.pk)


def _served(disposal: Disposal, service: str) -> Disposal:
    verbs.serve(
        by=person(INSPECTOR), disposal=disposal, expected=disposal.version, service=service, day=timezone.localdate()
    )
    return _now(disposal)


def _closed(disposal: Disposal, by: str, analysis: str, commitment: str, correction: str, outcome: str) -> None:
    verbs.answer(
        by=person(by),
        disposal=disposal,
        expected=disposal.version,
        analysis=analysis,
        commitment=commitment,
        correction=correction,
    )
    disposal = _now(disposal)
    verbs.accept(by=person(INSPECTOR), disposal=disposal, expected=disposal.version, text=outcome)


def load_disposals() -> None:
    """Bring two disposals to their end, and leave a third with whom it is about."""
    first, second, *_rest = staff_of("CZJ-01")
    warning = _decided(
        DisposalKind.WARNING, "用印登记不全，经指出后未及时补正。", "立即补正登记，并作出书面说明。", second
    )
    _closed(
        _served(warning, Service.PAPER),
        second.person.username,
        "对用印登记的重要性认识不足，图省事。",
        "今后逐项登记，不再发生类似问题。",
        "已补登三次用印，登记簿改为双人签字。",
        "登记簿已核对，问题纠正到位。",
    )
    order = _decided(
        DisposalKind.RECTIFICATION,
        "科室对接待审批环节前期预防不到位，一年内同类问题出现两次。",
        "一个月内完善接待审批制度并组织学习。",
        None,
    )
    _closed(
        _served(order, Service.SCREEN),
        HEAD,
        "制度规定较粗，日常检查流于形式。",
        "由科室负责人牵头，每月检查一次并留存记录。",
        "已修订接待审批细则，全科学习并签字。",
        "细则已印发，抽查两笔接待手续齐全。",
    )
    finding = Finding.objects.filter(state=FindingState.DISPOSAL, organization__code="CZJ-01").first()
    admonition = _decided(
        DisposalKind.ADMONITION,
        "工作时间处理私事，经提醒后再次发生。",
        "深刻检查，限期改正，书面报告整改情况。",
        first,
        finding,
    )
    _served(admonition, Service.SCREEN)
