"""Findings: raised, corrected, verified, handed over; and the way back to the registry (part III §2(3)3, §5(4))."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registry import access as rights
from registry.actions.attachments import keep_attachment
from registry.actions.audit import record
from registry.actions.supplements import open_supplement
from registry.actions.writing import change, next_number
from registry.models import Organization, Person, PointVersion, Post, RiskPoint
from registry.roles import Permission
from registry.rules import STANDING_STATES, Gap, Incomplete, OrganizationKind, Phase, Refused, Trigger, Upload

from ..access import findings as access
from ..models import Finding, FindingStep, InspectionLine, Signal
from ..rules import NEED_TEXT, FindingVerb, deadline_faults, finding_after, finding_gaps

MOST_ATTACHMENTS = 5  # with one step


@transaction.atomic
def raise_finding(
    *,
    by: Person,
    unit: Organization,
    organization: Organization,
    post: Post | None,
    point: RiskPoint | None,
    facts: str,
    severity: str,
    responsible: Person | None,
    due_on: dt.date | None,
    signal: Signal | None = None,
    line: InspectionLine | None = None,
) -> Finding:
    """Raise a finding about an organization of `unit`: from a signal, from a line of a signed check sheet, or from neither.

    Without `responsible` whoever leads the organization corrects it. Raises Incomplete with every gap.
    """
    access.check_raise(organization, by, signal=signal, line=line)
    if rights.nearest(organization, OrganizationKind.UNIT) != unit:
        raise Refused(_("Findings are about a unit, its sections and their posts."))
    if post is not None and post.organization_id != organization.pk:
        raise Refused(_("This post does not belong to %s.") % organization)
    if point is not None and not standing_versions(point).filter(position=organization.tree_from).exists():
        raise Refused(_("This risk point does not stand in the ledger of %s.") % organization)
    if signal is not None and line is not None:
        raise Refused(_("A finding comes from one source."))
    if responsible is not None and not access.people_to_correct(unit).filter(pk=responsible.pk).exists():
        raise Refused(_("%s has no post or role in this unit.") % responsible)
    today = timezone.localdate()
    gaps = finding_gaps(
        facts=facts,
        due_on=due_on,
        raised_on=today,
        has_responsible=responsible is not None,
        corrects_oneself=responsible == by,
    )
    if gaps:
        raise Incomplete(_("This is missing:"), [Gap(sentence, "finding", name) for name, sentence in gaps])
    number = next_number(f"finding:{unit.code}:{today.year}")
    finding = Finding.objects.create(
        number=f"WT-{unit.code}-{today.year}-{number:04d}",
        unit=unit,
        signal=signal,
        line=line,
        organization=organization,
        position=organization.tree_from,
        post=post,
        point=point,
        facts=facts.strip(),
        severity=severity,
        responsible=responsible,
        due_on=due_on,
        raised_by=by,
        raised_at=timezone.now(),
    )
    record("finding.raise", by=by, subject=finding, content=[finding.number, finding.facts], seals=[finding])
    return finding


def standing_versions(point: RiskPoint):
    """Return what stands in the ledger of a risk point."""
    return PointVersion.objects.filter(point=point, state__in=STANDING_STATES)


@transaction.atomic
def report_correction(
    *, by: Person, finding: Finding, expected: int, text: str, attachments: Sequence[Upload] = ()
) -> Finding:
    """Report that a finding is corrected: how, with what shows it."""
    finding = _locked(finding, FindingVerb.REPORT, by)
    return _step(
        finding, FindingVerb.REPORT, by=by, for_whom=access.corrects_for(finding, by), expected=expected, text=text,
        attachments=attachments,
    )  # fmt: skip


@transaction.atomic
def verify(*, by: Person, finding: Finding, expected: int, text: str = "") -> Finding:
    """Verify that a finding is corrected."""
    return _handled(finding, FindingVerb.VERIFY, by=by, expected=expected, text=text)


@transaction.atomic
def send_back(*, by: Person, finding: Finding, expected: int, text: str) -> Finding:
    """Send back a correction that does not do, with the reason."""
    return _handled(finding, FindingVerb.SEND_BACK, by=by, expected=expected, text=text)


@transaction.atomic
def extend(*, by: Person, finding: Finding, expected: int, text: str, due_on: dt.date) -> Finding:
    """Give more time, with the reason; the step keeps the new day."""
    now = _locked(finding, FindingVerb.EXTEND, by)
    for sentence in deadline_faults(due_on, after=max(now.due_on, timezone.localdate())):
        raise Refused(sentence)
    return _handled(now, FindingVerb.EXTEND, by=by, expected=expected, text=text, due_on=due_on)


@transaction.atomic
def hand_over(*, by: Person, finding: Finding, expected: int, text: str) -> Finding:
    """Hand a finding over for disposal, with the reason, which only those who deal with disposals read."""
    finding = _locked(finding, FindingVerb.HAND_OVER, by)
    whom = access.stands_in_at(by, Permission.HANDLE_DISPOSALS, finding.position)
    return _step(finding, FindingVerb.HAND_OVER, by=by, for_whom=whom, expected=expected, text=text)


@transaction.atomic
def ask_for_supplement(*, by: Person, finding: Finding, expected: int, text: str, phase: str) -> Finding:
    """Open a supplementary declaration for the point of a finding, or for its measures, with whoever declares for it."""
    finding = _locked(finding, FindingVerb.SUPPLEMENT, by)
    of = declaration_to_mend(finding, phase)
    if of is None:
        raise Refused(_("Nothing of this point stands in the ledger any more."))
    opened = open_supplement(of=of, trigger=Trigger.EVENT, by=by)
    if opened is None:
        raise Refused(_("Nobody holds this post at present; the point waits on the list of points without a holder."))
    return _handled(finding, FindingVerb.SUPPLEMENT, by=by, expected=expected, text=text, supplement=opened)


def declaration_to_mend(finding: Finding, phase: str):
    """Return the declaration that filed what stands of a finding's point: of the point, or of its measures."""
    version = standing_versions(finding.point).select_related("declaration").order_by("-pk").first()
    if version is None or phase != Phase.MEASURES:
        return version and version.declaration
    measure = version.measures.filter(declaration__phase=Phase.MEASURES).select_related("declaration").last()
    return measure.declaration if measure else version.declaration


def _locked(finding: Finding, verb: FindingVerb, by: Person) -> Finding:
    finding = (
        Finding.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organization", "responsible", "unit", "point")
        .get(pk=finding.pk)
    )
    access.check_act(finding, verb, by)
    return finding


def _handled(finding: Finding, verb: FindingVerb, *, by: Person, **values: Any) -> Finding:
    finding = _locked(finding, verb, by)
    whom = access.stands_in_at(by, Permission.HANDLE_FINDINGS, finding.position)
    return _step(finding, verb, by=by, for_whom=whom, **values)


def _step(
    finding: Finding,
    verb: FindingVerb,
    *,
    by: Person,
    for_whom: int | None,
    expected: int,
    text: str,
    due_on: dt.date | None = None,
    supplement=None,
    attachments: Sequence[Upload] = (),
) -> Finding:
    """Write one step and what follows from it."""
    text = text.strip()
    if verb in NEED_TEXT and not text:
        raise Refused(_("Say how it was corrected.") if verb == FindingVerb.REPORT else _("Say why."))
    if len(attachments) > MOST_ATTACHMENTS:
        raise Refused(_("At most %s files with one step.") % MOST_ATTACHMENTS)
    step = FindingStep.objects.create(
        finding=finding,
        verb=verb,
        text=text,
        due_on=due_on,
        supplement=supplement,
        attached=[upload.digest for upload in attachments],
        by=by,
        for_whom_id=for_whom,
        at=timezone.now(),
    )
    step.attachments.set([keep_attachment(upload, by=by) for upload in attachments])
    changes: dict[str, Any] = {"state": finding_after(finding.state, verb)}
    if due_on is not None:
        changes["due_on"] = due_on
    change(finding, by=by, expected=expected, **changes)
    seals = [step, finding] if due_on is not None else [step]
    record(f"finding.{verb}", by=by, subject=finding, content=[step.pk, text, step.attached], seals=seals)
    return finding
