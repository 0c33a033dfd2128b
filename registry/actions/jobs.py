"""Jobs of the clock. Each unit of work is claimed by a unique row in the transaction that does it, so nothing runs twice.

No rule waits for them: a role that ended yesterday gives no right today, whether its job has run or not.
"""

import datetime as dt
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from .. import access
from ..models import Assignment, Confirmation, JobClaim, Objection, OptOut, PublicNotice, Recusal, UploadedLedger
from ..roles import ROLES
from ..rules import EntryState, Refused, digest
from . import approvals, checks, confirmations, sessions, shelf, uploads
from .audit import write_head_down
from .notices import end_notice
from .organization import console_actor

# How far back a machine that was off catches up.
CATCH_UP = dt.timedelta(days=30)


def run_due(job: str) -> int:
    """Run the job named `job` as far as it is due now; return how many units of work were done."""
    return sum(_claimed(job, key, work) for key, work in JOBS[job]())


def _claimed(job: str, key: str, work: Callable[[], None]) -> bool:
    if JobClaim.objects.filter(job=job, key=key).exists():
        return False
    try:
        with transaction.atomic():
            JobClaim.objects.create(job=job, key=key, claimed_at=timezone.now())
            work()
    except Refused:
        return False  # the state of things has changed since it was found due; the claim is undone with it
    except IntegrityError:
        if JobClaim.objects.filter(job=job, key=key).exists():
            return False  # another worker was first
        raise
    return True


def _roles() -> list[tuple[str, Callable[[], None]]]:
    """Make the grants of roles that began or ended follow, and ask afresh whoever decides now."""
    today = timezone.localdate()
    ended = today - dt.timedelta(days=1)
    changed = (
        Assignment.objects.filter(
            Q(starts_on__range=(today - CATCH_UP, today)) | Q(ends_on__range=(ended - CATCH_UP, ended))
        )
        .select_related("person", "organization")
        .order_by("pk")
    )
    work = []
    for assignment in changed:
        for day, name in ((assignment.starts_on, "begins"), (assignment.ends_on, "ended")):
            if day is not None and day <= (today if name == "begins" else ended) and day >= ended - CATCH_UP:
                work.append((f"{assignment.pk}:{name}:{day}", lambda found=assignment: _follow(found)))
    return work


def _recusals() -> list[tuple[str, Callable[[], None]]]:
    """Ask afresh whoever decides now where a recusal began or ended."""
    today = timezone.localdate()
    since = today - CATCH_UP
    work = []
    for recusal in Recusal.objects.filter(
        Q(starts_on__range=(since, today)) | Q(ends_on__range=(since, today - dt.timedelta(days=1)))
    ).select_related("organization"):
        name = "ended" if recusal.ends_on and recusal.ends_on < today else "begins"
        work.append((f"{recusal.pk}:{name}", lambda found=recusal: approvals.ask_again(found.organization)))
    return work


def _opt_outs() -> list[tuple[str, Callable[[], None]]]:
    """Ask afresh whoever decides now where an opt-out of a small office began or ended. Stand-ins never change who is asked."""
    today = timezone.localdate()
    since = today - CATCH_UP
    days = Q(starts_on__range=(since, today)) | Q(ends_on__range=(since, today - dt.timedelta(days=1)))
    work = []
    for opt_out in OptOut.objects.filter(days, state=EntryState.CONFIRMED).select_related("unit"):
        name = "ended" if opt_out.is_over else "begins"
        work.append((f"{opt_out.pk}:{name}", lambda found=opt_out: approvals.ask_again(found.unit)))
    return work


def _follow(assignment: Assignment) -> None:
    access.sync_grants(assignment.person, assignment.organization)
    approvals.ask_again(assignment.organization)


def _grants() -> list[tuple[str, Callable[[], None]]]:
    """Let everybody's grants follow when a release has changed what a role carries: once for each table of roles."""
    table = {role.value: sorted(description.permissions) for role, description in ROLES.items()}
    return [(digest(table), _sync_all)]


def _sync_all() -> None:
    live = Assignment.objects.live(timezone.localdate()).select_related("person", "organization").order_by("pk")
    for assignment in live:
        access.sync_grants(assignment.person, assignment.organization)


def _notices() -> list[tuple[str, Callable[[], None]]]:
    """Record the results of notices whose time is over; one with an unanswered objection waits."""
    waiting = Objection.objects.filter(ruling="", received_on__lte=F("notice__ends_on"))
    over = PublicNotice.objects.over(timezone.localdate()).exclude(pk__in=waiting.values("notice"))
    return [(str(notice.pk), lambda found=notice: end_notice(notice=found)) for notice in over.order_by("pk")]


def _confirmations() -> list[tuple[str, Callable[[], None]]]:
    """Write down what nobody confirmed in time; it could not be confirmed any more before that either."""
    over = Confirmation.objects.lapsed(timezone.localdate()).order_by("pk")
    return [
        (str(each.pk), lambda found=each: confirmations.lapse(by=console_actor(), confirmation=found)) for each in over
    ]


def _sessions() -> list[tuple[str, Callable[[], None]]]:
    """Remove once an hour what is left of sessions that have ended, and counts of checks that count no longer."""
    return [(f"{timezone.localtime():%Y-%m-%d %H}", _clear_away)]


def _clear_away() -> None:
    sessions.clear_away()
    checks.clear_away()


def _shelf() -> list[tuple[str, Callable[[], None]]]:
    """Remove once an hour the documents whose time is over; they are not given out any more before that either."""
    return [(f"{timezone.localtime():%Y-%m-%d %H}", shelf.clear_away)]


def _uploads() -> list[tuple[str, Callable[[], None]]]:
    """Remove the files of ledgers that were uploaded some days ago."""
    due = UploadedLedger.objects.without_file().due(uploads.lapses_before()).order_by("pk")
    return [(str(each.pk), lambda found=each: uploads.expire_upload(found)) for each in due]


def _audit_head() -> list[tuple[str, Callable[[], None]]]:
    """Write the end of the audit chain down once a day."""
    return [(str(timezone.localdate()), write_head_down)]


# Upper floors add theirs.
JOBS: dict[str, Callable[[], list[tuple[str, Callable[[], None]]]]] = {
    "grants": _grants,
    "roles": _roles,
    "recusals": _recusals,
    "opt_outs": _opt_outs,
    "notices": _notices,
    "confirmations": _confirmations,
    "sessions": _sessions,
    "uploads": _uploads,
    "shelf": _shelf,
    "audit_head": _audit_head,
}


def add_jobs(name: str, work: Callable[[], list[tuple[str, Callable[[], None]]]]) -> None:
    """Let `run_due` run a job of an upper floor, too: `work` returns what is due as (key, what does it)."""
    JOBS[name] = work
