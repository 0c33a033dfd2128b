"""Taking in a ledger that was filed on paper: first what it would do, then in one transaction, or nothing.

Decisions, causes and people are never invented: the declarations are of origin "imported" and say which file they came from.
"""

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field

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
from ..rules.workbooks import (
    Column,
    LedgerRow,
    Problem,
    SheetLike,
    measures_cell,
    plain,
    read_ledger,
    remark_cell,
)
from .audit import record
from .organization import create_organization, create_post
from .unused_places import open_again, taken_back
from .writing import next_numbers

_TEXTS = (Column.MATTER, Column.TITLE, Column.MANIFESTATION, Column.RESPONSIBLE, Column.LEADER)
# What an unchanged point keeps of the version before, beside what the row says.
_CARRIED = (
    "major", "causes", "methods", "likelihood", "harm", "criteria", "grade_reason", "holder_name", "kept",
    "as_written",
)  # fmt: skip
# Keys in one statement; SQLite takes no more than 32,766.
_AT_ONCE = 5_000
_STANDING_MEASURES = (MeasureState.PROPOSED, MeasureState.FILED)


@dataclass
class ImportReport:
    """What taking in a file does or would do. Counts are of risk points but for `sheets`; `open` counts by field.

    `carried` are unchanged points of an earlier year; `created` lists the names of new sections and posts; `skipped` names
    the sheets that hold no ledger. `applied` says whether it was written.
    """

    sheets: int = 0
    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    carried: int = 0
    open: dict[str, int] = field(default_factory=lambda: {"category": 0, "grade": 0, "level": 0})
    created: dict[str, list[str]] = field(default_factory=lambda: {"sections": [], "posts": []})
    skipped: list[str] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    applied: bool = False

    def as_dict(self) -> dict:
        """Return the report as plain values, for JSON."""
        return asdict(self)

    @property
    def counts(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ("rows", "new", "changed", "same", "carried")}


@dataclass
class _Place:
    """Where a row belongs; what does not exist yet is None beside its name until it is created.

    The section's name is the unit's where no section is named.
    """

    section_name: str
    post_name: str
    organization: Organization | None = None
    post: Post | None = None


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
    place: _Place
    change: Change
    old: _Standing | None = None


@dataclass
class _Plan:
    report: ImportReport
    entries: list[_Entry] = field(default_factory=list)
    places: list[_Place] = field(default_factory=list)


def import_ledger(
    *,
    unit: Organization,
    year: int,
    sheets: Sequence[SheetLike],
    file_name: str,
    file_digest: str,
    by: Person,
    apply: bool,
    create_missing: bool,
    basis: str = "",
) -> ImportReport:
    """Take in the ledger of `unit` for `year`, or with `apply` false say what that would do.

    With errors nothing is written. Raises NotAllowed for who may not take in ledgers of the unit, Refused for what is no unit
    and for a workbook without a ledger, Changed when a point was changed at the same moment.
    """
    access.check_import(unit, by)
    if unit.kind != OrganizationKind.UNIT:
        raise Refused(_("A ledger is taken in for a unit; %s is none.") % unit)
    words = Scheme.objects.rule_over(unit.interval, year).words
    ledger = read_ledger(sheets, unit_name=unit.name, unit_code=unit.code, grade_words=words)
    if not ledger.sources:
        raise Refused(
            _(
                "No sheet holds a ledger: no row names a risk point or how it shows together with two more known columns. "
                "Check the headings of the table."
            )
        )
    if not apply:
        return _plan(ledger, unit, year, create_missing=create_missing).report
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=unit.pk)
        plan = _plan(ledger, unit, year, create_missing=create_missing)
        if plan.report.errors:
            return plan.report
        if plan.entries:
            created = _create_places(plan, unit, by=by)
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
    return plan.report


# ---- what would be done


def _plan(ledger, unit: Organization, year: int, *, create_missing: bool) -> _Plan:
    report = ImportReport(
        sheets=len(ledger.sources), rows=len(ledger.rows), skipped=ledger.without, errors=list(ledger.problems)
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
        if not create_missing:
            _check_place(row, place, unit)
        old = found.get(id(row))
        code = row.values[Column.CODE]
        if code and code in seen_codes:
            row.problem(Column.CODE, _("The code %s stands in this file a second time.") % code)
        elif code and old is None:
            row.problem(Column.CODE, _unknown_code(code, by_code, year))
        seen_codes.add(code)
        entry = _compare(row, place, old, year)
        if old is not None and entry is not None:
            _check_replaceable(row, old, entry.change, is_taken=old.version.pk in taken)
        report.errors.extend(row.problems)
        _count(report, row, entry)
        if entry is not None:
            plan.entries.append(entry)
            plan.places.append(place)
    if create_missing:
        report.created = _missing_names(plan.places)
    return plan


def _count(report: ImportReport, row: LedgerRow, entry: _Entry | None) -> None:
    name = {None: "same", Change.NEW: "new", Change.CHANGED: "changed", Change.UNCHANGED: "carried"}[
        entry and entry.change
    ]
    setattr(report, name, getattr(report, name) + 1)
    for name, is_open in (("category", not row.category), ("grade", row.grade is None), ("level", not row.level)):
        report.open[name] += is_open


def _resolve(rows: Iterable[LedgerRow], unit: Organization, standing: Iterable[_Standing]) -> list[_Place]:
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
    places: dict[tuple[str, str], _Place] = {}
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
            places[key] = _Place(section_name, post_name, organization, post)
        place = places[key]
        for column, written, name in (
            (Column.ORGANIZATION, row.section, place.section_name),
            (Column.POST, row.post, place.post_name),
        ):
            if written not in name:
                row.kept.setdefault(row.headings[column], written)
        found.append(place)
    return found


def _check_place(row: LedgerRow, place: _Place, unit: Organization) -> None:
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


def _missing_names(places: Iterable[_Place]) -> dict[str, list[str]]:
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


def _match(rows: Sequence[LedgerRow], places: Sequence[_Place], standing: Sequence[_Standing]) -> dict[int, _Standing]:
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
            is_unplaced = place.organization is None or (place.post_name and place.post is None)
            if id(row) in found or row.values[Column.CODE] or is_unplaced:
                continue
            if same := candidates.get(row_key(row, place)):
                found[id(row)] = same.popleft()
                del free[found[id(row)].version.pk]
    return found


def _identity_of_row(row: LedgerRow, place: _Place) -> tuple:
    post = place.post.pk if place.post else None
    names = (row.values[Column.MATTER].strip(), row.category, row.values[Column.TITLE].strip())
    return place.organization.tree_from, post, *names


def _identity_of_version(one: _Standing) -> tuple:
    version = one.version
    return version.position, version.post_id, version.matter.strip(), version.category, version.title.strip()


_KEYS: tuple[tuple[Callable[[LedgerRow, _Place], tuple], Callable[[_Standing], tuple]], ...] = (
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


def _compare(row: LedgerRow, place: _Place, old: _Standing | None, year: int) -> _Entry | None:
    """Return what is to be written for a row; None when it already stands in this year."""
    if old is None:
        return _Entry(row, place, Change.NEW)
    if _says_the_same(row, place, old):
        return None if old.version.year == year else _Entry(row, place, Change.UNCHANGED, old)
    return _Entry(row, place, Change.CHANGED, old)


def _says_the_same(row: LedgerRow, place: _Place, old: _Standing) -> bool:
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


def _create_places(plan: _Plan, unit: Organization, *, by: Person) -> dict[str, list[int]]:
    """Create the sections and posts that are missing, through the verbs that note who did it; return their ids.

    What was closed when the import that had made it was taken back is opened again.
    """
    made: dict[str, Organization] = {}
    again = taken_back(unit)
    created: dict[str, list[int]] = {"sections": [], "posts": []}
    codes = set(Organization.objects.filter(code__startswith=f"{unit.code}-").values_list("code", flat=True))
    number = 0
    for place in plan.places:
        name = place.section_name
        if place.organization is None and name not in made:
            if (section := again.sections.get(plain(name))) is not None:
                open_again(section, by=by)
            else:
                number += 1
                while (code := f"{unit.code}-{number:02d}") in codes:
                    number += 1
                section = create_organization(by=by, kind=OrganizationKind.SECTION, code=code, name=name, parent=unit)
            made[name] = section
            created["sections"].append(section.pk)
        if place.organization is None:
            place.organization = made[name]
        if place.post_name and place.post is None:
            place.post = again.posts.get((place.organization.pk, plain(place.post_name)))
            if place.post is not None:
                open_again(place.post, by=by)
            else:
                place.post = create_post(by=by, organization=place.organization, name=place.post_name)
            created["posts"].append(place.post.pk)
    return created


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
                )
            )
    Measure.objects.bulk_create(measure.measure for measure in measures if measure.measure.pk is None)
    MeasureVersion.objects.bulk_create(measures)
