"""Measures of the finance bureau are filed and carried out: some in time, one late, one sent back, some overdue."""

import datetime as dt

from django.db.models import Q
from django.utils import timezone

from registry import access
from registry.access import Declarant
from registry.actions import declarations, measures, records
from registry.actions.jobs import run_due
from registry.models import Declaration, Person
from registry.roles import Permission
from registry.rules import DeclarationState, Level, Phase, Rhythm, Standing, Upload, digest, verb_for

from .. import access as controls_access
from ..actions.tasks import report_done, report_occurrence, send_back
from ..models import Task
from ..rules import Commitment, TaskState, owed

_SAID = (
    "按登记簿逐笔核对，未发现不符，核对人已签字。",
    "抽查十件，两件补齐了附件，其余合规。",
    "会议逐人表态并如实记录，纪要已归档。",
)
_FILE = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def load_tasks() -> None:
    """File the measures of the bureau's sections, team and leaders, and carry them out."""
    filed = [_filed(declaration) for declaration in _declarations()]
    run_due("tasks")
    if not any(filed):
        return
    _put_back()
    open_tasks = Task.objects.filter(state=TaskState.OPEN, starts_on__lte=timezone.localdate()).order_by("due_on", "pk")
    for place, task in enumerate(open_tasks):
        if place % 3 != 2:  # every third stays to be done; of the past these are overdue
            _report(task, place)
    done = Task.objects.filter(state=TaskState.DONE).order_by("pk").first()
    if done is not None:
        above = Person.objects.filter(pk__in=controls_access.superior(done).people).order_by("username").first()
        if above is not None:
            send_back(by=above, task=done, expected=done.version, reason="附件缺少核对人签字，请补充后重新报告。")
    _occurrence()


def _declarations() -> list[Declaration]:
    """Return what the bureau's sections, team and leaders have filed: their measures need no notice."""
    leaders = Q(standing__in=[Standing.TEAM_MEMBER, Standing.PRINCIPAL_LEADER]) | ~Q(level=Level.POST)
    found = Declaration.objects.filter(
        leaders, unit__code="CZJ", phase=Phase.POINTS, state=DeclarationState.FILED, supplement=0, batch=None
    )
    return list(found.select_related("organization", "appointment__person", "appointment__post__organization"))


def _filed(points: Declaration) -> bool:
    """Let the measures of a declaration go by every step into the ledger."""
    declarant = Declarant.of(points)
    by = points.appointment.person if points.appointment else _who_prepares(declarant)
    if by is None or access.refusal(access.check_declare, declarant, by):
        return False
    declaration = measures.start_measures(by=by, declarant=declarant)
    if points.appointment is None:
        roll = list(records.roll_of(declarant.organization))
        records.save_record(
            by=by,
            declaration=declaration,
            held_on=timezone.localdate(),
            chair=roll[0],
            present=roll,
            minutes="逐项研究防范措施，明确责任人、频次和佐证材料，一致同意。",
        )
    if declarations.missing(declaration):
        return False
    declarations.submit(by=by, declaration=declaration, seen_digest=digest(declarations.content_of(declaration)))
    declaration.refresh_from_db()
    while declaration.state == DeclarationState.SUBMITTED:
        approval = declaration.approval
        reviewer = Person.objects.filter(pk__in=access.asked_now(approval).people).order_by("username").first()
        if reviewer is None:
            return False
        declarations.decide_declaration(
            by=reviewer,
            approval=approval,
            verdict=verb_for(approval.step_key).value,
            version=approval.version,
            seen_digest=digest(declarations.content_of(declaration)),
            reason="措施具体可行，同意。",
        )
        declaration.refresh_from_db()
    return True


def _who_prepares(declarant: Declarant) -> Person | None:
    return access.holders(Permission.PREPARE, declarant.organization).order_by("username").first()


def _put_back() -> None:
    """Give the measures a past: what a demonstration files was filed today, so tasks are made as if it had been five months ago."""
    today = timezone.localdate()
    begun = today - dt.timedelta(days=150)
    for task in Task.objects.filter(measure_version__rhythm__in=[Rhythm.MONTHLY, Rhythm.QUARTERLY]).select_related(
        "measure_version"
    ):
        occasions = owed(Commitment(task.measure_version.rhythm, begun.year, begun), today)
        known = set(Task.objects.filter(measure=task.measure_id).values_list("period", flat=True))
        for occasion in occasions:
            if occasion.period in known:
                continue
            Task.objects.create(
                measure_id=task.measure_id,
                measure_version_id=task.measure_version_id,
                point_id=task.point_id,
                organization_id=task.organization_id,
                position=task.position,
                post_id=task.post_id,
                period=occasion.period,
                starts_on=occasion.starts_on,
                due_on=occasion.due_on,
                changed_by=task.changed_by,
                changed_at=task.changed_at,
            )


def _report(task: Task, place: int) -> None:
    by = controls_access.answering(task).first()
    if by is None or access.refusal(controls_access.check_report, task, by):
        return
    today = timezone.localdate()
    late = task.due_on + dt.timedelta(days=4 if place % 4 == 0 else -1)
    report_done(
        by=by,
        task=task,
        expected=task.version,
        done_on=max(min(late, today), task.starts_on),
        text=_SAID[place % len(_SAID)],
        uploads=[Upload("核对记录.pdf", "application/pdf", _FILE)] if place % 2 == 0 else [],
    )


def _occurrence() -> None:
    """Somebody reports an occurrence of a measure without a clock."""
    for person in Person.objects.filter(username__startswith="CZJ").order_by("username"):
        measure = controls_access.occurring_measures(person).first()
        if measure is not None:
            report_occurrence(
                by=person,
                measure=measure,
                occurred_on=timezone.localdate(),
                text="本日发生一次，已按措施由两人办理并登记。",
            )
            return
