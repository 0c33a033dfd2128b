"""Walks that bring a disposal into a state by the real verbs, and what each of its fields says, as canaries."""

import datetime as dt

from controls.actions import disposals as verbs
from controls.models import Disposal
from controls.rules import DisposalKind, DisposalState, DisposalVerb, Service
from registry.rules import Upload, Verdict, digest
from tests import factories

DAY = dt.timedelta(days=1)
SAID = {
    "facts": "CANARY-facts 两次未按规定登记用印。",
    "basis": "CANARY-basis 廉政风险防控管理办法第九条。",
    "demand": "CANARY-demand 立即纠正，书面说明。",
}
ANSWER = {
    "analysis": "CANARY-analysis 责任心不强。",
    "commitment": "CANARY-commitment 今后不再发生。",
    "correction": "CANARY-correction 已补登，双人复核。",
}
FILE = Upload("CANARY-file.pdf", "application/pdf", b"%PDF-1.7 CANARY-body %%EOF")
# What nobody but those who deal with disposals may find anywhere, and of it what whom it is about reads, too.
OF_TARGET = (
    "facts",
    "basis",
    "demand",
    "analysis",
    "commitment",
    "correction",
    "file",
    "again",
    "outcome",
    "witness",
    "annulled",
)
OF_GROUP = ("opinion", "dropped", "returned")


def proposed(body, name: str = "holder", code: str = "", by: str = "inspector", **changes) -> Disposal:
    """Propose an admonition of the holder of a post, or with `code` of an organization."""
    appointment = None if code else body.appointment(name)
    values = {"kind": DisposalKind.ADMONITION, "term_days": 10, **SAID} | changes
    return verbs.propose(
        by=body[by],
        organization=body.organization(code) if code else appointment.post.organization,
        appointment=appointment,
        **values,
    )


def decide(
    body,
    disposal: Disposal,
    by: str = "principal",
    verdict: str = Verdict.APPROVE,
    reason: str = "CANARY-opinion 同意。",
):
    """Decide a proposal; return the disposal afterwards."""
    disposal.refresh_from_db()
    verbs.decide_disposal(
        by=body[by],
        approval=disposal.approval,
        verdict=verdict,
        version=disposal.approval.version,
        seen_digest=digest(verbs.content_of(disposal)),
        reason=reason,
    )
    return Disposal.objects.get(pk=disposal.pk)


def act(body, disposal: Disposal, verb: str, name: str, **said) -> Disposal:
    """Take a step with what it needs said."""
    disposal.refresh_from_db()
    values = {
        DisposalVerb.REVISE: {"kind": disposal.kind, "term_days": 8, **SAID},
        DisposalVerb.DROP: {"text": "CANARY-dropped"},
        DisposalVerb.SERVE: {"service": Service.SCREEN, "day": factories.today()},
        DisposalVerb.ACKNOWLEDGE: {},
        DisposalVerb.ANSWER: {**ANSWER, "attachments": [FILE]},
        DisposalVerb.ACCEPT: {"text": "CANARY-outcome 已纠正。"},
        DisposalVerb.SEND_BACK: {"text": "CANARY-again 分析不深。", "day": factories.today() + 5 * DAY},
        DisposalVerb.ANNUL: {"text": "CANARY-annulled 事实不清。"},
    }[verb] | said
    do = {
        DisposalVerb.REVISE: verbs.revise,
        DisposalVerb.DROP: verbs.drop,
        DisposalVerb.SERVE: verbs.serve,
        DisposalVerb.ACKNOWLEDGE: verbs.acknowledge,
        DisposalVerb.ANSWER: verbs.answer,
        DisposalVerb.ACCEPT: verbs.accept,
        DisposalVerb.SEND_BACK: verbs.send_back,
        DisposalVerb.ANNUL: verbs.annul,
    }[verb]
    do(by=body[name], disposal=disposal, expected=disposal.version, **values)
    return Disposal.objects.get(pk=disposal.pk)


def in_state(body, state: str, name: str = "holder", code: str = "", decider: str = "principal", **changes) -> Disposal:
    """Bring a disposal into a state."""
    disposal = proposed(body, name, code, **changes)
    if state == DisposalState.PROPOSED:
        return disposal
    if state == DisposalState.DROPPED:
        return act(body, disposal, DisposalVerb.DROP, "inspector")
    if state == DisposalState.RETURNED:
        return decide(body, disposal, by=decider, verdict=Verdict.RETURN, reason="CANARY-returned 补充依据。")
    disposal = decide(body, disposal, by=decider)
    if state == DisposalState.ANNULLED:
        return act(body, disposal, DisposalVerb.ANNUL, decider)
    target = {"CZJ-01": "head", "CZJ": "principal"}.get(code, name)
    way = [(DisposalVerb.SERVE, "inspector"), (DisposalVerb.ANSWER, target), (DisposalVerb.ACCEPT, "inspector")]
    states = [DisposalState.DECIDED, DisposalState.SERVED, DisposalState.ANSWERED, DisposalState.CLOSED]
    for verb, who in way[: states.index(DisposalState(state))]:
        disposal = act(body, disposal, verb, who)
    return disposal
