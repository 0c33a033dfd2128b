"""Verbs on people, their accounts and their posts."""

import datetime as dt
import secrets
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ... import access
from ...models import Appointment, Assignment, Declaration, Person, Post
from ...roles import Permission
from ...rules import Act, DeclarationState, Refused, overlap
from .. import approvals, factors, sessions, sign_in
from ..audit import record
from ..confirmations import Concern, entered, use_password_allowed
from .roles import audit_mark, check_not_over, put_end

# No character that is mistaken for another when somebody types it from paper.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def console_actor() -> Person:
    """Return the account that stands for the command line when no person is named."""
    actor, _made = Person.objects.get_or_create(
        username=access.CONSOLE,
        defaults={"name": _("command line"), "is_active": False, "password": make_password(None)},
    )
    return actor


# --- Accounts ------------------------------------------------------------------------------------------------------------


def _account(person: Person, **_rest: object) -> Concern:
    return Concern(person)


@entered(Act.PERSON_CREATE, concern=lambda **_rest: Concern())
@transaction.atomic
def create_person(*, by: Person, username: str, name: str) -> Person:
    """Make an account without a password; until it is given one nobody signs in with it."""
    access.check_administers(by, Permission.MANAGE_ACCOUNTS)
    try:
        Person.username_validator(username)
    except ValidationError as why:
        raise Refused(_("Staff number: %s") % " ".join(why.messages)) from None
    if username.lower() == access.CONSOLE or Person.objects.filter(username__iexact=username).exists():
        raise Refused(_("The staff number %s is taken already.") % username)
    person = Person(username=username, name=name, password=make_password(None))
    person._history_user = by
    person.save(force_insert=True)
    record("person.create", by=by, subject=person, content=[username, name])
    return person


@entered(Act.PERSON_PASSWORD, concern=_account)
@transaction.atomic
def ask_password(*, by: Person, person: Person, reason: str) -> None:
    """Enter that an account needs a new password; once that is confirmed, who entered it makes it (`give_password`)."""
    access.check_password(person, by)
    _check_active(person)


def give_password(*, by: Person, person: Person) -> str:
    """Give an account a new password and return it, to be shown once; its owner changes it on signing in."""
    password = "-".join("".join(secrets.choice(_ALPHABET) for _place in range(4)) for _group in range(4))
    hashed = _seen_by_another(password)
    with transaction.atomic():
        person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        access.check_password(person, by)
        _check_active(person)
        allowed = use_password_allowed(by, person)
        Person.objects.filter(pk=person.pk).update(password=hashed)
        sessions.end_sessions(person)
        record("person.password", by=by, subject=person, seals=allowed)
    return password


def note_password_given(*, by: Person, person: Person, password: str) -> None:
    """Treat a password that Django's own command has stored like one that was given: its owner changes it on signing in."""
    hashed = _seen_by_another(password)
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(password=hashed)
        sessions.end_sessions(person)
        record("person.password", by=by, subject=person)


def _seen_by_another(password: str) -> str:
    """Return the hash of a password that not its owner alone knows. Slow, so before a transaction."""
    return make_password(password, salt=sign_in.ONCE + secrets.token_hex(12))


@entered(Act.FACTOR_RESET, concern=_account)
@transaction.atomic
def reset_factor(*, by: Person, person: Person, reason: str) -> None:
    """Remove a second factor that was lost; where the role asks for one, its owner sets up another on signing in."""
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    access.check_factor(person, by)
    if not factors.remove_factor(person):
        raise Refused(_("%s has no second factor.") % person)
    record("factor.reset", by=by, subject=person, content=[reason])


@transaction.atomic
def lift_lock(*, by: Person, person: Person, reason: str) -> None:
    """Let somebody who is locked after too many failures try again."""
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    access.check_account(person, by)
    if not sign_in.is_locked(person):
        raise Refused(_("Nothing keeps %s from signing in.") % person)
    sign_in.open_lock(person)
    record("sign_in.unlock", by=by, subject=person, content=[reason])


def _check_active(person: Person) -> None:
    if not person.is_active:
        raise Refused(_("This account was ended; nobody signs in with it."))


@entered(
    Act.PERSON_RENAME,
    concern=_account,
    before=lambda person, **_rest: {"name": Person.objects.get(pk=person.pk).name},
)
@transaction.atomic
def rename_person(*, by: Person, person: Person, name: str, reason: str) -> None:
    """Change a person's name from now on; what is filed keeps the name it was filed under."""
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    access.check_account(person, by)
    person.name = name
    person._history_user, person._change_reason = by, reason[:100]
    person.save(update_fields=["name"])
    record("person.rename", by=by, subject=person, content=[name, reason])


@entered(
    Act.PERSON_END,
    concern=_account,
    before=lambda person, **_rest: audit_mark(access.administers(person, Permission.READ_AUDIT)),
)
@transaction.atomic
def end_person(*, by: Person, person: Person, ends_on: dt.date, reason: str) -> None:
    """Close an account at once; posts and roles end with the day, sessions are over, what was declared stays."""
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    access.check_account(person, by)
    if person.ended_on is not None:
        raise Refused(_("%(person)s left on %(day)s.") % {"person": person, "day": person.ended_on})
    if ends_on > timezone.localdate():
        raise Refused(_("An account is ended on the last day or afterwards, not before."))
    person.ended_on, person.is_active, person.password = ends_on, False, make_password(None)
    person._history_user, person._change_reason = by, reason[:100]
    person.save(update_fields=["ended_on", "is_active", "password"])
    later = Q(ends_on=None) | Q(ends_on__gt=ends_on)
    for appointment in Appointment.objects.filter(later, person=person):
        _put_end(appointment, max(ends_on, appointment.starts_on), by=by, reason=reason)
    for assignment in Assignment.objects.filter(later, person=person).select_related("person", "organization"):
        put_end(assignment, ends_on, by=by, reason=reason)
    sessions.end_sessions(person)
    # Approvals in other places may have named this person by a role that ends only today.
    for assignment in Assignment.objects.filter(person=person, ends_on__gte=ends_on).select_related("organization"):
        approvals.ask_again(assignment.organization)
    record("person.end", by=by, subject=person, content=[str(ends_on), reason])


@dataclass(frozen=True)
class Load:
    """What is open with a person, as plain numbers."""

    declarations: int
    approvals: int


def load_of(person: Person) -> Load:
    """Return how many declarations of a person are not filed, and how many approvals are waiting for them."""
    unfiled = Declaration.objects.filter(appointment__person=person).exclude(state=DeclarationState.FILED)
    # Counted for administrators: what is confidential is not.
    waiting: int = access.waiting_for(person).told_to_anybody().count() if person.is_active else 0
    return Load(unfiled.count(), waiting)


# --- Appointments --------------------------------------------------------------------------------------------------------


@entered(Act.APPOINT, concern=lambda person, post, **_rest: Concern(person, post.organization))
@transaction.atomic
def appoint(
    *, by: Person, person: Person, post: Post, rank: str, starts_on: dt.date, ends_on: dt.date | None = None
) -> Appointment:
    """Let a person hold a post from a day on."""
    return _appoint(by=by, person=person, post=post, rank=rank, starts_on=starts_on, ends_on=ends_on)


def _appoint(
    *, by: Person, person: Person, post: Post, rank: str, starts_on: dt.date, ends_on: dt.date | None = None
) -> Appointment:
    access.check_administer(post.organization, by)
    access.check_person(person, by, Permission.MANAGE_ACCOUNTS)
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    # Read again: it may have been closed since the page was opened, and nobody closes it while this is entered.
    post = Post.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(pk=post.pk)
    if ends_on is not None and ends_on < starts_on:
        raise Refused(_("The last day lies before the first."))
    if person.ended_on is not None:
        raise Refused(_("%(person)s left on %(day)s.") % {"person": person, "day": person.ended_on})
    for place in (post, post.organization):
        if place.closed_on is not None and (ends_on is None or ends_on > place.closed_on):
            raise Refused(
                _("%(place)s was closed on %(day)s; nobody holds a post there afterwards.")
                % {"place": place, "day": place.closed_on}
            )
    for other in Appointment.objects.filter(person=person, post=post):
        if overlap((starts_on, ends_on), (other.starts_on, other.ends_on)):
            raise Refused(
                _("%(person)s already holds this post from %(day)s on.") % {"person": person, "day": other.starts_on}
            )
    appointment = Appointment(person=person, post=post, rank=rank, starts_on=starts_on, ends_on=ends_on)
    appointment._history_user = by
    appointment.save(force_insert=True)
    record(
        "appointment.begin",
        by=by,
        subject=appointment,
        content=[person.pk, post.pk, rank],
        seals=[appointment],
    )
    return appointment


@entered(
    Act.APPOINTMENT_END,
    concern=lambda appointment, **_rest: Concern(appointment.person, appointment.post.organization),
    before=lambda appointment, **_rest: {"ends_on": Appointment.objects.get(pk=appointment.pk).ends_on},
)
@transaction.atomic
def end_appointment(*, by: Person, appointment: Appointment, ends_on: dt.date, reason: str) -> None:
    """Let an appointment end after a day. Drafts stay with who wrote them; roles are not touched."""
    appointment = _locked(appointment)
    access.check_administer(appointment.post.organization, by)
    if ends_on < appointment.starts_on:
        raise Refused(_("An appointment cannot end before it begins."))
    check_not_over(appointment.ends_on, ends_on)
    _put_end(appointment, ends_on, by=by, reason=reason)


@entered(
    Act.HAND_OVER,
    concern=lambda appointment, person, **_rest: Concern(person, appointment.post.organization),
    before=lambda appointment, **_rest: {"ends_on": Appointment.objects.get(pk=appointment.pk).ends_on},
)
@transaction.atomic
def hand_over(
    *, by: Person, appointment: Appointment, person: Person, rank: str, starts_on: dt.date, reason: str
) -> Appointment:
    """End an appointment and let somebody else hold the same post from the next day on.

    Open drafts stay with the old holder, who goes on reading them; what waits for a decision follows the roles.
    """
    appointment = _locked(appointment)
    access.check_administer(appointment.post.organization, by)
    if appointment.person_id == person.pk:
        raise Refused(_("A post is handed over to somebody else."))
    last = starts_on - dt.timedelta(days=1)
    if last < appointment.starts_on:
        raise Refused(_("The new holder begins after the old one began, on %(day)s.") % {"day": appointment.starts_on})
    if appointment.ends_on is None or appointment.ends_on > last:
        _put_end(appointment, last, by=by, reason=reason)
    return _appoint(by=by, person=person, post=appointment.post, rank=rank, starts_on=starts_on)


def _locked(appointment: Appointment) -> Appointment:
    return (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("person", "post__organization")
        .get(pk=appointment.pk)
    )


def _put_end(appointment: Appointment, ends_on: dt.date, *, by: Person, reason: str) -> None:
    appointment.ends_on = ends_on
    appointment._history_user, appointment._change_reason = by, reason[:100]
    appointment.save(update_fields=["ends_on"])
    record("appointment.end", by=by, subject=appointment, content=[str(ends_on), reason], seals=[appointment])
