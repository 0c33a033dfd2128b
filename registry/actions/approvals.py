"""Approvals of anything on any floor: open, decide, take back, ask again. Effects on the subject are the caller's."""

import datetime as dt
import enum
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import Approval, Decision, Organization, Person, Remark, Submission
from ..rules import ApprovalState, Changed, Refused, StepKey, Verb, Verdict, digest, next_step, verb_for
from .audit import record

DECLARATION = "declaration"


class Outcome(enum.Enum):
    """What a decision led to; the caller applies the effects in the same transaction."""

    MOVED = "moved"
    RETURNED = "returned"
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
    """Open an approval, or its next round from step 1, about exactly this content."""
    now = timezone.now()
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
    Submission.objects.create(
        approval=approval,
        round=approval.round,
        content=content,
        digest=digest(content),
        submitted_by=by,
        submitted_at=now,
    )
    record(f"{kind}.submit", by=by, subject=f"approval:{approval.pk}", content=content)
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
    current_digest: str,
    reason: str = "",
    remarks: Mapping[str, str] | None = None,
    titles: Mapping[str, str] | None = None,
) -> Outcome:
    """Decide the current step. The caller holds the transaction and applies the effects of the outcome.

    `seen_digest` is of the content the person had before their eyes, `current_digest` of the content as it is.
    `remarks` are texts by target of the submitted content, `titles` the names of those targets.
    """
    if approval.kind != kind:
        raise ValueError(f"an approval of kind {approval.kind!r} is not decided as {kind!r}")
    asked = access.check_decide(approval, by)
    step = approval.step_key
    if approval.version != version:
        raise Changed(_("Somebody has acted on this meanwhile. Look at it again before you decide."))
    if seen_digest != current_digest:
        raise Changed(_("The content has changed since you opened it. Look at it again before you decide."))
    remarks = {target: text for target, text in (remarks or {}).items() if text.strip()}
    if verdict == Verdict.RETURN:
        if not reason.strip() and not remarks:
            raise Refused(_("Say why you return it: a reason for the whole, or a remark on an entry."))
    elif verdict != verb_for(step).value:
        raise Refused(_("This step cannot be decided that way."))
    elif remarks:
        raise Refused(
            _("You wrote remarks on entries. Return the declaration, or clear the remarks and give an opinion.")
        )
    now = timezone.now()
    if verdict == Verdict.RETURN:
        outcome, changes = Outcome.RETURNED, {"state": ApprovalState.RETURNED}
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
        acting_as=asked.permission,
        verdict=verdict,
        reason=reason.strip(),
        seen_digest=seen_digest,
        decided_at=now,
    )
    Remark.objects.bulk_create(
        Remark(decision=decision, target=target, title=(titles or {})[target], text=text.strip())
        for target, text in remarks.items()
    )
    record(
        f"{kind}.{verdict}",
        by=by,
        subject=f"approval:{approval.pk}",
        content=[step, seen_digest, reason, dict(remarks)],
    )
    if outcome == Outcome.MOVED:
        _ask(approval)
    return outcome


def take_back(approval: Approval, *, by: Person) -> None:
    """Close the current round before anybody has decided in it."""
    now = timezone.now()
    _advance(approval, state=ApprovalState.WITHDRAWN, step_since=now)
    approval.submissions.filter(round=approval.round).update(withdrawn_at=now)
    record(f"{approval.kind}.{Verb.WITHDRAW}", by=by, subject=f"approval:{approval.pk}")


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
    Approval.objects.filter(pk=approval.pk).update(
        asked_permission=asked.permission, asked_organization=asked.organization
    )


def _advance(approval: Approval, **values: Any) -> None:
    """Move the approval on if nobody else has: conditional on state, step and version."""
    moved = Approval.objects.filter(
        pk=approval.pk, version=approval.version, state=approval.state, step=approval.step
    ).update(version=F("version") + 1, **values)
    if not moved:
        raise Changed(_("Somebody has acted on this meanwhile. Look at it again before you decide."))
    approval.refresh_from_db()
