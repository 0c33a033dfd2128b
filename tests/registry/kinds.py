"""One sheet of every kind there is, made from the same content on the same day, to be printed and looked at in tests."""

import datetime as dt
from collections.abc import Callable

import time_machine

from registry import access
from registry.actions import measures as measuring
from registry.actions.records import record_content
from registry.documents import coverage
from registry.documents.coverage_sheet import coverage_sheet
from registry.documents.declarations import blank_declaration_sheet, declaration_sheet
from registry.documents.ledger import ledger_sheet
from registry.documents.measures_sheet import measures_sheet
from registry.documents.notice_sheet import notice_sheet
from registry.documents.sheets import Sheet
from registry.models import Declaration, PointVersion
from registry.querysets.ledger import LedgerFilter
from registry.rules import Level, Phase
from tests import factories

DAY = dt.datetime(2026, 4, 20, 2, tzinfo=dt.UTC)
SECTIONS = ("综合科", "预算科", "国库支付中心")
POSTS = ("印章管理岗", "预算编审岗", "支付审核岗", "会务接待岗")
RARE = ("林晓堃", "钟喆", "关月玥", "阿依古丽·买买提")


def line(number: int, **changes) -> dict:
    """Return a line of a notice."""
    return {
        "code": f"CZJ-{number:06d}",
        "organization": SECTIONS[number // 14 % 3],
        "post": POSTS[number // 7 % 4],
        "holder": RARE[number % 4],
        "level": ("leadership", "section", "post")[number % 3],
        "category": ("moral", "institutional", "duty", "process", "environment")[number % 5],
        "title": f"未经审批使用印章（{number + 1}）",
        "manifestation": "用印登记不全，事后补签，空白介绍信外借；对外出具证明未经分管领导签字。" * (1 + number % 2),
        "grade": 1 + number % 3,
        "measures": ["每次用印由两人在登记簿上签字。", "办公室主任每月抽查一次，结果留存备查。"][: 1 + number % 2],
        **changes,
    }


def content(*lines: dict, **changes) -> dict:
    """Return what a notice says."""
    return {
        "title": "关于岗位廉政风险点的公示",
        "issuer": "云岭地区财政局",
        "number": "GS-CZJ-2026-00003",
        "code": "7K4M-Q2XD",
        "address": "https://registry.example/verify/7K4M-Q2XD/",
        "starts_on": "2026-04-20",
        "ends_on": "2026-04-24",
        "posted_on": "2026-04-20",
        "days": 5,
        "contact": "来信请寄：财政局领导小组办公室\n当面反映：办公楼302室",
        "names": True,
        "digest": "sha256:" + "3f" * 32,
        "head": "1204 sha256:" + "a7" * 32,
        "measures_kind": False,
        "earlier": None,
        "extensions": [],
        "lines": list(lines),
        **changes,
    }


def make_content(body: factories.Body) -> dict[str, Declaration]:
    """File something of every level and phase by DAY, and leave one in draft; return them by what they are."""
    with time_machine.travel(DAY, tick=False):
        factories.standing_in(body)
        made = {
            "post": _filed_with_an_opinion(body),
            "section": factories.file_all(factories.organization_draft(body, points=2)),
            "leadership": factories.file_all(factories.organization_draft(body, "CZJ", "recorder", points=2)),
            "other post": factories.filed(body, "other_holder", points=3),
            "draft": factories.draft(body, "head"),
        }
        declarant = access.Declarant.of_post(body.appointment("holder"))
        made["measures"] = measuring.start_measures(by=body["holder"], declarant=declarant)
    return made


def _filed_with_an_opinion(body: factories.Body) -> Declaration:
    declaration = factories.submitted(body, points=2)
    factories.decide(declaration, body["stand_in"], reason="同意上报，措施可行。")
    while declaration.state == "submitted":
        factories.decide(declaration)
    return declaration


def makers(body: factories.Body, made: dict[str, Declaration]) -> dict[str, Callable[[], Sheet]]:
    """Return what makes the sheet of each kind, in the language of the house."""

    def declared(name: str) -> Sheet:
        declaration = made[name]
        points = declaration.pointversions.order_by("pk").select_related("point", "replaces").with_measures()
        if declaration.phase == Phase.MEASURES:
            measured = Declaration.objects.filter(pk=declaration.pk)
            points = PointVersion.objects.measured_in(measured).order_by("pk").select_related("point")
        return declaration_sheet(
            declaration,
            points=points,
            nothing_found=declaration.nothing_found.all(),
            meeting=record_content(declaration) if declaration.post is None else None,
            with_decisions=True,
        )

    def of_the_ledger(make: Callable[..., Sheet]) -> Sheet:
        unit = body.organization("CZJ")
        points = PointVersion.objects.in_ledger().matching(LedgerFilter(year=2026, interval=unit.interval))
        return make(points, scope=unit.name, filter_sentence="", year=2026, made_on=DAY.date())

    def covered() -> Sheet:
        unit = body.organization("CZJ")
        with time_machine.travel(DAY, tick=False):
            counted = coverage.counted([unit.interval], 2026)
            scheme = coverage.scheme_of(unit, 2026)
            parts = coverage.parts(counted, counted, list(unit.children.order_by("tree_from")), scheme)
            rows = coverage.matrix(counted, scheme)
        return coverage_sheet(unit, year=2026, rows=rows, parts=parts, made_on=DAY.date())

    return {
        "post-declaration": lambda: declared("post"),
        "section-declaration": lambda: declared("section"),
        "leadership-declaration": lambda: declared("leadership"),
        "draft-declaration": lambda: declared("draft"),
        "measures-declaration": lambda: declared("measures"),
        "notice": lambda: notice_sheet(content(*map(line, range(9)))),
        "notice-of-measures": lambda: notice_sheet(
            content(*map(line, range(4)), measures_kind=True, names=False, title="关于岗位廉政风险防范措施的公示")
        ),
        "ledger": lambda: of_the_ledger(ledger_sheet),
        "measures-table": lambda: of_the_ledger(measures_sheet),
        "coverage": covered,
        **{
            f"blank-{level}-{phase}": lambda level=level, phase=phase: blank_declaration_sheet(level, phase)
            for level in Level
            for phase in Phase
        },
    }
