"""Signals from a workbook: kept encrypted while they are looked over, then all of them taken in, or none."""

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.actions.audit import record
from registry.actions.encryption import seal, unseal
from registry.models import Organization, Person, Post
from registry.rules import Refused, digest
from registry.rules.workbooks import Problem, SheetLike

from .. import access
from ..models import Signal, SignalUpload
from ..rules.signal_sheets import SignalRow, read_signals
from .signals import content_of, store_signals

KEPT = dt.timedelta(days=1)
UPLOAD = "signal.upload"


@dataclass
class Planned:
    """What taking a workbook in would do: a line for each signal, and everything that is wrong."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """The digest of what would be taken in."""
        return digest([_content_of_line(line) for line in self.lines])


@transaction.atomic
def keep_upload(*, by: Person, name: str, sheets: Sequence[SheetLike]) -> SignalUpload:
    """Keep what a workbook says, encrypted, until it is taken in or thrown away. Raises Refused where it is none of signals."""
    access.check_enters_signals(by)
    read = read_signals(sheets, timezone.localdate())
    rows = [
        {
            "sheet": row.sheet,
            "row": row.row,
            "letters": dict(row.letters),
            "values": row.values,
            "problems": [[each.column, each.text] for each in row.problems],
        }
        for row in read.rows
    ]
    problems = [[each.sheet, each.row, each.column, each.text] for each in read.problems]
    secret = seal(json.dumps({"rows": rows, "problems": problems}, ensure_ascii=False), UPLOAD)
    kept = SignalUpload.objects.create(person=by, name=name, secret=secret, at=timezone.now())
    record("signal.upload", by=by, subject=by, content=[digest(rows)])
    return kept


def plan(upload: SignalUpload, by: Person) -> Planned:
    """Return what taking it in would do now: nothing is written."""
    stored = json.loads(unseal(upload.secret, UPLOAD))
    planned = Planned(problems=[Problem(*each) for each in stored["problems"]])
    places = {found.code: found for found in access.organizations_to_enter_for(by)}
    posts = {
        (post.organization_id, post.name): post
        for place in {row["values"]["organization"] for row in stored["rows"]} & set(places)
        for post in access.posts_to_enter_for(places[place])
    }
    seen: dict[str, int] = {}
    for kept in stored["rows"]:
        row = SignalRow(kept["sheet"], kept["row"], kept["letters"], kept["values"])
        for column, text in kept["problems"]:
            row.problems.append(Problem(row.sheet, row.row, column, text))
        line = _line(row, places, posts, by)
        if not row.problems:
            same = digest(_content_of_line(line))
            if same in seen:
                row.problem("text", _("The same stands in row %s already.") % seen[same])
            elif _stands(line, by):
                row.problem("text", _("This signal stands in the register already."))
            seen.setdefault(same, row.row)
        planned.problems += row.problems
        planned.lines.append(line)
    return planned


def _line(
    row: SignalRow, places: dict[str, Organization], posts: dict[tuple[int, str], Post], by: Person
) -> dict[str, Any]:
    """Return what a row would become, its places found; note what is not there."""
    values = row.values
    code, post_name, point_code = values["organization"], values["post"], values["point"]
    organization, post, point = places.get(code), None, None
    if code and organization is None:
        row.problem("organization", _("You enter no signals about an organization with the code %s.") % code[:40])
    if organization is not None and post_name:
        post = posts.get((organization.pk, post_name))
        if post is None:
            about = {"code": organization.code, "name": post_name}
            row.problem("post", _("%(code)s has no post “%(name)s”.") % about)
    if organization is not None and point_code and (post is not None or not post_name):
        found = access.points_to_enter_for(organization, post).filter(point__code=point_code).first()
        if found is None:
            row.problem("point", _("No risk point with the code %s stands there.") % point_code[:40])
        else:
            point = found.point
    return {
        "row": row.row,
        "organization": organization,
        "post": post,
        "point": point,
        "channel": values["channel"],
        "received_on": dt.date.fromisoformat(values["received_on"]) if values["received_on"] else None,
        "text": values["text"],
        "is_confidential": values["is_confidential"],
        "source": values["source"],
    }


def _content_of_line(line: dict[str, Any]) -> list:
    about = [getattr(line[name], "pk", None) for name in ("organization", "post", "point")]
    day = line["received_on"]
    return [
        *about,
        line["channel"],
        day.isoformat() if day else "",
        line["text"],
        line["is_confidential"],
        line["source"],
    ]


def _stands(line: dict[str, Any], by: Person) -> bool:
    """Say whether the person has the same before them in the register: what they do not read they are not told of."""
    return (
        access.visible_signals(by)
        .filter(
            organization=line["organization"],
            channel=line["channel"],
            received_on=line["received_on"],
            text=line["text"],
        )
        .exists()
    )


@transaction.atomic
def take_in(*, by: Person, upload: SignalUpload, seen: str) -> list[Signal]:
    """Take in all signals of a workbook, or nothing. `seen` is the digest of what the page showed."""
    upload = SignalUpload.objects.select_for_update(no_key=True).filter(pk=upload.pk).first()
    if upload is None:
        raise Refused(_("This workbook was taken in or thrown away meanwhile."))
    planned = plan(upload, by)
    if planned.problems:
        raise Refused(_("Nothing was taken in: the workbook has problems. Mend them and upload it again."))
    if planned.digest != seen:
        raise Refused(_("What would be taken in has changed meanwhile. Look at it again."))
    for line in planned.lines:
        access.check_enter(line["organization"], by)
    rows = [{name: value for name, value in line.items() if name != "row"} for line in planned.lines]
    signals, sealed = store_signals(by=by, rows=rows)
    record("signal.import", by=by, subject=by, content=[content_of(signal) for signal in signals], seals=sealed)
    upload.delete()
    return signals


@transaction.atomic
def discard_upload(*, by: Person, upload: SignalUpload) -> None:
    """Throw away what was uploaded and not taken in."""
    SignalUpload.objects.filter(pk=upload.pk, person=by).delete()
    record("signal.discard", by=by, subject=by, content=upload.pk)


def kept_since() -> dt.datetime:
    """Return the moment before which an upload is not shown any more."""
    return timezone.now() - KEPT


def due_uploads() -> list[tuple[str, Callable[[], None]]]:
    """Return what removes uploads whose day is over; they are not shown any more before that either."""
    over = SignalUpload.objects.filter(at__lt=kept_since()).values_list("pk", flat=True)
    return [(f"{pk}", lambda found=pk: SignalUpload.objects.filter(pk=found).delete()) for pk in over]
