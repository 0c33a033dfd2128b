"""The sessions of people, and what was typed when one ended."""

import datetime as dt
import json

from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from .. import access
from ..models import KeptForm, OpenSession, Person, SignInTally
from ..rules.sign_in import FORM_KEPT_FOR, FORMS_KEPT, LOCKED_FOR
from .audit import record
from .encryption import Unreadable, seal, unseal

SEEN = "seen"
FACTOR = "factor"
# A session says at most this often that it was used.
SAYS_EVERY = dt.timedelta(minutes=1)


def begin_session(sender: type, request: HttpRequest, user: Person, **kwargs: object) -> None:
    """Note a session that has begun: also after it got another key."""
    now = timezone.now()
    if request.session.session_key is None:
        request.session.save()
    request.session[SEEN] = now.timestamp()
    # Nobody gets here without the code of the factor they have (integrity/sign_in.py).
    request.session[FACTOR] = access.has_second_factor(user)
    OpenSession.objects.update_or_create(
        session_id=request.session.session_key,
        defaults={
            "person": user,
            "address": getattr(request, "address", ""),
            "agent": request.META.get("HTTP_USER_AGENT", "")[:300],
            "since": now,
            "seen": now,
        },
    )


def rested_for(request: HttpRequest) -> dt.timedelta:
    """Return how long nothing has come from the session."""
    seen = request.session.get(SEEN)
    return timezone.now() - dt.datetime.fromtimestamp(seen, dt.UTC) if seen else dt.timedelta()


def see_session(request: HttpRequest) -> None:
    """Note that the session is used, to the minute."""
    if SEEN not in request.session or rested_for(request) >= SAYS_EVERY:
        now = timezone.now()
        request.session[SEEN] = now.timestamp()
        OpenSession.objects.filter(session=request.session.session_key).update(seen=now)


def end_sessions(person: Person, *, but: str | None = None) -> int:
    """End all sessions of a person, but for one perhaps; return how many."""
    theirs = Session.objects.filter(opened__person=person).exclude(pk=but)
    return theirs.delete()[1].get("sessions.Session", 0)


@transaction.atomic
def end_own_sessions(*, by: Person, current: str, pk: int | None = None) -> int:
    """End one other session of one's own, or all others."""
    others = OpenSession.objects.filter(person=by).exclude(session=current)
    chosen = others.filter(pk=pk) if pk is not None else others
    keys = list(chosen.values_list("session", flat=True))
    if keys:
        Session.objects.filter(pk__in=keys).delete()
        record("session.end", by=by, subject=by, content=[len(keys)])
    return len(keys)


# --- What was typed ------------------------------------------------------------------------------------------------------


def keep_form(*, person: Person, page: str, fields: list[tuple[str, list[str]]], left_out: bool) -> KeptForm:
    """Keep what a person sent when their session had ended, for an hour; of each page only the latest, and of few pages."""
    sealed = seal(json.dumps(fields), _purpose(person.pk))
    with transaction.atomic():
        KeptForm.objects.filter(person=person, page=page).delete()
        latest = KeptForm.objects.filter(person=person).values_list("pk", flat=True)[: FORMS_KEPT - 1]
        KeptForm.objects.filter(person=person).exclude(pk__in=list(latest)).delete()
        return KeptForm.objects.create(
            person=person, page=page, fields=sealed, left_out=left_out, kept_at=timezone.now()
        )


def kept_form(person: Person, pk: int | str | None = None) -> KeptForm | None:
    """Return what is kept for the person: the one asked for, or the latest."""
    theirs = KeptForm.objects.filter(person=person, kept_at__gt=timezone.now() - FORM_KEPT_FOR)
    return theirs.filter(pk=pk).first() if pk is not None else theirs.first()


def fields_of(kept: KeptForm) -> dict[str, list[str]]:
    """Return the fields of a kept form, by name; none where they can no longer be read."""
    try:
        return dict(json.loads(unseal(kept.fields, _purpose(kept.person_id))))
    except Unreadable:
        return {}


def forget_forms(person: Person, *, page: str) -> None:
    """Forget what was kept of a page whose form the person has sent since."""
    KeptForm.objects.filter(person=person, page=page).delete()


def discard_form(kept: KeptForm) -> None:
    """Forget what was typed."""
    kept.delete()


def _purpose(person_id: int) -> str:
    return f"kept form of {person_id}"


# --- By the clock --------------------------------------------------------------------------------------------------------


def clear_away() -> None:
    """Remove sessions that have expired, forms whose hour is over, and attempts that count no longer."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    KeptForm.objects.filter(kept_at__lt=now - FORM_KEPT_FOR).delete()
    SignInTally.objects.filter(last__lt=now - LOCKED_FOR).delete()
