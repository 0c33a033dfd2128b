"""What happened to what is approved, told in order: who, when, what was said."""

from django.utils.translation import gettext as _

from ..models import Approval
from ..rules import ApprovalState, StepKey


def trace_of(approval: Approval | None) -> list[dict]:
    """Return the events in order as dicts: when, who, kind, what, step, reason, remarks [{title, text}]."""
    if approval is None:
        return []
    events = []
    for submission in approval.submissions.select_related("submitted_by"):
        first = submission.round == 1
        events.append(
            {
                "when": submission.submitted_at,
                "who": submission.submitted_by,
                "kind": "submit",
                "what": _("submitted") if first else _("submitted again, round %s") % submission.round,
            }
        )
        if submission.withdrawn_at:
            events.append(
                {
                    "when": submission.withdrawn_at,
                    "who": submission.submitted_by,
                    "kind": "withdraw",
                    "what": _("taken back"),
                }
            )
    for decision in approval.decisions.select_related("decided_by").prefetch_related("remarks"):
        events.append(
            {
                "when": decision.decided_at,
                "who": decision.decided_by,
                "kind": decision.verdict,
                "what": decision.get_verdict_display(),
                "step": decision.get_step_display(),
                "reason": decision.reason,
                "remarks": list(decision.remarks.all()),
            }
        )
    return sorted(events, key=lambda event: event["when"])


def steps_of(approval: Approval | None, who_now: str = "") -> list[dict]:
    """Return the steps of the current round with how far it is: label, state (done, current, next), who."""
    if approval is None:
        return []
    is_open = approval.state == ApprovalState.OPEN
    done = len(approval.steps) if approval.state == ApprovalState.COMPLETED else approval.step
    deciders = {
        decision.step: str(decision.decided_by)
        for decision in approval.decisions.filter(round=approval.round).select_related("decided_by")
    }
    return [
        {
            "label": StepKey(key).label,
            "state": "done" if place < done else "current" if place == done and is_open else "next",
            "who": deciders.get(key, who_now if place == done and is_open else ""),
        }
        for place, key in enumerate(approval.steps)
    ]
