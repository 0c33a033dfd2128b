"""The year of the cast's region, brought into a state by real acts."""

import datetime as dt

import time_machine

from cycles.actions import cycles, preparation
from cycles.models import Closing, Cycle, Stage, Training, WorkNotice
from cycles.rules import StageKind
from registry.rules import Upload
from tests import factories

MINUTES = Upload("签到表.pdf", "application/pdf", b"%PDF-1.7 %%EOF")


def cycle_of(body: factories.Body, year: int | None = None) -> Cycle:
    """Return the cycle of the region for a year, whose preparation may begin on the first of January."""
    year = year or factories.today().year
    with time_machine.travel(dt.datetime(min(year, factories.today().year), 1, 1, 9)):
        cycle = cycles.open_cycle(by=body["region_clerk"], region=body.organization("DQ"), year=year)
        stages = {StageKind(stage.kind): stage for stage in cycle.stages.all()}
        dates = {kind: stage.dates for kind, stage in stages.items()}
        dates[StageKind.PREPARATION] = type(dates[StageKind.PREPARATION])(dt.date(year, 1, 1), dt.date(year, 3, 10))
        versions = {kind: stage.version for kind, stage in stages.items()}
        cycles.change_dates(by=body["region_clerk"], cycle=cycle, dates=dates, versions=versions, reason="")
    return cycle


def stage_of(cycle: Cycle, kind: str) -> Stage:
    return cycle.stages.select_related("cycle__region").get(kind=kind)


def begun(cycle: Cycle, body: factories.Body, kind: str = StageKind.PREPARATION) -> Stage:
    """Let a stage of a cycle begin."""
    stage = stage_of(cycle, kind)
    return cycles.begin_stage(by=body["region_clerk"], stage=stage, expected=stage.version)


def asked_to_close(stage: Stage, body: factories.Body, by: str) -> Closing:
    """Let somebody ask for a stage to be closed with its open ends."""
    return cycles.close_stage(
        by=body[by],
        stage=stage,
        expected=stage.version,
        seen=cycles.open_ends(stage.cycle, stage.kind),
        reason="另行督促",
    )


def trained(cycle: Cycle, body: factories.Body, by: str = "clerk", code: str = "CZJ", file: bool = True) -> Training:
    """Record a training of a unit."""
    return preparation.record_training(
        by=body[by],
        cycle=cycle,
        organization=body.organization(code),
        held_on=factories.today(),
        topic="廉政风险防控业务培训",
        people=40,
        attachment=MINUTES if file else None,
    )


def noticed(cycle: Cycle, body: factories.Body, *, issued: bool) -> WorkNotice:
    """Write the notice of the work, and issue it."""
    by = body["region_clerk"]
    notice = preparation.save_notice(
        by=by, cycle=cycle, expected=0, title="关于开展廉政风险防控工作的通知", text="各单位：\n请按期完成。"
    )
    return preparation.issue_notice(by=by, cycle=cycle, expected=notice.version) if issued else notice
