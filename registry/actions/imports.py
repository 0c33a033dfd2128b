"""Taking in a ledger that was filed on paper: first what it would do, then in one transaction, or nothing.

Decisions, causes and people are never invented: the declarations are of origin "imported" and say which file they came from.
"""

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import (
    Declaration,
    ImportBatch,
    Measure,
    MeasureVersion,
    Organization,
    Person,
    PointVersion,
    Post,
    RiskPoint,
    Scheme,
)
from ..rules import (
    STANDING_STATES,
    Category,
    Change,
    Changed,
    DeclarationState,
    MeasureState,
    OrganizationKind,
    Origin,
    Phase,
    PointState,
    Refused,
)
from ..rules.conservation import Stored, account
from ..rules.proposals import propose_category
from ..rules.reading import Ledger, LedgerRow, read_ledger
from ..rules.workbooks import (
    Column,
    Problem,
    SheetLike,
    category_cell,
    grade_cell,
    level_cell,
    measures_cell,
    plain,
    remark_cell,
    without_beside,
    word_form,
)
from .audit import hold_chain, record
from .headings import check_meanings, learn_headings, learned_in
from .import_places import Place, create_places, taken_back
from .import_report import SHOWN, ImportReport, RowDetail, headings_read, notes_on
from .writing import next_numbers

_TEXTS = (Column.MATTER, Column.TITLE, Column.MANIFESTATION, Column.RESPONSIBLE, Column.LEADER)
# What an unchanged point keeps of the version before, beside what the row says.
_CARRIED = (
    "major", "causes", "methods", "likelihood", "harm", "criteria", "grade_reason", "holder_name", "kept",
    "as_written",
)  # fmt: skip
# Under this key a version holds the words from which a person confirmed its category, empty where they chose by themselves.
CONFIRMED_FROM = "category_words"
# Keys in one statement; SQLite takes no more than 32,766.
_AT_ONCE = 5_000
_STANDING_MEASURES = (MeasureState.PROPOSED, MeasureState.FILED)


@dataclass
class _Standing:
    """A version that stands, with its measures as they are shown."""

    version: PointVersion
    measures: list[MeasureVersion]

    @property
    def texts(self) -> list[str]:
        return [measure.text for measure in self.measures]


@dataclass
class _Entry:
    """What is to be written for one row."""

    row: LedgerRow
    place: Place
    change: Change
    old: _Standing | None = None


@dataclass
class _Plan:
    report: ImportReport
    entries: list[_Entry] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)


def import_ledger(
    *,
    unit: Organization,
    year: int,
    sheets: Sequence[SheetLike],
    file_name: str,
    file_digest: str,
    by: Person,
    apply: bool,
    create_missing: bool | Collection[str],
    basis: str = "",
    confirmed: Mapping[str, str] | None = None,
    mapping: Mapping[str, str] | None = None,
    settle: Callable[[ImportReport, ImportBatch | None], None] | None = None,
) -> ImportReport:
    """Take in the ledger of `unit` for `year`, or with `apply` false say what that would do.

    `confirmed` are categories a person chose for points whose category the file leaves open: place in the file
    (`RowDetail.place`) → value of Category; what is not confirmed enters as open. `mapping` is what a person says headings
    mean: heading → value of Column, "remark" to keep it under its heading; with `apply` it is remembered for the unit.

    `create_missing` may name the sections and posts that are to be made, as `ImportReport.missing` does; then no others are.
    `settle` is called in the transaction with what was done and the batch (None: nothing had to be written); what it raises
    takes everything back.

    With errors nothing is written. Raises NotAllowed for who may not take in ledgers of the unit (asked again at the end, for
    reading a long ledger takes its time), Refused for what is no unit,
    for a workbook without a ledger and for a `mapping` or `confirmed` that names what does not exist, Changed when a point was
    changed at the same moment.
    """
    access.check_import(unit, by)
    if unit.kind != OrganizationKind.UNIT:
        raise Refused(_("A ledger is taken in for a unit; %s is none.") % unit)
    words = Scheme.objects.rule_over(unit.interval, year).words
    learned = learned_in(unit) | check_meanings(mapping or {})
    ledger = read_ledger(sheets, unit_name=unit.name, unit_code=unit.code, grade_words=words, learned=learned)
    if not ledger.sources:
        raise Refused(
            _(
                "No sheet holds a ledger: no row names a risk point or how it shows together with two more known columns. "
                "Check the headings of the table."
            )
        )
    ledger.problems.extend(_unknown_headings(ledger, mapping or {}))
    _confirm(ledger, confirmed or {})

    def plan_it() -> _Plan:
        plan = _plan(ledger, unit, year, create_missing=create_missing, words=words, sheets=sheets)
        plan.report.headings = headings_read(ledger.tables, learned)
        return plan

    if not apply:
        return plan_it().report
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=unit.pk)
        plan = plan_it()
        if plan.report.errors:
            return plan.report
        learn_headings(by=by, unit=unit, mapping=mapping or {})
        batch = None
        if plan.entries:
            created = create_places(plan.places, unit, by=by)
            batch = ImportBatch.objects.create(
                unit=unit,
                year=year,
                file_name=file_name[:255],
                file_digest=file_digest,
                headings=ledger.sources,
                basis=basis,
                entered_by=by,
                entered_at=timezone.now(),
                counts=plan.report.counts,
                created=created,
                ended=_to_end(plan.entries),
            )
            _write(plan, batch, by=by)
        hold_chain()  # a right that ended meanwhile has ended before this is asked, or ends after the ledger is taken in
        access.check_import(unit, by)
        if batch is not None:
            record(
                "ledger.import",
                by=by,
                subject=batch,
                content=[file_digest, unit.code, year, plan.report.counts],
                seals=[
                    *PointVersion.objects.filter(declaration__batch=batch).only("pk"),
                    *MeasureVersion.objects.filter(declaration__batch=batch).only("pk"),
                ],
            )
        plan.report.applied = True
        if settle is not None:
            settle(plan.report, batch)
    return plan.report


# ---- what would be done


def _confirm(ledger: Ledger, confirmed: Mapping[str, str]) -> None:
    """Give rows the categories a person chose, with the words from which they were proposed."""
    rows = {row.place: row for row in ledger.rows}
    for place, category in confirmed.items():
        if place not in rows or category not in Category.values:
            raise Refused(_("No point stands at “%s”, or the category is unknown. Look at the file again.") % place)
        row = rows[place]
        if row.category not in ("", category):
            row.problem(Column.CATEGORY, _("The file names another category for this point; correct it there."))
        elif not row.category:
            proposal = propose_category(row)
            words = proposal.words if proposal and proposal.category == category else []
            row.category, row.category_confirmed = category, True
            row.as_written[CONFIRMED_FROM] = "、".join(words)


def _unknown_headings(ledger: Ledger, mapping: Mapping[str, str]) -> list[Problem]:
    known = {word_form(heading) for table in ledger.tables for heading in table.headings.values()}
    return [
        Problem(
            None, None, None, _("No table of this file has the heading “%s”. Write it as it stands there.") % heading
        )
        for heading in mapping
        if word_form(heading) not in known
    ]


def _plan(
    ledger: Ledger,
    unit: Organization,
    year: int,
    *,
    create_missing: bool | Collection[str],
    words: Sequence[str],
    sheets: Sequence[SheetLike],
) -> _Plan:
    report = ImportReport(
        sheets=len({id(table.sheet) for table in ledger.tables}),
        rows=len(ledger.rows),
        skipped=ledger.without,
        errors=list(ledger.problems),
        notes=notes_on(sheets),
    )
    plan = _Plan(report)
    standing = _standing_of(unit)
    places = _resolve(ledger.rows, unit, standing)
    found = _match(ledger.rows, places, [one for one in standing if one.version.year <= year])
    taken = set(
        PointVersion.objects.filter(
            replaces__position__range=unit.interval, replaces__state__in=STANDING_STATES
        ).values_list("replaces", flat=True)
    )
    by_code = {one.version.point.code: one for one in standing}
    seen_codes: set[str] = set()
    for row, place in zip(ledger.rows, places, strict=True):
        if not _may_make(place, create_missing):
            _check_place(row, place, unit)
        old = found.get(id(row))
        code = row.values[Column.CODE]
        if code and code in seen_codes:
            row.problem(Column.CODE, _("The code %s stands in this file a second time.") % code)
        elif code and old is None:
            row.problem(Column.CODE, _unknown_code(code, by_code, year))
        seen_codes.add(code)
        if old is not None:
            _leave_settled(row, old)
        entry = _compare(row, place, old, year)
        if old is not None and entry is not None:
            _check_replaceable(row, old, entry.change, is_taken=old.version.pk in taken)
        report.errors.extend(row.problems)
        _count(report, row, entry)
        report.details.append(_detail(row, place, old, entry, words))
        if proposal := propose_category(row):
            report.proposals.append(proposal)
        if entry is not None:
            plan.entries.append(entry)
            plan.places.append(place)
    report.missing = _missing_names(places)
    if create_missing:
        report.created = _missing_names([place for place in plan.places if _may_make(place, create_missing)])
    stored = [Stored(row, place.names(unit)) for row, place in zip(ledger.rows, places, strict=True)]
    report.cells, lost = account(sheets, ledger.tables, stored)
    report.errors.extend(lost)
    return plan


def _leave_settled(row: LedgerRow, old: _Standing) -> None:
    """Let a row that leaves category or grade open say what was settled for the point since."""
    if not row.category and CONFIRMED_FROM in old.version.as_written:
        row.as_written[CONFIRMED_FROM] = old.version.as_written[CONFIRMED_FROM]
    row.category = row.category or old.version.category
    row.grade = old.version.grade if row.grade is None else row.grade


def _detail(
    row: LedgerRow, place: Place, old: _Standing | None, entry: _Entry | None, words: Sequence[str]
) -> RowDetail:
    after = _shown_of_row(row, place, words)
    before = _shown_of_version(old, words) if old else None
    if old and _same_remark(row, old.version):
        after[Column.REMARK] = before[Column.REMARK]
    becomes = "error" if row.problems else _BECOMES[entry and entry.change]
    return RowDetail(
        place=row.place,
        sheet=row.sheet,
        row=row.numbers[0],
        part=row.part,
        becomes=becomes,
        code=old.version.point.code if old else "",
        before=before,
        after=after,
        changed=[name for name in SHOWN if before and before[name].strip() != after[name].strip()],
    )


def _shown_of_row(row: LedgerRow, place: Place, words: Sequence[str]) -> dict[str, str]:
    return {
        Column.ORGANIZATION: place.section_name,
        Column.POST: place.post_name,
        Column.LEVEL: level_cell(row.level),
        Column.CATEGORY: category_cell(row.category),
        Column.GRADE: grade_cell(row.grade, words=words),
        Column.MEASURES: measures_cell(row.measures),
        Column.REMARK: remark_cell(row.kept),
        **{name: row.values[name] for name in _TEXTS},
    }


def _shown_of_version(one: _Standing, words: Sequence[str]) -> dict[str, str]:
    version = one.version
    return {
        Column.ORGANIZATION: version.organization_name,
        Column.POST: version.post_name,
        Column.LEVEL: level_cell(version.level),
        Column.CATEGORY: category_cell(version.category),
        Column.GRADE: grade_cell(version.grade, words=words),
        Column.MEASURES: measures_cell(one.texts),
        Column.REMARK: remark_cell(version.kept),
        **{name: getattr(version, name) for name in _TEXTS},
    }


_BECOMES = {None: "same", Change.NEW: "new", Change.CHANGED: "changed", Change.UNCHANGED: "carried"}


def _count(report: ImportReport, row: LedgerRow, entry: _Entry | None) -> None:
    name = _BECOMES[entry and entry.change]
    setattr(report, name, getattr(report, name) + 1)
    for name, is_open in (("category", not row.category), ("grade", row.grade is None), ("level", not row.level)):
        report.open[name] += is_open
    report.confirmed += row.category_confirmed


def _resolve(rows: Iterable[LedgerRow], unit: Organization, standing: Iterable[_Standing]) -> list[Place]:
    """Return the place of each row.

    Names are compared without spaces, punctuation and widths of characters; equal ones share one place, and a row that
    spells a name in another way keeps its own spelling. What was renamed, merged or moved since it was filed is also found
    by the name it was filed under.
    """
    sections = {
        plain(section.name): section
        for section in Organization.objects.filter(parent=unit, kind=OrganizationKind.SECTION)
    }
    posts = {
        (post.organization_id, plain(post.name)): post
        for post in Post.objects.filter(organization__in=[unit, *sections.values()])
    }
    again = taken_back(unit)
    sections = {name: section for name, section in sections.items() if section != again.sections.get(name)}
    posts = {key: post for key, post in posts.items() if post != again.posts.get(key)}
    by_position = {place.tree_from: place for place in (unit, *sections.values())}
    for version in (one.version for one in standing):
        here, name = by_position.get(version.position), plain(version.organization_name)
        if here is None:
            continue
        known = sections.get(name)
        if here != unit and (known is None or (known.closed_on and known != here)):
            sections[name] = here
        if version.post_id:
            posts.setdefault((here.pk, plain(version.post_name)), version.post)
    places: dict[tuple[str, str], Place] = {}
    spelled: dict[str, str] = {}
    found = []
    for row in rows:
        key = plain(row.section) or row.section, plain(row.post) or row.post
        if key not in places:
            organization = sections.get(key[0]) if row.section else unit
            post = posts.get((organization.pk, key[1])) if organization and row.post else None
            section_name = organization.name if organization else spelled.setdefault(key[0], row.section)
            if row.section and organization and plain(organization.name) != key[0]:
                section_name = row.section  # the name it was filed under
            post_name = post.name if post and plain(post.name) == key[1] else row.post
            places[key] = Place(section_name, post_name, organization, post)
        place = places[key]
        for column, written, name in (
            (Column.ORGANIZATION, row.section, place.section_name),
            (Column.POST, row.post, place.post_name),
        ):
            if written not in name:
                heading = row.headings[column]
                row.kept[heading] = "\n".join(filter(None, [row.kept.get(heading), written]))
        found.append(place)
    return found


def _check_place(row: LedgerRow, place: Place, unit: Organization) -> None:
    if place.organization is None:
        row.problem(
            Column.ORGANIZATION,
            _("%(unit)s has no section “%(name)s”. Correct the name or let it be created.")
            % {"unit": unit, "name": row.section},
        )
    elif row.post and place.post is None:
        row.problem(
            Column.POST,
            _("%(organization)s has no post “%(name)s”. Correct the name or let it be created.")
            % {"organization": place.organization, "name": row.post},
        )


def _unknown_code(code: str, by_code: dict[str, _Standing], year: int) -> str:
    if code in by_code:
        return _("%(code)s already stands in the ledger of %(year)s; an earlier year cannot change it.") % {
            "code": code,
            "year": by_code[code].version.year,
        }
    return (
        _("No risk point with the code %s stands in the ledger. Delete the code to enter the row as a new one.") % code
    )


def _check_replaceable(row: LedgerRow, old: _Standing, change: Change, *, is_taken: bool) -> None:
    code = old.version.point.code
    if change == Change.CHANGED and old.version.origin == Origin.DECLARED:
        row.problem(
            Column.TITLE,
            _("%s was filed through approval and differs; change it by a supplementary declaration.") % code,
        )
    elif is_taken:
        row.problem(Column.TITLE, _("%s is being changed by a declaration that is not finished; wait for it.") % code)


def _may_make(place: Place, create_missing: bool | Collection[str]) -> bool:
    """Say whether what a row needs and the unit lacks may be made: everything, or what a person has named."""
    if isinstance(create_missing, bool):
        return create_missing
    names = _missing_names([place])
    return set(create_missing).issuperset([*names["sections"], *names["posts"]])


def _missing_names(places: Collection[Place]) -> dict[str, list[str]]:
    sections = {place.section_name: None for place in places if place.organization is None}
    posts = {
        f"{place.section_name} / {place.post_name}": None for place in places if place.post_name and place.post is None
    }
    return {"sections": list(sections), "posts": list(posts)}


def _standing_of(unit: Organization) -> list[_Standing]:
    """Return what stands in the unit's ledger, in its order, with measures."""
    versions = list(
        PointVersion.objects.filter(position__range=unit.interval, state__in=STANDING_STATES)
        .select_related("point", "post")
        .order_by("year", "position", "pk")
    )
    measures = defaultdict(list)
    standing_measures = MeasureVersion.objects.filter(
        point_version__position__range=unit.interval,
        point_version__state__in=STANDING_STATES,
        state__in=_STANDING_MEASURES,
    )
    for measure in standing_measures.select_related("measure").order_by("ordinal", "pk"):
        measures[measure.point_version_id].append(measure)
    return [_Standing(version, measures[version.pk]) for version in versions]


def _match(rows: Sequence[LedgerRow], places: Sequence[Place], standing: Sequence[_Standing]) -> dict[int, _Standing]:
    """Return which standing version each row (by its id) is about: by code, else by what it says, the most equal first.

    Rows that are equal pair with equal versions in the order of the file.
    """
    found: dict[int, _Standing] = {}
    free = {one.version.pk: one for one in standing}
    by_code = {one.version.point.code: one for one in standing}
    for row in rows:
        old = by_code.get(row.values[Column.CODE])
        if old is not None and free.pop(old.version.pk, None):
            found[id(row)] = old
    for row_key, version_key in _KEYS:
        candidates: dict[tuple, deque[_Standing]] = defaultdict(deque)
        for one in free.values():
            candidates[version_key(one)].append(one)
        for row, place in zip(rows, places, strict=True):
            if id(row) in found or row.values[Column.CODE] or _is_unplaced(place):
                continue
            if same := candidates.get(row_key(row, place)):
                found[id(row)] = same.popleft()
                del free[found[id(row)].version.pk]
    found.update(_match_open(rows, places, free.values(), found))
    return found


def _match_open(
    rows: Sequence[LedgerRow], places: Sequence[Place], free: Iterable[_Standing], found: Collection[int]
) -> dict[int, _Standing]:
    """Return the versions of rows that say the same but for the category, where the file or the ledger leaves it open."""
    candidates: dict[tuple, deque[_Standing]] = defaultdict(deque)
    for one in free:
        candidates[_without_category(_identity_of_version(one)), one.version.manifestation.strip()].append(one)
    matched = {}
    for row, place in zip(rows, places, strict=True):
        if id(row) in found or row.values[Column.CODE] or _is_unplaced(place):
            continue
        key = _without_category(_identity_of_row(row, place)), row.values[Column.MANIFESTATION].strip()
        if (same := candidates.get(key)) and (
            not row.category or row.category_confirmed or not same[0].version.category
        ):
            matched[id(row)] = same.popleft()
    return matched


def _without_category(identity: tuple) -> tuple:
    position, post, matter, _category, title = identity
    return position, post, matter, title


def _is_unplaced(place: Place) -> bool:
    return place.organization is None or bool(place.post_name and place.post is None)


def _identity_of_row(row: LedgerRow, place: Place) -> tuple:
    post = place.post.pk if place.post else None
    names = (row.values[Column.MATTER].strip(), row.category, row.values[Column.TITLE].strip())
    return place.organization.tree_from, post, *names


def _identity_of_version(one: _Standing) -> tuple:
    version = one.version
    return version.position, version.post_id, version.matter.strip(), version.category, version.title.strip()


_KEYS: tuple[tuple[Callable[[LedgerRow, Place], tuple], Callable[[_Standing], tuple]], ...] = (
    (
        lambda row, place: (
            *_identity_of_row(row, place),
            row.values[Column.MANIFESTATION].strip(),
            row.grade,
            tuple(row.measures),
        ),
        lambda one: (
            *_identity_of_version(one),
            one.version.manifestation.strip(),
            one.version.grade,
            tuple(one.texts),
        ),
    ),
    (
        lambda row, place: (*_identity_of_row(row, place), row.values[Column.MANIFESTATION].strip()),
        lambda one: (*_identity_of_version(one), one.version.manifestation.strip()),
    ),
    (_identity_of_row, _identity_of_version),
)


def _compare(row: LedgerRow, place: Place, old: _Standing | None, year: int) -> _Entry | None:
    """Return what is to be written for a row; None when it already stands in this year."""
    if old is None:
        return _Entry(row, place, Change.NEW)
    if row.values[Column.CODE].strip():
        kept = without_beside(row.kept, old.version.methods)
        row.told = {heading: text for heading, text in row.kept.items() if heading not in kept}
        row.kept = kept
    if _says_the_same(row, place, old):
        return None if old.version.year == year else _Entry(row, place, Change.UNCHANGED, old)
    return _Entry(row, place, Change.CHANGED, old)


def _says_the_same(row: LedgerRow, place: Place, old: _Standing) -> bool:
    version = old.version
    return (
        all(row.values[name].strip() == getattr(version, name).strip() for name in _TEXTS)
        and place.organization is not None
        and (place.organization.tree_from, place.post and place.post.pk) == (version.position, version.post_id)
        and (row.post == "" or place.post is not None)
        and (row.level, row.category, row.grade) == (version.level, version.category, version.grade)
        and _same_measures(row, old)
        and (row.kept == version.kept or _same_remark(row, version))
    )


def _same_measures(row: LedgerRow, old: _Standing) -> bool:
    shown = measures_cell(old.texts, old.version.as_written.get(Column.MEASURES, ""))
    return row.measures == old.texts or row.as_written.get(Column.MEASURES, "").strip() == shown.strip()


def _same_remark(row: LedgerRow, version: PointVersion) -> bool:
    """Say whether the row's remark is what our own ledger shows of the texts kept with the version."""
    remark = row.values[Column.REMARK].strip()
    return list(row.kept.values()) == [row.values[Column.REMARK]] and remark == remark_cell(version.kept).strip()


# ---- writing


def _write(plan: _Plan, batch: ImportBatch, *, by: Person) -> None:
    """Write all entries of the plan: declarations, points, versions, measures. What is replaced ends today."""
    today, now = timezone.localdate(), timezone.now()
    _end([entry.old for entry in plan.entries if entry.old], today)
    declarations = _declarations(plan, batch, by=by, now=now)
    points = _points(plan, batch.unit)
    versions = PointVersion.objects.bulk_create(
        _version(entry, point, declarations[_form_of(entry)], batch, by=by, today=today, now=now)
        for entry, point in zip(plan.entries, points, strict=True)
    )
    _write_measures(plan.entries, versions, by=by, today=today, now=now)


def _to_end(entries: Sequence[_Entry]) -> dict[str, dict[str, list[int]]]:
    """Return what ends for these entries, points and measures as ids by state: what taking the import back goes by."""
    found: dict[str, dict[str, list[int]]] = {"points": {}, "measures": {}}
    for old in (entry.old for entry in entries if entry.old):
        found["points"].setdefault(old.version.state, []).append(old.version.pk)
        for measure in old.measures:
            found["measures"].setdefault(measure.state, []).append(measure.pk)
    return found


def _end(replaced: Sequence[_Standing], today: dt.date) -> None:
    """Let versions and their measures end; a version that no longer stands means somebody was faster."""
    ended = 0
    for start in range(0, len(replaced), _AT_ONCE):
        versions = [one.version.pk for one in replaced[start : start + _AT_ONCE]]
        MeasureVersion.objects.filter(point_version__in=versions, state__in=_STANDING_MEASURES).update(
            state=MeasureState.SUPERSEDED, valid_to=today
        )
        ended += PointVersion.objects.filter(pk__in=versions, state__in=STANDING_STATES).update(
            state=PointState.SUPERSEDED, valid_to=today
        )
    if ended != len(replaced):
        raise Changed(_("A risk point of this ledger was changed at the same moment. Run the import again."))


def _form_of(entry: _Entry) -> tuple:
    return entry.place.organization.pk, entry.place.post and entry.place.post.pk, entry.row.level


def _declarations(plan: _Plan, batch: ImportBatch, *, by: Person, now: dt.datetime) -> dict[tuple, Declaration]:
    """Write one filed declaration for each organization, post and level of the batch."""
    forms = {}
    for entry in plan.entries:
        place = entry.place
        forms.setdefault(
            _form_of(entry),
            Declaration(
                level=entry.row.level,
                organization=place.organization,
                unit=batch.unit,
                position=place.organization.tree_from,
                post=place.post,
                year=batch.year,
                phase=Phase.POINTS,
                origin=Origin.IMPORTED,
                batch=batch,
                state=DeclarationState.FILED,
                drafted_by=by,
                drafted_at=now,
                filed_at=now,
                unit_name=batch.unit.name,
                organization_name=place.organization.name,
                post_name=place.post.name if place.post else "",
            ),
        )
    return dict(zip(forms, Declaration.objects.bulk_create(forms.values()), strict=True))


def _points(plan: _Plan, unit: Organization) -> list[RiskPoint]:
    """Return the point of every entry; new ones get the next codes of the unit in the order of the file."""
    fresh = sum(entry.old is None for entry in plan.entries)
    numbers = next_numbers(f"point:{unit.code}", fresh) if fresh else ()
    made = iter(
        RiskPoint.objects.bulk_create(RiskPoint(unit=unit, code=f"{unit.code}-{number:06d}") for number in numbers)
    )
    return [entry.old.version.point if entry.old else next(made) for entry in plan.entries]


def _version(
    entry: _Entry,
    point: RiskPoint,
    declaration: Declaration,
    batch: ImportBatch,
    *,
    by: Person,
    today: dt.date,
    now: dt.datetime,
) -> PointVersion:
    row, old = entry.row, entry.old.version if entry.old else None
    version = PointVersion(
        declaration=declaration,
        replaces=old,
        change=entry.change,
        valid_from=today,
        changed_by=by,
        changed_at=now,
        point=point,
        state=PointState.FILED,
        year=batch.year,
        position=declaration.position,
        organization=declaration.organization,
        post=declaration.post,
        level=row.level,
        origin=Origin.IMPORTED,
        category=row.category,
        grade=row.grade,
        unit_name=declaration.unit_name,
        organization_name=declaration.organization_name,
        post_name=declaration.post_name,
        kept=old.kept if old and _same_remark(row, old) else row.kept,
        as_written=row.as_written,
        **{name: row.values[name] for name in _TEXTS},
    )
    if entry.change == Change.UNCHANGED:
        for name in _CARRIED:
            setattr(version, name, getattr(old, name))
    return version


def _write_measures(
    entries: Sequence[_Entry], versions: Sequence[PointVersion], *, by: Person, today: dt.date, now: dt.datetime
) -> None:
    """Write the measures of the versions; one whose text stands already goes on as the same measure."""
    measures: list[MeasureVersion] = []
    for entry, version in zip(entries, versions, strict=True):
        if entry.change == Change.UNCHANGED:
            wanted = entry.old.texts
        else:
            wanted = entry.row.measures
        before = list(entry.old.measures) if entry.old else []
        for ordinal, text in enumerate(wanted, start=1):
            old = next((measure for measure in before if measure.text.strip() == text.strip()), None)
            if old is not None:
                before.remove(old)
            measures.append(
                MeasureVersion(
                    declaration=version.declaration,
                    replaces=old,
                    change=Change.UNCHANGED if old else Change.NEW,
                    valid_from=today,
                    changed_by=by,
                    changed_at=now,
                    measure=old.measure if old else Measure(point=version.point),
                    point_version=version,
                    state=old.state if old else MeasureState.FILED,
                    ordinal=ordinal,
                    text=text,
                    responsible=old.responsible if old else "",
                    rhythm=old.rhythm if old else "",
                    due_on=old.due_on if old else None,
                    evidence=old.evidence if old else "",
                )
            )
    Measure.objects.bulk_create(measure.measure for measure in measures if measure.measure.pk is None)
    MeasureVersion.objects.bulk_create(measures)
