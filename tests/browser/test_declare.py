"""A holder declares the risks of a post: from the workbench to the receipt."""

import re

import pytest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from playwright.sync_api import expect

from registry.models import Declaration
from registry.rules import Category, Cause, Grade, Method, Rhythm, Scheme, default_dates

from .acts import (
    button,
    choice,
    errors,
    expect_fields,
    expect_text,
    field,
    fill_measure,
    fill_point,
    link,
    measure_row,
    panel,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_from_the_workbench_to_the_receipt(arrive, look, watch, body):
    year = timezone.localdate().year
    page = arrive("holder")
    look(page)
    asked = panel(page, "Asked of you")
    expect_text(asked, "印章管理岗")
    expect_text(asked, str(default_dates(year, "points").closes))
    expect_text(asked, _("not begun"))
    button(asked, "Begin the declaration").click()
    expect(page).to_have_url(re.compile(r"/declarations/\d+/edit/$"))
    task_list = page.url
    expect_text(panel(page, "Duties of the post"), "印章管理岗的日常工作。")
    look(page)

    # Far too early: everything that is missing is named, nothing can be sent, and every line leads to its place.
    link(page, "Check and submit").first.click()
    expect(errors(page)).to_have_count(4)
    expect(button(page, "Submit")).to_be_disabled()
    look(page)
    errors(page).filter(has_text=str(Category.MORAL.label)).get_by_role("link").click()
    expect(page).to_have_url(f"{task_list}#category-moral")
    expect(page.locator("#category-moral")).to_be_in_viewport()

    # A point may be saved with little more than its name.
    link(page, "Add a risk point").click()
    look(page)
    page.get_by_role("radio", name=str(Category.DUTY.label), exact=True).check()
    field(page, "Risk point").fill("未经审批用印")
    button(page, "Save").last.click()
    expect(page).to_have_url(task_list)
    expect_text(panel(page, "Risk points"), _("to be settled"))

    # The check knows what it lacks, and leads into the field, also into a group of choices.
    link(page, "Check and submit").first.click()
    expect(errors(page)).to_have_count(7)
    causes = errors(page).filter(has_text=_("“%s”: choose at least one cause.") % "未经审批用印")
    causes.get_by_role("link").click()
    expect(page.get_by_role("checkbox", name=str(Cause.EDUCATION.label), exact=True)).to_be_focused()

    # Likelihood and harm: the grade stands beside them at once, with its rule.
    by_rule = page.locator("#grade-by-rule")
    fill_point(page, title="未经审批用印", causes=(Cause.SUPERVISION, Cause.INSTITUTION), scores=(2, 4))
    expect_text(by_rule, Grade.II.label)
    choice(page, "Likelihood").select_option("3")
    expect_text(by_rule, Grade.I.label)
    expect_text(by_rule, Scheme().explain(3, 4))

    # A second row of measures keeps what stands in the first and everything above.
    fill_measure(page, 1, "每次用印由两人登记签字。", "办公室主任", Rhythm.MONTHLY)
    expect(measure_row(page, 2)).to_have_count(0)
    button(page, "One more measure").click()
    expect_text(by_rule, Scheme().explain(3, 4))
    expect_fields(page, {"Risk point": "未经审批用印", "Power or matter": "印章使用审批"})
    expect_fields(measure_row(page, 1), {"Measure": "每次用印由两人登记签字。", "Who answers for it": "办公室主任"})
    expect(choice(measure_row(page, 1), "How often")).to_have_value(Rhythm.MONTHLY)
    fill_measure(page, 2, "空白介绍信编号领用。")
    look(page)
    button(page, "Save").last.click()
    points = panel(page, "Risk points")
    expect_text(points, Grade.I.label)
    expect(page.get_by_role("status").filter(has_text="未经审批用印")).to_be_visible()
    look(page)

    # The second point: its grade is set directly, which needs a reason; measures come later.
    link(page, "Add a risk point").click()
    fill_point(
        page,
        title="供应商宴请",
        category=Category.ENVIRONMENT,
        manifestation="印刷、制章等供应商在节日前后宴请或送礼。",
        methods=(Method.SELF, Method.COLLEAGUES),
        grade=(Grade.II, ""),
    )
    watch.expect(422)
    button(page, "Save").last.click()
    reason = errors(page).filter(has_text=_("Say why the grade is set directly."))
    look(page)
    reason.get_by_role("link").click()
    expect(field(page, "Reason for setting the grade")).to_be_focused()
    page.keyboard.type("往来频繁，金额小，参照上年定级。")
    expect_fields(
        page, {"Risk point": "供应商宴请", "Main content and how it shows": "印刷、制章等供应商在节日前后宴请或送礼。"}
    )
    button(page, "Save").last.click()
    expect_text(points, Grade.II.label)

    # The third expected category: looked at, nothing found, with a reason.
    page.locator("#category-moral").get_by_role("link").click()
    watch.expect(422)
    button(page, "Save").click()
    expect(errors(page)).to_have_count(1)
    look(page)
    field(page, "Why nothing was found").fill("未发现信念动摇、作风漂浮等表现，近三年无信访反映。")
    button(page, "Save").click()
    expect_text(page.locator("#category-moral"), "近三年无信访反映")

    # Nothing is missing; who will decide is named; a point without measures may go.
    link(page, "Check and submit").first.click()
    expect(page.locator("h1")).to_have_text(_("Check and submit"))
    expect(errors(page)).to_have_count(0)
    deciding = panel(page, "Who will decide").get_by_role("listitem")
    expect(deciding).to_have_count(3)
    expect_text(deciding.nth(0), body["head"].name)
    expect_text(deciding.nth(1), body["member"].name)
    expect_text(deciding.nth(2), body["clerk"].name)
    waiting = "%(number)s risk point has no measure yet. It can be submitted; measures follow later."
    plural = "%(number)s risk points have no measure yet. They can be submitted; measures follow later."
    expect_text(panel(page, "Submit"), ngettext(waiting, plural, 1) % {"number": 1})
    look(page)
    button(page, "Submit").click()

    expect(page.get_by_text(f"DJ-CZJ-{year}-00001").first).to_be_visible()
    steps = panel(page, "Steps").get_by_role("listitem")
    expect_text(steps.nth(0), body["head"].name)
    expect(steps.nth(0)).to_have_attribute("aria-current", "step")
    look(page)
    link(page, "Read the declaration").click()
    expect_text(panel(page, "What happened"), body["holder"].name)
    look(page)

    declaration = Declaration.objects.get()
    assert declaration.state == "submitted"
    stored = declaration.pointversions.order_by("pk")
    assert [(point.title, point.grade, point.likelihood, point.harm) for point in stored] == [
        ("未经审批用印", 1, 3, 4),
        ("供应商宴请", 2, None, None),
    ]
    assert [measure.text for measure in stored[0].measures.all()] == [
        "每次用印由两人登记签字。",
        "空白介绍信编号领用。",
    ]


def test_without_scripts(arrive, look, watch, body):
    page = arrive("holder", java_script_enabled=False)
    button(page, "Begin the declaration").click()
    link(page, "Add a risk point").click()
    fill_point(page, title="未经审批用印", scores=(3, 4))
    fill_measure(page, 1, "每次用印由两人登记签字。")
    button(page, "One more measure").click()
    fill_measure(page, 2, "空白介绍信编号领用。", rhythm=Rhythm.QUARTERLY)
    expect_text(page.locator("#grade-by-rule"), Scheme().explain(3, 4))
    button(page, "Save").last.click()
    points = panel(page, "Risk points")
    expect_text(points, Grade.I.label)

    # Enter in a field saves; it does not add a row.
    points.get_by_role("link", name="未经审批用印", exact=True).click()
    expect_text(page.locator("#grade-by-rule"), Scheme().explain(3, 4))
    field(page, "Risk point").fill("未经审批使用公章")
    field(page, "Risk point").press("Enter")
    expect_text(points, "未经审批使用公章")

    for category in ("moral", "environment"):
        page.locator(f"#category-{category}").get_by_role("link").click()
        field(page, "Why nothing was found").fill("对照职责逐项看过，没有这一类风险。")
        button(page, "Save").click()
    link(page, "Check and submit").first.click()
    button(page, "Submit").click()
    expect(page.get_by_text(f"DJ-CZJ-{timezone.localdate().year}-00001").first).to_be_visible()
    point = Declaration.objects.get(state="submitted").pointversions.get()
    assert [measure.text for measure in point.measures.all()] == ["每次用印由两人登记签字。", "空白介绍信编号领用。"]


def test_leaving_with_unsent_text_asks_first(arrive, watch, body):
    page = arrive("holder")
    button(page, "Begin the declaration").click()
    link(page, "Add a risk point").click()
    field(page, "Risk point").press_sequentially("未经审批用印")
    choice(page, "Likelihood").select_option("3")
    choice(page, "Harm").select_option("4")
    expect_text(page.locator("#grade-by-rule"), Grade.I.label)
    link(page, "Cancel").click(no_wait_after=True)
    page.wait_for_function("() => true")
    assert watch.questions == ["beforeunload"]
    expect(field(page, "Risk point")).to_have_value("未经审批用印")
