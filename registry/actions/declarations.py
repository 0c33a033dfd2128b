"""The verbs of a declaration, from draft to ledger."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import (
    Appointment,
    Approval,
    Assignment,
    Declaration,
    Measure,
    MeasureVersion,
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
from ..rules.completeness import MOST_POINTS
from . import approvals
from .approvals import DECLARATION, Outcome
from .audit import record
from .writing import change, create, next_number

POINT_FIELDS = (
    "category",
    "matter",
    "title",
    "manifestation",
    "causes",
    "methods",
    "likelihood",
    "harm",
    "grade",
    "grade_reason",
)
CHANGE_FIELDS = ("change", "change_reason")
MEASURE_FIELDS = ("text", "responsible", "rhythm")

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


def declaring_year(position: int) -> int:
    """Return the year a new declaration of risk points belongs to: this one, or the next once this one is locked."""
    year = timezone.localdate().year
    period = Period.objects.nearest(position, year, Phase.POINTS)
    return year + 1 if period is not None and period.locked_at else year


@transaction.atomic
def start_declaration(*, by: Person, appointment: Appointment) -> Declaration:
    """Open this year's declaration of an appointment, or return the one that exists."""
    access.check_declare(appointment, by)
    organization = appointment.post.organization
    year = declaring_year(organization.tree_from)
    known = Declaration.objects.filter(appointment=appointment, year=year, phase=Phase.POINTS, supplement=0).first()
    if known is not None:
        return known
    declaration = Declaration(
        level=Level.POST,
        organization=organization,
        unit=access.nearest(organization, OrganizationKind.UNIT),
        position=organization.tree_from,
        post=appointment.post,
        appointment=appointment,
        year=year,
        phase=Phase.POINTS,
        scheme=Scheme.objects.in_force(organization.tree_from, year),
        drafted_by=by,
        drafted_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            declaration.save(force_insert=True)
    except IntegrityError:  # a second click, or a second tab, was first
        return Declaration.objects.get(appointment=appointment, year=year, phase=Phase.POINTS, supplement=0)
    record(f"{DECLARATION}.start", by=by, subject=f"declaration:{declaration.pk}")
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
    values = {name: values[name] for name in POINT_FIELDS}
    if values["likelihood"] and values["harm"]:
        values["grade"] = declaration.rule.grade(values["likelihood"], values["harm"])
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
                **{name: measure[name] for name in MEASURE_FIELDS},
            ),
            by=by,
        )
    record("point.save", by=by, subject=f"point:{version.point_id}", content=point_content(version))
    return version


def check_room(declaration: Declaration) -> None:
    """Refuse a further point where a declaration is full."""
    if declaration.pointversions.count() >= MOST_POINTS:
        raise Refused(_("A declaration holds at most %(most)s risk points.") % {"most": MOST_POINTS})


@transaction.atomic
def remove_point(*, by: Person, version: PointVersion, expected: int) -> None:
    """Take an entry out of its open declaration; its history stays. A filed point it was about stands as before."""
    _open_for(version.declaration, by, f"point:{version.pk}")
    change(version, by=by, expected=expected)
    _drop_measures(version)
    point = version.point
    # What was suggested waits for an answer again.
    version.suggestions.update(
        state=SuggestionState.OPEN, declaration=None, answered_by=None, answered_at=None, version=F("version") + 1
    )
    version._history_user = by
    version.delete()
    if not point.versions.exists():
        point.delete()
    record("point.remove", by=by, subject=f"point:{point.pk}")


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
    record("nothing_found.save", by=by, subject=f"nothing_found:{statement.pk}", content=[category, reason])
    return statement


@transaction.atomic
def remove_nothing_found(*, by: Person, statement: NothingFound, expected: int) -> None:
    """Take such a statement back if it still reads as it was seen."""
    _open_for(statement.declaration, by, f"nothing:{statement.category}")
    change(statement, by=by, expected=expected)
    record("nothing_found.remove", by=by, subject=f"nothing_found:{statement.pk}")
    statement.delete()


def _open_for(declaration: Declaration, by: Person, target: str | None) -> Declaration:
    """Lock the declaration and check that `by` may change `target` (None: add an entry) in it now."""
    declaration = Declaration.objects.select_for_update(of=("self",)).get(pk=declaration.pk)
    check_entry(declaration, by, target)
    return declaration


def check_entry(declaration: Declaration, person: Person, target: str | None) -> None:
    """Refuse a change to one entry (None: a new one): not one's own, not open, or not among those returned."""
    access.check_edit(declaration, person)
    if not may_change(declaration, target):
        raise Refused(_("Only the entries that were returned with a remark can be changed."))


def may_change(declaration: Declaration, target: str | None) -> bool:
    """Say whether an entry of an open declaration may be changed, or a new one (None) added."""
    allowed = changeable(declaration)
    if allowed is None:
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
    """Return a measure as plain values."""
    return {name: getattr(measure, name) for name in MEASURE_FIELDS}


def point_content(version: PointVersion) -> dict[str, Any]:
    """Return a point with its measures as plain values: what is submitted, compared and digested."""
    return {
        "target": f"point:{version.pk}",
        **{name: getattr(version, name) for name in (*POINT_FIELDS, *CHANGE_FIELDS)},
        "responsible": version.responsible,
        "responsible_leader": version.responsible_leader,
        "measures": [measure_content(measure) for measure in version.measures.all()],
    }


def content_of(declaration: Declaration) -> dict[str, Any]:
    """Return the whole declaration as plain values. Its digest is what a decision is bound to."""
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
        "points": [
            point_content(version) for version in declaration.pointversions.order_by("pk").prefetch_related("measures")
        ],
        "nothing": [
            {"target": f"nothing:{statement.category}", "category": statement.category, "reason": statement.reason}
            for statement in declaration.nothing_found.all()
        ],
        "suggestions": answered_suggestions(declaration),
    }


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
    )


def _unanswered(declaration: Declaration) -> list[str]:
    """Return the titles of suggestions that wait for an answer; where only marked entries are open, they wait longer."""
    if changeable(declaration) is not None:
        return []
    waiting = Suggestion.objects.filter(post=declaration.post, state=SuggestionState.OPEN)
    return list(waiting.values_list("title", flat=True))


def _reads_as_filed(version: PointVersion) -> bool:
    """Say whether an entry that is to change a filed point says exactly what is filed."""
    if version.change != Change.CHANGED:
        return False
    names = (*POINT_FIELDS, "measures")
    now, filed = point_content(version), point_content(version.replaces)
    return all(now[name] == filed[name] for name in names)


def standing_of(appointment: Appointment) -> Standing:
    """Return what the holder is in the unit today: decides the route of the post's declaration."""
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


def planned_steps(declaration: Declaration) -> list[PlannedStep]:
    """Return who would decide each step if the declaration were submitted now."""
    decided: set[int] = set()
    plan = []
    for key in route(declaration.phase, declaration.level, standing_of(declaration.appointment)):
        asked = access.asked_at(
            key, declaration.organization, owners={declaration.appointment.person_id}, decided=decided
        )
        if len(asked.people) == 1:
            decided |= asked.people
        plan.append(PlannedStep(key, asked.people, access.names(asked.people)))
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
    appointment, organization = declaration.appointment, declaration.organization
    standing = standing_of(appointment)
    names = {
        "unit_name": declaration.unit.name,
        "organization_name": organization.name,
        "post_name": declaration.post.name,
        "holder_name": appointment.person.name,
    }
    number = declaration.number or (
        f"DJ-{declaration.unit.code}-{declaration.year}-"
        f"{next_number(f'declaration:{declaration.unit.code}:{declaration.year}'):05d}"
    )
    now = timezone.now()
    for version in declaration.pointversions.all():
        leader = _leader(version.grade, declaration)
        change(
            version,
            by=by,
            expected=version.version,
            responsible=appointment.person.name,
            responsible_leader=leader,
            **names,
        )
    # Who opens the approval must come before the declaration may leave the draft state (a constraint holds it).
    for name, value in {**names, "rank": appointment.rank}.items():
        setattr(declaration, name, value)
    approval = approvals.open_round(
        declaration.approval,
        kind=DECLARATION,
        by=by,
        organization=organization,
        title=f"{appointment.person.name} · {declaration.post.name}",
        owners=[appointment.person],
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
        rank=appointment.rank,
        standing=standing,
        to_region=goes_to_region(declaration.phase, declaration.level, standing, appointment.rank),
        **names,
    )
    return declaration


def _leader(grade: int, declaration: Declaration) -> str:
    for permission, kind in _LEADERS[Grade(grade)]:
        organization = access.nearest(declaration.organization, kind) if kind else declaration.organization
        person = access.holders(permission, organization).exclude(pk=declaration.appointment.person_id).first()
        if person is not None:
            return person.name
    return ""


@transaction.atomic
def withdraw(*, by: Person, declaration: Declaration, expected: int) -> None:
    """Take a declaration back before the next step has acted; what was returned earlier stays returned."""
    declaration = Declaration.objects.select_for_update(of=("self",)).get(pk=declaration.pk)
    access.check_withdraw(declaration, by)
    state = after(declaration.state, Verb.WITHDRAW)
    if declaration.approval.decisions.filter(verdict=Verdict.RETURN).exists():
        state = DeclarationState.RETURNED
    approvals.take_back(declaration.approval, by=by)
    change(declaration, by=by, expected=expected, state=state)


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
) -> Outcome:
    """Approve, return or file a declaration; the one deciding verb of its kind."""
    # Everybody locks the declaration first, then its approval.
    declaration = Declaration.objects.select_for_update(of=("self",)).get(approval=approval)
    approval = Approval.objects.select_for_update(of=("self",)).get(pk=approval.pk)
    content = content_of(declaration)
    titles = entry_titles(content)
    unknown = set(remarks or {}) - set(titles)
    if unknown:
        raise NotAllowed(_("A remark names an entry that is not in this declaration."))
    outcome = approvals.decide(
        approval,
        kind=DECLARATION,
        by=by,
        verdict=verdict,
        version=version,
        seen_digest=seen_digest,
        current_digest=digest(content),
        reason=reason,
        remarks=remarks,
        titles=titles,
    )
    if outcome == Outcome.RETURNED:
        change(declaration, by=by, expected=declaration.version, state=after(declaration.state, Verb.RETURN))
    elif outcome == Outcome.COMPLETED:
        _file(declaration, by=by)
    return outcome


def entry_titles(content: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of the entries of a submitted content by target."""
    titles = {point["target"]: point["title"] for point in content["points"]}
    for statement in content["nothing"]:
        titles[statement["target"]] = _("nothing found: %s") % Category(statement["category"]).label
    return titles


def _file(declaration: Declaration, *, by: Person) -> None:
    """Give every point its lasting code and put it into the ledger; measures stay proposed until their own filing.

    What an entry replaces ends today: withdrawn for good, or superseded by the entry, which then begins.
    """
    today = timezone.localdate()
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
    MeasureVersion.objects.filter(declaration=declaration).update(state=MeasureState.PROPOSED, valid_from=today)
    MeasureVersion.objects.filter(point_version__in=withdrawn).update(state=MeasureState.WITHDRAWN, valid_to=today)
    change(
        declaration,
        by=by,
        expected=declaration.version,
        state=after(declaration.state, Verb.FILE),
        filed_at=timezone.now(),
    )


def _end(version: PointVersion, today: dt.date, *, withdrawn: bool) -> None:
    """Let a standing version and its measures end; one that no longer stands was changed by somebody else meanwhile."""
    state = PointState.WITHDRAWN if withdrawn else PointState.SUPERSEDED
    ended = PointVersion.objects.filter(pk=version.pk, state__in=STANDING_STATES).update(state=state, valid_to=today)
    if not ended:
        raise Changed(_("“%s” no longer stands in the ledger as it did. Return the declaration.") % version.title)
    MeasureVersion.objects.filter(point_version=version, valid_to=None).update(
        state=MeasureState.WITHDRAWN if withdrawn else MeasureState.SUPERSEDED, valid_to=today
    )
