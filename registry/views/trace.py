"""What happened to what is approved, told in order: who, when, what was said."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..actions.meetings import meeting_note
from ..actions.regions import REGION_REVIEW
from ..models import Approval, Declaration, NoticeLine, Period, Person, PointVersion
from ..rules import ApprovalState, Change, DeclarationState, RegionState, StepKey, days_late


def trace_of(approval: Approval | None) -> list[dict]:
    """Return the events in order as dicts: when, who, kind, what, step, reason, remarks [{title, text}]."""
    if approval is None:
        return []
    events = []
    first, again = _("submitted"), _("submitted again, round %s")
    if approval.kind == REGION_REVIEW:
        first, again = _("sent it to the region"), _("answered, round %s")
    for submission in approval.submissions.select_related("submitted_by"):
        events.append(
            {
                "when": submission.submitted_at,
                "who": submission.submitted_by,
                "kind": "submit",
                "what": first if submission.round == 1 else again % submission.round,
                "reason": submission.content.get("answer", ""),
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
    made = approval.decisions.select_related(
        "decided_by", "decided_for", "opt_out", "meeting_item__meeting__chair"
    ).prefetch_related("remarks")
    for decision in made:
        events.append(
            {
                "when": decision.decided_at,
                "who": decision.decided_by_words,
                "kind": decision.verdict,
                "what": decision.get_verdict_display(),
                "step": decision.get_step_display(),
                "meeting": meeting_note(decision),
                "opt_out": decision.opt_out.note if decision.opt_out else "",
                "reason": decision.reason,
                "remarks": list(decision.remarks.all()),
            }
        )
    for naming in approval.namings.select_related("person", "named_by"):
        events.append(
            {
                "when": naming.named_at,
                "who": naming.named_by,
                "kind": "name",
                "what": _("named %s to decide") % naming.person,
                "step": naming.get_step_display(),
                "reason": naming.reason,
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
        decision.step: decision.decided_by_words
        for decision in approval.decisions.filter(round=approval.round).select_related("decided_by", "decided_for")
    }
    return [
        {
            "label": StepKey(key).label,
            "state": "done" if place < done else "current" if place == done and is_open else "next",
            "who": deciders.get(key, who_now if place == done and is_open else ""),
        }
        for place, key in enumerate(approval.steps)
    ]


def at_region(declaration: Declaration, person: Person) -> dict | None:
    """Return where a declaration stands at the region as a dict; None for what does not go there or is not filed.

    Keys: word, is_sent; and for those who see the region's decisions state, sent_at, sent_by, due, days_late (so far, while
    it is not sent), trace, who (is asked there), is_returned, supplement (that mends it, with is_readable).
    """
    if not declaration.to_region or declaration.state != DeclarationState.FILED:
        return None
    is_sent = declaration.sent_at is not None
    if not access.sees_region_trace(declaration, person):
        return {"word": RegionState.SENT.label if is_sent else _("to be sent to the region"), "is_sent": is_sent}
    approval = declaration.region_approval
    dates = Period.objects.dates(declaration.position, declaration.year, declaration.phase)
    due = None if declaration.supplement else dates.due_to_region
    sent_on = timezone.localdate(declaration.sent_at) if is_sent else timezone.localdate()
    is_returned = declaration.region_state == RegionState.RETURNED
    who = ""
    if declaration.region_state == RegionState.SENT:
        who = access.who_decides(access.asked_now(approval)) or _("nobody yet: the offices name a person")
    return {
        "word": declaration.get_region_state_display() or _("to be sent to the region"),
        "is_sent": is_sent,
        "state": declaration.region_state,
        "sent_at": declaration.sent_at,
        "sent_by": declaration.sent_by,
        "due": due,
        "days_late": days_late(sent_on, due),
        "trace": trace_of(approval),
        "who": who,
        "is_returned": is_returned,
        "supplement": supplement_after_return(declaration, person) if is_returned else None,
    }


def returned_by_region(person: Person, supplement: Declaration | None = None) -> list[dict]:
    """Return what the region returned to what the person answers for (with `supplement`: what that is to mend), as dicts.

    Keys: declaration, decision (with its remarks), supplement (that mends it, or None).
    """
    found = access.returned_to_mend(person).select_related("post", "organization", "approval", "region_approval")
    if supplement is not None:
        found = found.filter(_same_body(supplement), phase=supplement.phase).exclude(pk=supplement.pk)
    return [
        {
            "declaration": declaration,
            "decision": declaration.region_approval.decisions.select_related("decided_by", "decided_for")
            .prefetch_related("remarks")
            .last(),
            "supplement": supplement or supplement_after_return(declaration, person),
        }
        for declaration in found.order_by("region_approval__step_since")
    ]


def _same_body(declaration: Declaration) -> Q:
    """Return the condition that a declaration is of the same post, section or leadership team."""
    if declaration.post_id is not None:
        return Q(post=declaration.post_id)
    return Q(post=None, organization=declaration.organization_id, level=declaration.level)


def supplement_after_return(declaration: Declaration, person: Person) -> Declaration | None:
    """Return the supplement by which a returned declaration is mended, with is_readable: whether the person reads it.

    The first one filed since; before that the one that is open, for those only who read it.
    """
    same = Declaration.objects.filter(_same_body(declaration), phase=declaration.phase, supplement__gt=0)
    readable = access.visible_declarations(person).filter(pk__in=same.values("pk"))
    since = declaration.region_approval.step_since
    found = same.filter(state=DeclarationState.FILED, filed_at__gt=since).order_by("filed_at").first()
    found = found or readable.exclude(state=DeclarationState.FILED).order_by("-drafted_at").first()
    if found is not None:
        found.is_readable = readable.filter(pk=found.pk).exists()
    return found


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
