"""What happened to what is approved, told in order: who, when, what was said."""

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import Approval, NoticeLine, Person, PointVersion
from ..rules import ApprovalState, Change, StepKey


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


def story_of(person: Person, versions: Sequence[PointVersion]) -> list[dict]:
    """Return the life of a point in order as dicts: day, what, said (text), version; notices only where the person sees them.

    `versions` are those the person reads, with their declarations.
    """
    seen = access.visible_notices(person).values("pk")
    lines = NoticeLine.objects.filter(point_version__in=versions, notice__in=seen)
    events = []
    for version in versions:
        about = {"number": version.declaration.number or _("paper ledger"), "year": version.year}
        filed = {
            Change.NEW: _("filed with declaration %(number)s"),
            Change.CHANGED: _("changed by declaration %(number)s"),
            Change.UNCHANGED: _("carried forward unchanged into %(year)s"),
            Change.WITHDRAWN: _("withdrawn by declaration %(number)s"),
        }[Change(version.change)]
        events.append({"day": version.valid_from, "what": filed % about, "said": version.change_reason})
    for line in lines.select_related("notice", "upheld_by"):
        notice = line.notice
        about = {"number": notice.number, "line": line.ordinal}
        events.append(
            {"day": notice.posted_on, "what": _("shown on notice %(number)s, line %(line)s") % about, "said": ""}
        )
        if line.upheld_by is not None:
            day = timezone.localdate(line.upheld_by.answered_at)
            events.append({"day": day, "what": _("an objection on notice %(number)s was upheld") % about, "said": ""})
        elif notice.result_at is not None:
            day = timezone.localdate(notice.result_at)
            events.append({"day": day, "what": _("in force: notice %(number)s ended") % about, "said": ""})
    return sorted(events, key=lambda event: event["day"])
