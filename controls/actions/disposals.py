"""Disposals: proposed, decided by the leading group with authority, served, answered, checked (part III §2(3)3, part V)."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registry import access as rights
from registry.actions import approvals
from registry.actions.attachments import keep_attachment
from registry.actions.audit import record
from registry.actions.declarations import standing_of
from registry.actions.organization import console_actor
from registry.actions.writing import change, next_number
from registry.models import Appointment, Approval, Organization, Person
from registry.roles import Permission
from registry.rules import Gap, Incomplete, OrganizationKind, Refused, StepKey, Upload

from ..access import disposals as access
from ..access.findings import stands_in_at
from ..models import Disposal, DisposalStep, Finding
from ..rules import (
    NEXT_KIND,
    DisposalState,
    DisposalVerb,
    Service,
    deciding_step,
    disposal_after,
    disposal_faults,
    disposal_number,
    escalation_due,
    service_faults,
    target_of,
)

DISPOSAL = "disposal"
MOST_ATTACHMENTS = 5  # with one step
_TEXTS = ("kind", "facts", "basis", "demand", "term_days")


# --- Proposing and deciding ------------------------------------------------------------------------------------------------


@transaction.atomic
def propose(
    *,
    by: Person,
    organization: Organization,
    appointment: Appointment | None,
    kind: str,
    facts: str,
    basis: str,
    demand: str,
    term_days: int | None,
    finding: Finding | None = None,
    previous: Disposal | None = None,
) -> Disposal:
    """Propose a disposal of who holds a post, or (without `appointment`) of a section or unit. Who decides is frozen with it.

    `finding` was handed over for disposal; `previous` is a milder one that was refused or not answered.
    """
    access.check_propose(organization, by, finding=finding, previous=previous)
    unit = rights.nearest(organization, OrganizationKind.UNIT)
    if unit is None:
        raise Refused(_("A disposal is about a unit, a section, or who holds a post there."))
    held = access.appointments_to_propose_for(organization, by)
    if appointment is not None and not held.filter(pk=appointment.pk).exists():
        raise Refused(_("Nobody else holds this post there today."))
    if appointment is None and by.pk in access.heads_of(organization):
        raise Refused(_("Nobody proposes a disposal of what they lead themselves."))
    if previous is not None:
        previous = Disposal.objects.select_for_update(of=("self",), no_key=True).get(pk=previous.pk)
        _check_follows(previous, organization, appointment, kind)
    _check_texts(facts=facts, basis=basis, demand=demand, term_days=term_days)
    rank = appointment.rank if appointment else None
    target = target_of(kind=organization.kind, rank=rank, standing=standing_of(appointment))
    disposal = Disposal.objects.create(
        kind=kind,
        unit=unit,
        organization=organization,
        position=organization.tree_from,
        person=appointment.person if appointment else None,
        post=appointment.post if appointment else None,
        target=target,
        rank=rank or "",
        whom=_in_words(unit, organization, appointment),
        step=deciding_step(target),
        facts=facts.strip(),
        basis=basis.strip(),
        demand=demand.strip(),
        term_days=term_days,
        finding=finding,
        previous=previous,
        proposed_by=by,
        proposed_at=timezone.now(),
    )
    return _submit(disposal, DisposalVerb.PROPOSE, by=by)


def _check_follows(previous: Disposal, organization: Organization, appointment: Appointment | None, kind: str) -> None:
    """A severer one follows about the same person or body, where the milder one was refused or is late."""
    same = previous.organization_id == organization.pk and previous.person_id == (appointment and appointment.person_id)
    if not same or kind != NEXT_KIND.get(previous.kind):
        raise Refused(_("The next step is the next severer disposal of the same person or body."))
    if not Disposal.objects.unanswered(timezone.localdate()).filter(pk=previous.pk).exists():
        raise Refused(_("The one before was neither refused nor is its answer late."))


def _check_texts(**texts: Any) -> None:
    if faults := disposal_faults(**texts):
        raise Incomplete(_("This is missing:"), [Gap(sentence, DISPOSAL, name) for name, sentence in faults])


def _in_words(unit: Organization, organization: Organization, appointment: Appointment | None) -> str:
    parts = [unit.name, organization.name if organization != unit else ""]
    parts += [appointment.post.name, appointment.person.name] if appointment else []
    return " ".join(filter(None, parts))


@transaction.atomic
def revise(
    *,
    by: Person,
    disposal: Disposal,
    expected: int,
    kind: str,
    facts: str,
    basis: str,
    demand: str,
    term_days: int | None,
) -> Disposal:
    """Mend what the leading group returned and propose it again."""
    disposal = _locked(disposal, DisposalVerb.REVISE, by)
    _check_texts(facts=facts, basis=basis, demand=demand, term_days=term_days)
    if disposal.previous is not None and kind != disposal.kind:
        raise Refused(_("The next step is the next severer disposal of the same person or body."))
    texts = {"facts": facts.strip(), "basis": basis.strip(), "demand": demand.strip()}
    change(disposal, by=by, expected=expected, kind=kind, term_days=term_days, **texts)
    return _submit(disposal, DisposalVerb.REVISE, by=by)


def _submit(disposal: Disposal, verb: DisposalVerb, *, by: Person) -> Disposal:
    """Put a disposal to who decides. Whom it is about and who proposes it are its owners, and never decide."""
    step = DisposalStep.objects.create(
        disposal=disposal, verb=verb, by=by, for_whom_id=_handles_for(disposal, by), at=timezone.now()
    )
    about = {disposal.person_id} if disposal.person_id else access.heads_of(disposal.organization)
    owners = Person.objects.filter(pk__in={by.pk, step.for_whom_id, *about} - {None})
    approval = approvals.open_round(
        disposal.approval,
        kind=DISPOSAL,
        by=by,
        organization=disposal.organization,
        title="",
        owners=set(owners),
        steps=[StepKey(disposal.step)],
        content=content_of(disposal),
        due_on=None,
    )
    state = DisposalState.PROPOSED
    change(disposal, by=by, expected=disposal.version, approval=approval, state=state)
    record(f"disposal.{verb}", by=by, subject=disposal, content=content_of(disposal), seals=[step])
    return disposal


def content_of(disposal: Disposal) -> dict[str, Any]:
    """Return what is decided as plain values."""
    return {
        **{name: getattr(disposal, name) for name in _TEXTS},
        "whom": disposal.whom,
        "target": disposal.target,
        "rank": disposal.rank,
        "finding": disposal.finding_id,
        "previous": disposal.previous_id,
    }


@transaction.atomic
def drop(*, by: Person, disposal: Disposal, expected: int, text: str) -> Disposal:
    """Not pursue a proposal the leading group has not decided, with the reason."""
    disposal = _locked(disposal, DisposalVerb.DROP, by)
    if disposal.state == DisposalState.PROPOSED:
        approvals.take_back(
            Approval.objects.select_for_update(of=("self",), no_key=True).get(pk=disposal.approval_id), by=by
        )
    return _step(disposal, DisposalVerb.DROP, by=by, expected=expected, text=text, must_say=_("Say why."))


@transaction.atomic
def decide_disposal(
    *, by: Person, approval: Approval, verdict: str, version: int, seen_digest: str, reason: str = ""
) -> approvals.Outcome:
    """Decide a proposal for the leading group. Decided, it gets its number of the body that decided."""
    disposal = _lock(Disposal.objects.get(approval=approval))
    approval = Approval.objects.select_for_update(of=("self",), no_key=True).get(pk=approval.pk)
    body = approval.asked_organization or _body_of(disposal)
    outcome = approvals.decide(
        approval,
        kind=DISPOSAL,
        by=by,
        verdict=verdict,
        version=version,
        seen_digest=seen_digest,
        content=content_of(disposal),
        reason=reason,
    )
    decision = approval.decisions.get(round=approval.round, step=approval.step_key)
    now, verb = timezone.now(), DisposalVerb.DECIDE if outcome == approvals.Outcome.COMPLETED else DisposalVerb.RETURN
    step = DisposalStep.objects.create(
        disposal=disposal, verb=verb, text=reason.strip(), by=by, for_whom_id=decision.decided_for_id, at=now
    )
    values: dict[str, Any] = {"state": disposal_after(disposal.state, verb)}
    if verb == DisposalVerb.DECIDE:
        year = timezone.localdate().year
        serial = next_number(f"disposal:{body.code}:{disposal.kind}:{year}")
        number = disposal_number(settings.DISPOSAL_WORDS, kind=disposal.kind, body=body.code, year=year, serial=serial)
        values |= {"number": number, "body": body, "decided_at": now}
    change(disposal, by=by, expected=disposal.version, **values)
    seals = [step, disposal] if verb == DisposalVerb.DECIDE else [step]
    record(f"disposal.{verb}", by=by, subject=disposal, content=[disposal.number, reason.strip()], seals=seals)
    return outcome


def _body_of(disposal: Disposal) -> Organization:
    """Return whose leading group decides where the region has named a person."""
    if disposal.step == StepKey.UNIT_GROUP:
        return disposal.unit
    return rights.nearest(disposal.organization, OrganizationKind.REGION) or disposal.unit


# --- Serving, answering, checking ------------------------------------------------------------------------------------------


@transaction.atomic
def serve(
    *,
    by: Person,
    disposal: Disposal,
    expected: int,
    service: str,
    day: dt.date,
    witnesses: str = "",
    text: str = "",
    attachments: Sequence[Upload] = (),
) -> Disposal:
    """Record by whom and how a disposal was served; the term of its answer begins that day."""
    disposal = _locked(disposal, DisposalVerb.SERVE, by)
    faults = service_faults(
        service=service,
        day=day,
        witnesses=witnesses,
        decided_on=timezone.localdate(disposal.decided_at),
        today=timezone.localdate(),
    )
    if faults:
        raise Incomplete(_("This is missing:"), [Gap(sentence, DISPOSAL, name) for name, sentence in faults])
    # Locked before the end of the chain is held: somebody may be answering it just now.
    previous = _lock(disposal.previous) if disposal.previous_id else None
    disposal = _step(
        disposal,
        DisposalVerb.SERVE,
        by=by,
        expected=expected,
        text=text,
        attachments=attachments,
        said={"service": Service(service), "day": day, "witnesses": witnesses.strip()},
        values={"served_on": day, "due_on": day + dt.timedelta(days=disposal.term_days)},
    )
    if previous is not None:
        # Only now does whom it is about learn of the severer one.
        _close_replaced(previous, by=by, number=disposal.number)
    return disposal


def _close_replaced(previous: Disposal, *, by: Person, number: str) -> None:
    """Close the milder one in whose place a severer one is served, if it is still open."""
    try:
        disposal_after(previous.state, DisposalVerb.REPLACE)
    except Refused:
        return
    _step(previous, DisposalVerb.REPLACE, by=by, expected=previous.version, text=number)


@transaction.atomic
def acknowledge(*, by: Person, disposal: Disposal, expected: int, text: str = "") -> Disposal:
    """Acknowledge on screen that a disposal was served."""
    disposal = _locked(disposal, DisposalVerb.ACKNOWLEDGE, by)
    return _step(disposal, DisposalVerb.ACKNOWLEDGE, by=by, expected=expected, text=text)


@transaction.atomic
def answer(
    *,
    by: Person,
    disposal: Disposal,
    expected: int,
    analysis: str,
    commitment: str,
    correction: str,
    attachments: Sequence[Upload] = (),
) -> Disposal:
    """Answer a disposal: what went wrong and why, what one commits oneself to, what is done about it."""
    disposal = _locked(disposal, DisposalVerb.ANSWER, by)
    said = {"analysis": analysis.strip(), "commitment": commitment.strip(), "correction": correction.strip()}
    sentences = {
        "analysis": _("Say what went wrong and why."),
        "commitment": _("Say what you commit yourself to."),
        "correction": _("Say what is done about it, and by when."),
    }
    gaps = [Gap(sentences[name], DISPOSAL, name) for name, text in said.items() if not text]
    if gaps:
        raise Incomplete(_("This is missing:"), gaps)
    return _step(disposal, DisposalVerb.ANSWER, by=by, expected=expected, attachments=attachments, said=said)


@transaction.atomic
def accept(*, by: Person, disposal: Disposal, expected: int, text: str) -> Disposal:
    """Accept an answer after checking it, and close the disposal with its outcome."""
    disposal = _locked(disposal, DisposalVerb.ACCEPT, by)
    must_say = _("Say what came of it.")
    return _step(disposal, DisposalVerb.ACCEPT, by=by, expected=expected, text=text, must_say=must_say)


@transaction.atomic
def send_back(*, by: Person, disposal: Disposal, expected: int, text: str, day: dt.date) -> Disposal:
    """Let it be answered again by another day, with the reason."""
    disposal = _locked(disposal, DisposalVerb.SEND_BACK, by)
    if day <= timezone.localdate():
        raise Refused(_("The deadline lies after %s.") % timezone.localdate())
    return _step(
        disposal,
        DisposalVerb.SEND_BACK,
        by=by,
        expected=expected,
        text=text,
        must_say=_("Say why."),
        said={"day": day},
        values={"due_on": day},
    )


@transaction.atomic
def annul(*, by: Person, disposal: Disposal, expected: int, text: str) -> Disposal:
    """Annul what the leading group has decided, with the reason."""
    disposal = _locked(disposal, DisposalVerb.ANNUL, by)
    return _step(disposal, DisposalVerb.ANNUL, by=by, expected=expected, text=text, must_say=_("Say why."))


# --- Lateness --------------------------------------------------------------------------------------------------------------


def late_disposals() -> list[tuple[str, Callable[[], None]]]:
    """Return what is to be brought before the next leader now, each under a key of its own: for `run_due`."""
    work = []
    for disposal in Disposal.objects.unanswered(timezone.localdate()).order_by("pk"):
        if (level := _level_due(disposal)) is not None:
            work.append(
                (f"{disposal.pk}:{disposal.due_on}:{level}", lambda found=disposal: bring_before(disposal=found))
            )
    return work


def _level_due(disposal: Disposal) -> int | None:
    refused = disposal.steps.filter(verb=DisposalVerb.SERVE, service=Service.REFUSED).exists()
    return escalation_due(
        target=disposal.target,
        state=disposal.state,
        due_on=disposal.due_on,
        was_refused=refused,
        reached=disposal.reached,
        today=timezone.localdate(),
    )


@transaction.atomic
def bring_before(*, disposal: Disposal) -> None:
    """Bring a disposal that was refused or not answered in term before the next leader; refused where it was answered meanwhile."""
    disposal = _lock(disposal)
    level = _level_due(disposal)
    if level is None:
        raise Refused(_("It was answered or brought further meanwhile."))
    by = console_actor()
    step = {"reached": level}
    _step(disposal, DisposalVerb.LATE, by=by, expected=disposal.version, said=step, values=step)


# --- Writing ---------------------------------------------------------------------------------------------------------------


def _lock(disposal: Disposal) -> Disposal:
    return (
        Disposal.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organization", "unit", "person", "body", "approval", "previous")
        .get(pk=disposal.pk)
    )


def _locked(disposal: Disposal, verb: DisposalVerb, by: Person) -> Disposal:
    disposal = _lock(disposal)
    access.check_act(disposal, verb, by)
    return disposal


def _handles_for(disposal: Disposal, by: Person) -> int | None:
    return stands_in_at(by, Permission.HANDLE_DISPOSALS, disposal.position)


_FOR_WHOM = {
    DisposalVerb.ACKNOWLEDGE: access.answers_for,
    DisposalVerb.ANSWER: access.answers_for,
    DisposalVerb.ANNUL: access.annuls_for,
    DisposalVerb.LATE: lambda disposal, by: None,
    DisposalVerb.REPLACE: lambda disposal, by: None,
}


def _step(
    disposal: Disposal,
    verb: DisposalVerb,
    *,
    by: Person,
    expected: int,
    text: str = "",
    must_say: str = "",
    said: dict[str, Any] | None = None,
    values: dict[str, Any] | None = None,
    attachments: Sequence[Upload] = (),
) -> Disposal:
    """Write one step with what was `said`, and what follows from it. Refused with `must_say` where it says nothing."""
    text = text.strip()
    if must_say and not text:
        raise Refused(must_say)
    if len(attachments) > MOST_ATTACHMENTS:
        raise Refused(_("At most %s files with one step.") % MOST_ATTACHMENTS)
    step = DisposalStep.objects.create(
        disposal=disposal,
        verb=verb,
        text=text,
        attached=[upload.digest for upload in attachments],
        by=by,
        for_whom_id=_FOR_WHOM.get(verb, _handles_for)(disposal, by),
        at=timezone.now(),
        **(said or {}),
    )
    step.attachments.set([keep_attachment(upload, by=by) for upload in attachments])
    change(disposal, by=by, expected=expected, state=disposal_after(disposal.state, verb), **(values or {}))
    told = {name: str(value) for name, value in (said or {}).items()}
    record(f"disposal.{verb}", by=by, subject=disposal, content=[step.pk, text, told, step.attached], seals=[step])
    return disposal


@transaction.atomic
def note_taken(what: str, *, by: Person, about: Disposal | Person, content: Any) -> None:
    """Put into the chain that somebody took a document or the register out."""
    record(f"disposal.{what}", by=by, subject=about, content=content)
