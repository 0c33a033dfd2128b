"""Walks that are put back instead of done again: only from the same rows, and never where they could lead elsewhere."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone, translation

from registry.models import AuditEntry, Declaration, Person
from registry.rules import verification
from tests import factories, kept
from tests.registry import consistency


def anew() -> factories.Body:
    """The body in tables that are empty again."""
    transaction.savepoint_rollback(kept.standing.empty)
    return factories.make_body()


def salt() -> str:
    """What no act gives twice."""
    return AuditEntry.objects.last().salt


def test_what_is_put_back_is_what_was_there(body):
    factories.filed(body)
    rows = kept._rows()
    declaration = factories.filed(anew())
    assert kept._rows() == rows
    assert declaration == Declaration.objects.get()
    assert consistency.problems() == []


def test_the_next_act_goes_on_from_there(body):
    factories.filed(body)
    body = anew()
    factories.filed(body)
    factories.give(body, "colleague", "recorder", "CZJ", starts_on=factories.today())
    factories.organization_draft(body)
    factories.suggestion(body, body.appointment("holder").post)
    assert consistency.problems() == []


@pytest.mark.parametrize("kind", ["nothing", "row", "savepoint", "patch", "setting", "language", "day"])
def test_a_walk_is_done_where_anything_is_other_than_it_was(body, kind, monkeypatch, settings):
    """And put back where nothing is."""
    factories.filed(body)
    before, body = salt(), anew()
    walk: Callable = factories.filed
    if kind == "row":
        Person.objects.filter(pk=body["holder"].pk).update(name="换名")
    elif kind == "savepoint":
        walk = transaction.atomic(walk)
    elif kind == "patch":
        monkeypatch.setattr(verification, "MOST_CHECKS", 1)
    elif kind == "setting":
        settings.SECOND_FACTOR = "optional"
    elif kind == "language":
        walk = translation.override("en" if translation.get_language() != "en" else "zh-hans")(walk)
    elif kind == "day":
        walk = time_machine.travel(timezone.now() + dt.timedelta(days=1))(walk)
    walk(body)
    assert (salt() == before) == (kind == "nothing")
    assert Person.objects.get(pk=body["holder"].pk).name == ("换名" if kind == "row" else body["holder"].name)
