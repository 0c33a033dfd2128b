"""Alerts: raised by what was judged or by the clock, passed on when nobody answers, answered by a head, closed when the cause is gone.

The clock's part is one unit of work for each step (registry/actions/jobs.py): done whole or not at all, and never twice.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.actions.audit import record
from registry.actions.organization import console_actor
from registry.actions.writing import change
from registry.models import Organization, Person, PointVersion, Scheme
from registry.rules import STANDING_STATES, AlertColour, AlertTable, Refused

from .. import access
from ..models import Alert, AlertStep, Finding, Signal, Task
from ..rules import (
    HEADS,
    JUDGES,
    TWELVE_MONTHS,
    AlertRule,
    AlertRung,
    AlertVerb,
    Cause,
    FindingState,
    Judging,
    TaskState,
    alert_after,
    darker,
    given_by,
)

Subject = Signal | Finding | Task
# By what names the subject of an alert, and which row of the table counts its days.
_OVERDUE: dict[type, Cause] = {Signal: Cause.SIGNAL, Finding: Cause.FINDING, Task: Cause.TASK}


def table_over(organization: Organization) -> AlertTable:
    """Return the table of alerts that holds for an organization today."""
    year = timezone.localdate().year
    return Scheme.objects.rule_over((organization.tree_from, organization.tree_from), year).alerts


# --- Raising ----------------------------------------------------------------------------------------------------------------


def follow_judgement(signal: Signal, *, by: Person) -> Alert | None:
    """Close what has no cause any more once a signal was judged, and raise what it gives; inside the judging transaction."""
    for alert in Alert.objects.open().filter(_gone(timezone.localdate()), signal=signal):
        _lapse(alert, by=by)
    if signal.judged != Judging.RISK or Alert.objects.open().filter(signal=signal).exists():
        return None
    return _raise(signal, repeats_of(signal), by=by)


def repeats_of(signal: Signal) -> dict[Cause, int]:
    """Return how often the same was judged as risk within twelve months, and the grade of the point it is about."""
    today = timezone.localdate()
    risks = Signal.objects.shows_risk(today - TWELVE_MONTHS, today)
    facts = {Cause.ORGANIZATION: risks.filter(organization=signal.organization_id).count()}
    if signal.post_id:
        facts[Cause.POST] = risks.filter(post=signal.post_id).count()
    if signal.point_id:
        facts[Cause.POINT] = risks.filter(point=signal.point_id).count()
        standing = PointVersion.objects.filter(point=signal.point_id, state__in=STANDING_STATES)
        facts[Cause.GRADE] = standing.order_by("-pk").values_list("grade", flat=True).first() or 0
    return facts


def _raise(subject: Subject, facts: Mapping[Cause, int], *, by: Person) -> Alert | None:
    organization = subject.organization
    table = table_over(organization)
    given = given_by(facts, table)
    if given is None:
        return None
    # Who holds a post may not learn that there is a signal about it, and nobody in the unit of one that is not judged.
    about_post = subject.post if isinstance(subject, Signal) else None
    place, rung = _first_reached(_ladder(given.cause), 0, organization, about_post)
    alert = Alert.objects.create(
        **{subject._meta.model_name: subject},
        organization=organization,
        position=organization.tree_from,
        post=subject.post,
        point=subject.point,
        first_colour=given.colour,
        colour=given.colour,
        rule=given.rule,
        facts=given.facts,
        raised_at=timezone.now(),
        answer_by=timezone.localdate() + dt.timedelta(days=table.days_to_answer(given.colour)),
        rung=rung,
        asked_permission=_ladder(given.cause)[rung].permission,
        asked_organization=place,
    )
    _step(alert, AlertVerb.RAISE, by=by, content=[given.colour, given.facts])
    return alert


def _ladder(cause: str) -> tuple[AlertRung, ...]:
    return JUDGES if cause == Cause.SIGNAL else HEADS


def _first_reached(
    ladder: tuple[AlertRung, ...], start: int, organization: Organization, about_post
) -> tuple[Organization, int]:
    """Return the first rung from `start` on that reaches somebody, and on which organization; the last one where none does."""
    place = organization
    for number in range(start, len(ladder)):
        found = access.place_of(ladder[number], organization)
        if found is None:
            continue
        place = found
        if ladder[number].kind is None or access.reached(ladder[number].permission, found, about_post):
            return found, number
    return place, len(ladder) - 1


def _step(
    alert: Alert, verb: AlertVerb, *, by: Person, content: object, text: str = "", whom: int | None = None
) -> None:
    """Write down what happened, and seal it. What is about a signal is a confidential act like the signal's own."""
    step = AlertStep.objects.create(
        alert=alert,
        verb=verb,
        colour=alert.colour,
        asked_permission=alert.asked_permission,
        asked_organization=alert.asked_organization,
        answer_by=alert.answer_by,
        text=text,
        by=by,
        for_whom_id=whom,
        at=timezone.now(),
    )
    acts = {AlertVerb.RAISE: "raise", AlertVerb.ESCALATE: "escalate"}
    act = "signal.alert" if alert.signal_id else f"alert.{acts.get(verb, 'close')}"
    record(act, by=by, subject=alert, content=[verb.value, content], seals=[alert, step])


# --- Answering, closing, passing on -----------------------------------------------------------------------------------------


def _locked(alert: Alert) -> Alert:
    return (
        Alert.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organization", "asked_organization")
        .get(pk=alert.pk)
    )


@transaction.atomic
def answer_alert(*, by: Person, alert: Alert, text: str, expected: int) -> None:
    """Answer an alert: what was looked at and what is done about it. It is closed with that."""
    alert = _locked(alert)
    state = alert_after(alert.state, AlertVerb.ANSWER)
    access.check_answer(alert, by)
    if not text.strip():
        raise Refused(_("Say what you found and what is done about it."))
    change(alert, by=by, expected=expected, state=state)
    _step(
        alert,
        AlertVerb.ANSWER,
        by=by,
        content=text.strip(),
        text=text.strip(),
        whom=access.alert_answered_for(alert, by),
    )


def _lapse(alert: Alert, *, by: Person) -> None:
    change(alert, by=by, expected=alert.version, state=alert_after(alert.state, AlertVerb.LAPSE))
    _step(alert, AlertVerb.LAPSE, by=by, content=alert.facts)


def pass_on(alert: Alert, *, by: Person, today: dt.date) -> None:
    """Address an alert nobody answered by the day before `today` to the next head, in a darker colour; inside a transaction."""
    alert = _locked(alert)
    state = alert_after(alert.state, AlertVerb.ESCALATE)
    ladder = _ladder(alert.facts["cause"])
    if alert.answer_by >= today or not _goes_on(alert):
        raise Refused(_("This alert is not to be passed on."))
    about_post = alert.post if alert.signal_id else None
    place, rung = alert.asked_organization, alert.rung
    if rung < len(ladder) - 1:
        place, rung = _first_reached(ladder, rung + 1, alert.organization, about_post)
    colour = darker(alert.colour)
    days = table_over(alert.organization).days_to_answer(colour)
    change(
        alert,
        by=by,
        expected=alert.version,
        state=state,
        colour=colour,
        rung=rung,
        asked_permission=ladder[rung].permission,
        asked_organization=place,
        answer_by=today + dt.timedelta(days=days),
    )
    _step(alert, AlertVerb.ESCALATE, by=by, content=[colour, place.code, rung])


def _goes_on(alert: Alert) -> bool:
    """Say whether there is a next head or a darker colour."""
    return alert.rung < len(_ladder(alert.facts["cause"])) - 1 or alert.colour < AlertColour.RED


# --- By the clock -----------------------------------------------------------------------------------------------------------


def due_alerts() -> list[tuple[str, Callable[[], None]]]:
    """Return what is due: alerts whose cause is gone, those nobody answered in time, and what has become overdue."""
    today = timezone.localdate()
    work: list[tuple[str, Callable[[], None]]] = [
        (f"close:{alert.pk}", partial(_close, alert))
        for alert in Alert.objects.open().filter(_gone(today)).order_by("pk")
    ]
    for alert in Alert.objects.unanswered_on(today).exclude(_gone(today)).order_by("pk"):
        if _goes_on(alert):
            work.append(
                (f"escalate:{alert.pk}:{alert.version}", partial(pass_on, alert, by=console_actor(), today=today))
            )
    for causes in overdue(today):
        work += _to_raise(causes, today)
    return work


def overdue(today: dt.date) -> list[QuerySet]:
    """Return the signals not judged, and the findings and tasks past their day, that may be too late by some table."""
    return [
        Signal.objects.filter(judged=Judging.OPEN),
        Finding.objects.filter(state=FindingState.OPEN, due_on__lt=today),
        Task.objects.filter(state=TaskState.OPEN, due_on__lt=today),
    ]


def _gone(today: dt.date) -> Q:
    """Return the condition that what an alert is about is not so any more."""
    judged = Q(signal__isnull=False, rule=AlertRule.OVERDUE) & ~Q(signal__judged=Judging.OPEN)
    no_risk = Q(signal__isnull=False) & ~Q(rule=AlertRule.OVERDUE) & ~Q(signal__judged=Judging.RISK)
    corrected = Q(finding__isnull=False) & (~Q(finding__state=FindingState.OPEN) | Q(finding__due_on__gte=today))
    done = Q(task__isnull=False) & (~Q(task__state=TaskState.OPEN) | Q(task__due_on__gte=today))
    return judged | no_risk | corrected | done


def _close(alert: Alert) -> None:
    alert = _locked(alert)
    if not Alert.objects.filter(_gone(timezone.localdate()), pk=alert.pk).exists():
        raise Refused(_("What this alert is about is still so."))
    _lapse(alert, by=console_actor())


def _to_raise(causes: QuerySet, today: dt.date) -> list[tuple[str, Callable[[], None]]]:
    """Return the alerts to be raised about overdue things: where none is open, and the colour is darker than any before."""
    model = causes.model
    name, day = model._meta.model_name, "entered_at" if model is Signal else "due_on"
    found = list(
        Alert.objects.without_open_alert(causes, name).order_by("pk").values_list("pk", "organization", day, "known")
    )
    places = Organization.objects.filter(pk__in={organization for _pk, organization, _since, _known in found})
    holding = Scheme.objects.holding(list(places), today.year) if found else {}
    tables = {pk: scheme.rule.alerts if scheme else AlertTable() for pk, scheme in holding.items()}
    work = []
    for pk, organization, since, known in found:
        given = given_by({_OVERDUE[model]: _days(since, today)}, tables[organization])
        if given is not None and given.colour > (known or 0):
            work.append((f"raise:{name}:{pk}:{given.colour.value}", partial(_raise_overdue, model, pk)))
    return work


def _days(since: dt.date | dt.datetime, today: dt.date) -> int:
    day = timezone.localdate(since) if isinstance(since, dt.datetime) else since
    return max((today - day).days, 0)


def _raise_overdue(model: type, pk: int) -> None:
    """Raise the alert about something overdue, if it still is."""
    today = timezone.localdate()
    causes = next(each for each in overdue(today) if each.model is model)
    subject = causes.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
    if subject is None or Alert.objects.open().filter(**{model._meta.model_name: subject}).exists():
        raise Refused(_("This is not overdue any more."))
    since = subject.entered_at if model is Signal else subject.due_on
    if _raise(subject, {_OVERDUE[model]: _days(since, today)}, by=console_actor()) is None:
        raise Refused(_("This is not overdue any more."))
