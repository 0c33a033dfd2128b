"""What one administrator enters and another confirms. The verbs themselves carry the mark `entered`: there is no way around it.

Called by an administrator, a marked verb enters a `Confirmation`: what widens rights is tried out and taken back, and done when
another confirms it; what narrows them is done at once. Called by the command line it acts as it always did.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import Appointment, Assignment, Confirmation, Organization, Person, Post, Recusal
from ..roles import Permission
from ..rules import (
    ACTS,
    DAYS_TO_CONFIRM,
    Act,
    Changed,
    ConfirmationState,
    ConfirmationVerb,
    NotAllowed,
    Refused,
    confirmation_after,
    digest,
    lapses_on,
    other_kind,
    waits,
)
from .audit import record

_MODELS: dict[str, type[Model]] = {
    model._meta.model_name: model for model in (Appointment, Assignment, Organization, Person, Post, Recusal)
}


@dataclass(frozen=True)
class Concern:
    """Whom an act is about and which places it touches; without a place the account's own."""

    person: Person | None = None
    organization: Organization | None = None
    other: Organization | None = None


@dataclass(frozen=True)
class _Marked:
    verb: Callable[..., Any]
    concern: Callable[..., Concern]
    before: Callable[..., dict[str, Any]]


_VERBS: dict[Act, _Marked] = {}


def _marked(act: str) -> _Marked:
    """Return a verb with its mark. Verbs mark themselves when they are loaded, which `registry/apps.py` sees to."""
    return _VERBS[Act(act)]


class _TakenBack(Exception):
    """Ends a trial."""


def entered(
    act: Act, *, concern: Callable[..., Concern], before: Callable[..., dict[str, Any]] = lambda **_given: {}
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a verb as one that an administrator enters and another confirms.

    `concern` and `before` take the verb's own arguments; `before` returns what stands today of what is to change.
    """

    def mark(verb: Callable[..., Any]) -> Callable[..., Any]:
        _VERBS[act] = _Marked(verb, concern, before)

        @wraps(verb)
        def enter(*, by: Person, **given: Any) -> Any:
            return verb(by=by, **given) if access.is_console(by) else enter_act(act, by, given)

        return enter

    return mark


@transaction.atomic
def enter_act(act: Act, by: Person, given: dict[str, Any]) -> Confirmation:
    """Enter an act for an administrator: done at once where it narrows rights, else tried out and kept waiting."""
    marked = _marked(act)
    _lock_named(given)
    before = marked.before(**given)
    permission = ACTS[act].permission
    if not waits(act, before, given):
        concern = _placed(marked.concern(**given), by)
        marked.verb(by=by, **given)
        return _store(act, by, permission, concern, plain(given), plain(before), ConfirmationState.IN_EFFECT)
    try_out(lambda: marked.verb(by=by, **given))
    return _store(
        act,
        by,
        permission,
        _placed(marked.concern(**given), by),
        plain(given),
        plain(before),
        ConfirmationState.WAITING,
    )


def _lock_named(given: Mapping[str, Any]) -> None:
    """Hold what stands until it is decided whether an act waits: nobody moves an end in between."""
    for row in given.values():
        if isinstance(row, Appointment | Assignment | Recusal):
            type(row).objects.select_for_update().get(pk=row.pk)


def enter_together(
    *, by: Person, permission: Permission, acts: list[tuple[Act, dict[str, Any]]], file_digest: str
) -> Confirmation:
    """Enter what a workbook would give as one thing that waits. The caller has tried it out."""
    places = []
    for act, given in acts:
        concern = _placed(_marked(act).concern(**given), by)
        places += [place.interval for place in (concern.organization, concern.other) if place is not None]
        if concern.person is not None and concern.person.pk == by.pk:
            raise NotAllowed(_("Nobody enters what is about themselves; %s stands in the workbook.") % by)
    place = access.place_over(places, by, permission)
    if place is None:
        raise Refused(_("The workbook touches several regions; take in each by itself."))
    values = {"file": file_digest, "acts": [[act.value, plain(given)] for act, given in acts]}
    return _store(Act.IMPORT, by, permission, Concern(organization=place), values, {}, ConfirmationState.WAITING)


def try_out(work: Callable[[], object]) -> None:
    """Do something with all its checks and take it back; what refuses it is raised."""
    try:
        with transaction.atomic():
            work()
            raise _TakenBack
    except _TakenBack:
        pass


def carry_out(act: Act, by: Person, given: dict[str, Any]) -> Any:
    """Do what an act does, with all its checks, as part of something that is tried out or confirmed as a whole."""
    return _marked(act).verb(by=by, **given)


def is_waiting(act: Act, given: dict[str, Any]) -> bool:
    """Say whether an act, entered by an administrator, would wait."""
    return waits(act, _marked(act).before(**given), given)


@transaction.atomic
def confirm(*, by: Person, confirmation: Confirmation) -> None:
    """Confirm what another entered; what waited is done now, with all its checks again."""
    confirmation = _locked(confirmation)
    access.check_confirmation(confirmation, by)
    state = _after(confirmation, ConfirmationVerb.CONFIRM)
    _settle(confirmation, state, by=by)
    if confirmation.state == ConfirmationState.WAITING:
        made = _do(confirmation, by)
        if confirmation.act == Act.PERSON_CREATE:
            Confirmation.objects.filter(pk=confirmation.pk).update(person=made)
    record("confirmation.confirm", by=by, subject=confirmation, seals=[confirmation])


@transaction.atomic
def decline(*, by: Person, confirmation: Confirmation, reason: str) -> None:
    """Decline what another entered. What is in effect stays so; the reason tells who entered it what to do."""
    confirmation = _locked(confirmation)
    access.check_confirmation(confirmation, by)
    _settle(confirmation, _after(confirmation, ConfirmationVerb.DECLINE), by=by, remark=reason)
    record("confirmation.decline", by=by, subject=confirmation, content=reason, seals=[confirmation])


@transaction.atomic
def take_back(*, by: Person, confirmation: Confirmation) -> None:
    """Take back what one entered oneself, while it waits."""
    confirmation = _locked(confirmation)
    access.check_take_back(confirmation, by)
    _settle(confirmation, _after(confirmation, ConfirmationVerb.TAKE_BACK))
    record("confirmation.take_back", by=by, subject=confirmation, seals=[confirmation])


@transaction.atomic
def lapse(*, by: Person, confirmation: Confirmation) -> None:
    """Write down that nobody decided in time; it could not be confirmed any more before that either."""
    confirmation = _locked(confirmation)
    if confirmation.lapses_on is None or confirmation.lapses_on >= timezone.localdate():
        raise Refused(_("This can still be confirmed."))
    _settle(confirmation, confirmation_after(confirmation.state, ConfirmationVerb.LAPSE))
    record("confirmation.lapse", by=by, subject=confirmation, seals=[confirmation])


def password_allowed(by: Person, person: Person) -> Confirmation | None:
    """Return what allows `by` to make a password for somebody: entered by them, confirmed, not used and not too old."""
    return _passwords_allowed(by, person).first()


def _passwords_allowed(by: Person, person: Person) -> QuerySet[Confirmation]:
    since = timezone.now() - dt.timedelta(days=DAYS_TO_CONFIRM)
    return Confirmation.objects.filter(
        act__in=[Act.PERSON_CREATE, Act.PERSON_PASSWORD],
        person=person,
        entered_by=by,
        state=ConfirmationState.CONFIRMED,
        decided_at__gte=since,
        used_at=None,
    )


def use_password_allowed(by: Person, person: Person) -> list[Confirmation]:
    """Use up all that allows a password, and return it to be sealed; refused without. The command line needs nothing."""
    if access.is_console(by):
        return []
    allowed = list(_passwords_allowed(by, person).select_for_update())
    if not allowed:
        raise Refused(
            _("A new password is entered first and confirmed by another administrator; then it is made once.")
        )
    Confirmation.objects.filter(pk__in=[each.pk for each in allowed]).update(used_at=timezone.now())
    return allowed


# --- How it is done ------------------------------------------------------------------------------------------------------


def _store(
    act: Act,
    by: Person,
    permission: Permission,
    concern: Concern,
    values: dict,
    before: dict,
    state: ConfirmationState,
) -> Confirmation:
    is_waiting = state == ConfirmationState.WAITING
    today = timezone.localdate()
    key = digest([act.value, {name: value for name, value in values.items() if name != "reason"}])
    for lapsed in Confirmation.objects.lapsed(today).filter(key=key):
        lapse(by=by, confirmation=lapsed)
    if is_waiting and Confirmation.objects.filter(key=key, state=ConfirmationState.WAITING).exists():
        raise Refused(_("The same was entered already and waits for confirmation."))
    made = Confirmation(
        act=act,
        values=values,
        before=before,
        key=key,
        person=concern.person,
        organization=concern.organization,
        other=concern.other,
        reason=values.get("reason", ""),
        state=state,
        entered_by=by,
        entered_at=timezone.now(),
        entered_with=permission,
        confirmed_with=other_kind(permission),
        lapses_on=lapses_on(today) if is_waiting else None,
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:  # somebody pressed the button twice
        raise Refused(_("The same was entered already and waits for confirmation.")) from None
    record("confirmation.enter", by=by, subject=made, content=[act.value, values], seals=[made])
    return made


def _placed(concern: Concern, by: Person) -> Concern:
    if concern.organization is not None:
        return concern
    place = (
        access.place_over((), by, Permission.MANAGE_ACCOUNTS)
        if concern.person is None
        else access.place_of_account(concern.person, by)
    )
    if place is None:  # recused from all they administer
        raise NotAllowed(_("You administer no region at present."))
    return Concern(concern.person, place)


def _locked(confirmation: Confirmation) -> Confirmation:
    return (
        Confirmation.objects.select_for_update(of=("self",))
        .select_related("organization", "other", "person", "entered_by")
        .get(pk=confirmation.pk)
    )


def _after(confirmation: Confirmation, verb: ConfirmationVerb) -> ConfirmationState:
    """Return the state that follows today: what should have lapsed has."""
    is_over = confirmation.lapses_on is not None and confirmation.lapses_on < timezone.localdate()
    has_lapsed = confirmation.state == ConfirmationState.WAITING and is_over
    return confirmation_after(ConfirmationState.LAPSED if has_lapsed else confirmation.state, verb)


def _settle(
    confirmation: Confirmation, state: ConfirmationState, *, by: Person | None = None, remark: str = ""
) -> None:
    """Write the decision, on the condition that nobody was first."""
    settled = Confirmation.objects.filter(pk=confirmation.pk, state=confirmation.state).update(
        state=state, decided_by=by, decided_at=timezone.now(), remark=remark
    )
    if not settled:
        raise Changed(_("Somebody else has decided on this meanwhile."))


def _do(confirmation: Confirmation, by: Person) -> Any:
    """Do what waited. Each act is its own administrator's: who entered it, or in a workbook who confirms it."""
    act = Act(confirmation.act)
    acts = confirmation.values["acts"] if act == Act.IMPORT else [[act, confirmation.values]]
    made = None
    for name, values in acts:
        given = restored(values)
        _lock_named(given)
        marked, entering = _marked(name), ACTS[Act(name)].permission == confirmation.entered_with
        if act != Act.IMPORT and plain(marked.before(**given)) != confirmation.before:
            raise Changed(_("What this changes has changed itself since it was entered; it has to be entered anew."))
        concerned = marked.concern(**given).person
        if concerned is not None and concerned.pk == by.pk:
            raise NotAllowed(_("Nobody confirms what is about themselves."))
        try:
            made = marked.verb(by=confirmation.entered_by if entering else by, **given)
        except NotAllowed as why:
            raise Refused(
                _("%(person)s may not do this any more: %(why)s")
                % {"person": confirmation.entered_by if entering else by, "why": why}
            ) from None
    return made


def plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments as plain values for JSON."""
    return {name: _plain(value) for name, value in given.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return {"of": value._meta.model_name, "id": value.pk}
    if isinstance(value, dt.date):
        return {"day": value.isoformat()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value if value is None else str(value)


def restored(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments again, each row as it stands now."""
    return {name: _restored(value) for name, value in values.items()}


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        return [_restored(each) for each in value]
    if isinstance(value, dict):
        if "day" in value:
            return dt.date.fromisoformat(value["day"])
        return _MODELS[value["of"]].objects.get(pk=value["id"])
    return value
