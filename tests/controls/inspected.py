"""Walks to plans, check sheets and draws by the real acts, for the tests of inspections."""

from collections.abc import Sequence

from controls.actions import draws, inspection_plans, inspections
from controls.models import Draw, Expert, Inspection, InspectionPlan
from registry import access
from registry.actions import declarations, measures
from registry.models import Declaration
from registry.rules import digest
from tests import factories
from tests.factories import Body

SCORES = {1: (4, 4), 2: (2, 4), 3: (1, 2)}
OPINION = "总体落实较好，个别环节登记不全，已当面提醒。"


def filed(body: Body, name: str, *grades: int) -> Declaration:
    """File points of these grades for the post of somebody of the cast."""
    person = body[name]
    declaration = declarations.start_declaration(by=person, declarant=access.Declarant.of_post(body.appointment(name)))
    for number, grade in enumerate(grades, start=1):
        likelihood, harm = SCORES[grade]
        values = factories.point_values(title=f"登记不全{number}", likelihood=likelihood, harm=harm)
        declarations.save_point(by=person, declaration=declaration, values=values, measures=[factories.MEASURE])
    for category in ("moral", "environment"):
        declarations.state_nothing_found(
            by=person, declaration=declaration, category=category, reason="对照职责逐项看过，没有这一类风险。"
        )
    return factories.file_all(declaration)


def section_measured(body: Body) -> Declaration:
    """File a point of CZJ-01 itself with two measures that are filed, too."""
    factories.file_all(factories.organization_draft(body))
    declarant = access.Declarant.of_organization(body.organization("CZJ-01"))
    declaration = measures.start_measures(by=body["head"], declarant=declarant)
    for version in declarant.filed_points:
        kept = measures.measures_for(declaration, version)
        said = [
            {**factories.MEASURE, "text": text, "measure": kept[place].measure_id if place < len(kept) else None}
            for place, text in enumerate(
                ("每次用印由两人登记，月末核对登记簿。", "办公室主任每季度抽查用印登记簿一次。")
            )
        ]
        measures.save_measures(
            by=body["head"],
            declaration=declaration,
            version=version,
            measures=said,
            seen_digest=measures.seen_measures(declaration, version),
        )
    factories.record(declaration, by=body["head"])
    return factories.file_all(declaration)


def proposal(body: Body, by: str = "clerk", quarter: int | None = None) -> inspection_plans.Proposal:
    """What the plan of this year would be."""
    return inspection_plans.propose(
        by=body[by], unit=body.organization("CZJ"), year=factories.today().year, quarter=quarter
    )


def issued(body: Body, by: str = "clerk", quarter: int | None = None) -> InspectionPlan:
    """Issue the plan of this year for CZJ."""
    found = proposal(body, by, quarter)
    return inspection_plans.issue_plan(
        by=body[by], unit=found.unit, year=found.year, quarter=quarter, seen_digest=found.digest
    )


def special(body: Body, name: str = "holder", inspector: str = "inspector", by: str = "clerk") -> Inspection:
    """A special inspection of somebody's post."""
    post = body.appointment(name).post
    return inspection_plans.make_special(
        by=body[by],
        organization=post.organization,
        post=post,
        inspector=body[inspector],
        due_on=factories.today() + 10 * factories.DAY,
        purpose="群众反映用印登记不规范，专项核查。",
    )


def begun(body: Body, inspection: Inspection, by: str) -> Inspection:
    """Begin a check."""
    return inspections.begin_inspection(by=body[by], inspection=inspection, expected=inspection.version)


def answered(
    body: Body, inspection: Inspection, by: str, *answers: tuple[str, str], opinion: str = OPINION
) -> Inspection:
    """Answer all lines, in turn with `answers` (yes without any), and give an opinion."""
    answers = answers or (("yes", ""),)
    lines = inspection.lines.order_by("ordinal")
    said = [inspections.Said(line.pk, line.version, *answers[place % len(answers)]) for place, line in enumerate(lines)]
    inspections.save_sheet(by=body[by], inspection=inspection, said=said, opinion=opinion, expected=inspection.version)
    inspection.refresh_from_db()
    return inspection


def signed(body: Body, inspection: Inspection, by: str, *answers: tuple[str, str]) -> Inspection:
    """Begin, answer and sign."""
    sheet = answered(body, begun(body, inspection, by), by, *answers)
    return sign(body, sheet, by)


def sign(body: Body, inspection: Inspection, by: str, seen: str = "") -> Inspection:
    """Sign what stands there, or what had this digest."""
    seen = seen or digest(inspections.content_of(inspection))
    return inspections.sign_inspection(
        by=body[by], inspection=inspection, seen_digest=seen, expected=inspection.version
    )


def wanted(body: Body, code: str = "CZJ", kind: str = "posts", **filters) -> draws.Wanted:
    """What is drawn from."""
    return draws.Wanted(body.organization(code), kind, **filters)


def committed(
    body: Body,
    by: str = "clerk",
    count: int = 1,
    exclusions: Sequence[tuple[str, str]] = (),
    asked: draws.Wanted | None = None,
) -> Draw:
    """Commit to a draw of posts of CZJ, or of what is asked for."""
    asked = asked or wanted(body)
    return draws.commit_draw(
        by=body[by],
        wanted=asked,
        count=count,
        purpose="季度抽查岗位廉政风险防控落实情况。",
        exclusions=exclusions,
        seen_digest=draws.population_digest(draws.population(asked)),
    )


def revealed(body: Body, draw: Draw, by: str = "second_clerk") -> Draw:
    """Reveal a draw."""
    return draws.reveal_draw(by=body[by], draw=draw, expected=draw.version)


def region_inspector(body: Body) -> str:
    """Let the outside inspector watch over the whole region; return their name."""
    factories.give(body, "outside_inspector", "inspector", "DQ")
    return "outside_inspector"


def experts(body: Body, by: str, number: int = 6) -> list[Expert]:
    """Enter experts of two specialities into the region's pool."""
    names = ("欧阳启航", "万俟清和", "钟离景行", "司徒望舒", "上官云岫", "诸葛知微", "东方既白", "南宫秋实")
    return [
        draws.enter_expert(
            by=body[by],
            region=body.organization("DQ"),
            name=names[place % len(names)],
            employer=f"云岭地区设计院第{place + 1}所",
            specialities=["结构"] if place % 3 else ["结构", "造价"],
            starts_on=factories.SINCE,
        )
        for place in range(number)
    ]
