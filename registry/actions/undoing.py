"""Taking an import back, on the day it was made and while nothing was built on it (docs/decisions/0024-undoing-an-import.md).

What is final stays final: nothing is removed and nothing stands up again. The batch that takes another one back writes for
every version of it a further one: a new point is withdrawn, a replaced one goes on with what it said before.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import (
    Declaration,
    ImportBatch,
    MeasureVersion,
    Organization,
    Person,
    PointVersion,
    Post,
    PublicNotice,
)
from ..rules import (
    Change,
    Changed,
    DeclarationState,
    Gap,
    Incomplete,
    MeasureState,
    NoticeState,
    Origin,
    PointState,
    Refused,
)
from .audit import hold_chain, record
from .import_places import close_unused, lock_created, unused
from .writing import remember

# Keys in one statement; SQLite takes no more than 32,766.
_AT_ONCE = 5_000
_MOST_CODES = 5
_STANDING_MEASURES = (MeasureState.PROPOSED, MeasureState.FILED)
# What a declaration that goes on with an earlier one takes over from it, and a version likewise.
_OF_DECLARATION = (
    "level", "organization_id", "post_id", "year", "phase", "scheme_id", "unit_name", "organization_name", "post_name",
    "holder_name",
)  # fmt: skip
_OWN = {
    "id", "declaration_id", "replaces_id", "change", "change_reason", "valid_from", "valid_to", "version", "changed_by_id",
    "changed_at", "state", "point_version_id",
}  # fmt: skip


@dataclass(frozen=True)
class Undoing:
    """What taking a batch back would do: how many points are withdrawn, how many go on as before, what is closed.

    `obstacles` name what was built on it; with any of them it is refused.
    """

    withdrawn: int
    restored: int
    sections: Sequence[Organization]
    posts: Sequence[Post]
    obstacles: Sequence[str]


def what_undoing_does(*, by: Person, batch: ImportBatch) -> Undoing:
    """Return what taking a batch back would do, and what stands against it. Otherwise raises like `undo_import`."""
    _check(batch, by)
    versions = _versions(batch)
    restored = versions.exclude(replaces=None).count()
    sections, posts = unused(batch)
    return Undoing(versions.count() - restored, restored, sections, posts, built_on(batch))


@transaction.atomic
def undo_import(*, by: Person, batch: ImportBatch, reason: str) -> ImportBatch:
    """Take a batch back; return the batch that does so.

    Raises NotAllowed for who takes in no ledgers of the unit, Incomplete naming what was built on it, Refused on a later day,
    a second time and without a reason, Changed where somebody was faster.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=batch.unit_id)
    list(_versions(batch).select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    batch = ImportBatch.objects.select_related("unit").get(pk=batch.pk)
    _check(batch, by)
    if obstacles := built_on(batch):
        raise Incomplete(
            _("This import can no longer be taken back: something was built on it."),
            [Gap(each, "") for each in obstacles],
        )
    if not reason.strip():
        raise Refused(_("Say why it is taken back."))
    today, now = timezone.localdate(), timezone.now()
    versions = list(_versions(batch).select_related("declaration", "replaces__declaration").order_by("pk"))
    restored = [version for version in versions if version.replaces_id]
    undo = ImportBatch.objects.create(
        unit=batch.unit,
        year=batch.year,
        file_name=batch.file_name,
        file_digest=batch.file_digest,
        headings=[],
        basis=batch.basis,
        reason=reason.strip(),
        entered_by=by,
        entered_at=now,
        counts={
            "rows": len(versions),
            "new": 0,
            "changed": len(restored),
            "same": 0,
            "carried": 0,
            "withdrawn": len(versions) - len(restored),
        },
        undoes=batch,
    )
    lock_created(batch)
    sections, posts = unused(batch)
    _end(versions, today)
    _write(versions, undo, by=by, today=today, now=now)
    hold_chain()  # a right that ended meanwhile has ended before this is asked, or ends after it is taken back
    access.check_import(batch.unit, by)
    close_unused(by=by, sections=sections, posts=posts, reason=undo.reason)
    record(
        "ledger.take_back",
        by=by,
        subject=undo,
        content=[batch.pk, batch.file_digest, batch.unit.code, batch.year, undo.counts, undo.reason],
        seals=[
            *PointVersion.objects.filter(declaration__batch=undo).only("pk"),
            *MeasureVersion.objects.filter(declaration__batch=undo).only("pk"),
        ],
    )
    return undo


# ---- whether it may be


def _versions(batch: ImportBatch) -> QuerySet[PointVersion]:
    return PointVersion.objects.filter(declaration__batch=batch)


def _check(batch: ImportBatch, by: Person) -> None:
    access.check_import(batch.unit, by)
    if batch.undoes_id is not None:
        raise Refused(_("This itself takes an import back; import the file again instead."))
    if (undo := ImportBatch.objects.filter(undoes=batch).select_related("entered_by").first()) is not None:
        raise Refused(
            _("%(person)s has taken this import back at %(time)s already.")
            % {"person": undo.entered_by, "time": f"{timezone.localtime(undo.entered_at):%H:%M}"}
        )
    day = timezone.localdate(batch.entered_at)
    if day != timezone.localdate():
        raise Refused(
            _(
                "An import is taken back on the same day only; this one was made on %s. Change what is wrong by supplementary "
                "declarations, or import a corrected file."
            )
            % day
        )
    if not batch.ended:
        raise Refused(_("This import was made by an earlier release, which did not note what it replaced."))


def built_on(batch: ImportBatch) -> list[str]:
    """Return what was built on a batch, a sentence for each kind with the codes of the points."""
    versions = _versions(batch)
    seen: set[str] = set()
    found = []

    def note(sentence: str, points: QuerySet[PointVersion], **told: object) -> None:
        codes = list(points.order_by("pk").values_list("point__code", flat=True).distinct()[: _MOST_CODES + 1])
        if codes:
            more = _(" and more") if len(codes) > _MOST_CODES else ""
            seen.update(codes)
            found.append(sentence % {"codes": _(", ").join(codes[:_MOST_CODES]) + more, **told})

    note(
        _("Taken up in a declaration that is not filed: %(codes)s"),
        versions.filter(replaced_by__state=PointState.DRAFT),
    )
    note(
        _("Changed, carried on or withdrawn since: %(codes)s"),
        versions.filter(replaced_by__isnull=False).exclude(replaced_by__state=PointState.DRAFT),
    )
    note(_("On a public notice: %(codes)s"), versions.filter(notice_lines__isnull=False))
    note(_("Chosen for a public notice that is being composed: %(codes)s"), versions.filter(pk__in=_chosen(batch)))
    note(
        _("Measures are declared for it: %(codes)s"),
        versions.filter(
            pk__in=MeasureVersion.objects.filter(point_version__in=versions)
            .exclude(declaration__batch=batch)
            .values("point_version")
        ),
    )
    for relation in _further_relations():
        about = versions.filter(**{f"{relation.name}__isnull": False})
        note(_("%(what)s refers to it: %(codes)s"), about, what=relation.related_model._meta.verbose_name)
    note(
        _("It no longer stands as it was taken in: %(codes)s"),
        versions.exclude(state=PointState.FILED).exclude(point__code__in=seen),
    )
    return found


def _further_relations() -> Iterable[models.ForeignObjectRel]:
    """Return what else can refer to a version of a point, on this floor or one above, beside what is asked by name."""
    asked = {"measures", "replaced_by", "notice_lines"}
    return [relation for relation in PointVersion._meta.related_objects if relation.name not in asked]


def _chosen(batch: ImportBatch) -> set[int]:
    """Return the ids chosen for notices of the unit that are not posted."""
    low, high = batch.unit.interval
    composing = PublicNotice.objects.filter(
        Q(unit=batch.unit_id) | Q(position__range=(low, high)),
        state__in=[NoticeState.DRAFT, NoticeState.SUBMITTED, NoticeState.RETURNED],
    )
    own = set(_versions(batch).values_list("pk", flat=True))
    return {pk for chosen in composing.values_list("chosen", flat=True) for pk in chosen} & own


# ---- writing


def _end(versions: Sequence[PointVersion], today: dt.date) -> None:
    """Let what the batch wrote end today; a version that no longer stands as it was written means somebody was faster."""
    ended = 0
    for is_restored in (True, False):
        ids = [version.pk for version in versions if (version.replaces_id is not None) == is_restored]
        measure_state = MeasureState.SUPERSEDED if is_restored else MeasureState.WITHDRAWN
        state = PointState.SUPERSEDED if is_restored else PointState.WITHDRAWN
        for some in _some(ids):
            MeasureVersion.objects.filter(point_version__in=some, state__in=_STANDING_MEASURES).update(
                state=measure_state, valid_to=today
            )
            ended += PointVersion.objects.filter(pk__in=some, state=PointState.FILED).update(
                state=state, valid_to=today
            )
    if ended != len(versions):
        raise Changed(_("A risk point of this import was changed at the same moment. Look at it again."))


def _write(
    versions: Sequence[PointVersion], undo: ImportBatch, *, by: Person, today: dt.date, now: dt.datetime
) -> None:
    """Write a further version for each of the batch's: the point withdrawn, or as it was before."""
    states = _states(undo.undoes.ended["points"])
    declarations: dict[int, Declaration] = {}
    for before in (version.replaces or version for version in versions):
        if before.declaration_id not in declarations:
            declarations[before.declaration_id] = _declaration(before, undo, by=by, now=now)
    stored = dict(zip(declarations, Declaration.objects.bulk_create(declarations.values()), strict=True))
    written = []
    for version in versions:
        before = version.replaces or version
        declaration = stored[before.declaration_id]
        is_withdrawn = version.replaces_id is None
        written.append(
            PointVersion(
                **_copied(before),
                declaration=declaration,
                replaces=version,
                change=Change.WITHDRAWN if is_withdrawn else Change.CHANGED,
                change_reason=undo.reason,
                state=PointState.WITHDRAWN if is_withdrawn else _state_again(states[before.pk]),
                valid_from=today,
                valid_to=today if is_withdrawn else None,
                changed_by=by,
                changed_at=now,
            )
        )
    PointVersion.objects.bulk_create(written)
    # As everywhere, what was declared has a history row of its own; what came from paper begins one when it is changed.
    for version in written:
        if version.origin == Origin.DECLARED:
            remember(version, by=by, is_new=True)
    _write_measures(written, undo, by=by, today=today, now=now)


def _state_again(state: str) -> str:
    """Return the state of what goes on: a line on a running notice was of the version that ended, so it is filed anew."""
    return PointState.FILED if state == PointState.PUBLISHED else state


def _declaration(before: PointVersion, undo: ImportBatch, *, by: Person, now: dt.datetime) -> Declaration:
    source = before.declaration
    return Declaration(
        **{name: getattr(source, name) for name in _OF_DECLARATION},
        unit=undo.unit,
        position=before.position,
        origin=Origin.IMPORTED,
        batch=undo,
        state=DeclarationState.FILED,
        drafted_by=by,
        drafted_at=now,
        filed_at=now,
    )


def _copied(row: PointVersion | MeasureVersion) -> dict[str, object]:
    """Return what a further version says just as this one does."""
    names = {field.attname for field in row._meta.concrete_fields} - _OWN
    return {name: getattr(row, name) for name in names}


def _write_measures(
    written: Sequence[PointVersion], undo: ImportBatch, *, by: Person, today: dt.date, now: dt.datetime
) -> None:
    """Write the measures as they stood before the batch. One that went on under it goes on from there."""
    batch = undo.undoes
    states = _states(batch.ended["measures"])
    before = {row.pk: row for some in _some(states) for row in MeasureVersion.objects.filter(pk__in=some)}
    heirs = {
        measure.replaces_id: measure
        for some in _some(before)
        for measure in MeasureVersion.objects.filter(replaces__in=some, declaration__batch=batch)
    }
    of_point = {version.replaces.replaces_id: version for version in written if version.replaces.replaces_id}
    MeasureVersion.objects.bulk_create(
        MeasureVersion(
            **_copied(measure),
            point_version=of_point[measure.point_version_id],
            declaration=of_point[measure.point_version_id].declaration,
            replaces=heirs.get(measure.pk, measure),
            change=Change.UNCHANGED,
            state=states[measure.pk],
            valid_from=today,
            changed_by=by,
            changed_at=now,
        )
        for measure in sorted(before.values(), key=lambda each: (each.point_version_id, each.ordinal, each.pk))
    )


def _states(ended: dict[str, list[int]]) -> dict[int, str]:
    """Return id → the state it had when it ended."""
    return {pk: state for state, ids in ended.items() for pk in ids}


def _some(ids: Collection[int]) -> Iterator[list[int]]:
    """Yield ids as many at once as a statement takes."""
    ids = list(ids)
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
