"""The office makes a scheme with its own words and scales, sees what it does, puts it in force; a post is declared under it."""

import pytest
from django.utils.translation import gettext as _
from playwright.sync_api import Locator, Page, expect

from registry.models import Scheme
from registry.rules import Level, Scoring
from tests import factories

from .acts import button, choice, errors, expect_text, field, fill_measure, fill_point, link, panel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = ("重点", "较重", "一般")


def row(page: Page, group: str, number: int) -> Locator:
    """One row of the degrees or criteria of a scheme."""
    return page.get_by_role("group", name=_(group), exact=True).get_by_role("row").nth(number)


def test_made_previewed_put_in_force_and_declared_under(arrive, look, watch, body):
    factories.filed(body)
    factories.draft(body, "colleague")
    year = factories.today().year
    clerk = arrive("clerk")
    clerk.get_by_role("navigation").get_by_role("link", name=_("Schemes"), exact=True).click()
    look(clerk)
    clerk.get_by_role("row", name=body.organization("CZJ").name).get_by_role("link").first.click()
    look(clerk)
    link(clerk, "Make the next version").click()
    look(clerk)
    clerk.get_by_role("radio", name=str(Scoring.SCALES.label)).check()
    button(clerk, "Go on").click()

    # The usual scales stand there; the second degree of likelihood is given another score, by mistake one that does not rise.
    look(clerk)
    second = row(clerk, "Degrees of likelihood", 2).get_by_role("textbox").first
    expect(second).to_have_value("3")
    second.fill("1")
    for place, word in enumerate(WORDS, start=1):
        clerk.locator(f"#id_word_{place}").fill(word)
    field(clerk, "Why it is changed").fill("局党组会议纪要〔2026〕3号")
    watch.expect(422)
    button(clerk, "See what it does").last.click()
    expect(errors(clerk).filter(has_text=_("The scores rise from one degree to the next."))).to_have_count(1)
    look(clerk)
    expect(clerk.locator("#id_word_1")).to_have_value(WORDS[0])
    second.fill("3")
    button(clerk, "See what it does").last.click()

    # The preview: one point stands, of other scales; a draft keeps its scheme; nothing is in force yet.
    grades = panel(clerk, "Grades that stand, and what this scheme would give")
    expect(grades.get_by_role("row").nth(1).get_by_role("cell")).to_have_text(["0", "0", "0", "1"])
    expect_text(panel(clerk, "What changes"), _("Words for the grades"), "、".join(WORDS))
    look(clerk)
    assert not Scheme.objects.exists()
    button(clerk, "Change it").click()
    expect(clerk.locator("#id_word_3")).to_have_value(WORDS[2])
    button(clerk, "See what it does").last.click()
    button(clerk, "Put it in force").click()
    expect_text(panel(clerk, "Its own versions"), body["clerk"].name, "局党组会议纪要〔2026〕3号")
    look(clerk)
    rule = Scheme.objects.get(year=year).rule
    assert (rule.words, [degree.score for degree in rule.harms]) == (WORDS, [7, 15, 40, 100])

    # Declared under it: the degrees are those of the scheme, the grade stands beside them at once, in its word.
    holder = arrive("other_holder")
    button(holder, "Begin the declaration").click()
    link(holder, "Add a risk point").first.click()
    fill_point(holder, title="预算调剂不经集体研究", scores=None)
    look(holder)
    choice(holder, "Likelihood").select_option("6")
    choice(holder, "Harm").select_option("40")
    expect_text(holder.locator("#grade-by-rule"), WORDS[0], rule.explain(6, 40))
    fill_measure(holder, 1, "调剂一律上会，会议纪要归档。")
    button(holder, "Save").last.click()
    expect_text(panel(holder, "Risk points"), "预算调剂不经集体研究", WORDS[0])

    # In the ledger the word stands for what was filed under it.
    declaration = body.appointment("other_holder").declarations.get()
    for category in declaration.rule.expected[Level.POST]:
        if category != "duty":
            factories.declarations.state_nothing_found(
                by=body["other_holder"], declaration=declaration, category=category, reason="对照职责逐项看过。"
            )
    factories.file_all(declaration)
    holder.get_by_role("navigation").get_by_role("link", name=_("Ledger"), exact=True).click()
    expect_text(holder.locator("table.ledger"), "预算调剂不经集体研究", WORDS[0])
    look(holder)
