"""Taking in a ledger in the browser: the file is kept, looked over with what a person has confirmed, then taken in or thrown away.

Reading the workbook is not done here: it happens before, in the limited child process and outside every transaction.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from .. import access
from ..models import ImportBatch, Organization, Person, UploadedLedger, UploadedRow
from ..rules import Changed, Refused, Upload, UploadState, digest
from ..rules.workbooks import SheetLike
from .audit import record
from .import_report import ImportReport
from .imports import import_ledger

# Afterwards the bytes and the rows of a file are removed; what was taken in stands in the ledger.
DAYS_KEPT = 7
# Of one unit at a time, whatever became of them.
MOST_KEPT = 50
_AT_ONCE = 500


@dataclass(frozen=True)
class Choices:
    """What a person has confirmed for a file: names of places to make, meanings of headings, categories by place in the file."""

    create: list[str] = field(default_factory=list)
    mapping: dict[str, str] = field(default_factory=dict)
    confirmed: dict[str, str] = field(default_factory=dict)


def keep_upload(
    *, by: Person, unit: Organization, year: int, basis: str, upload: Upload, sheets: Sequence[SheetLike]
) -> UploadedLedger:
    """Look a file over and keep it with what was found.

    Raises NotAllowed for who takes in no ledgers of the unit, Refused for a workbook without a ledger and where as many are
    kept as may be; then nothing is kept.
    """
    now = timezone.now()
    kept = UploadedLedger(
        unit=unit,
        year=year,
        basis=basis,
        name=upload.name,
        size=len(upload.body),
        digest=upload.digest,
        body=upload.body,
        by=by,
        at=now,
        choices=asdict(Choices()),
        checked_at=now,
        language=get_language(),
    )
    report = _run(kept, Choices(), sheets, by=by)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=unit.pk)
        access.check_import(unit, by)
        _check_room(unit)
        kept.report, kept.seen = _stored(report), _seen(kept, Choices(), report)
        kept.save(force_insert=True)
        _store_rows(kept, report)
        record("uploaded_ledger.upload", by=by, subject=kept, content=[kept.digest, unit.code, year])
    return kept


def check_again(
    *, by: Person, upload: UploadedLedger, sheets: Sequence[SheetLike], choices: Choices, expected: int
) -> None:
    """Look a kept file over anew: with other choices, in another language, or because the ledger has changed.

    Raises Refused once it was taken in or thrown away, Changed if somebody else was faster.
    """
    access.check_import(upload.unit, by)
    check_open(upload)
    report = _run(upload, choices, sheets, by=by)
    with transaction.atomic():
        access.check_import(upload.unit, by)
        done = UploadedLedger.objects.filter(pk=upload.pk, state=UploadState.CHECKED, version=expected).update(
            choices=asdict(choices),
            report=_stored(report),
            seen=_seen(upload, choices, report),
            checked_at=timezone.now(),
            language=get_language(),
            version=F("version") + 1,
        )
        if not done:
            raise Changed(_("This file was looked over or dealt with in another window. Look at the page again."))
        UploadedRow.objects.filter(upload=upload).delete()
        _store_rows(upload, report)


def apply_upload(*, by: Person, upload: UploadedLedger, sheets: Sequence[SheetLike], seen: str) -> ImportReport:
    """Take in a kept file exactly as it was looked over: `seen` is the digest of what the page showed.

    Raises Refused once it was taken in or thrown away and where problems are left, Changed if it would not do what was shown;
    in any case all or nothing.
    """
    access.check_import(upload.unit, by)
    check_open(upload)
    choices, spoken = Choices(**upload.choices), get_language()

    def settle(report: ImportReport, batch: ImportBatch | None) -> None:
        if _seen(upload, choices, report) != seen:
            with override(spoken):
                raise Changed(
                    _(
                        "The ledger has changed since this was looked over. Nothing was taken in; look at what it would do now."
                    )
                )
        done = UploadedLedger.objects.filter(pk=upload.pk, state=UploadState.CHECKED, seen=seen).update(
            state=UploadState.APPLIED, batch=batch, version=F("version") + 1
        )
        if not done:
            with override(spoken):
                raise Changed(_("This file was looked over or dealt with in another window. Look at the page again."))

    # Words are a part of what was seen: it is looked over in the language in which it was told.
    with override(upload.language or spoken):
        report = _run(upload, choices, sheets, by=by, settle=settle)
    if not report.applied:
        raise Refused(_("There are still problems; nothing was taken in."))
    return report


@transaction.atomic
def discard_upload(*, by: Person, upload: UploadedLedger, expected: int) -> None:
    """Throw a kept file away. Raises Refused once it was taken in or thrown away, Changed if somebody else was faster."""
    access.check_import(upload.unit, by)
    check_open(upload)
    done = UploadedLedger.objects.filter(pk=upload.pk, state=UploadState.CHECKED, version=expected).update(
        state=UploadState.DISCARDED, body=b"", version=F("version") + 1
    )
    if not done:
        raise Changed(_("This file was looked over or dealt with in another window. Look at the page again."))
    UploadedRow.objects.filter(upload=upload).delete()
    record("uploaded_ledger.discard", by=by, subject=upload, content=upload.digest)


def expire_upload(upload: UploadedLedger) -> None:
    """Remove bytes and rows of a file that has been kept for long enough; one that was not taken in has lapsed."""
    UploadedLedger.objects.filter(pk=upload.pk, state=UploadState.CHECKED).update(state=UploadState.EXPIRED)
    UploadedLedger.objects.filter(pk=upload.pk).update(body=b"", version=F("version") + 1)
    UploadedRow.objects.filter(upload=upload).delete()


def lapses_before() -> dt.datetime:
    """Return the moment before which an uploaded file is no longer kept."""
    return timezone.now() - dt.timedelta(days=DAYS_KEPT)


def _check_room(unit: Organization) -> None:
    """Refuse one more file where as many are kept as may be; the unit is locked."""
    if UploadedLedger.objects.filter(unit=unit).exclude(body=b"").count() >= MOST_KEPT:
        raise Refused(
            _(
                "%(count)s files of %(unit)s were uploaded within %(days)s days, as many as are kept. Throw away those that are "
                "not needed, or wait."
            )
            % {"count": MOST_KEPT, "unit": unit, "days": DAYS_KEPT}
        )


def check_open(upload: UploadedLedger) -> None:
    """Refuse what was taken in, thrown away or has lapsed."""
    if upload.state != UploadState.CHECKED:
        raise Refused(
            _("“%(name)s”: %(state)s. Upload the file again if it is still needed.")
            % {"name": upload.name, "state": upload.get_state_display()}
        )


def _run(
    upload: UploadedLedger, choices: Choices, sheets: Sequence[SheetLike], *, by: Person, settle=None
) -> ImportReport:
    return import_ledger(
        unit=upload.unit,
        year=upload.year,
        sheets=sheets,
        file_name=upload.name,
        file_digest=upload.digest,
        by=by,
        apply=settle is not None,
        create_missing=choices.create,
        basis=upload.basis,
        confirmed=choices.confirmed,
        mapping=choices.mapping,
        settle=settle,
    )


def _seen(upload: UploadedLedger, choices: Choices, report: ImportReport) -> str:
    """Return the digest of what taking the file in would do."""
    rows = [[row.place, row.becomes, row.code, row.before, row.after] for row in report.details]
    return digest([upload.digest, upload.unit_id, upload.year, asdict(choices), report.created, rows])


def _stored(report: ImportReport) -> dict:
    """Return the report without its rows, which are stored one by one; what is wrong for several points of a row once."""
    stored = {name: value for name, value in report.as_dict().items() if name != "details"}
    stored["errors"] = [asdict(problem) for problem in dict.fromkeys(report.errors)]
    return _storable(stored)


def _storable(value: Any) -> Any:
    """Return what is told of a file with a mark in the place of U+0000, which PostgreSQL refuses; it is told as a problem."""
    match value:
        case str():
            return value.replace("\x00", "\ufffd")
        case dict():
            return {_storable(name): _storable(each) for name, each in value.items()}
        case list() | tuple():
            return [_storable(each) for each in value]
    return value


def _store_rows(upload: UploadedLedger, report: ImportReport) -> None:
    problems: dict[tuple, list[Mapping]] = {}
    for problem in dict.fromkeys(report.errors):  # several points of a row have it, and each shows it once
        problems.setdefault((problem.sheet, problem.row), []).append({"column": problem.column, "text": problem.text})
    UploadedRow.objects.bulk_create(
        (
            UploadedRow(
                upload=upload,
                ordinal=ordinal,
                outcome=row.becomes,
                content=_storable({**asdict(row), "problems": problems.get((row.sheet, row.row), [])}),
            )
            for ordinal, row in enumerate(report.details, start=1)
        ),
        batch_size=_AT_ONCE,
    )
