"""The year of the cast's region, brought into a state by real acts."""

import datetime as dt

import time_machine

from cycles.actions import assessment as assessing
from cycles.actions import cycles, preparation
from cycles.models import Assessment, Closing, Cycle, Stage, Training, WorkNotice
from cycles.rules import StageKind
from registry.rules import Upload, digest
from tests import factories

MINUTES = Upload("附件.PDF", "application/pdf", b"%PDF-1.7 %%EOF")


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


def assessing_cycle(body: factories.Body, year: int | None = None) -> Cycle:
    """Return a cycle whose stage of assessment runs today; what came before was closed with whatever was open."""
    cycle = cycle_of(body, year)
    Stage.objects.filter(cycle=cycle).update(opens=dt.date(cycle.year, 1, 1))
    for kind in (StageKind.PREPARATION, StageKind.IDENTIFICATION, StageKind.IMPLEMENTATION):
        stage = begun(cycle, body, kind)
        closing = asked_to_close(stage, body, by="region_clerk")
        if closing is not None:
            seen = cycles.open_ends(cycle, kind)
            cycles.agree_to_closing(by=body["region_leader"], closing=closing, seen=seen)
    begun(cycle, body, StageKind.ASSESSMENT)
    return cycle


def self_assessed(cycle: Cycle, body: factories.Body, by: str = "clerk", code: str = "CZJ") -> Assessment:
    """Let a unit enter everything that cannot be counted."""
    unit = body.organization(code)
    assessment = assessing.start_assessment(by=body[by], cycle=cycle, unit=unit)
    for indicator in assessing.ENTERED:
        assessing.enter_value(
            by=body[by],
            assessment=assessment,
            indicator=indicator.key,
            percent=80,
            text="有制度汇编和台账。",
            attachment=MINUTES,
        )
    return assessment


def submitted(assessment: Assessment, body: factories.Body, by: str = "clerk") -> Assessment:
    """Submit an assessment."""
    return assessing.submit_assessment(by=body[by], assessment=assessment, expected=assessment.version)


def decided(
    assessment: Assessment, body: factories.Body, by: str, verdict: str = "approve", reason: str = ""
) -> Assessment:
    """Let somebody decide on an assessment as it is."""
    approval = Assessment.objects.get(pk=assessment.pk).approval
    assessing.decide_assessment(
        by=body[by],
        approval=approval,
        verdict=verdict,
        version=approval.version,
        seen_digest=digest(assessing.content_of(assessment)),
        reason=reason,
    )
    return Assessment.objects.get(pk=assessment.pk)
