"""Walks that bring a finding into a state by the real verbs."""

import datetime as dt

from controls.actions import findings as verbs
from controls.models import Finding
from controls.rules import FindingState, FindingVerb, Severity
from registry.rules import Phase
from tests import factories

DAY = dt.timedelta(days=1)
FACTS = "抽查发现用印登记簿三次未登记。"


def raised(body, by="clerk", code="CZJ-01", responsible="holder", **changes) -> Finding:
    values = {
        "unit": body.organization(code[:3]),
        "organization": body.organization(code),
        "post": None,
        "point": None,
        "facts": FACTS,
        "severity": Severity.NOTABLE,
        "responsible": body[responsible] if responsible else None,
        "due_on": factories.today() + 10 * DAY,
    } | changes
    return verbs.raise_finding(by=body[by], **values)


def act(body, finding: Finding, verb: str, name: str, **values) -> Finding:
    finding.refresh_from_db()
    values = {"text": "说明如下。"} | values
    if verb == FindingVerb.EXTEND:
        values = {"due_on": finding.due_on + 5 * DAY} | values
    if verb == FindingVerb.SUPPLEMENT:
        values = {"phase": Phase.POINTS} | values
    do = {
        FindingVerb.REPORT: verbs.report_correction,
        FindingVerb.VERIFY: verbs.verify,
        FindingVerb.SEND_BACK: verbs.send_back,
        FindingVerb.EXTEND: verbs.extend,
        FindingVerb.HAND_OVER: verbs.hand_over,
        FindingVerb.SUPPLEMENT: verbs.ask_for_supplement,
    }[verb]
    return do(by=body[name], finding=finding, expected=finding.version, **values)


def in_state(body, state: str, **changes) -> Finding:
    finding = raised(body, **changes)
    way = {
        FindingState.OPEN: (),
        FindingState.REPORTED: ((FindingVerb.REPORT, "holder"),),
        FindingState.VERIFIED: ((FindingVerb.REPORT, "holder"), (FindingVerb.VERIFY, "clerk")),
        FindingState.DISPOSAL: ((FindingVerb.HAND_OVER, "inspector"),),
    }[state]
    for verb, name in way:
        act(body, finding, verb, name)
    finding.refresh_from_db()
    return finding
