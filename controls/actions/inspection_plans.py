"""Planning inspections: the plan of a year or a quarter from the filed points, and special inspections."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.access import nearest
from registry.actions.audit import record
from registry.actions.writing import change, next_number, next_numbers
from registry.models import Appointment, Assignment, Organization, Person, PointVersion, Post, RiskPoint, Scheme
from registry.roles import roles_with
from registry.rules import (
    STANDING_STATES,
    Changed,
    Grade,
    OrganizationKind,
    Refused,
    digest,
    intersect,
)

from .. import access
from ..models import Draw, Inspection, InspectionPlan
from ..rules import (
    MOST_LINES,
    PERMISSIONS,
    Body,
    InspectionState,
    PlannedSheet,
    PlanState,
    Rung,
    period_of,
    plan,
)
from .inspections import check_named, lines_of, points_of

_AT_ONCE = 1_000


@dataclass(frozen=True)
class Proposal:
    """What a plan would be: its sheets, how many are planned already, how many points have no grade and are on none."""

    unit: Organization
    year: int
    quarter: int | None
    months: tuple[int, ...]
    sheets: list[PlannedSheet]
    known: int
    points: int
    ungraded: int
    without_head: int  # of the sheets: no head is left who may check, discipline inspection does

    @property
    def period(self) -> str:
        return period_of(self.year, self.quarter)

    @property
    def digest(self) -> str:
        """The digest of exactly these sheets, to which whoever issues the plan agrees."""
        return digest(
            [
                self.unit.pk,
                self.period,
                list(self.months),
                [
                    [
                        sheet.body.organization,
                        sheet.body.post,
                        int(sheet.body.grade),
                        sheet.window.period,
                        str(sheet.rung),
                    ]
                    for sheet in self.sheets
                ],
            ]
        )

    def by_rung(self) -> list[tuple[Rung, list[int]]]:
        """Return how many sheets of each grade each rung checks."""
        counts = Counter((sheet.rung, sheet.body.grade) for sheet in self.sheets)
        return [(rung, [counts[rung, grade] for grade in Grade]) for rung in Rung]


def plan_years() -> tuple[int, int]:
    """Return the years that are planned for: this one and the next."""
    year = timezone.localdate().year
    return year, year + 1


def propose(*, by: Person, unit: Organization, year: int, quarter: int | None) -> Proposal:
    """Work out the plan of a unit from the points that stand today; nothing is stored.

    Where `by` is recused from a section, its points are left to somebody else's planning.
    """
    access.check_plan(unit, by)
    if unit.kind != OrganizationKind.UNIT:
        raise Refused(_("A plan of inspections is made for a unit."))
    intervals = intersect(access.planning_scope(by), [unit.interval])
    standing = (
        PointVersion.objects.filter(state__in=STANDING_STATES).within(intervals).order_by("position", "post", "pk")
    )
    rows = list(
        standing.values_list(
            "organization", "organization__kind", "post", "post__organization", "post__organization__kind", "grade"
        )
    )
    bodies = [
        Body(home or organization, post, Grade(grade), (home_kind or kind) == OrganizationKind.SECTION)
        for organization, kind, post, home, home_kind, grade in rows
        if grade
    ]
    months = Scheme.objects.rule_over(unit.interval, year).inspect_months
    sheets = plan(
        bodies,
        months=months,
        year=year,
        quarter=quarter,
        today=timezone.localdate(),
        heads=_heads(unit),
        holders=_holders({body.post for body in bodies} - {None}),
    )
    planned = Inspection.objects.filter(unit=unit, plan__isnull=False).exclude(state=InspectionState.DROPPED)
    known = set(planned.order_by().values_list("organization", "post", "grade", "period"))
    by_post = {(post, grade, period) for _place, post, grade, period in known if post}
    new = [sheet for sheet in sheets if not _is_known(sheet, known, by_post)]
    return Proposal(
        unit=unit,
        year=year,
        quarter=quarter,
        months=months,
        sheets=new,
        known=len(sheets) - len(new),
        points=len(bodies),
        ungraded=len(rows) - len(bodies),
        without_head=sum(sheet.rung == Rung.INSPECTION for sheet in new),
    )


def _is_known(sheet: PlannedSheet, known: set[tuple], by_post: set[tuple]) -> bool:
    body, period = sheet.body, sheet.window.period
    if body.post is not None:
        return (body.post, body.grade, period) in by_post
    return (body.organization, None, body.grade, period) in known


def _heads(unit: Organization) -> Mapping[int, Mapping[Rung, set[int]]]:
    """Return who stands on which rung for each organization of a unit: its principal leaders for all of it."""
    found: dict[int, dict[Rung, set[int]]] = defaultdict(lambda: defaultdict(set))
    live = Assignment.objects.live(timezone.localdate()).filter(person__is_active=True)
    for rung in (Rung.SECTION_HEAD, Rung.SUPERVISING_LEADER):
        held = live.filter(role__in=roles_with(PERMISSIONS[rung]), organization__tree_from__range=unit.interval)
        for organization, person in held.order_by().values_list("organization", "person"):
            found[organization][rung].add(person)
    principal = live.filter(role__in=roles_with(PERMISSIONS[Rung.PRINCIPAL_LEADER]), organization=unit)
    leaders = set(principal.order_by().values_list("person", flat=True))
    for organization in Organization.objects.filter(tree_from__range=unit.interval).values_list("pk", flat=True):
        found[organization][Rung.PRINCIPAL_LEADER] = leaders
    return found


def _holders(posts: set[int]) -> dict[int, set[int]]:
    found = defaultdict(set)
    live = Appointment.objects.live(timezone.localdate()).filter(post__in=posts).order_by()
    for post, person in live.values_list("post", "person"):
        found[post].add(person)
    return found


@transaction.atomic
def issue_plan(*, by: Person, unit: Organization, year: int, quarter: int | None, seen_digest: str) -> InspectionPlan:
    """Issue the plan that was looked at, with all its inspections, or nothing."""
    unit = Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=unit.pk)
    if year not in plan_years() or quarter not in (None, 1, 2, 3, 4):
        raise Refused(_("Inspections are planned for this year or the next, or for one of their quarters."))
    proposal = propose(by=by, unit=unit, year=year, quarter=quarter)
    if not proposal.sheets:
        raise Refused(_("There is nothing to plan: everything that stands is planned already, or nothing stands."))
    if proposal.digest != seen_digest:
        raise Changed(_("The plan would be another one by now. Look at its numbers again before you issue it."))
    now = timezone.now()
    issued = InspectionPlan.objects.create(
        number=f"JH-{unit.code}-{year}-{next_number(f'inspection_plan:{unit.code}:{year}'):03d}",
        unit=unit,
        position=unit.tree_from,
        period=proposal.period,
        months=list(proposal.months),
        issued_by=by,
        issued_at=now,
    )
    places = dict(Organization.objects.filter(tree_from__range=unit.interval).values_list("pk", "tree_from"))
    sheets = sorted(proposal.sheets, key=lambda sheet: (sheet.window.ends_on, places[sheet.body.organization]))
    Inspection.objects.bulk_create(
        [
            Inspection(
                number=number,
                unit=unit,
                plan=issued,
                organization_id=sheet.body.organization,
                position=places[sheet.body.organization],
                post_id=sheet.body.post,
                grade=sheet.body.grade,
                period=sheet.window.period,
                asked_permission=PERMISSIONS[sheet.rung],
                asked_organization_id=_asked_on(sheet, unit),
                due_on=sheet.window.ends_on,
                made_by=by,
                made_at=now,
            )
            for number, sheet in zip(inspection_numbers(unit, len(sheets)), sheets, strict=True)
        ],
        batch_size=_AT_ONCE,
    )
    record("inspection_plan.issue", by=by, subject=issued, content=[issued.number, proposal.digest, len(sheets)])
    return issued


def inspection_numbers(unit: Organization, count: int) -> list[str]:
    """Give out the numbers of `count` inspections of a unit, inside the transaction that uses them."""
    year = timezone.localdate().year
    return [f"JC-{unit.code}-{year}-{each:05d}" for each in next_numbers(f"inspection:{unit.code}:{year}", count)]


def _asked_on(sheet: PlannedSheet, unit: Organization) -> int | None:
    if sheet.rung == Rung.INSPECTION:
        return None
    return unit.pk if sheet.rung == Rung.PRINCIPAL_LEADER else sheet.body.organization


@transaction.atomic
def close_plan(*, by: Person, plan: InspectionPlan, reason: str, expected: int) -> int:
    """Close a plan with a reason: its inspections that are not signed are dropped; return how many."""
    plan = InspectionPlan.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=plan.pk)
    access.check_close(plan, by)
    if plan.state != PlanState.ISSUED:
        raise Refused(_("This plan is closed already."))
    if not reason.strip():
        raise Refused(_("Say why the plan is closed."))
    now = timezone.now()
    change(
        plan,
        by=by,
        expected=expected,
        state=PlanState.CLOSED,
        closed_by=by,
        closed_at=now,
        close_reason=reason.strip(),
    )
    dropped = Inspection.objects.filter(plan=plan).open()
    numbers = list(dropped.order_by("pk").values_list("number", flat=True))
    dropped.update(
        state=InspectionState.DROPPED,
        dropped_by=by,
        dropped_at=now,
        dropped_reason=reason.strip(),
        version=F("version") + 1,
    )
    record("inspection_plan.close", by=by, subject=plan, content=[plan.number, reason.strip(), numbers])
    return len(numbers)


@transaction.atomic
def make_special(
    *,
    by: Person,
    organization: Organization,
    inspector: Person,
    due_on: dt.date,
    purpose: str,
    post: Post | None = None,
    point: RiskPoint | None = None,
    draw: Draw | None = None,
) -> Inspection:
    """Have an organization with all below it, a post or a risk point checked by a person by name (专项检查)."""
    organization = Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization.pk)
    access.check_plan(organization, by)
    if not purpose.strip():
        raise Refused(_("Say what the inspection is for."))
    if due_on < timezone.localdate():
        raise Refused(_("The day lies in the past."))
    check_named(organization, post, inspector)
    unit = nearest(organization, OrganizationKind.UNIT)
    inspection = Inspection(
        unit=unit,
        organization=organization,
        position=organization.tree_from,
        post=post,
        point=point,
        draw=draw,
        purpose=purpose.strip(),
        inspector=inspector,
        due_on=due_on,
        made_by=by,
        made_at=timezone.now(),
    )
    lines = len(lines_of(points_of(inspection)))
    if not lines:
        raise Refused(_("No risk point stands there; there is nothing to check."))
    if lines > MOST_LINES:
        raise Refused(
            _("The sheet would have %(count)s lines; at most %(most)s fit. Have single sections or posts checked.")
            % {"count": lines, "most": MOST_LINES}
        )
    inspection.number = inspection_numbers(unit, 1)[0]
    inspection.save(force_insert=True)
    record(
        "inspection.make",
        by=by,
        subject=inspection,
        content=[inspection.number, post and post.pk, point and point.pk, inspector.pk, due_on.isoformat(), purpose],
    )
    return inspection


def make_all_special(
    *, by: Person, draw: Draw, inspector: Person, due_on: dt.date, purpose: str, places: Sequence[Mapping]
) -> list[Inspection]:
    """Have everything checked that was drawn: all of it, or nothing. `places` are the arguments of `make_special`."""
    with transaction.atomic():
        Draw.objects.select_for_update(of=("self",), no_key=True).get(pk=draw.pk)
        if Inspection.objects.filter(draw=draw).exclude(state=InspectionState.DROPPED).exists():
            raise Refused(_("What was drawn is being inspected already."))
        return [
            make_special(by=by, draw=draw, inspector=inspector, due_on=due_on, purpose=purpose, **place)
            for place in places
        ]
