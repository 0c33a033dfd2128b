"""The verbs of a declaration, from draft to ledger."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from .. import access
from ..access import Declarant
from ..models import (
    Appointment,
    Approval,
    Assignment,
    Declaration,
    Measure,
    MeasureVersion,
    MeetingItem,
    NothingFound,
    Period,
    Person,
    PointVersion,
    Remark,
    RiskPoint,
    Scheme,
    Suggestion,
)
from ..roles import Permission, Role
from ..rules import (
    STANDING_STATES,
    ApprovalState,
    Category,
    Change,
    Changed,
    DeclarationState,
    Gap,
    Grade,
    Incomplete,
    Level,
    MeasureState,
    NotAllowed,
    OrganizationKind,
    Phase,
    PointState,
    Refused,
    Standing,
    StepKey,
    SuggestionState,
    Verb,
    Verdict,
    after,
    digest,
    gaps,
    goes_to_region,
    open_targets,
    route,
)
from ..rules import Scheme as SchemeRule
from ..rules.completeness import MOST_POINTS
from . import approvals
from .approvals import DECLARATION, Outcome
from .audit import record
from .records import RECORD, record_content, record_gaps, submitted_content
from .writing import change, create, next_number

POINT_FIELDS = (
    "category",
    "matter",
    "major",
    "title",
    "manifestation",
    "causes",
    "methods",
    "likelihood",
    "harm",
    "criteria",
    "grade",
    "grade_reason",
)
CHANGE_FIELDS = ("change", "change_reason")
MEASURE_FIELDS = ("text", "responsible", "rhythm", "evidence")

# Who answers for a point of each grade: the first on the ladder who is not its owner (part I: 不同级别的多级管理).
_LEADERS = {
    Grade.I: ((Permission.REVIEW_PRINCIPAL, OrganizationKind.UNIT),),
    Grade.II: ((Permission.REVIEW_SUPERVISED, None), (Permission.REVIEW_PRINCIPAL, OrganizationKind.UNIT)),
    Grade.III: (
        (Permission.REVIEW_SECTION, None),
        (Permission.REVIEW_SUPERVISED, None),
        (Permission.REVIEW_PRINCIPAL, OrganizationKind.UNIT),
    ),
}


def declaring_year(position: int, phase: Phase = Phase.POINTS) -> int:
    """Return the year a new declaration belongs to: this one, or the next once this one is locked."""
    year = timezone.localdate().year
    period = Period.objects.nearest(position, year, phase)
    return year + 1 if period is not None and period.locked_at else year


@transaction.atomic
def start_declaration(*, by: Person, declarant: Declarant) -> Declaration:
    """Open this year's declaration of a post, section or leadership team, or return the one that exists."""
    access.check_declare(declarant, by)
    year = declaring_year(declarant.organization.tree_from)
    known = declarant.declarations.filter(year=year, phase=Phase.POINTS, supplement=0)
    return known.first() or open_declaration(declarant, by=by, known=known, year=year, phase=Phase.POINTS)


def open_declaration(
    declarant: Declarant, *, by: Person, known: QuerySet[Declaration], drafter: Person | None = None, **fields: Any
) -> Declaration:
    """Store a new draft; where somebody was first (a second click, a second tab), return theirs from `known`.

    `drafter` where it is opened for somebody: who will write it.
    """
    place = declarant.organization.tree_from
    declaration = Declaration(
        **declarant.fields,
        **fields,
        scheme=Scheme.objects.in_force(place, fields["year"]),
        drafted_by=drafter or by,
        drafted_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            declaration.save(force_insert=True)
    except IntegrityError:
        return known.get()
    record(f"{DECLARATION}.start", by=by, subject=declaration, content=declaration.trigger)
    return declaration


def marks(declaration: Declaration) -> dict[str, str]:
    """Return the remarks of the return that is being answered, by target; empty when the whole was returned or it is a draft."""
    if declaration.state != DeclarationState.RETURNED:
        return {}
    last = declaration.approval.decisions.filter(verdict=Verdict.RETURN).last()
    return dict(Remark.objects.filter(decision=last).values_list("target", "text"))


def changeable(declaration: Declaration) -> set[str] | None:
    """Return the targets that may be changed; None means everything, and new entries too."""
    marked = marks(declaration)
    return set(marked) if marked else None


@transaction.atomic
def save_point(
    *,
    by: Person,
    declaration: Declaration,
    values: Mapping[str, Any],
    measures: Sequence[Mapping[str, Any]],
    version: PointVersion | None = None,
    expected: int = 0,
) -> PointVersion:
    """Add a risk point, or change it if its stored version is still `expected`. `measures` replace those proposed so far."""
    declaration = _open_for(declaration, by, f"point:{version.pk}" if version else None)
    if version is None:
        check_room(declaration)
    elif version.change == Change.WITHDRAWN:
        raise Refused(_("This entry withdraws a point; only the reason can be changed."))
    values = {name: values[name] for name in POINT_FIELDS}
    values |= _graded(declaration.rule, values)
    if version is None:
        version = PointVersion(
            point=RiskPoint.objects.create(unit=declaration.unit),
            declaration=declaration,
            year=declaration.year,
            position=declaration.position,
            organization=declaration.organization,
            post=declaration.post,
            level=declaration.level,
            **values,
        )
        create(version, by=by)
    else:
        change(version, by=by, expected=expected, **values)
        _drop_measures(version)
    for ordinal, measure in enumerate(measures, start=1):
        create(
            MeasureVersion(
                measure=Measure.objects.create(point=version.point),
                point_version=version,
                declaration=declaration,
                ordinal=ordinal,
                **{name: measure.get(name, "") for name in MEASURE_FIELDS},
            ),
            by=by,
        )
    record("point.save", by=by, subject=version.point, content=point_content(version))
    return version


def _graded(rule: SchemeRule, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the grade the scheme gives and what it follows from; without that a grade set directly, where it allows one."""
    grade = rule.scored(values)
    if grade is None and values["grade"] is not None and not rule.allows_direct:
        raise Refused(_("The scheme in force lets nobody set a grade directly; say what it follows from."))
    found = {"likelihood": None, "harm": None, "criteria": [], "grade": values["grade"] if grade is None else grade}
    counted = ("criteria",) if rule.counts_criteria else ("likelihood", "harm")
    return found if grade is None else found | {name: values[name] for name in counted}


def check_room(declaration: Declaration) -> None:
    """Refuse a further point where a declaration is full."""
    if declaration.pointversions.count() >= MOST_POINTS:
        raise Refused(_("A declaration holds at most %(most)s risk points.") % {"most": MOST_POINTS})


@transaction.atomic
def remove_point(*, by: Person, version: PointVersion, expected: int) -> None:
    """Take an entry out of its open declaration; its history stays. A filed point it was about stands as before."""
    _open_for(version.declaration, by, f"point:{version.pk}")
    change(version, by=by, expected=expected)
    take_out(version, by=by)


def take_out(version: PointVersion, *, by: Person) -> None:
    """Delete a draft entry with its measures; the caller has asked whether that may be."""
    _drop_measures(version)
    point = version.point
    # What was suggested waits for an answer again.
    version.suggestions.update(
        state=SuggestionState.OPEN, declaration=None, answered_by=None, answered_at=None, version=F("version") + 1
    )
    version._history_user = by
    record("point.remove", by=by, subject=point)
    version.delete()
    if not point.versions.exists():
        point.delete()


def _drop_measures(version: PointVersion) -> None:
    measures = list(version.measures.values_list("measure", flat=True))
    version.measures.all().delete()
    Measure.objects.filter(pk__in=measures).delete()


@transaction.atomic
def state_nothing_found(
    *, by: Person, declaration: Declaration, category: str, reason: str, expected: int = 0
) -> NothingFound:
    """State, with a reason, that nothing was found in a category; again to change the reason."""
    declaration = _open_for(declaration, by, f"nothing:{category}")
    statement = declaration.nothing_found.filter(category=category).first()
    if statement is None and not expected:
        statement = create(NothingFound(declaration=declaration, category=category, reason=reason), by=by)
    else:
        change(statement or NothingFound(pk=0), by=by, expected=expected, reason=reason)
    record("nothing_found.save", by=by, subject=statement, content=[category, reason])
    return statement


@transaction.atomic
def remove_nothing_found(*, by: Person, statement: NothingFound, expected: int) -> None:
    """Take such a statement back if it still reads as it was seen."""
    _open_for(statement.declaration, by, f"nothing:{statement.category}")
    change(statement, by=by, expected=expected)
    record("nothing_found.remove", by=by, subject=statement)
    statement.delete()


def _open_for(declaration: Declaration, by: Person, target: str | None) -> Declaration:
    """Lock the declaration and check that `by` may change `target` (None: add an entry) in it now."""
    declaration = Declaration.objects.select_for_update(of=("self",)).get(pk=declaration.pk)
    check_entry(declaration, by, target)
    had_a_hand(declaration, by)
    return declaration


def had_a_hand(declaration: Declaration, by: Person) -> None:
    """Remember who wrote on the declaration of a section or team: it is their own matter from now on."""
    if declaration.appointment_id is None:
        declaration.preparers.add(by)


def owners_of(declaration: Declaration, by: Person | None = None) -> set[Person]:
    """Return whose own matter it is: the holder's, or theirs who prepared it (and `by` who submits it)."""
    if declaration.appointment is not None:
        return {declaration.appointment.person}
    return {*declaration.preparers.all(), *([by] if by else [])}


def check_entry(declaration: Declaration, person: Person, target: str | None, phase: Phase = Phase.POINTS) -> None:
    """Refuse a change to one entry (None: a new one): not one's own, not open, not among those returned, another phase's."""
    access.check_edit(declaration, person)
    if declaration.phase != phase:
        raise Refused(_("This declaration is about %s.") % declaration.get_phase_display())
    if not may_change(declaration, target):
        raise Refused(_("Only the entries that were returned with a remark can be changed."))


def may_change(declaration: Declaration, target: str | None) -> bool:
    """Say whether an entry of an open declaration may be changed, or a new one (None) added."""
    allowed = changeable(declaration)
    if allowed is None or target == RECORD:
        return True
    if target is None:
        return False
    if open_targets(allowed, {target}):
        return True
    # Removing a marked point can leave an expected category empty; then, and only then, a statement may be added.
    kind, _colon, category = target.partition(":")
    return (
        kind == "nothing"
        and category in declaration.rule.expected[declaration.level]
        and not declaration.pointversions.filter(category=category).exists()
        and not declaration.nothing_found.filter(category=category).exists()
    )


def measure_content(measure: MeasureVersion) -> dict[str, Any]:
    """Return a measure as plain values.

    Without evidence there is no word of it: what was submitted and shown before it was asked for keeps its digest.
    """
    content = {name: getattr(measure, name) for name in MEASURE_FIELDS}
    return content if measure.evidence else {name: content[name] for name in content if name != "evidence"}


def point_content(version: PointVersion) -> dict[str, Any]:
    """Return a point with its measures as plain values: what is submitted, compared and digested."""
    return {
        "target": f"point:{version.pk}",
        **{name: getattr(version, name) for name in (*POINT_FIELDS, *CHANGE_FIELDS)},
        "responsible": version.responsible,
        "responsible_leader": version.responsible_leader,
        "measures": [measure_content(measure) for measure in version.measures.all() if _belongs(measure, version)],
    }


def _belongs(measure: MeasureVersion, version: PointVersion) -> bool:
    """Say whether a measure is part of a version: of a filed one while it holds, never what another declaration prepares."""
    if version.valid_from is None:
        return measure.declaration_id == version.declaration_id
    ended_before = measure.valid_to is not None and (version.valid_to is None or measure.valid_to < version.valid_to)
    return measure.valid_from is not None and not ended_before


def measured_points(declaration: Declaration) -> QuerySet[PointVersion]:
    """Return the points a declaration of measures is about, each with its measures as `shown_measures`."""
    measured = PointVersion.objects.measured_in(Declaration.objects.filter(pk=declaration.pk))
    return measured.select_related("point").order_by("pk")


def measured_content(version: PointVersion) -> dict[str, Any]:
    """Return a filed point with the measures declared for it (`shown_measures`) as plain values."""
    return {
        "target": f"point:{version.pk}",
        "code": version.point.code,
        **{name: getattr(version, name) for name in ("category", "title", "grade")},
        "measures": [measure_content(measure) for measure in version.shown_measures],
    }


def content_of(declaration: Declaration) -> dict[str, Any]:
    """Return the whole declaration as plain values. Its digest is what a decision is bound to.

    While it is under review, the people named in answers to suggestions and in the record keep the names they had.
    """
    known = (submitted_content(declaration) if declaration.state == DeclarationState.SUBMITTED else None) or {}
    return {
        "declaration": {
            name: getattr(declaration, name)
            for name in (
                "level",
                "year",
                "phase",
                "supplement",
                "trigger",
                "rank",
                "unit_name",
                "organization_name",
                "post_name",
                "holder_name",
            )
        },
        "points": [measured_content(version) for version in measured_points(declaration)]
        if declaration.phase == Phase.MEASURES
        else [
            point_content(version) for version in declaration.pointversions.order_by("pk").prefetch_related("measures")
        ],
        "nothing": [
            {"target": f"nothing:{statement.category}", "category": statement.category, "reason": statement.reason}
            for statement in declaration.nothing_found.all()
        ],
        "suggestions": [
            _as_named(now, then, "by")
            for now, then in zip_longest(answered_suggestions(declaration), known.get("suggestions", []))
            if now is not None
        ],
        **(
            {"meeting": _as_named(record_content(declaration), known.get("meeting"), "chair", "present")}
            if declaration.appointment_id is None
            else {}
        ),
    }


def _as_named(now: dict[str, Any] | None, then: dict[str, Any] | None, *names: str) -> dict[str, Any] | None:
    """Return what there is now, with people called as they were when it was submitted."""
    return now | {name: then[name] for name in names} if now and then else now


def answered_suggestions(declaration: Declaration) -> list[dict[str, Any]]:
    """Return what was suggested and what the declaration answers to it, as plain values."""
    return [
        {
            "title": suggestion.title,
            "by": suggestion.suggested_by.name,
            "method": suggestion.method,
            "state": suggestion.state,
            "reason": suggestion.reason,
        }
        for suggestion in declaration.suggestions.select_related("suggested_by")
    ]


def missing(declaration: Declaration) -> list[Gap]:
    """Return everything that keeps the declaration from being submitted."""
    if declaration.phase == Phase.MEASURES:
        return _missing_measures(declaration)
    versions = list(declaration.pointversions.order_by("pk").select_related("replaces").prefetch_related("measures"))
    points = [
        (f"point:{version.pk}", {name: getattr(version, name) for name in (*POINT_FIELDS, *CHANGE_FIELDS)})
        for version in versions
    ]
    return gaps(
        declaration.level,
        declaration.rule,
        points,
        set(declaration.nothing_found.values_list("category", flat=True)),
        unchanged={f"point:{version.pk}" for version in versions if _reads_as_filed(version)},
        suggestions=_unanswered(declaration),
        is_supplement=declaration.supplement > 0,
    ) + ([] if declaration.appointment_id else record_gaps(declaration))


def _missing_measures(declaration: Declaration) -> list[Gap]:
    """Return the standing points without a measure, and what of a section or team has no record of its meeting."""
    measured = measured_points(declaration).values("pk")
    without = Declarant.of(declaration).filed_points.exclude(pk__in=measured)
    found = [Gap(_("“%s” has no measure yet.") % point.title, f"point:{point.pk}") for point in without]
    if not found and not measured:
        found.append(Gap(_("No risk point stands in the ledger for it."), "points"))
    return found + ([] if declaration.appointment_id else record_gaps(declaration))


def _unanswered(declaration: Declaration) -> list[str]:
    """Return the titles of suggestions that wait for an answer; where only marked entries are open, they wait longer."""
    if changeable(declaration) is not None:
        return []
    waiting = suggestions_for(declaration).filter(state=SuggestionState.OPEN)
    return list(waiting.values_list("title", flat=True))


def suggestions_for(declaration: Declaration) -> QuerySet[Suggestion]:
    """Return what was ever suggested for the post, or for the section, of a declaration; nothing is for a team."""
    if declaration.post is not None:
        return Suggestion.objects.filter(post=declaration.post)
    return Suggestion.objects.filter(section=declaration.organization, section__kind=OrganizationKind.SECTION)


def _reads_as_filed(version: PointVersion) -> bool:
    """Say whether an entry that is to change a filed point says exactly what is filed."""
    if version.change != Change.CHANGED:
        return False
    names = (*POINT_FIELDS, "measures")
    now, filed = point_content(version), point_content(version.replaces)
    return all(now[name] == filed[name] for name in names)


def standing_of(appointment: Appointment | None) -> Standing | None:
    """Return what the holder of a post is in the unit today: decides the route. None for sections and teams."""
    if appointment is None:
        return None
    organization = appointment.post.organization
    unit = access.nearest(organization, OrganizationKind.UNIT)
    roles = set(
        Assignment.objects.live(timezone.localdate())
        .filter(person=appointment.person, organization__in=[organization, unit])
        .values_list("role", flat=True)
    )
    for role, standing in (
        (Role.PRINCIPAL_LEADER, Standing.PRINCIPAL_LEADER),
        (Role.TEAM_MEMBER, Standing.TEAM_MEMBER),
        (Role.SECTION_HEAD, Standing.SECTION_HEAD),
    ):
        if role in roles:
            return standing
    return Standing.STAFF


@dataclass(frozen=True)
class PlannedStep:
    """A step as it stands now: which, and who is asked (nobody: empty)."""

    key: StepKey
    people: frozenset[int]
    who: str


def planned_steps(declaration: Declaration, by: Person) -> list[PlannedStep]:
    """Return who would decide each step if `by` submitted the declaration now."""
    decided: list[frozenset[int]] = []
    owners = {person.pk for person in owners_of(declaration, by)}
    plan = []
    for key in route(declaration.phase, declaration.level, standing_of(declaration.appointment)):
        asked = access.asked_at(key, declaration.organization, owners=owners, decided=decided)
        if len(asked.people) == 1:
            decided.append(asked.people)
        plan.append(PlannedStep(key, asked.people, access.who_decides(asked)))
    return plan


@transaction.atomic
def submit(*, by: Person, declaration: Declaration, seen_digest: str) -> Declaration:
    """Submit a draft, or resubmit what was returned as the next round from step 1. Freezes names and rank.

    `seen_digest` is of `content_of` as it was checked. Raises Incomplete with every gap at once.
    """
    declaration = Declaration.objects.select_for_update(of=("self",)).get(pk=declaration.pk)
    access.check_edit(declaration, by)
    state = after(declaration.state, Verb.SUBMIT)
    if digest(content_of(declaration)) != seen_digest:
        raise Changed(_("The declaration was changed in another window since you checked it. Check it again."))
    lacking = missing(declaration)
    if lacking:
        raise Incomplete(_("The declaration is not complete yet."), lacking)
    had_a_hand(declaration, by)
    appointment, organization = declaration.appointment, declaration.organization
    standing = standing_of(appointment)
    holder = appointment.person.name if appointment else ""
    names = {
        "unit_name": declaration.unit.name,
        "organization_name": organization.name,
        "post_name": declaration.post.name if declaration.post else "",
        "holder_name": holder,
    }
    number = declaration.number or (
        f"DJ-{declaration.unit.code}-{declaration.year}-"
        f"{next_number(f'declaration:{declaration.unit.code}:{declaration.year}'):05d}"
    )
    now = timezone.now()
    for version in declaration.pointversions.select_related("replaces"):
        change(version, by=by, expected=version.version, **_frozen(version, declaration, names))
    # Who opens the approval must come before the declaration may leave the draft state (a constraint holds it).
    rank = appointment.rank if appointment else ""
    for name, value in {**names, "rank": rank}.items():
        setattr(declaration, name, value)
    approval = approvals.open_round(
        declaration.approval,
        kind=DECLARATION,
        by=by,
        organization=organization,
        title=_title_of(declaration),
        owners=owners_of(declaration, by),
        steps=route(declaration.phase, declaration.level, standing),
        content=content_of(declaration),
        due_on=Period.objects.dates(declaration.position, declaration.year, declaration.phase).closes,
    )
    change(
        declaration,
        by=by,
        expected=declaration.version,
        state=state,
        approval=approval,
        number=number,
        submitted_at=now,
        rank=rank,
        standing=standing or "",
        to_region=goes_to_region(declaration.phase, declaration.level, standing, rank or None),
        **names,
    )
    return declaration


def _title_of(declaration: Declaration) -> str:
    """Return what the declaration is called in queues, in the installation's language."""
    with translation.override(settings.LANGUAGE_CODE):
        whose = (
            [declaration.holder_name, declaration.post_name]
            if declaration.post
            else [declaration.organization_name, declaration.get_level_display()]
        )
        what = [declaration.get_phase_display()] if declaration.phase == Phase.MEASURES else []
        return " · ".join(whose + what)


def _frozen(version: PointVersion, declaration: Declaration, names: Mapping[str, str]) -> dict[str, str]:
    """Return the names a version keeps from its submission on; the entry that withdraws another's point keeps that one's."""
    if version.level != declaration.level:
        filed = version.replaces
        return {name: getattr(filed, name) for name in (*names, "responsible", "responsible_leader")}
    responsible = _responsible(declaration)
    leader = _leader(version.grade, declaration, responsible)
    return {
        **names,
        "responsible": responsible.name if responsible else "",
        "responsible_leader": leader.name if leader else "",
    }


def _responsible(declaration: Declaration) -> Person | None:
    """Return who answers for the points: the holder; of a section its head, of a team a principal leader."""
    if declaration.appointment is not None:
        return declaration.appointment.person
    heading = {Level.SECTION: Permission.REVIEW_SECTION, Level.LEADERSHIP: Permission.REVIEW_PRINCIPAL}
    return access.holders(heading[Level(declaration.level)], declaration.organization).first()


def _leader(grade: int, declaration: Declaration, responsible: Person | None) -> Person | None:
    for permission, kind in _LEADERS[Grade(grade)]:
        organization = access.nearest(declaration.organization, kind) if kind else declaration.organization
        others = access.holders(permission, organization)
        person = (others.exclude(pk=responsible.pk) if responsible else others).first()
        if person is not None:
            return person
    return None


@transaction.atomic
def withdraw(*, by: Person, declaration: Declaration, expected: int) -> None:
    """Take a declaration back before the next step has acted; what was returned earlier stays returned."""
    declaration = Declaration.objects.select_for_update(of=("self",)).get(pk=declaration.pk)
    access.check_withdraw(declaration, by)
    state = after(declaration.state, Verb.WITHDRAW)
    if declaration.approval.decisions.filter(verdict=Verdict.RETURN).exists():
        state = DeclarationState.RETURNED
    had_a_hand(declaration, by)
    _lock_filed(declaration)
    approvals.take_back(declaration.approval, by=by)
    change(declaration, by=by, expected=expected, state=state)
    _follow_points(MeasureVersion.objects.filter(declaration=declaration))


@transaction.atomic
def decide_declaration(
    *,
    by: Person,
    approval: Approval,
    verdict: str,
    version: int,
    seen_digest: str,
    reason: str = "",
    remarks: Mapping[str, str] | None = None,
    meeting_item: MeetingItem | None = None,
) -> Outcome:
    """Approve, return or file a declaration; the one deciding verb of its kind."""
    # Everybody locks the declaration first, then its approval.
    declaration = Declaration.objects.select_for_update(of=("self",)).get(approval=approval)
    approval = Approval.objects.select_for_update(of=("self",)).get(pk=approval.pk)
    content = content_of(declaration)
    if approval.state == ApprovalState.OPEN and verdict != Verdict.RETURN:
        check_before_yes(declaration, approval.step_key, content, by)
    titles = entry_titles(content)
    unknown = set(remarks or {}) - set(titles)
    if unknown:
        raise NotAllowed(_("A remark names an entry that is not in this declaration."))
    _lock_filed(declaration)
    outcome = approvals.decide(
        approval,
        kind=DECLARATION,
        by=by,
        verdict=verdict,
        version=version,
        seen_digest=seen_digest,
        content=content,
        reason=reason,
        remarks=remarks,
        titles=titles,
        meeting_item=meeting_item,
    )
    if outcome == Outcome.RETURNED:
        change(declaration, by=by, expected=declaration.version, state=after(declaration.state, Verb.RETURN))
        _follow_points(MeasureVersion.objects.filter(declaration=declaration))
    elif outcome == Outcome.COMPLETED:
        _file(declaration, by=by)
    return outcome


def _lock_filed(declaration: Declaration) -> None:
    """Lock the filed versions a decision will write to, in one order and before the audit chain, as everybody does."""
    filed = PointVersion.objects.filter(
        Q(replaced_by__declaration=declaration)
        | Q(pk__in=MeasureVersion.objects.filter(declaration=declaration).values("point_version"))
    )
    list(PointVersion.objects.select_for_update().filter(pk__in=filed.values("pk")).order_by("pk"))


def check_before_yes(declaration: Declaration, step: StepKey, content: Mapping[str, Any], by: Person) -> None:
    """Refuse agreeing at a step for which something has to have happened first; returning is always possible."""
    if declaration.phase == Phase.MEASURES and step == StepKey.PARTY:
        access.check_shown(declaration, content["points"])
    if step == StepKey.RESOLUTION:
        access.check_present(declaration, by)


def entry_titles(content: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of the entries of a submitted content by target."""
    titles = {point["target"]: point["title"] for point in content["points"]}
    if content.get("meeting"):
        titles[RECORD] = _("record of the meeting")
    for statement in content["nothing"]:
        titles[statement["target"]] = _("nothing found: %s") % Category(statement["category"]).label
    return titles


def _file(declaration: Declaration, *, by: Person) -> None:
    """Give every point its lasting code and put it into the ledger; measures stay proposed until their own filing.

    What an entry replaces ends today: withdrawn for good, or superseded by the entry, which then begins.
    """
    today = timezone.localdate()
    if declaration.phase == Phase.MEASURES:
        _file_measures(declaration, today)
    versions = list(declaration.pointversions.select_related("point", "replaces").order_by("pk"))
    for version in versions:
        if version.point.code is None:
            number = next_number(f"point:{declaration.unit.code}")
            RiskPoint.objects.filter(pk=version.point_id).update(code=f"{declaration.unit.code}-{number:06d}")
        if version.replaces is not None:
            _end(version.replaces, today, withdrawn=version.change == Change.WITHDRAWN)
    withdrawn = declaration.pointversions.filter(change=Change.WITHDRAWN)
    declaration.pointversions.exclude(change=Change.WITHDRAWN).update(state=PointState.FILED, valid_from=today)
    # The entry that withdraws never stands: it begins and ends on the same day.
    withdrawn.update(state=PointState.WITHDRAWN, valid_from=today, valid_to=today)
    if declaration.phase == Phase.POINTS:
        MeasureVersion.objects.filter(declaration=declaration).update(state=MeasureState.PROPOSED, valid_from=today)
    MeasureVersion.objects.filter(point_version__in=withdrawn).update(state=MeasureState.WITHDRAWN, valid_to=today)
    _follow_points(
        MeasureVersion.objects.filter(
            point_version__replaced_by__declaration=declaration,
            declaration__state__in=[DeclarationState.DRAFT, DeclarationState.RETURNED],
        )
    )
    change(
        declaration,
        by=by,
        expected=declaration.version,
        state=after(declaration.state, Verb.FILE),
        filed_at=timezone.now(),
    )
    measures = MeasureVersion.objects.filter(declaration=declaration)
    record("ledger.enter", by=by, subject=declaration, seals=[*versions, *measures])


def _end(version: PointVersion, today: dt.date, *, withdrawn: bool) -> None:
    """Let a standing version and its measures end; one that no longer stands was changed by somebody else meanwhile."""
    state = PointState.WITHDRAWN if withdrawn else PointState.SUPERSEDED
    ended = PointVersion.objects.filter(pk=version.pk, state__in=STANDING_STATES).update(state=state, valid_to=today)
    if not ended:
        raise Changed(_("“%s” no longer stands in the ledger as it did. Return the declaration.") % version.title)
    MeasureVersion.objects.filter(point_version=version, valid_to=None).exclude(state=MeasureState.DRAFT).update(
        state=MeasureState.WITHDRAWN if withdrawn else MeasureState.SUPERSEDED, valid_to=today
    )


def _follow_points(measures: QuerySet[MeasureVersion]) -> None:
    """Let drafts of measures go with what has replaced their points; those of withdrawn points are dropped.

    For declarations of measures that can be written in; what is under review stays about exactly what is reviewed.
    """
    drafts = measures.filter(state=MeasureState.DRAFT, declaration__phase=Phase.MEASURES)
    for ended in PointVersion.objects.filter(measures__in=drafts).exclude(state__in=STANDING_STATES).distinct():
        standing = ended.point.versions.filter(state__in=STANDING_STATES).first()
        if standing is None:
            drafts.filter(point_version=ended).delete()
        else:
            drafts.filter(point_version=ended).update(point_version=standing)


def _file_measures(declaration: Declaration, today: dt.date) -> None:
    """Put the measures declared in the place of those that stand; if a point ended meanwhile, they were reviewed for another."""
    measured = list(measured_points(declaration))
    for version in measured:
        if version.state not in STANDING_STATES:
            raise Changed(_("“%s” no longer stands in the ledger as it did. Return the declaration.") % version.title)
    new = MeasureVersion.objects.filter(declaration=declaration)
    before = MeasureVersion.objects.filter(point_version__in=measured, valid_to=None).exclude(declaration=declaration)
    # A draft of somebody else's is not there yet; what is declared anew stands, what is not ends.
    before = before.exclude(state=MeasureState.DRAFT)
    replaced = before.filter(pk__in=new.exclude(replaces=None).values("replaces"))
    replaced.update(state=MeasureState.SUPERSEDED, valid_to=today)
    before.update(state=MeasureState.WITHDRAWN, valid_to=today)
    new.update(state=MeasureState.FILED, valid_from=today)
