"""What colleagues and leaders suggest is taken up or declined with a reason, and the reviewers see which."""

import pytest
from django.urls import reverse
from django.utils import translation

from registry import access
from registry.actions import declarations as verbs
from registry.actions import organization, suggestions
from registry.models import PointVersion, Suggestion
from registry.rules import Incomplete, Method, NotAllowed, Refused, SuggestionState
from tests import factories


@pytest.fixture(autouse=True)
def in_english():
    """Sentences are compared in the language they are written in."""
    with translation.override("en"):
        yield


@pytest.fixture
def draft(body):
    """The holder's complete draft."""
    return factories.draft(body)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("colleague", Method.COLLEAGUES),
        ("other_holder", Method.COLLEAGUES),
        ("clerk", Method.COLLEAGUES),
        ("head", Method.LEADER),
        ("supervisor", Method.LEADER),
        ("member", Method.LEADER),
        ("principal", Method.LEADER),
        ("other_head", Method.COLLEAGUES),  # leads another section
    ],
)
def test_as_what_somebody_suggests(body, draft, name, method):
    assert factories.suggestion(body, draft.post, name).method == method


@pytest.mark.parametrize("name", ["holder", "mzj_holder", "inspector", "system_administrator"])
def test_who_suggests_nothing(body, draft, name):
    with pytest.raises(NotAllowed):
        factories.suggestion(body, draft.post, name)


def test_whoever_is_recused_suggests_nothing_there(body, draft):
    organization.recuse(
        by=organization.console_actor(), person=body["other_holder"], organization=body.organization("CZJ-01"),
        starts_on=factories.SINCE, reason="测试",
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        factories.suggestion(body, draft.post, "other_holder")
    assert access.posts_to_suggest_for(body["other_holder"]).exists()


def test_taken_up_it_becomes_a_point_to_be_completed(body, draft):
    made = factories.suggestion(body, draft.post, "head")
    with pytest.raises(Incomplete) as told:
        factories.submit(draft)
    assert [gap.sentence for gap in told.value.gaps] == ["“建议的风险点” was suggested: take it up, or say why not."]
    version = suggestions.take_up_suggestion(by=body["holder"], declaration=draft, suggestion=made)
    assert (version.title, version.methods) == (made.title, [Method.LEADER])
    with pytest.raises(Incomplete) as told:
        factories.submit(draft)
    assert any("choose one of the five categories" in gap.sentence for gap in told.value.gaps)
    # Removed again, it waits for an answer again.
    version.refresh_from_db()
    verbs.remove_point(by=body["holder"], version=version, expected=version.version)
    made.refresh_from_db()
    assert made.state == SuggestionState.OPEN


def test_declined_with_a_reason_the_reviewers_see_it(body, draft, client_of):
    made = factories.suggestion(body, draft.post, "colleague")
    with pytest.raises(Refused, match="Say why"):
        suggestions.decline_suggestion(by=body["holder"], declaration=draft, suggestion=made, reason=" ")
    suggestions.decline_suggestion(by=body["holder"], declaration=draft, suggestion=made, reason="该环节不在本岗位。")
    with pytest.raises(Refused, match="answered already"):
        made.refresh_from_db()
        suggestions.take_up_suggestion(by=body["holder"], declaration=draft, suggestion=made)
    factories.submit(draft)
    draft.refresh_from_db()
    page = client_of("head").get(reverse("registry:declaration-decide", args=[draft.approval_id])).content.decode()
    assert "该环节不在本岗位。" in page
    assert body["colleague"].name in page
    # Whoever reads only what is filed does not see it.
    while draft.state == "submitted":
        factories.decide(draft)
    page = client_of("inspector").get(reverse("registry:declaration", args=[draft.pk])).content.decode()
    assert "该环节不在本岗位。" not in page
    # It was part of what was decided on.
    assert draft.approval.submissions.last().content["suggestions"][0]["reason"] == "该环节不在本岗位。"


def test_only_the_holder_answers_and_only_for_the_post(body, draft):
    made = factories.suggestion(body, draft.post)
    with pytest.raises(NotAllowed):
        suggestions.decline_suggestion(by=body["colleague"], declaration=draft, suggestion=made, reason="无。")
    other = factories.draft(body, "other_holder")
    with pytest.raises(Refused):
        suggestions.take_up_suggestion(by=body["other_holder"], declaration=other, suggestion=made)
    assert PointVersion.objects.count() == 2


def test_a_suggestion_after_submission_waits_for_the_next_declaration(body, draft):
    factories.submit(draft)
    made = factories.suggestion(body, draft.post)
    with pytest.raises(Refused):
        suggestions.take_up_suggestion(by=body["holder"], declaration=draft, suggestion=made)
    while draft.state == "submitted":
        factories.decide(draft)
    supplement = factories.supplement(body)
    assert list(suggestions.open_suggestions(supplement)) == [made]


def test_suggested_and_answered_on_the_pages(body, draft, client_of):
    colleague, holder = client_of("colleague"), client_of("holder")
    response = colleague.post(
        reverse("registry:suggestion-new"),
        {"whom": f"post-{draft.post_id}", "title": "建议的风险", "text": "在复核环节见过。"},
    )
    assert response.status_code == 302
    made = Suggestion.objects.get()
    page = holder.get(reverse("registry:declaration-edit", args=[draft.pk])).content.decode()
    assert "建议的风险" in page
    response = holder.post(reverse("registry:suggestion-take-up", args=[draft.pk, made.pk]))
    assert response.status_code == 302
    assert "taken" in SuggestionState.TAKEN_UP
    page = colleague.get(reverse("registry:suggestions")).content.decode()
    assert str(SuggestionState.TAKEN_UP.label) in page or "已采纳" in page
    followed = client_of("clerk").get(reverse("registry:coverage")).content.decode()
    assert str(Method.COLLEAGUES.label) in followed or "群众帮" in followed
