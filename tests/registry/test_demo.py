"""The demonstration body: made by the real verbs, something in every state, and made only once."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from registry.actions import organization
from registry.models import Declaration, Objection, PointVersion, PublicNotice, Suggestion
from registry.rules import Category, DeclarationState, NoticeState


def load() -> str:
    told = StringIO()
    call_command("load_demo", stdout=told)
    return told.getvalue()


@pytest.mark.once
def test_it_holds_something_in_every_state_and_is_made_once(db):
    told = load()
    points = PointVersion.objects.all()
    assert points.count() >= 120
    assert set(points.values_list("category", flat=True)) == set(Category.values)
    assert set(Declaration.objects.values_list("state", flat=True)) == set(DeclarationState.values)
    assert {"draft", "filed", "published", "to_change", "superseded"} <= set(points.values_list("state", flat=True))
    assert set(PublicNotice.objects.values_list("state", flat=True)) == {
        NoticeState.DRAFT,
        NoticeState.SUBMITTED,
        NoticeState.POSTED,
    }
    assert Objection.objects.filter(ruling="").exists()
    assert Suggestion.objects.count() == 2
    assert Declaration.objects.filter(supplement=1, state=DeclarationState.SUBMITTED).exists()
    for line in told.splitlines():
        assert "nobody" not in line
    before = (points.count(), PublicNotice.objects.count())
    assert load().endswith(told)
    assert (points.count(), PublicNotice.objects.count()) == before


def test_it_goes_into_an_empty_database_only(db):
    organization.create_organization(by=organization.console_actor(), kind="region", code="XX", name="另一个地区")
    with pytest.raises(CommandError, match="real body"):
        load()
