"""Setting the year going, its dates, beginning and closing its stages (part III §4)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.actions.audit import record
from registry.actions.organization import console_actor
from registry.actions.periods import set_period
from registry.actions.writing import change
from registry.models import Organization, Person
from registry.rules import Changed, Dates, Gap, Incomplete, Refused

from .. import access
from ..models import Closing, Cycle, Stage, StageChange
from ..rules import (
    StageDates,
    StageKind,
    StageState,
    StageVerb,
    date_faults,
    default_stages,
    may_change,
    opens_by_itself,
    stage_after,
)
from ..rules.stages import PHASES
from .conditions import open_ends


def years_to_open() -> tuple[int, int]:
    """Return the years for which a cycle may be set going: this one and the next."""
    year = timezone.localdate().year
    return year, year + 1


@transaction.atomic
def open_cycle(*, by: Person, region: Organization, year: int) -> Cycle:
    """Set a year going with the document's own dates, or those of the year before; whoever was first has made it."""
    access.check_open_cycle(region, by)
    if year not in years_to_open():
        raise Refused(_("A cycle is set going for this year or the next."))
    Organization.objects.select_for_update(no_key=True).get(pk=region.pk)
    if Cycle.objects.filter(region=region, year=year).exists():
        raise Refused(_("The cycle of %s is there already.") % year)
    cycle = Cycle.objects.create(region=region, year=year, opened_by=by, opened_at=timezone.now())
    dates = default_stages(year)
    Stage.objects.bulk_create(
        Stage(
            cycle=cycle,
            kind=kind,
            ordinal=ordinal,
            opens=dates[kind].opens,
            closes=dates[kind].closes,
            due_to_region=dates[kind].due_to_region,
        )
        for ordinal, kind in enumerate(StageKind, start=1)
    )
    record("cycle.open", by=by, subject=cycle, content=[region.pk, year], place=region, seals=[cycle])
    _write_down(cycle, by=by)
    return cycle


@transaction.atomic
def change_dates(
    *, by: Person, cycle: Cycle, dates: Mapping[StageKind, StageDates], versions: Mapping[StageKind, int], reason: str
) -> list[StageChange]:
    """Give stages other dates; all of them, or none with every fault. `versions` are those of the stages that were seen."""
    access.check_run(cycle, by)
    stages = {StageKind(stage.kind): stage for stage in _stages(cycle)}
    today = timezone.localdate()
    changed = [kind for kind in StageKind if dates[kind] != stages[kind].dates]
    faults = [Gap(fault.sentence, f"{fault.kind}-{fault.name}") for fault in date_faults(cycle.year, dates)]
    for kind in changed:
        why = may_change(stages[kind].state, stages[kind].dates, dates[kind], reason, today)
        if why:
            faults.append(Gap(f"{stages[kind]}: {why}", f"{kind}-opens"))
    if faults:
        raise Incomplete(_("The dates were not changed."), faults)
    if not changed:
        raise Refused(_("Nothing is changed."))
    made = []
    for kind in changed:
        stage = stages[kind]
        before = stage.dates
        change(stage, by=by, expected=versions[kind], **vars(dates[kind]))
        made.append(
            StageChange.objects.create(
                stage=stage,
                before=_told(before),
                after=_told(dates[kind]),
                reason=reason.strip(),
                by=by,
                at=timezone.now(),
            )
        )
    content = [[each.stage.kind, each.before, each.after] for each in made]
    record("stage.change", by=by, subject=cycle, content=[content, reason.strip()], place=cycle.region, seals=made)
    _write_down(cycle, by=by)
    return made


@transaction.atomic
def begin_stage(*, by: Person, stage: Stage, expected: int) -> Stage:
    """Let a stage begin: its first day has come, and the stage before it is closed."""
    stage, before = _locked(stage)
    access.check_run(stage.cycle, by)
    _begin(stage, before, by=by, expected=expected)
    return stage


@transaction.atomic
def begin_by_clock(*, stage: Stage) -> Stage:
    """Let a stage begin on its first day without anybody; refused where it does not any more."""
    stage, before = _locked(stage)
    _begin(stage, before, by=console_actor(), expected=stage.version)
    return stage


def check_begin(stage: Stage, before: Stage | None) -> None:
    """Refuse beginning what runs or is over, before its first day, or while the stage before it is not closed."""
    stage_after(stage.state, StageVerb.OPEN)
    today = timezone.localdate()
    if before is not None and before.state != StageState.CLOSED:
        raise Refused(_("The stage before it, %s, is not closed yet.") % before)
    if not opens_by_itself(stage.state, stage.dates, before and before.state, today):
        raise Refused(_("Its first day is %s; change the dates first.") % stage.opens)


def _begin(stage: Stage, before: Stage | None, *, by: Person, expected: int) -> None:
    check_begin(stage, before)
    change(stage, by=by, expected=expected, state=StageState.OPEN, opened_at=timezone.now())
    record("stage.begin", by=by, subject=stage, content=stage.kind, place=stage.cycle.region)


@transaction.atomic
def close_stage(
    *, by: Person, stage: Stage, expected: int, seen: Mapping[str, int], reason: str = ""
) -> Closing | None:
    """Close a stage that has no open ends; where it has, ask a second person to agree, and return what was asked.

    `seen` are the open ends the person had before their eyes.
    """
    stage, _before = _locked(stage)
    access.check_run(stage.cycle, by)
    stage_after(stage.state, StageVerb.CLOSE)
    if stage.closings.filter(is_agreed=None).exists():
        raise Refused(_("Closing this stage with open ends was asked for already; a second person answers."))
    left = open_ends(stage.cycle, stage.kind)
    if left != dict(seen):
        raise Changed(_("What is open has changed meanwhile. Look at it again before you close the stage."))
    if not left:
        _close(stage, by=by, expected=expected, left={})
        return None
    if not reason.strip():
        raise Refused(_("Say why the stage is closed although something is open."))
    if stage.version != expected:
        raise Changed(_("This has changed meanwhile. Look at it again before you decide."))
    closing = Closing.objects.create(
        stage=stage, open_ends=left, reason=reason.strip(), asked_by=by, asked_at=timezone.now()
    )
    record(
        "stage.ask_close",
        by=by,
        subject=stage,
        content=[left, reason.strip()],
        place=stage.cycle.region,
        seals=[closing],
    )
    return closing


@transaction.atomic
def agree_to_closing(*, by: Person, closing: Closing, seen: Mapping[str, int]) -> Closing:
    """Close the stage with its open ends, as a second person; what is open now stands in the closing for ever."""
    stage, closing = _asked(closing, by)
    left = open_ends(stage.cycle, stage.kind)
    if left != dict(seen):
        raise Changed(_("What is open has changed meanwhile. Look at it again before you agree."))
    _answer(closing, by=by, is_agreed=True, left_open=left)
    _close(stage, by=by, expected=stage.version, left=left, also=[closing])
    return closing


@transaction.atomic
def decline_closing(*, by: Person, closing: Closing, reason: str) -> Closing:
    """Do not agree, with a reason; the stage stays open."""
    stage, closing = _asked(closing, by)
    if not reason.strip():
        raise Refused(_("Say why you do not agree."))
    _answer(closing, by=by, is_agreed=False, answer=reason.strip())
    record("stage.decline", by=by, subject=stage, content=reason.strip(), place=stage.cycle.region, seals=[closing])
    return closing


def _asked(closing: Closing, by: Person) -> tuple[Stage, Closing]:
    stage, _before = _locked(closing.stage)
    closing = Closing.objects.select_related("asked_by").get(pk=closing.pk)
    closing.stage = stage
    access.check_answer_closing(closing, by)
    if closing.is_agreed is not None:
        raise Refused(_("This was answered already."))
    return stage, closing


def _answer(closing: Closing, *, by: Person, **values: Any) -> None:
    values |= {"answered_by": by, "answered_at": timezone.now()}
    if not Closing.objects.filter(pk=closing.pk, is_agreed=None).update(**values):
        raise Changed(_("This was answered meanwhile."))
    closing.refresh_from_db(fields=list(values))


def _close(
    stage: Stage, *, by: Person, expected: int, left: Mapping[str, int], also: list[Closing] | None = None
) -> None:
    change(stage, by=by, expected=expected, state=StageState.CLOSED, closed_by=by, closed_at=timezone.now())
    content = [stage.kind, dict(left)]
    record("stage.close", by=by, subject=stage, content=content, place=stage.cycle.region, seals=[stage, *(also or [])])


def stages_to_begin() -> list[tuple[str, Any]]:
    """Return the work of the clock: stages whose first day has come and whose predecessor is closed."""
    today = timezone.localdate()
    work = []
    for stage in Stage.objects.filter(state=StageState.PLANNED, opens__lte=today).order_by("pk"):
        before = Stage.objects.filter(cycle=stage.cycle_id, ordinal=stage.ordinal - 1).first()
        if opens_by_itself(stage.state, stage.dates, before and before.state, today):
            work.append((f"{stage.pk}:{stage.opens}", lambda found=stage: begin_by_clock(stage=found)))
    return work


def _write_down(cycle: Cycle, *, by: Person) -> None:
    """Let the ground floor know the dates its rules read."""
    for stage in cycle.stages.filter(kind__in=list(PHASES)):
        dates = Dates(stage.opens, stage.due_to_region, stage.closes)
        set_period(by=by, organization=cycle.region, year=cycle.year, phase=PHASES[StageKind(stage.kind)], dates=dates)


def _stages(cycle: Cycle) -> list[Stage]:
    """Lock a cycle and return its stages in order."""
    Cycle.objects.select_for_update(no_key=True).get(pk=cycle.pk)
    return list(cycle.stages.select_for_update(of=("self",), no_key=True).order_by("ordinal"))


def _locked(stage: Stage) -> tuple[Stage, Stage | None]:
    """Lock the cycle of a stage; return the stage and the one before it as they are now."""
    cycle = Cycle.objects.select_for_update(of=("self",), no_key=True).select_related("region").get(pk=stage.cycle_id)
    stages = {each.ordinal: each for each in _stages(cycle)}
    now = next(each for each in stages.values() if each.pk == stage.pk)
    now.cycle = cycle
    return now, stages.get(now.ordinal - 1)


def _told(dates: StageDates) -> dict[str, str]:
    return {name: str(day) for name, day in vars(dates).items() if day is not None}
