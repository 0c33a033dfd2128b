"""Assessing a unit: it enters what cannot be counted and submits, its leader checks, the region confirms (part III §4(4))."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.actions import approvals
from registry.actions.approvals import Outcome
from registry.actions.attachments import keep_attachment
from registry.actions.audit import record
from registry.actions.writing import change, create
from registry.models import Approval, Organization, Person
from registry.rules import Gap, Incomplete, OrganizationKind, Refused, StepKey, Upload

from .. import access
from ..models import Assessment, Cycle, Deduction, SelfAssessment
from ..rules import AssessmentState, StageKind, StageState
from ..rules.assessment import INDICATORS, Score, Source, score
from .counting import counted

ASSESSMENT = "assessment"
# The unit's leader checks what its office entered, the region confirms.
STEPS = (StepKey.PRINCIPAL, StepKey.REGION)
ENTERED = tuple(indicator for indicator in INDICATORS if indicator.source == Source.ENTERED)


@transaction.atomic
def start_assessment(*, by: Person, cycle: Cycle, unit: Organization) -> Assessment:
    """Begin the assessment of a unit while the stage runs; whoever was first has made it."""
    access.check_assess(cycle, unit, by)
    Cycle.objects.select_for_update(no_key=True).get(pk=cycle.pk)
    check_runs(cycle)
    if unit.kind != OrganizationKind.UNIT or not cycle.region.tree_from <= unit.tree_from <= cycle.region.tree_to:
        raise Refused(_("%s does not belong to this cycle.") % unit)
    known = Assessment.objects.filter(cycle=cycle, unit=unit).first()
    if known is not None:
        return known
    assessment = create(Assessment(cycle=cycle, unit=unit), by=by)
    record("assessment.start", by=by, subject=assessment)
    return assessment


def check_runs(cycle: Cycle) -> None:
    """Refuse assessing before the stage of assessment runs, and after it is closed."""
    stage = cycle.stages.get(kind=StageKind.ASSESSMENT)
    if stage.state != StageState.OPEN:
        raise Refused(_("Units are assessed while the stage of assessment runs."))


@transaction.atomic
def enter_value(
    *, by: Person, assessment: Assessment, indicator: str, percent: int, text: str, attachment: Upload | None = None
) -> SelfAssessment:
    """Enter how far the unit meets what cannot be counted, and what shows it; the latest entry counts."""
    assessment = _locked(assessment)
    access.check_assess(assessment.cycle, assessment.unit, by)
    check_runs(assessment.cycle)
    _check_draft(assessment)
    if indicator not in {each.key for each in ENTERED}:
        raise Refused(_("This is counted or asked, not entered."))
    if not 0 <= percent <= 100:
        raise Refused(_("Enter a number from 0 to 100."))
    if not text.strip():
        raise Refused(_("Say what shows it."))
    entry = SelfAssessment.objects.create(
        assessment=assessment,
        indicator=indicator,
        percent=percent,
        text=text.strip(),
        attachment=keep_attachment(attachment, by=by) if attachment else None,
        by=by,
        at=timezone.now(),
    )
    content = [indicator, percent, text.strip(), attachment.digest if attachment else ""]
    record("assessment.enter", by=by, subject=assessment, content=content, seals=[entry])
    return entry


@transaction.atomic
def deduct(
    *,
    by: Person,
    assessment: Assessment,
    hundredths: int = 0,
    is_veto: bool = False,
    reason: str,
    is_confidential: bool = False,
) -> Deduction:
    """Take points off, or veto, for a registered reason; the region's office does, until the assessment is confirmed."""
    assessment = _locked(assessment)
    access.check_deduct(assessment, by)
    if assessment.state == AssessmentState.CONFIRMED:
        raise Refused(_("The assessment is confirmed and stays as it is."))
    if not is_veto and not 0 < hundredths <= 10_000:
        raise Refused(_("Say how many points are taken off, at most 100."))
    if not reason.strip():
        raise Refused(_("Say why."))
    deduction = Deduction.objects.create(
        assessment=assessment,
        is_veto=is_veto,
        hundredths=0 if is_veto else hundredths,
        reason=reason.strip(),
        is_confidential=is_confidential,
        by=by,
        at=timezone.now(),
    )
    content = [deduction.hundredths, is_veto, reason.strip()]
    record("assessment.deduct", by=by, subject=assessment, content=content, seals=[deduction])
    return deduction


@transaction.atomic
def strike_deduction(*, by: Person, deduction: Deduction, reason: str) -> Deduction:
    """Strike out a deduction or a veto, with a reason; it stays to be read and counts no longer."""
    assessment = _locked(deduction.assessment)
    access.check_deduct(assessment, by)
    deduction = Deduction.objects.select_for_update(no_key=True).get(pk=deduction.pk)
    if assessment.state == AssessmentState.CONFIRMED:
        raise Refused(_("The assessment is confirmed and stays as it is."))
    if deduction.struck_by_id is not None:
        raise Refused(_("This is struck out already."))
    if not reason.strip():
        raise Refused(_("Say why it is struck out."))
    deduction.struck_by, deduction.struck_at, deduction.struck_reason = by, timezone.now(), reason.strip()
    deduction.save(update_fields=["struck_by", "struck_at", "struck_reason"])
    record("assessment.strike", by=by, subject=assessment, content=reason.strip(), seals=[deduction])
    return deduction


@transaction.atomic
def submit_assessment(*, by: Person, assessment: Assessment, expected: int) -> Assessment:
    """Give the unit's own assessment to its leader and then the region; what is missing is said all at once."""
    assessment = _locked(assessment)
    access.check_assess(assessment.cycle, assessment.unit, by)
    check_runs(assessment.cycle)
    _check_draft(assessment)
    given = latest(assessment)
    gaps = [
        Gap(_("“%s” is not assessed yet.") % indicator.label, indicator.key)
        for indicator in ENTERED
        if indicator.key not in given
    ]
    if gaps:
        raise Incomplete(_("The assessment was not submitted."), gaps)
    Approval.objects.select_for_update(of=("self",), no_key=True).filter(pk=assessment.approval_id).first()
    approval = approvals.open_round(
        assessment.approval,
        kind=ASSESSMENT,
        by=by,
        organization=assessment.unit,
        title=_("Assessment of %(unit)s for %(year)s") % {"unit": assessment.unit, "year": assessment.cycle.year},
        owners=[by, *{entry.by for entry in given.values()}],
        steps=STEPS,
        content=content_of(assessment),
        due_on=assessment.cycle.stages.get(kind=StageKind.ASSESSMENT).closes,
    )
    change(assessment, by=by, expected=expected, state=AssessmentState.SUBMITTED, approval=approval)
    return assessment


@transaction.atomic
def decide_assessment(
    *, by: Person, approval: Approval, verdict: str, version: int, seen_digest: str, reason: str = ""
) -> Outcome:
    """Agree, or return the assessment to the unit; when the region agrees, inputs and score are frozen."""
    assessment = _locked(Assessment.objects.get(approval=approval))
    approval = Approval.objects.select_for_update(of=("self",), no_key=True).get(pk=approval.pk)
    outcome = approvals.decide(
        approval,
        kind=ASSESSMENT,
        by=by,
        verdict=verdict,
        version=version,
        seen_digest=seen_digest,
        content=content_of(assessment),
        reason=reason,
    )
    if outcome in (Outcome.RETURNED, Outcome.ASKED):
        change(assessment, by=by, expected=assessment.version, state=AssessmentState.DRAFT)
    elif outcome == Outcome.COMPLETED:
        inputs = inputs_of(assessment)
        change(
            assessment,
            by=by,
            expected=assessment.version,
            state=AssessmentState.CONFIRMED,
            confirmed_at=timezone.now(),
            inputs=inputs,
            result=told(score_of(inputs)),
        )
        record("assessment.freeze", by=by, subject=assessment, content=inputs, seals=[assessment])
    return outcome


def latest(assessment: Assessment) -> dict[str, SelfAssessment]:
    """Return the entry that counts of each indicator that is entered."""
    found = assessment.entries.select_related("by", "attachment").defer("attachment__body")
    return {entry.indicator: entry for entry in found}


def content_of(assessment: Assessment) -> dict[str, Any]:
    """Return what is decided about: what was entered and taken off. What is counted goes on until it is confirmed."""
    return {
        "entries": [
            {
                "indicator": entry.indicator,
                "percent": entry.percent,
                "text": entry.text,
                "attachment": entry.attachment_id,
            }
            for entry in latest(assessment).values()
        ],
        "deductions": [
            {"id": each.pk, "hundredths": each.hundredths, "veto": each.is_veto} for each in _standing(assessment)
        ],
    }


def inputs_of(assessment: Assessment) -> dict[str, Any]:
    """Return what the score follows from, as of now: done and all of what is counted, percentages, points off, vetoes.

    A confirmed assessment has its own (`assessment.inputs`).
    """
    return {
        "counted": {key: [each.done, each.all] for key, each in counted(assessment.cycle, assessment.unit).items()},
        "entered": {key: entry.percent for key, entry in latest(assessment).items()},
        "deductions": [each.hundredths for each in _standing(assessment) if not each.is_veto],
        "vetoes": sum(each.is_veto for each in _standing(assessment)),
    }


def score_of(inputs: Mapping[str, Any]) -> Score:
    """Return the score that follows from stored inputs, and from nothing else."""
    values: dict[str, Fraction | None] = {
        key: Fraction(done, all_) if all_ else None for key, (done, all_) in inputs["counted"].items()
    }
    values |= {key: Fraction(percent, 100) for key, percent in inputs["entered"].items()}
    return score(values, deductions=[Fraction(each, 100) for each in inputs["deductions"]], vetoes=inputs["vetoes"])


def told(found: Score) -> dict[str, Any]:
    """Return a score as plain values: exact fractions as texts."""
    return {
        "items": {item.indicator.key: None if item.share is None else str(item.points) for item in found.items},
        "before": str(found.before),
        "deducted": str(found.deducted),
        "total": str(found.total),
        "least": found.band.least,
        "vetoed": found.is_vetoed,
    }


def _standing(assessment: Assessment) -> list[Deduction]:
    return list(assessment.deductions.filter(struck_by=None).order_by("pk"))


def _check_draft(assessment: Assessment) -> None:
    if assessment.state != AssessmentState.DRAFT:
        raise Refused(_("The assessment is being checked or confirmed; it is changed when it was returned."))


def _locked(assessment: Assessment) -> Assessment:
    return (
        Assessment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("cycle__region", "unit", "approval")
        .get(pk=assessment.pk)
    )
