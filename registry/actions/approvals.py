"""Approvals of anything on any floor: open, decide, take back, ask again. Effects on the subject are the caller's."""

import datetime as dt
import enum
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import Approval, Decision, MeetingItem, Naming, Organization, Person, Remark, Submission
from ..rules import (
    KINDS,
    STEPS,
    ApprovalState,
    Changed,
    Difference,
    Refused,
    StepKey,
    Verb,
    Verdict,
    compare,
    digest,
    next_step,
    verb_for,
)
from .audit import hold_chain, record

DECLARATION = "declaration"


class Outcome(enum.Enum):
    """What a decision led to; the caller applies the effects in the same transaction."""

    MOVED = "moved"
    RETURNED = "returned"
    ASKED = "asked"
    COMPLETED = "completed"


def open_round(
    approval: Approval | None,
    *,
    kind: str,
    by: Person,
    organization: Organization,
    title: str,
    owners: Collection[Person],
    steps: Sequence[StepKey],
    content: Any,
    due_on: dt.date | None,
) -> Approval:
    """Open an approval, or its next round from step 1, about exactly this content. A confidential one keeps no title."""
    now = timezone.now()
    title = "" if KINDS[kind].is_confidential else title
    if approval is None:
        approval = Approval.objects.create(
            kind=kind,
            organization=organization,
            position=organization.tree_from,
            title=title,
            steps=list(steps),
            due_on=due_on,
            submitted_by=by,
            submitted_at=now,
            step_since=now,
        )
    else:
        _advance(
            approval,
            title=title,
            state=ApprovalState.OPEN,
            step=0,
            round=approval.round + 1,
            steps=list(steps),
            submitted_by=by,
            submitted_at=now,
            step_since=now,
        )
    # Whoever had a hand in an earlier round stays an owner.
    approval.owners.add(*owners)
    submission = Submission.objects.create(
        approval=approval,
        round=approval.round,
        content=content,
        digest=digest(content),
        submitted_by=by,
        submitted_at=now,
    )
    record(f"{kind}.submit", by=by, subject=approval, content=content, seals=[submission])
    _ask(approval)
    return approval


def decide(
    approval: Approval,
    *,
    kind: str,
    by: Person,
    verdict: str,
    version: int,
    seen_digest: str,
    content: Mapping[str, Any],
    reason: str = "",
    remarks: Mapping[str, str] | None = None,
    titles: Mapping[str, str] | None = None,
    meeting_item: MeetingItem | None = None,
) -> Outcome:
    """Decide the current step. The caller holds the transaction and applies the effects of the outcome.

    `seen_digest` is of the content the person had before their eyes, `content` is it as it is now.
    `remarks` are texts by target of the submitted content, `titles` the names of those targets. `meeting_item` is the line of
    the meeting that `by` confirms, where the step is decided in one.
    """
    if approval.kind != kind:
        raise ValueError(f"an approval of kind {approval.kind!r} is not decided as {kind!r}")
    hold_chain()  # a right that ends meanwhile has ended before this is asked, or ends after it is decided
    asked = access.check_decide(approval, by)
    access.check_meeting(approval, asked, meeting_item)
    step = approval.step_key
    if approval.version != version:
        raise Changed(_("Somebody has acted on this meanwhile. Look at it again before you decide."))
    if seen_digest != digest(content):
        raise Changed(_changed_meanwhile(approval, seen_digest, content))
    remarks = {target: text for target, text in (remarks or {}).items() if text.strip()}
    if verdict == Verdict.RETURN:
        if not reason.strip() and not remarks:
            raise Refused(_("Say why you return it: a reason for the whole, or a remark on an entry."))
    elif verdict == Verdict.ASK and Verb.ASK in STEPS[step].also:
        if not reason.strip() and not remarks:
            raise Refused(_("Say what you ask for: of the whole, or in a remark on an entry."))
    elif verdict != verb_for(step).value:
        raise Refused(_("This step cannot be decided that way."))
    elif remarks:
        raise Refused(
            _("You wrote remarks on entries. Return the declaration, or clear the remarks and give an opinion.")
        )
    now = timezone.now()
    standing_in = asked.standing_in.get(by.pk)
    has_decided_before = approval.decisions.filter(round=approval.round, decided_by=by).exists()
    if verdict == Verdict.RETURN:
        outcome, changes = Outcome.RETURNED, {"state": ApprovalState.RETURNED}
    elif verdict == Verdict.ASK:
        # The answer opens the next round.
        outcome, changes = Outcome.ASKED, {"state": ApprovalState.RETURNED}
    elif (following := next_step(approval.steps, approval.step)) is not None:
        outcome, changes = Outcome.MOVED, {"step": following}
    else:
        outcome, changes = Outcome.COMPLETED, {"state": ApprovalState.COMPLETED}
    _advance(approval, step_since=now, **changes)
    decision = Decision.objects.create(
        approval=approval,
        round=approval.round,
        step=step,
        decided_by=by,
        decided_for_id=standing_in.whom if standing_in else None,
        stand_in_id=standing_in.stand_in if standing_in else None,
        opt_out=asked.opt_out if has_decided_before else None,
        acting_as=asked.permission,
        verdict=verdict,
        reason=reason.strip(),
        seen_digest=seen_digest,
        decided_at=now,
    )
    if meeting_item is not None:
        MeetingItem.objects.filter(pk=meeting_item.pk, approval=approval).update(decision=decision)
    written = Remark.objects.bulk_create(
        Remark(decision=decision, target=target, title=(titles or {})[target], text=text.strip())
        for target, text in remarks.items()
    )
    record(
        f"{kind}.{verdict}",
        by=by,
        subject=approval,
        content=[step, seen_digest, reason, dict(remarks)],
        seals=[decision, *written],
    )
    # Beside the decision, so that the chain says under which entry it was made.
    if standing_in:
        record("stand_in.use", by=by, subject=f"stand_in:{standing_in.stand_in}", content=[approval.pk, decision.pk])
    if decision.opt_out_id:
        record("opt_out.use", by=by, subject=decision.opt_out, content=[approval.pk, decision.pk])
    if outcome == Outcome.MOVED:
        _ask(approval)
    return outcome


def take_back(approval: Approval, *, by: Person) -> None:
    """Close the current round before anybody has decided in it."""
    now = timezone.now()
    _advance(approval, state=ApprovalState.WITHDRAWN, step_since=now)
    approval.submissions.filter(round=approval.round).update(withdrawn_at=now)
    record(f"{approval.kind}.{Verb.WITHDRAW}", by=by, subject=approval)


@transaction.atomic
def name_reviewer(*, by: Person, approval: Approval, person: Person, reason: str) -> Naming:
    """Name who decides the current step for which nobody is eligible by role; naming again replaces who was named."""
    approval = Approval.objects.select_for_update(of=("self",)).get(pk=approval.pk)
    access.check_name(approval, by)
    if not access.people_to_name(approval).filter(pk=person.pk).exists():
        raise Refused(
            _("%s cannot decide this step: it is their own matter, they have decided in this round, or are recused.")
            % person
        )
    if not reason.strip():
        raise Refused(_("Say why this person is named."))
    naming = Naming.objects.create(
        approval=approval,
        round=approval.round,
        step=approval.step_key,
        person=person,
        named_by=by,
        named_at=timezone.now(),
        reason=reason.strip(),
    )
    record(
        f"{approval.kind}.name_reviewer",
        by=by,
        subject=approval,
        content=[naming.step, person.pk, naming.reason],
        seals=[naming],
    )
    _ask(approval)
    return naming


def ask_again(organization: Organization) -> None:
    """Work out afresh who is asked, for every open approval of `organization` and what is below it.

    The ladder also looks upwards, but only at the same unit and region, which are told apart by their own calls.
    """
    for approval in Approval.objects.unfinished_within(organization.interval).select_related("organization"):
        _ask(approval)


def _ask(approval: Approval) -> None:
    asked = access.asked_now(approval)
    approval.asked_permission = asked.permission
    approval.asked_organization = asked.organization
    # Without a permission there is at most one: whom the region has named.
    approval.asked_person_id = next(iter(asked.people), None) if not asked.permission else None
    approval.asked_opt_out = asked.opt_out
    Approval.objects.filter(pk=approval.pk).update(
        asked_permission=approval.asked_permission,
        asked_organization=approval.asked_organization,
        asked_person=approval.asked_person_id,
        asked_opt_out=approval.asked_opt_out,
    )


def _advance(approval: Approval, **values: Any) -> None:
    """Move the approval on if nobody else has: conditional on state, step and version."""
    moved = Approval.objects.filter(
        pk=approval.pk, version=approval.version, state=approval.state, step=approval.step
    ).update(version=F("version") + 1, **values)
    if not moved:
        raise Changed(_("Somebody has acted on this meanwhile. Look at it again before you decide."))
    approval.refresh_from_db()


def _changed_meanwhile(approval: Approval, seen_digest: str, content: Mapping[str, Any]) -> str:
    """Say which entries differ from what was seen, where that is one of the rounds submitted."""
    seen = approval.submissions.filter(digest=seen_digest).last()
    if seen is None:
        return _("The content has changed since you opened it. Look at it again before you decide.")
    found = [
        entry
        for name in ("points", "nothing", "lines")
        for entry in _differing(seen.content.get(name, []), content.get(name, []))
    ]
    return _("The content has changed since you opened it: %s. Look at it again before you decide.") % (
        _("; ").join(found) or _("what stands above the entries")
    )


def _differing(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what happened to each entry of a list that is not the same, in words."""
    named = [
        [{**entry, "target": entry.get("target", entry.get("version"))} for entry in entries]
        for entries in (before, after)
    ]
    titles = {entry["target"]: entry.get("title") or entry.get("category") for entries in named for entry in entries}
    return [
        _("“%(title)s” %(how)s") % {"title": titles[change.target], "how": change.difference.label}
        for change in compare(*named).values()
        if change.difference != Difference.SAME
    ]
