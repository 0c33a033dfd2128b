"""Checking on a uniform sheet: begin, fill in line by line, sign; name somebody else; drop (part I: 谁检查谁签字、谁签字谁负责)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.actions.audit import hold_chain, record
from registry.actions.writing import change
from registry.models import MeasureVersion, Organization, Person, PointVersion, Post
from registry.querysets.ledger import HOLDING
from registry.rules import STANDING_STATES, Changed, Incomplete, MeasureState, Refused, digest

from .. import access
from ..models import Inspection, InspectionLine
from ..rules import Answer, InspectionState, InspectionVerb, LineFacts, inspection_after, sheet_gaps

_AT_ONCE = 1_000


@dataclass(frozen=True)
class Said:
    """What was typed into a line: its id, the version that was shown, answer and note."""

    line: int
    version: int
    answer: str
    note: str


def points_of(inspection: Inspection) -> QuerySet[PointVersion]:
    """Return the versions of risk points that stand today and belong on the sheet, in the order of the tree."""
    found = PointVersion.objects.filter(state__in=STANDING_STATES)
    if inspection.point_id:
        found = found.filter(point=inspection.point_id)
    elif inspection.post_id:
        found = found.filter(post=inspection.post_id)
    elif inspection.plan_id:
        found = found.filter(organization=inspection.organization_id, post=None)
    else:
        found = found.filter(position__range=inspection.organization.interval)
    if inspection.grade:
        found = found.filter(grade=inspection.grade)
    return found.order_by("position", F("post_id").asc(nulls_first=True), "pk")


def lines_of(points: QuerySet[PointVersion]) -> list[tuple[int, int | None]]:
    """Return (point version, measure version) for each line: every filed measure that holds, and a point without one itself."""
    measures = defaultdict(list)
    filed = MeasureVersion.objects.filter(HOLDING, state=MeasureState.FILED, point_version__in=points.order_by())
    for version, measure in filed.order_by("ordinal", "pk").values_list("point_version", "pk"):
        measures[version].append(measure)
    return [
        (version, measure) for version in points.values_list("pk", flat=True) for measure in measures[version] or [None]
    ]


def sheet_lines(inspection: Inspection) -> list[InspectionLine]:
    """Return the lines of a sheet with what they show: those written down, or those it would have today. Two queries."""
    shown = (
        "point_version__point",
        "point_version__post",
        "point_version__organization",
        "measure_version",
        "answered_by",
    )
    if inspection.state != InspectionState.PLANNED:
        return list(inspection.lines.select_related(*shown).order_by("ordinal"))
    pairs = lines_of(points_of(inspection))
    versions = PointVersion.objects.select_related("point", "post", "organization").in_bulk(
        [each for each, _m in pairs]
    )
    measures = MeasureVersion.objects.in_bulk([each for _p, each in pairs if each])
    return [
        InspectionLine(
            inspection=inspection,
            ordinal=number,
            point_version=versions[version],
            measure_version=measures[measure] if measure else None,
        )
        for number, (version, measure) in enumerate(pairs, start=1)
    ]


def content_of(inspection: Inspection) -> dict[str, Any]:
    """Return the content of a sheet that is being signed: what was checked, each line as it is read, the opinion."""
    return {
        "number": inspection.number,
        "organization": inspection.organization_id,
        "post": inspection.post_id,
        "point": inspection.point_id,
        "grade": inspection.grade,
        "period": inspection.period,
        "purpose": inspection.purpose,
        "begun_on": inspection.begun_on.isoformat() if inspection.begun_on else "",
        "lines": [
            {
                "ordinal": line.ordinal,
                "code": line.point_version.point.code,
                "point": line.point_version_id,
                "title": line.point_version.title,
                "measure": line.measure_version_id,
                "text": line.text,
                "answer": line.answer,
                "note": line.note,
            }
            for line in sheet_lines(inspection)
        ],
        "opinion": inspection.opinion,
    }


def gaps_of(inspection: Inspection) -> list:
    """Return everything that still keeps the sheet from being signed."""
    lines = inspection.lines.order_by("ordinal").values_list("ordinal", "answer", "note")
    return sheet_gaps([LineFacts(*line) for line in lines], inspection.opinion)


def _locked(inspection: Inspection, verb: InspectionVerb) -> Inspection:
    """Return the row locked, if its state allows the verb."""
    found = (
        Inspection.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organization", "post", "inspector", "unit")
        .get(pk=inspection.pk)
    )
    if inspection_after(found.state, verb) is None:
        check_open(found)
        begun = found.state == InspectionState.BEGUN
        raise Refused(_("The check has begun already.") if begun else _("The check has not begun yet."))
    return found


def check_open(inspection: Inspection) -> None:
    """Refuse what is signed or dropped, with a sentence."""
    if inspection.state == InspectionState.SIGNED:
        raise Refused(_("This sheet is signed; nothing of it changes any more."))
    if inspection.state == InspectionState.DROPPED:
        raise Refused(_("This inspection was dropped: %s") % inspection.dropped_reason)


@transaction.atomic
def begin_inspection(*, by: Person, inspection: Inspection, expected: int) -> Inspection:
    """Begin to check: the lines are those of the points and filed measures that stand today."""
    inspection = _locked(inspection, InspectionVerb.BEGIN)
    access.check_fill(inspection, by)
    pairs = lines_of(points_of(inspection))
    if not pairs:
        raise Refused(_("No risk point stands there any more. The office that planned the inspection can drop it."))
    InspectionLine.objects.bulk_create(
        [
            InspectionLine(inspection=inspection, ordinal=number, point_version_id=version, measure_version_id=measure)
            for number, (version, measure) in enumerate(pairs, start=1)
        ],
        batch_size=_AT_ONCE,
    )
    change(inspection, by=by, expected=expected, state=InspectionState.BEGUN, begun_on=timezone.localdate())
    record("inspection.begin", by=by, subject=inspection, content=[inspection.number, pairs])
    return inspection


@transaction.atomic
def save_sheet(*, by: Person, inspection: Inspection, said: Sequence[Said], opinion: str, expected: int) -> int:
    """Write down what was answered; return how many lines changed. All of it or, where somebody was first, nothing.

    A line that was left empty is not read as an answer: it takes nothing away that another window has written.
    """
    inspection = _locked(inspection, InspectionVerb.SAVE)
    access.check_fill(inspection, by)
    stored = {line.pk: line for line in inspection.lines.filter(pk__in=[each.line for each in said])}
    changed, taken = [], []
    for each in said:
        line = stored.get(each.line)
        if line is None or each.answer not in ("", *Answer.values):
            raise Refused(_("This line is not on the sheet."))
        same = (each.answer, each.note) == (line.answer, line.note)
        if same or (each.version != line.version and not each.answer and not each.note):
            continue
        if each.version != line.version:
            taken.append(str(line.ordinal))
        changed.append((each, line))
    if taken:
        raise Changed(
            _("Another window has answered these lines meanwhile: %s. Nothing of what you typed is lost.")
            % _(", ").join(taken)
        )
    now = timezone.now()
    for each, line in changed:
        done = InspectionLine.objects.filter(pk=line.pk, version=each.version).update(
            answer=each.answer,
            note=each.note,
            answered_by=by if each.answer or each.note else None,
            answered_at=now,
            version=F("version") + 1,
        )
        if not done:
            raise Changed(_("Another window has answered line %s meanwhile.") % line.ordinal)
    # An opinion that was left empty takes none away that another window has written.
    if opinion != inspection.opinion and (opinion or expected == inspection.version):
        change(inspection, by=by, expected=expected, opinion=opinion)
    elif not changed:
        return 0
    content = [[each.line, each.answer, each.note] for each, _line in changed]
    record("inspection.save", by=by, subject=inspection, content=[content, opinion])
    return len(changed)


@transaction.atomic
def sign_inspection(*, by: Person, inspection: Inspection, seen_digest: str, expected: int) -> Inspection:
    """Sign exactly the sheet that was seen. From then on it never changes; who signs answers for it."""
    inspection = _locked(inspection, InspectionVerb.SIGN)
    hold_chain()
    whom = access.check_fill(inspection, by)
    if gaps := gaps_of(inspection):
        raise Incomplete(_("The sheet cannot be signed yet."), gaps)
    seen = digest(content_of(inspection))
    if seen != seen_digest:
        raise Changed(_("The sheet has changed since you looked at it. Read it again before you sign."))
    change(
        inspection,
        by=by,
        expected=expected,
        state=InspectionState.SIGNED,
        signed_by=by,
        signed_for_id=whom,
        signed_at=timezone.now(),
        digest=seen,
    )
    inspection.lines.update(is_signed=True)
    lines = list(inspection.lines.order_by("pk"))
    record(
        "inspection.sign",
        by=by,
        subject=inspection,
        content=[inspection.number, seen, whom],
        seals=[inspection, *lines],
    )
    return inspection


def check_named(organization: Organization, post: Post | None, inspector: Person) -> None:
    """Refuse to name somebody who does not read the ledger there, is recused, or holds the post."""
    if not access.people_to_name(organization, post).filter(pk=inspector.pk).exists():
        raise Refused(
            _("%s cannot check there: the post is their own, they are recused, or they do not read its ledger.")
            % inspector
        )


@transaction.atomic
def name_inspector(*, by: Person, inspection: Inspection, inspector: Person, reason: str, expected: int) -> Inspection:
    """Let a person by name check instead of the head who is asked, or of whoever was named before."""
    inspection = _locked(inspection, InspectionVerb.NAME)
    access.check_plan(inspection.organization, by)
    if not reason.strip():
        raise Refused(_("Say why somebody else checks."))
    check_named(inspection.organization, inspection.post, inspector)
    change(inspection, by=by, expected=expected, inspector=inspector)
    record("inspection.name_inspector", by=by, subject=inspection, content=[inspector.pk, reason.strip()])
    return inspection


@transaction.atomic
def drop_inspection(*, by: Person, inspection: Inspection, reason: str, expected: int) -> Inspection:
    """Drop an inspection that is not signed, with a reason; it stays in the list."""
    inspection = _locked(inspection, InspectionVerb.DROP)
    access.check_plan(inspection.organization, by)
    if not reason.strip():
        raise Refused(_("Say why the inspection is dropped."))
    change(
        inspection,
        by=by,
        expected=expected,
        state=InspectionState.DROPPED,
        dropped_by=by,
        dropped_at=timezone.now(),
        dropped_reason=reason.strip(),
    )
    record("inspection.drop", by=by, subject=inspection, content=[inspection.number, reason.strip()])
    return inspection
