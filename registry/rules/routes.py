"""The way of a declaration: states and verbs, steps by level, who may decide (part III §4(2) and (3)).

Steps the document does not name are practice of the bodies that work this way; their clause says so.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..roles import Permission
from .refusals import Refused
from .vocabulary import DeclarationState, Level, Phase, Rank


class Verb(TextChoices):
    SUBMIT = "submit", _("submit")
    WITHDRAW = "withdraw", _("take back")
    APPROVE = "approve", _("approve")
    RETURN = "return", _("return")
    FILE = "file", _("file")
    POST = "post", pgettext_lazy("verb", "post")
    ASK = "ask", _("ask for more")


class Standing(TextChoices):
    """What the holder of a post is in the unit; decides the first step of a post's declaration."""

    STAFF = "staff", _("staff")
    SECTION_HEAD = "section_head", _("section head")
    TEAM_MEMBER = "team_member", _("member of the leadership team")
    PRINCIPAL_LEADER = "principal_leader", _("principal leader")


class StepKey(TextChoices):
    HEAD = "head", _("section head's review")
    SUPERVISOR = "supervisor", _("supervising leader's review")
    PRINCIPAL = "principal", _("principal leader's review")
    TEAM = "team", _("leadership team's review")
    RESOLUTION = "resolution", _("leadership team's resolution")
    SIGNATURE = "signature", _("principal leader's signature")
    PARTY = "party", _("party organization's review")
    OFFICE = "office", _("filing by the leading group's office")
    CONSENT = "consent", _("principal leader's consent to a wider scope")
    POSTING = "posting", _("posting by a second person")
    EXTENSION = "extension", _("consent of a second person to a longer notice")
    REGION = "region", _("region's review")
    UNIT_GROUP = "unit_group", _("decision of the unit's leading group")
    REGION_GROUP = "region_group", _("decision of the region's leading group")


@dataclass(frozen=True)
class Step:
    """One step: who is asked first, then the next ones up; where each stands relative to the declaration."""

    key: StepKey
    clause: str
    ladder: tuple[tuple[Permission, str], ...]  # (permission, "section" | "unit" | "region")
    yes: Verb = Verb.APPROVE  # the verb by which the step agrees
    also: tuple[Verb, ...] = ()  # how else it may answer, beside returning
    by_meeting: bool = False  # where its first rung is asked, that body decides in a meeting (rules/meetings.py)


_REGION = (Permission.DECIDE_FOR_REGION, "region")
_PRINCIPAL = (Permission.REVIEW_PRINCIPAL, "unit")
_SUPERVISOR = (Permission.REVIEW_SUPERVISED, "section")
_REGION_GROUP = (Permission.DECIDE_DISPOSALS, "region")

STEPS: dict[StepKey, Step] = {
    step.key: step
    for step in (
        Step(StepKey.HEAD, "practice", ((Permission.REVIEW_SECTION, "section"), _SUPERVISOR, _PRINCIPAL, _REGION)),
        Step(StepKey.SUPERVISOR, "practice; measures: III §4(3)", (_SUPERVISOR, _PRINCIPAL, _REGION)),
        Step(StepKey.PRINCIPAL, "practice; measures: III §4(3)", (_PRINCIPAL, _REGION)),
        Step(
            StepKey.TEAM,
            "III §4(2) 领导班子审核把关",
            ((Permission.REVIEW_TEAM, "unit"), _PRINCIPAL, _REGION),
            by_meeting=True,
        ),
        Step(StepKey.RESOLUTION, "III §4(2) 集体定", ((Permission.REVIEW_TEAM, "unit"), _PRINCIPAL, _REGION)),
        Step(StepKey.SIGNATURE, "practice", (_PRINCIPAL, _REGION)),
        Step(StepKey.PARTY, "III §4(3) 报本单位党组织审核", ((Permission.REVIEW_PARTY, "unit"), _PRINCIPAL, _REGION)),
        Step(
            StepKey.OFFICE,
            "III §4(2) 由领导小组办公室备案",
            ((Permission.FILE_DECLARATIONS, "unit"), _REGION),
            yes=Verb.FILE,
        ),
        Step(StepKey.CONSENT, "III §4(2) 在一定范围内公示; second person: practice", (_PRINCIPAL, _REGION)),
        Step(
            StepKey.POSTING,
            "III §4(2) 在一定范围内公示; second person: practice",
            ((Permission.PUBLISH_NOTICES, "unit"), _PRINCIPAL, _REGION),
            yes=Verb.POST,
        ),
        Step(
            StepKey.EXTENSION,
            "III §4(2) 在一定范围内公示; second person: practice",
            ((Permission.PUBLISH_NOTICES, "unit"), _PRINCIPAL, _REGION),
        ),
        Step(StepKey.REGION, "III §4(2), (3) 报地区领导小组办公室审核", (_REGION,), also=(Verb.ASK,)),
        Step(
            StepKey.UNIT_GROUP,
            "III §2(3)3 按照干部管理权限; V 由相应的领导小组",
            ((Permission.DECIDE_DISPOSALS, "unit"), _REGION_GROUP),
        ),
        Step(StepKey.REGION_GROUP, "III §2(3)3 按照干部管理权限; V 由相应的领导小组", (_REGION_GROUP,)),
    )
}

# (phase, level, standing of the post's holder or None) → steps in order. The last one files.
ROUTES: dict[tuple[str, str, str | None], tuple[StepKey, ...]] = {
    (Phase.POINTS, Level.POST, Standing.STAFF): (StepKey.HEAD, StepKey.TEAM, StepKey.OFFICE),
    (Phase.POINTS, Level.POST, Standing.SECTION_HEAD): (StepKey.SUPERVISOR, StepKey.TEAM, StepKey.OFFICE),
    (Phase.POINTS, Level.POST, Standing.TEAM_MEMBER): (StepKey.PRINCIPAL, StepKey.TEAM, StepKey.OFFICE),
    (Phase.POINTS, Level.POST, Standing.PRINCIPAL_LEADER): (StepKey.PRINCIPAL, StepKey.TEAM, StepKey.OFFICE),
    (Phase.POINTS, Level.SECTION, None): (StepKey.SUPERVISOR, StepKey.TEAM, StepKey.OFFICE),
    (Phase.POINTS, Level.LEADERSHIP, None): (StepKey.RESOLUTION, StepKey.SIGNATURE, StepKey.OFFICE),
    (Phase.MEASURES, Level.POST, Standing.STAFF): (StepKey.PARTY, StepKey.OFFICE),
    (Phase.MEASURES, Level.POST, Standing.SECTION_HEAD): (StepKey.PARTY, StepKey.OFFICE),
    (Phase.MEASURES, Level.POST, Standing.TEAM_MEMBER): (StepKey.PRINCIPAL, StepKey.OFFICE),
    (Phase.MEASURES, Level.POST, Standing.PRINCIPAL_LEADER): (StepKey.PRINCIPAL, StepKey.OFFICE),
    (Phase.MEASURES, Level.SECTION, None): (StepKey.SUPERVISOR, StepKey.OFFICE),
    (Phase.MEASURES, Level.LEADERSHIP, None): (StepKey.PRINCIPAL, StepKey.OFFICE),
}

# Steps of the points' phase a scheme may leave out: those the document does not name. What it names stays, in every phase.
OPTIONAL_STEPS = (StepKey.HEAD, StepKey.SUPERVISOR, StepKey.PRINCIPAL, StepKey.SIGNATURE)


@dataclass(frozen=True)
class Kind:
    """Something that is approved: its name, and the URL name of the page on which it is decided, given the approval.

    `is_whole`: it is about its organization with everything below, so a recusal from any part of it counts.
    `is_confidential`: its approvals carry no title, and only who is asked to decide learns that there is one. Where nobody is
    eligible, who holds `named_by` in the region names a person; of a confidential kind only they and who holds `followed_by`
    learn of it.
    """

    label: str
    decide: str
    is_whole: bool = False
    is_confidential: bool = False
    named_by: Permission = Permission.DECIDE_FOR_REGION
    followed_by: Permission | None = None


# Upper floors add theirs; the queue links upwards by name only.
KINDS: dict[str, Kind] = {
    "declaration": Kind(_("declaration"), "registry:declaration-decide"),
    "notice": Kind(_("public notice"), "registry:notice-decide", is_whole=True),
    "notice_extension": Kind(_("extension of a public notice"), "registry:notice-extension-decide", is_whole=True),
    "region_review": Kind(_("region's review"), "registry:region-decide"),
    "assessment": Kind(_("assessment"), "cycles:assessment-decide", is_whole=True),
    "disposal": Kind(
        _("disposal"),
        "controls:disposal-decide",
        is_confidential=True,
        named_by=Permission.DECIDE_DISPOSALS,
        followed_by=Permission.HANDLE_DISPOSALS,
    ),
}
WHOLE_KINDS = tuple(name for name, kind in KINDS.items() if kind.is_whole)
CONFIDENTIAL_APPROVALS = tuple(name for name, kind in KINDS.items() if kind.is_confidential)

# The states of a declaration. What is not here is refused. APPROVE stands for every step but the last, FILE for the last.
TRANSITIONS: dict[tuple[DeclarationState, Verb], DeclarationState] = {
    (DeclarationState.DRAFT, Verb.SUBMIT): DeclarationState.SUBMITTED,
    (DeclarationState.RETURNED, Verb.SUBMIT): DeclarationState.SUBMITTED,
    (DeclarationState.SUBMITTED, Verb.APPROVE): DeclarationState.SUBMITTED,
    (DeclarationState.SUBMITTED, Verb.RETURN): DeclarationState.RETURNED,
    (DeclarationState.SUBMITTED, Verb.FILE): DeclarationState.FILED,
    # Back to where it was submitted from: a draft, or still returned with the same remarks.
    (DeclarationState.SUBMITTED, Verb.WITHDRAW): DeclarationState.DRAFT,
}

_REFUSALS = {
    DeclarationState.DRAFT: _("This declaration has not been submitted yet."),
    DeclarationState.SUBMITTED: _("This declaration is under review; take it back before you change it."),
    DeclarationState.RETURNED: _("This declaration was returned and waits for its holder."),
    DeclarationState.FILED: _("This declaration is filed; what changes later needs a supplementary declaration."),
}


def after(state: str, verb: Verb) -> DeclarationState:
    """Return the state that follows; raise Refused with a sentence when there is none."""
    try:
        return TRANSITIONS[DeclarationState(state), verb]
    except KeyError:
        raise Refused(str(_REFUSALS[DeclarationState(state)])) from None


def route(phase: str, level: str, standing: str | None, left_out: Collection[str] = ()) -> tuple[StepKey, ...]:
    """Return the steps of a declaration in order, without those of OPTIONAL_STEPS its scheme leaves out.

    Of the measures every step is named by the document, so all of them stay.
    """
    named = [StepKey(step).label for step in left_out if step not in OPTIONAL_STEPS]
    if named:
        raise Refused(str(_("This step is named by the document and stays: %s.") % named[0]))
    steps = ROUTES[phase, level, standing]
    return steps if phase == Phase.MEASURES else tuple(step for step in steps if step not in left_out)


def goes_to_region(phase: str, level: str, standing: str | None, rank: str | None) -> bool:
    """Say whether the region reviews what the unit has filed (part III §4(2), (3): 领导班子和科级以上干部; measures: sections too)."""
    if level == Level.LEADERSHIP:
        return True
    if level == Level.SECTION:
        return phase == Phase.MEASURES
    return standing in (Standing.TEAM_MEMBER, Standing.PRINCIPAL_LEADER) or rank in (Rank.KE, Rank.CHU)


def verb_for(step: StepKey) -> Verb:
    """Return the verb by which `step` says yes."""
    return STEPS[step].yes


@dataclass(frozen=True)
class Reviewers:
    """Who decides a step now: the rung of the ladder and the people on it. No people: nobody is eligible.

    `standing_in` maps those of the people who only stand in to whom they do it for.
    """

    rung: int | None
    people: frozenset[int]
    standing_in: Mapping[int, int] = field(default_factory=dict)


def reviewers(
    step: StepKey,
    holders: Mapping[int, Collection[int]],
    *,
    owners: Collection[int],
    decided: Collection[int],
    recused: Collection[int],
    stand_ins: Mapping[int, Collection[tuple[int, int]]] | None = None,
) -> Reviewers:
    """Return the first rung of the step's ladder with somebody who may decide, and all of them.

    `holders` maps a rung's index to the people who hold its permission there; owners, those who have decided in this
    round and those recused never count, on any rung. `stand_ins` maps it to pairs of who stands in and for whom. What one of
    the two may not decide, the other does not decide for them; so a stand-in is found only beside whom they stand in for,
    and never changes which rung it is.
    """
    excluded = {*owners, *decided, *recused}
    for rung in range(len(STEPS[step].ladder)):
        people = frozenset(holders.get(rung, ())) - excluded
        if people:
            pairs = sorted((stand_ins or {}).get(rung, ()))
            standing_in = {who: whom for who, whom in pairs if whom in people and who not in excluded | people}
            return Reviewers(rung, people | standing_in.keys(), standing_in)
    return Reviewers(None, frozenset())


def next_step(steps: Sequence[str], current: int) -> int | None:
    """Return the index of the step after `current`, or None after the last."""
    return current + 1 if current + 1 < len(steps) else None
