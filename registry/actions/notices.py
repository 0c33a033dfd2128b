"""The verbs of a public notice, from composing to its result, and of objections to it."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from .. import access
from ..models import (
    Approval,
    AuditHead,
    Decision,
    Declaration,
    NoticeLine,
    Objection,
    Organization,
    Person,
    PointVersion,
    PreparedSheet,
    PrintedFile,
    PublicNotice,
    Scheme,
)
from ..rules import (
    MOST_CHARACTERS,
    MOST_LINES,
    NOTICE_ROUTES,
    TITLE_LENGTH,
    Changed,
    Channel,
    Gap,
    Incomplete,
    Level,
    MeasureState,
    NoticeKind,
    NoticeOrder,
    NoticeScope,
    NoticeState,
    NoticeVerb,
    OrganizationKind,
    PointState,
    Refused,
    RegionState,
    Rhythm,
    Ruling,
    StepKey,
    Suspicion,
    SuspicionKind,
    digest,
    notice_after,
    notice_days,
    obstacle,
    suspicions,
)
from ..rules import Scheme as SchemeRule
from . import approvals
from .approvals import Outcome
from .audit import record
from .corrections import takes_place, what_it_says_of_earlier, with_corrections
from .declarations import measure_content
from .extensions import let_lapse, own_calendar
from .organization import console_actor
from .writing import change, create, next_number, short_code

NOTICE = "notice"
_LEVELS = (Level.LEADERSHIP, Level.SECTION, Level.POST)
COMPOSED_FIELDS = ("title", "scope", "order", "contact", "chosen")
_PLACES = ("position", "post_name", "pk")
LINE_FIELDS = ("organization", "post", "title", "manifestation")


# --- Composing ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def start_notice(*, by: Person, organization: Organization, year: int, kind: str = NoticeKind.POINTS) -> PublicNotice:
    """Begin a notice of an organization with everything of the year that may be shown.

    Of points what was filed; of measures what was submitted and waits for the party organization.
    """
    access.check_compose(organization, by)
    unit = access.nearest(organization, OrganizationKind.UNIT)
    with translation.override(settings.LANGUAGE_CODE):
        titles = {
            NoticeKind.POINTS: _("Public notice of integrity-risk points of %(organization)s, %(year)s"),
            NoticeKind.MEASURES: _("Public notice of preventive measures of %(organization)s, %(year)s"),
        }
        title = titles[NoticeKind(kind)] % {
            "organization": unit.name if organization == unit else f"{unit.name}{organization.name}",
            "year": year,
        }
    earlier = PublicNotice.objects.filter(unit=unit).exclude(contact="").order_by("-pk").first()
    notice = PublicNotice(
        kind=kind,
        organization=organization,
        unit=unit,
        position=organization.tree_from,
        year=year,
        title=title[:TITLE_LENGTH],
        shown_within=unit,
        contact=earlier.contact if earlier else "",
        composed_by=by,
        composed_at=timezone.now(),
    )
    notice.chosen = [version.pk for version in candidates(notice) if not obstacle_of(notice, version)][:MOST_LINES]
    create(notice, by=by)
    notice.composers.add(by)
    record(f"{NOTICE}.start", by=by, subject=notice)
    return notice


@transaction.atomic
def compose_anew(*, by: Person, notice: PublicNotice) -> PublicNotice:
    """Begin a notice that names this one; return the one begun already if there is one.

    While this one runs, the new one takes its place: from the same choice, without what was upheld, with what was corrected.
    Afterwards it shows anew what was corrected, and nothing else.
    """
    notice = _locked(notice)
    access.check_compose(notice.organization, by)
    check_anew(notice, by)
    begun = PublicNotice.objects.filter(replaces=notice, number=None).first()
    if begun is not None:
        return begun
    kept = ("kind", "organization", "unit", "position", "year", *COMPOSED_FIELDS, "shown_within")
    anew = PublicNotice(
        **{name: getattr(notice, name) for name in kept}, replaces=notice, composed_by=by, composed_at=timezone.now()
    )
    if takes_place(notice):
        points = notice.lines.values("point_version__point")
        upheld = set(notice.lines.exclude(upheld_by=None).values_list("point_version", flat=True))
        kept = [pk for pk in notice.chosen if pk not in upheld]
    else:
        points, kept = notice.lines.to_show_anew().values("point_version__point"), []
    if notice.kind == NoticeKind.POINTS:
        corrected = PointVersion.objects.filter(point__in=points, state=PointState.FILED).exclude(pk__in=kept)
        kept = [*kept, *corrected.order_by("pk").values_list("pk", flat=True)]
    anew.chosen = kept
    create(anew, by=by)
    anew.composers.add(by)
    record(f"{NOTICE}.start", by=by, subject=anew, content=notice.number)
    return anew


def check_anew(notice: PublicNotice, person: Person) -> None:
    """Refuse posting anew to others than those who see to the notice, and where nothing of it is to be shown anew."""
    access.check_manage(notice, person)
    notice_after(notice.state, NoticeVerb.REPLACE)
    if not takes_place(notice) and not notice.lines.to_show_anew().exists():
        raise Refused(_("This notice is over, and nothing that was corrected since waits to be shown anew."))


@transaction.atomic
def save_notice(*, by: Person, notice: PublicNotice, expected: int, values: Mapping[str, Any]) -> PublicNotice:
    """Write what is composed if it still has the version `expected`. `values["chosen"]` are ids of candidates."""
    notice = _composable(notice, by)
    values = {name: values[name] for name in COMPOSED_FIELDS}
    offered = {version.pk for version in candidates(notice)}
    values["chosen"] = [pk for pk in values["chosen"] if pk in offered]
    change(notice, by=by, expected=expected, shown_within=_shown_within(notice, values["scope"]), **values)
    notice.composers.add(by)
    record(f"{NOTICE}.save", by=by, subject=notice, content=values)
    return notice


@transaction.atomic
def discard_notice(*, by: Person, notice: PublicNotice, expected: int) -> None:
    """Throw away a notice that was never submitted; its history stays."""
    notice = _composable(notice, by)
    if notice.approval_id is not None:
        raise Refused(_("This notice was submitted before; it stays on record and is not thrown away."))
    change(notice, by=by, expected=expected)
    record(f"{NOTICE}.discard", by=by, subject=notice)
    notice._history_user = by
    notice.delete()


def _locked(notice: PublicNotice) -> PublicNotice:
    return PublicNotice.objects.select_for_update(of=("self",)).get(pk=notice.pk)


def _composable(notice: PublicNotice, by: Person) -> PublicNotice:
    notice = _locked(notice)
    check_edit_notice(notice, by)
    return notice


def check_edit_notice(notice: PublicNotice, person: Person) -> None:
    """Refuse changes by others than publishers, or to what is not being composed."""
    access.check_compose(notice.organization, person)
    notice_after(notice.state, NoticeVerb.SUBMIT)


def _shown_within(notice: PublicNotice, scope: str) -> Organization:
    kind = {NoticeScope.UNIT: OrganizationKind.UNIT, NoticeScope.REGION: OrganizationKind.REGION}.get(scope)
    return access.nearest(notice.organization, kind) if kind else notice.organization


def candidates(notice: PublicNotice) -> list[PointVersion]:
    """Return the versions a notice may be composed from, in its order: filed ones, and those on the notice it replaces.

    Each has as `shown_measures` what the notice would show of them.
    """
    low, high = notice.organization.interval
    if notice.kind == NoticeKind.MEASURES:
        return _in_order(notice, _measured_candidates(notice))
    found = PointVersion.objects.filter(year=notice.year, position__range=(low, high), state=PointState.FILED)
    if rule_of(notice).publish_after_region:
        found = found.exclude(Q(declaration__to_region=True) & ~Q(declaration__region_state=RegionState.ACCEPTED))
    if notice.replaces_id and takes_place(notice.replaces):
        found |= PointVersion.objects.filter(
            notice_lines__notice=notice.replaces_id, state=PointState.PUBLISHED, position__range=(low, high)
        )
    found = found.distinct().select_related("point").with_measures()
    return _in_order(notice, found.order_by(*_PLACES))


def _measured_candidates(notice: PublicNotice) -> list[PointVersion]:
    """Return the points whose measures wait for the party organization, with these, but for what was shown as it is now."""
    waiting = Declaration.objects.being_shown(notice.organization.interval, notice.year)
    elsewhere = NoticeLine.objects.filter(
        declaration__in=waiting, notice__state__in=[NoticeState.POSTED, NoticeState.ENDED]
    ).exclude(notice=notice.replaces_id)
    shown = {(line.point_version_id, line.content["measured"]) for line in elsewhere}
    versions = PointVersion.objects.measured_in(waiting).select_related("point").order_by(*_PLACES)
    return [version for version in versions if (version.pk, _measured(version)) not in shown]


def _measured(version: PointVersion) -> str:
    return digest([measure_content(measure) for measure in version.shown_measures])


def _in_order(notice: PublicNotice, versions: Iterable[PointVersion]) -> list[PointVersion]:
    """Sort what stands in the order of places as the notice wants it."""
    keys = {
        NoticeOrder.PLACE: lambda version: 0,
        NoticeOrder.LEVEL: lambda version: _LEVELS.index(version.level) if version.level else len(_LEVELS),
        NoticeOrder.GRADE: lambda version: version.grade or len(_LEVELS) + 1,
    }
    return sorted(versions, key=keys[NoticeOrder(notice.order)])


def obstacle_of(notice: PublicNotice, version: PointVersion) -> str:
    """Return why a version may not stand on the notice as its scope is now, or an empty text."""
    return obstacle(level=version.level, category=version.category, grade=version.grade, scope=notice.scope)


# --- What the sheet says -----------------------------------------------------------------------------------------------


def rule_of(notice: PublicNotice) -> SchemeRule:
    """Return the scheme that holds for the notice."""
    return Scheme.objects.rule_over((notice.position, notice.position), notice.year)


def content_of(notice: PublicNotice) -> dict[str, Any]:
    """Return what is submitted and decided on as plain values. Nothing else may ever stand on the sheet."""
    rule = rule_of(notice)
    chosen = set(notice.chosen)
    versions = [version for version in candidates(notice) if version.pk in chosen]
    notes = _opt_out_notes(chosen)
    lines = [_line_of(notice, version, rule) | notes.get(version.pk, {}) for version in versions]
    if notice.kind == NoticeKind.POINTS:
        lines = with_corrections(versions, lines)
    with translation.override(settings.LANGUAGE_CODE):
        issuer = _("Office of the leading group for integrity-risk prevention, %s") % notice.unit.name
    return {
        "kind": notice.kind,
        "title": notice.title,
        "issuer": issuer,
        "year": notice.year,
        "scope": notice.scope,
        # Worked out afresh: a section may have moved to another unit since it was composed.
        "shown_within": _shown_within(notice, notice.scope).pk,
        "order": notice.order,
        "contact": notice.contact,
        "days": rule.notice_days,
        "names": rule.notice_names,
        "lines": lines,
        **({"earlier": what_it_says_of_earlier(notice.replaces, versions)} if notice.replaces_id else {}),
    }


def _opt_out_notes(versions: Collection[int]) -> dict[int, dict[str, str]]:
    """Return for the points decided under an opt-out of a small office what their lines say of it."""
    made = (
        Decision.objects.filter(opt_out__isnull=False, approval__declaration__pointversions__in=versions)
        .select_related("opt_out")
        .annotate(point=F("approval__declaration__pointversions"))
    )
    with translation.override(settings.LANGUAGE_CODE):
        return {decision.point: {"opt_out": decision.opt_out.note} for decision in made}


def _line_of(notice: PublicNotice, version: PointVersion, rule: SchemeRule) -> dict[str, Any]:
    line = {
        "version": version.pk,
        "code": version.point.code,
        "organization": version.organization_name,
        "post": version.post_name,
        "holder": version.holder_name if rule.notice_names else "",
        "level": version.level,
        "category": version.category,
        "title": version.title,
        "manifestation": version.manifestation,
        "grade": version.grade,
        # The unit's own word, as it is on the day; the standard one is in the language of the sheet.
        "grade_word": rule.word(version.grade) if rule.words else "",
    }
    if notice.kind == NoticeKind.POINTS:
        standing = (MeasureState.PROPOSED, MeasureState.FILED)
        return line | {"measures": [measure.text for measure in version.shown_measures if measure.state in standing]}
    return line | {
        "declaration": version.shown_measures[0].declaration_id,
        "measures": [_measure_text(measure_content(measure)) for measure in version.shown_measures],
        "measured": _measured(version),
    }


def _measure_text(measure: Mapping[str, Any]) -> str:
    """Return a measure with who answers for it and how often, as the uniform table shows it."""
    with translation.override(settings.LANGUAGE_CODE):
        rhythm = str(Rhythm(measure["rhythm"]).label) if measure["rhythm"] else ""
        said = _(", ").join(part for part in (measure["responsible"], rhythm) if part)
        return measure["text"] + (_("(%(text)s)") % {"text": said} if said else "")


def size_of(content: Mapping[str, Any]) -> int:
    """Return how many characters stand in the lines."""
    return sum(
        len(text) for line in content["lines"] for text in (*(line[name] for name in LINE_FIELDS), *line["measures"])
    )


@dataclass(frozen=True)
class Finding:
    """Something the checker points at: in which line (0: the title), in which of its texts."""

    ordinal: int
    title: str
    suspicion: Suspicion


def findings(content: Mapping[str, Any]) -> list[Finding]:
    """Return everything in the lines that looks like a number of a person or like a disposal."""
    found = [Finding(0, content["title"], each) for each in suspicions(content["title"])]
    # The office's telephone belongs into the contact; what identifies a person does not.
    personal = (SuspicionKind.IDENTITY, SuspicionKind.BANK_CARD)
    found += [Finding(0, content["title"], each) for each in suspicions(content["contact"]) if each.kind in personal]
    for ordinal, line in enumerate(content["lines"], start=1):
        for text in (*(line[name] for name in LINE_FIELDS), *line["measures"]):
            found += [Finding(ordinal, line["title"], each) for each in suspicions(text)]
    return found


def lacking(notice: PublicNotice, content: Mapping[str, Any], *, acknowledged: bool) -> list[Gap]:
    """Return everything that keeps the notice from being submitted or posted; the target names what mends it."""
    found = []
    if not content["lines"]:
        found.append(Gap(_("No line is chosen."), "lines"))
    if len(content["lines"]) > MOST_LINES:
        found.append(
            Gap(
                _("%(count)s lines are chosen; a notice holds at most %(most)s. Make one for each section.")
                % {"count": len(content["lines"]), "most": MOST_LINES},
                "lines",
            )
        )
    if size_of(content) > MOST_CHARACTERS:
        sentence = _("The lines hold %(count)s characters; a notice holds at most %(most)s. Make one for each section.")
        found.append(Gap(sentence % {"count": size_of(content), "most": MOST_CHARACTERS}, "lines"))
    if not content["contact"].strip():
        found.append(Gap(_("Say where and how to object."), "contact"))
    if notice.kind == NoticeKind.MEASURES and content["scope"] != NoticeScope.UNIT:
        found.append(Gap(_("Measures are shown within the unit."), "scope"))
    if content["scope"] == NoticeScope.SECTION and notice.organization.kind != OrganizationKind.SECTION:
        found.append(Gap(_("A notice of the whole unit is shown within the unit."), "scope"))
    by_id = {version.pk: version for version in candidates(notice)}
    for ordinal, line in enumerate(content["lines"], start=1):
        why = obstacle_of(notice, by_id[line["version"]])
        if why:
            found.append(Gap(_("Line %(number)s: %(why)s") % {"number": ordinal, "why": why}, "lines"))
    pointed = findings(content)
    for finding in pointed:
        if not finding.suspicion.is_certain:
            continue
        told = {"number": finding.ordinal, "kind": finding.suspicion.kind.label, "excerpt": finding.suspicion.excerpt}
        if finding.ordinal:
            sentence = _(
                "Line %(number)s holds what never stands on a notice: %(kind)s “%(excerpt)s”. Leave the line out."
            )
            found.append(Gap(sentence % told, "lines"))
        else:
            sentence = _("Title or contact hold what never stands on a notice: %(kind)s “%(excerpt)s”. Change it.")
            found.append(Gap(sentence % told, "title"))
    if not acknowledged and any(not finding.suspicion.is_certain for finding in pointed):
        found.append(Gap(_("Look at each passage the checker points at, and say that they may be shown."), "findings"))
    return found


# --- Submitting and posting --------------------------------------------------------------------------------------------


@transaction.atomic
def submit_notice(*, by: Person, notice: PublicNotice, seen_digest: str, acknowledged: bool = False) -> PublicNotice:
    """Hand the notice to the second person. `seen_digest` is of the content that was looked at."""
    notice = _composable(notice, by)
    state = notice_after(notice.state, NoticeVerb.SUBMIT)
    content = content_of(notice)
    if digest(content) != seen_digest:
        raise Changed(_("The notice has changed since you looked at the sheet. Look at it again."))
    gaps = lacking(notice, content, acknowledged=acknowledged)
    if gaps:
        raise Incomplete(_("The notice cannot be submitted yet."), gaps)
    approval = approvals.open_round(
        notice.approval,
        kind=NOTICE,
        by=by,
        organization=notice.organization,
        title=notice.title,
        owners=composers_of(notice, by),
        steps=NOTICE_ROUTES[NoticeScope(notice.scope)],
        content=content,
        due_on=None,
    )
    change(notice, by=by, expected=notice.version, state=state, approval=approval)
    notice.composers.add(by)
    return notice


def composers_of(notice: PublicNotice, by: Person) -> set[Person]:
    """Return everybody who had a hand in composing, `by` who submits it included: none of them posts it."""
    return {*notice.composers.all(), by}


def planned_steps(notice: PublicNotice, by: Person) -> list[tuple[StepKey, str]]:
    """Return the steps the notice would take if `by` submitted it now, with the names of those asked."""
    owners = {person.pk for person in composers_of(notice, by)}
    return [
        (key, access.who_decides(access.asked_at(key, notice.organization, owners=owners, whole=True)))
        for key in NOTICE_ROUTES[NoticeScope(notice.scope)]
    ]


@transaction.atomic
def withdraw_notice(*, by: Person, notice: PublicNotice, expected: int) -> None:
    """Take a notice back before anybody has decided on it."""
    notice = _locked(notice)
    check_withdraw_notice(notice, by)
    approvals.take_back(notice.approval, by=by)
    change(notice, by=by, expected=expected, state=notice_after(notice.state, NoticeVerb.WITHDRAW))


def check_withdraw_notice(notice: PublicNotice, person: Person) -> None:
    """Refuse taking back what one did not compose or what somebody has decided on."""
    access.check_compose(notice.organization, person)
    notice_after(notice.state, NoticeVerb.WITHDRAW)
    decision = notice.approval.decisions.filter(round=notice.approval.round).first()
    if decision is not None:
        raise Refused(
            _("%(name)s has already decided on it; ask for it to be returned instead.")
            % {"name": decision.decided_by_words}
        )


@transaction.atomic
def decide_notice(
    *, by: Person, approval: Approval, verdict: str, version: int, seen_digest: str, reason: str = ""
) -> Outcome:
    """Consent, return or post; the one deciding verb of its kind."""
    notice = PublicNotice.objects.get(approval=approval)
    if notice.replaces_id:
        _locked(notice.replaces)  # the older one first, and before the points, as everybody who acts on notices does
    notice = _locked(notice)
    approval = Approval.objects.select_for_update(of=("self",)).get(pk=approval.pk)
    access.check_decide(approval, by)
    # Whoever files or withdraws one of these points meanwhile waits, or is seen by the digest.
    if notice.kind == NoticeKind.MEASURES:
        measuring = Declaration.objects.being_shown(notice.organization.interval, notice.year)
        list(measuring.select_for_update(of=("self",)).order_by("pk"))
    list(PointVersion.objects.select_for_update(of=("self",)).filter(pk__in=notice.chosen).order_by("pk"))
    content = content_of(notice)
    if verdict != NoticeVerb.RETURN and (gaps := lacking(notice, content, acknowledged=True)):
        raise Incomplete(_("The notice cannot be posted as it is. Return it."), gaps)
    outcome = approvals.decide(
        approval,
        kind=NOTICE,
        by=by,
        verdict=verdict,
        version=version,
        seen_digest=seen_digest,
        content=content,
        reason=reason,
    )
    if outcome == Outcome.RETURNED:
        change(notice, by=by, expected=notice.version, state=notice_after(notice.state, NoticeVerb.RETURN))
    elif outcome == Outcome.COMPLETED:
        _post(notice, content, by=by)
    return outcome


def _post(notice: PublicNotice, content: Mapping[str, Any], *, by: Person) -> None:
    """Number, date and freeze the sheet; its points are published."""
    now, today = timezone.now(), timezone.localdate()
    period = notice_days(today, content["days"], own_calendar())
    number = next_number(f"notice:{notice.unit.code}:{notice.year}")
    posted = {
        "number": f"GS-{notice.unit.code}-{notice.year}-{number:03d}",
        "code": short_code(),
        "issuer": content["issuer"],
        "names": content["names"],
        "days": content["days"],
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
    }
    frozen = {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in posted.items()}
    chosen = [line["version"] for line in content["lines"]]
    positions = dict(PointVersion.objects.filter(pk__in=chosen).values_list("pk", "position"))
    lines = NoticeLine.objects.bulk_create(
        NoticeLine(
            notice=notice,
            ordinal=ordinal,
            point_version_id=line["version"],
            declaration_id=line.get("declaration"),
            position=positions[line["version"]],
            content=line,
            digest=digest(line),
        )
        for ordinal, line in enumerate(content["lines"], start=1)
    )
    if notice.kind == NoticeKind.POINTS:
        PointVersion.objects.filter(pk__in=chosen).update(state=PointState.PUBLISHED)
    head = AuditHead.objects.get(pk=1)
    change(
        notice,
        by=by,
        expected=notice.version,
        state=notice_after(notice.state, NoticeVerb.POST),
        posted_by=by,
        posted_at=now,
        shown_within_id=content["shown_within"],
        earlier=content.get("earlier"),
        size=size_of(content),
        is_certain=period.is_certain,
        digest=digest({**content, **frozen, "posted_on": today.isoformat()}),
        audit_head=f"{head.sequence} {head.digest}",
        **posted,
    )
    record("notice.freeze", by=by, subject=notice, content=notice.digest, seals=[notice, *lines])
    if notice.replaces_id and content["earlier"]["takes_place"]:  # else it was taken down or is over
        replaced = _locked(notice.replaces)
        _take_points_back(replaced)
        let_lapse(replaced, by=by)
        change(replaced, by=by, expected=replaced.version, state=notice_after(replaced.state, NoticeVerb.REPLACE))


def _take_points_back(notice: PublicNotice) -> None:
    """Let the published points of a notice be merely filed again, but for those another posted notice shows."""
    if notice.kind == NoticeKind.MEASURES:
        return
    elsewhere = NoticeLine.objects.filter(notice__state=NoticeState.POSTED, notice__kind=notice.kind).exclude(
        notice=notice
    )
    PointVersion.objects.filter(notice_lines__notice=notice, state=PointState.PUBLISHED).exclude(
        pk__in=elsewhere.values("point_version")
    ).update(state=PointState.FILED)


@transaction.atomic
def take_down(*, by: Person, notice: PublicNotice, reason: str, expected: int) -> None:
    """Take a posted notice down at once, with a reason; its points are filed as before."""
    notice = _locked(notice)
    access.check_manage(notice, by)
    state = notice_after(notice.state, NoticeVerb.TAKE_DOWN)
    if not reason.strip():
        raise Refused(_("Say why the notice is taken down."))
    _take_points_back(notice)
    let_lapse(notice, by=by)
    change(
        notice,
        by=by,
        expected=expected,
        state=state,
        taken_down_at=timezone.now(),
        taken_down_reason=reason.strip(),
    )
    record(f"{NOTICE}.take_down", by=by, subject=notice, content=reason, seals=[notice])


# --- Objections and the result -----------------------------------------------------------------------------------------


@transaction.atomic
def object_to(
    *,
    by: Person,
    notice: PublicNotice,
    text: str,
    line: NoticeLine | None = None,
    objector: str = "",
    channel: str = Channel.SCREEN,
    received_on: dt.date | None = None,
) -> Objection:
    """Record an objection. On screen a name can only be one's own; without it nothing is stored of who wrote it.

    By phone, letter or in person somebody who manages the notice records it; the day it came in counts. What came in after
    the time is recorded too, as late: it is answered and may be right, but the result does not wait for it.
    """
    notice = _locked(notice)
    today = timezone.localdate()
    if channel == Channel.SCREEN:
        access.check_object(notice, by)
        received_on = today
        objector = by.name if objector.strip() else ""
    else:
        access.check_manage(notice, by)
        received_on = received_on or today
        if received_on > today or received_on < timezone.localdate(notice.posted_at):
            raise Refused(_("An objection comes in between the day of posting and today."))
        # What came in is recorded even when the result stands already; that is then mended.
        if notice.state not in (NoticeState.POSTED, NoticeState.ENDED):
            raise Refused(
                _("This notice was replaced or taken down; record the objection on the one that shows the line now.")
            )
    if not text.strip():
        raise Refused(_("Say what is wrong and why."))
    is_unnamed = channel == Channel.SCREEN and not objector.strip()
    objection = Objection.objects.create(
        notice=notice,
        line=line,
        channel=channel,
        objector=objector.strip(),
        text=text.strip(),
        received_on=received_on,
        recorded_by=None if is_unnamed else by,
        recorded_at=timezone.now(),
    )
    record(
        "objection.record",
        by=console_actor() if is_unnamed else by,
        subject=objection,
        content=[objection.text, objection.objector],
        seals=[objection],
    )
    return objection


@transaction.atomic
def answer_objection(
    *, by: Person, objection: Objection, ruling: str, answer: str, expected: int, lines: Sequence[NoticeLine] = ()
) -> Objection:
    """Answer an objection; upheld, the lines it is about are marked and their points do not come into force.

    `lines` say which lines an objection to the whole notice concerns.
    """
    _locked(objection.notice)
    objection = Objection.objects.select_for_update(of=("self",)).get(pk=objection.pk)
    access.check_answer(objection, by)
    if not answer.strip():
        raise Refused(_("Give an answer with its reasons."))
    lines = [objection.line] if objection.line else list(lines)
    if ruling == Ruling.UPHELD:
        if not lines:
            raise Refused(_("Say which lines the objection is right about."))
        if any(line.notice_id != objection.notice_id for line in lines):
            raise Refused(_("These lines are not on this notice."))
    change(
        objection,
        by=by,
        expected=expected,
        ruling=Ruling(ruling),
        answer=answer.strip(),
        answered_by=by,
        answered_at=timezone.now(),
    )
    if ruling == Ruling.UPHELD:
        versions = [line.point_version_id for line in lines]
        marked = _lines_that_say_the_same(objection.notice, lines).filter(upheld_by=None)
        ended = set(marked.filter(notice__state=NoticeState.ENDED).values_list("notice", flat=True))
        upheld = list(marked)
        NoticeLine.objects.filter(pk__in=[line.pk for line in upheld]).update(upheld_by=objection)
        if objection.notice.kind == NoticeKind.POINTS:  # measures go back by the party organization's decision
            PointVersion.objects.filter(
                pk__in=versions, state__in=[PointState.FILED, PointState.PUBLISHED, PointState.IN_FORCE]
            ).update(state=PointState.TO_CHANGE)
    else:
        upheld = []
        ended = {objection.notice_id} if objection.notice.state == NoticeState.ENDED else set()
    # A result that stands already says what it has become.
    mended = list(PublicNotice.objects.filter(pk__in=ended).order_by("pk"))
    for notice in mended:
        change(notice, by=by, expected=notice.version, result=_result(notice))
    record(
        f"objection.{ruling}",
        by=by,
        subject=objection,
        content=[objection.answer, ruling],
        seals=[objection, *upheld, *mended],
    )
    return objection


def _lines_that_say_the_same(notice: PublicNotice, lines: Sequence[NoticeLine]) -> QuerySet[NoticeLine]:
    """Return these lines and those of other notices that show the same, or have ended with it: the point, or the measures."""
    elsewhere = Q(pk__in=[])
    for line in lines:
        same = Q(point_version=line.point_version_id)
        if notice.kind == NoticeKind.MEASURES:
            same &= Q(declaration=line.declaration_id, content__measured=line.content["measured"])
        elsewhere |= same
    return NoticeLine.objects.filter(
        Q(pk__in=[line.pk for line in lines])
        | elsewhere & Q(notice__kind=notice.kind, notice__state__in=[NoticeState.POSTED, NoticeState.ENDED])
    )


@transaction.atomic
def end_notice(*, notice: PublicNotice) -> None:
    """Record the result once the time is over and every objection answered: what was not upheld comes into force."""
    notice = _locked(notice)
    state = notice_after(notice.state, NoticeVerb.END)
    if not notice.is_over:
        raise Refused(_("This notice is still open."))
    if Objection.objects.open_about(notice).exists():
        raise Refused(_("An objection is still to be answered."))
    by = console_actor()
    if notice.kind == NoticeKind.POINTS:
        PointVersion.objects.filter(
            pk__in=notice.lines.filter(upheld_by=None).values("point_version"), state=PointState.PUBLISHED
        ).update(state=PointState.IN_FORCE)
    result = _result(notice)
    let_lapse(notice, by=by)
    change(notice, by=by, expected=notice.version, state=state, result=result, result_at=timezone.now())
    record(f"{NOTICE}.end", by=by, subject=notice, content=result, seals=[notice])


def _result(notice: PublicNotice) -> dict[str, Any]:
    """Return what came of a notice, from its lines and objections as they are now."""
    unopposed = notice.lines.filter(upheld_by=None)
    if notice.kind == NoticeKind.POINTS:
        unopposed = notice.lines.filter(point_version__state=PointState.IN_FORCE)
    return {
        "lines": notice.lines.count(),
        "in_force": unopposed.count(),
        "to_change": list(notice.lines.exclude(upheld_by=None).values_list("ordinal", flat=True)),
        "objections": notice.objections.count(),
        "late": notice.objections.late().count(),
        "upheld": notice.objections.filter(ruling=Ruling.UPHELD).count(),
    }


def keep_digest(*, notice: PublicNotice, body: bytes) -> None:
    """Keep the digest of a PDF of a posted notice that is given out, so that whoever holds the file can have it checked."""
    made = {"notice": notice, "made_at": timezone.now()}
    PrintedFile.objects.get_or_create(digest=sha256(body).hexdigest(), defaults=made)


@transaction.atomic
def keep_sheet(*, notice: PublicNotice, body: bytes) -> None:
    """Keep the PDF of a posted notice; a second one is the same and is dropped, as is one that no longer says all."""
    if _locked(notice).ends_on != notice.ends_on:
        return  # extended while it was being made
    PreparedSheet.objects.get_or_create(notice=notice, defaults={"body": body, "made_at": timezone.now()})
