"""The way of a disposal (后期处置): who has authority over whom, how it is numbered, what follows when it stays unanswered.

Part III §2(3)3: 视情节严重程度，按照干部管理权限，分别实施警示提醒、诫勉纠错、责令整改三种措施; part V: 由相应的领导小组.
The terms of days, the service and the answer are practice.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.rules import OrganizationKind, Rank, Refused, Standing, StepKey

from .vocabulary import DisposalKind, DisposalState, DisposalTarget, DisposalVerb, Service

MOST_TERM_DAYS = 90
LATE_AGAIN_AFTER = 5  # days after the first leader learned of it, the region's leading group learns of it
UNIT_LEADER, REGION_GROUP = 1, 2  # how far lateness was brought

# Who decides about whom. The target and who proposed it never do.
DECIDING_STEPS: dict[DisposalTarget, StepKey] = {
    DisposalTarget.STAFF: StepKey.UNIT_GROUP,
    DisposalTarget.CADRE: StepKey.REGION_GROUP,
    DisposalTarget.LEADER: StepKey.REGION_GROUP,
    DisposalTarget.SECTION: StepKey.UNIT_GROUP,
    DisposalTarget.UNIT: StepKey.REGION_GROUP,
}
NEXT_KIND = {
    DisposalKind.WARNING: DisposalKind.ADMONITION,
    DisposalKind.ADMONITION: DisposalKind.RECTIFICATION,
}

DISPOSAL_TRANSITIONS: dict[tuple[DisposalState, DisposalVerb], DisposalState] = {
    (DisposalState.PROPOSED, DisposalVerb.DECIDE): DisposalState.DECIDED,
    (DisposalState.PROPOSED, DisposalVerb.RETURN): DisposalState.RETURNED,
    (DisposalState.PROPOSED, DisposalVerb.DROP): DisposalState.DROPPED,
    (DisposalState.RETURNED, DisposalVerb.REVISE): DisposalState.PROPOSED,
    (DisposalState.RETURNED, DisposalVerb.DROP): DisposalState.DROPPED,
    (DisposalState.DECIDED, DisposalVerb.SERVE): DisposalState.SERVED,
    (DisposalState.SERVED, DisposalVerb.ACKNOWLEDGE): DisposalState.SERVED,
    (DisposalState.SERVED, DisposalVerb.ANSWER): DisposalState.ANSWERED,
    (DisposalState.SERVED, DisposalVerb.LATE): DisposalState.SERVED,
    (DisposalState.ANSWERED, DisposalVerb.ACCEPT): DisposalState.CLOSED,
    (DisposalState.ANSWERED, DisposalVerb.SEND_BACK): DisposalState.SERVED,
    # A severer one that is served in its place closes it.
    (DisposalState.SERVED, DisposalVerb.REPLACE): DisposalState.CLOSED,
    (DisposalState.ANSWERED, DisposalVerb.REPLACE): DisposalState.CLOSED,
    **{
        (state, DisposalVerb.ANNUL): DisposalState.ANNULLED
        for state in (DisposalState.DECIDED, DisposalState.SERVED, DisposalState.ANSWERED, DisposalState.CLOSED)
    },
}
ANSWERABLE = (DisposalState.SERVED, DisposalState.ANSWERED)
# What the person or body it is about sees of it, and only once it was served.
SEEN_BY_TARGET = frozenset(
    {
        DisposalVerb.SERVE, DisposalVerb.ACKNOWLEDGE, DisposalVerb.ANSWER, DisposalVerb.SEND_BACK, DisposalVerb.ACCEPT,
        DisposalVerb.REPLACE, DisposalVerb.ANNUL,
    }
)  # fmt: skip

_REFUSALS = {
    DisposalState.PROPOSED: gettext_lazy("This disposal waits for the decision of the leading group."),
    DisposalState.RETURNED: gettext_lazy("This disposal was returned to who proposed it."),
    DisposalState.DROPPED: gettext_lazy("This disposal is not pursued."),
    DisposalState.DECIDED: gettext_lazy("This disposal has not been served yet."),
    DisposalState.SERVED: gettext_lazy("This disposal is served and waits for its answer."),
    DisposalState.ANSWERED: gettext_lazy("This disposal is answered; the answer is being checked."),
    DisposalState.CLOSED: gettext_lazy("This disposal is closed."),
    DisposalState.ANNULLED: gettext_lazy("This disposal is annulled."),
}


def disposal_after(state: str, verb: str) -> DisposalState:
    """Return the state that follows; raise Refused with a sentence when there is none."""
    try:
        return DISPOSAL_TRANSITIONS[DisposalState(state), DisposalVerb(verb)]
    except KeyError:
        raise Refused(str(_REFUSALS[DisposalState(state)])) from None


def target_of(*, kind: str, rank: str | None, standing: str | None) -> DisposalTarget:
    """Return what a disposal is about: an organization of `kind`, or the holder of a post with this rank and standing."""
    if rank is None:
        return DisposalTarget.UNIT if kind == OrganizationKind.UNIT else DisposalTarget.SECTION
    if standing in (Standing.TEAM_MEMBER, Standing.PRINCIPAL_LEADER):
        return DisposalTarget.LEADER
    return DisposalTarget.STAFF if rank == Rank.BELOW_KE else DisposalTarget.CADRE


def deciding_step(target: str) -> StepKey:
    """Return the step by which a disposal about `target` is decided."""
    return DECIDING_STEPS[DisposalTarget(target)]


def disposal_faults(*, facts: str, basis: str, demand: str, term_days: int | None) -> list[tuple[str, str]]:
    """Return what stands against a proposal, all at once: (field, sentence)."""
    found = [
        (name, sentence)
        for name, text, sentence in (
            ("facts", facts, _("Say what happened.")),
            ("basis", basis, _("Say on what rule it is based.")),
            ("demand", demand, _("Say what is demanded.")),
        )
        if not text.strip()
    ]
    if term_days is None or not 1 <= term_days <= MOST_TERM_DAYS:
        found.append(("term_days", _("The answer is due within 1 to %s days.") % MOST_TERM_DAYS))
    return found


def service_faults(
    *, service: str, day: dt.date, witnesses: str, decided_on: dt.date, today: dt.date
) -> list[tuple[str, str]]:
    """Return what stands against the record of a service: (field, sentence)."""
    found = []
    if not decided_on <= day <= today:
        found.append(("day", _("It was served between its decision and today.")))
    if service == Service.SCREEN and day != today:
        found.append(("day", _("On screen it is served today.")))
    if service == Service.REFUSED and not witnesses.strip():
        found.append(("witnesses", _("Name the witnesses of the refusal.")))
    return found


def disposal_number(words: Mapping[str, str], *, kind: str, body: str, year: int, serial: int) -> str:
    """Return the number of the document, as in 廉警〔2026〕1号. `words` are those of the settings, by kind or by body and kind."""
    return f"{words.get(f'{body}:{kind}') or words[kind]}〔{year}〕{serial}号"


def escalation_due(
    *, target: str, state: str, due_on: dt.date | None, was_refused: bool, reached: int, today: dt.date
) -> int | None:
    """Return how far a disposal that was refused or not answered in term is to be brought now; None: no further.

    First to the unit's principal leader, some days later to the region's leading group; at once to that where it is about the
    unit or its leaders.
    """
    if state != DisposalState.SERVED or due_on is None:
        return None
    late = (today - due_on).days
    if late <= 0 and not was_refused:
        return None
    of_leaders = target in (DisposalTarget.LEADER, DisposalTarget.UNIT)
    level = REGION_GROUP if of_leaders or late > LATE_AGAIN_AFTER else UNIT_LEADER
    return level if level > reached else None


def not_to_be_computed(rows: Sequence[Sequence[int]], least: int = 3) -> list[list[int | None]]:
    """Return a table of counts with its totals (last row, last column) for people who may not know single cases.

    A count from 1 to `least` - 1 becomes None. So that none can be computed from the others, every line of the table, totals
    among them, has none or at least two of them; the next smallest counts go with it.
    """
    table = [[*row, sum(row)] for row in rows]
    table.append([sum(column) for column in zip(*table, strict=True)] if table else [])
    hidden = {
        (row, column) for row, counts in enumerate(table) for column, count in enumerate(counts) if 0 < count < least
    }
    lines = [[(row, column) for column in range(len(counts))] for row, counts in enumerate(table)]
    lines += [[(row, column) for row in range(len(table))] for column in range(len(table[0]))]
    changed = True
    while changed:
        changed = False
        for line in lines:
            if len(hidden & set(line)) == 1:
                # A zero gives nothing away but is the last to go.
                row, column = min(
                    set(line) - hidden, key=lambda at: (table[at[0]][at[1]] == 0, table[at[0]][at[1]], at)
                )
                hidden.add((row, column))
                changed = True
    return [
        [None if (row, column) in hidden else count for column, count in enumerate(counts)]
        for row, counts in enumerate(table)
    ]
