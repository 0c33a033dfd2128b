"""Another language in the middle of a form: nothing typed is lost unasked; else the same page, at once, in three languages."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from .acts import button, errors, field

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TYPED = "未经审批用印"


def switch(page: Page, language: str) -> None:
    page.get_by_role("button", name=language, exact=True).click(no_wait_after=True)
    page.wait_for_function("() => true")


def test_another_language_asks_before_typed_text_is_lost(arrive, watch):
    page = arrive("holder")
    page.goto(reverse("registry:suggestion-new"))
    field(page, "Risk point").press_sequentially(TYPED)
    switch(page, "繁體中文")
    assert watch.questions == ["beforeunload"]
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(field(page, "Risk point")).to_have_value(TYPED)

    # The same form come back with mistakes holds text that is stored nowhere.
    watch.expect(422)
    button(page, "Suggest").click()
    expect(errors(page).first).to_be_visible()
    expect(field(page, "Risk point")).to_have_value(TYPED)
    switch(page, "English")
    assert watch.questions == ["beforeunload"] * 2
    expect(field(page, "Risk point")).to_have_value(TYPED)


def test_a_form_with_nothing_typed_is_there_at_once_in_every_language(arrive, look, watch):
    page = arrive("holder")
    page.goto(reverse("registry:suggestion-new"))
    for language, tag, heading in (
        ("繁體中文", "zh-Hant", "提出風險點建議"),
        ("English", "en", "Suggest a risk point"),
        ("简体中文", "zh-Hans", "提出风险点建议"),
    ):
        switch(page, language)
        expect(page.locator("html")).to_have_attribute("lang", tag)
        expect(page.locator("h1")).to_have_text(heading)
        expect(page).to_have_url(reverse("registry:suggestion-new"))
        assert look(page)
    assert not watch.questions


def test_glyphs_come_in_the_forms_of_the_language(arrive):
    """A face for simplified script draws traditional text in mainland forms."""
    page = arrive("holder")
    first = "getComputedStyle(document.body).fontFamily.split(',')[0].replaceAll('\"', '')"
    assert page.evaluate(first) == "Noto Sans CJK SC"
    switch(page, "繁體中文")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hant")
    assert page.evaluate(first) == "Noto Sans CJK TC"
