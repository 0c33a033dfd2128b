"""What people do on the pages, in the words of the pages."""

import re
from collections.abc import Iterable, Mapping

from django.urls import reverse
from django.utils.translation import gettext as _
from playwright.sync_api import Locator, Page, expect

from registry.rules import Category, Cause, Grade, Method, Rhythm


def field(page: Page | Locator, label: str) -> Locator:
    """The text field with this label."""
    return page.get_by_role("textbox", name=_(label), exact=True)


def choice(page: Page | Locator, label: str) -> Locator:
    """The list to choose from with this label."""
    return page.get_by_role("combobox", name=_(label), exact=True)


def button(page: Page | Locator, label: str) -> Locator:
    """The button with this label."""
    return page.get_by_role("button", name=_(label), exact=True)


def link(page: Page | Locator, label: str) -> Locator:
    """The link with this label."""
    return page.get_by_role("link", name=_(label), exact=True)


def confirm_entry(page: Page, what: str) -> None:
    """Confirm, as an administrator, what the other has entered and whose title holds `what`."""
    page.goto(reverse("registry:confirmations"))
    page.get_by_role("row").filter(has_text=what).get_by_role("link").first.click()
    button(page, "Confirm").click()
    expect(page).to_have_url(re.compile(re.escape(reverse("registry:confirmations"))))


def panel(page: Page, heading: str) -> Locator:
    """The section of a page under this heading."""
    return page.get_by_role("region", name=_(heading), exact=True)


def entry(page: Page, title: str) -> Locator:
    """The point or statement with this title where a declaration is read."""
    return page.locator("article.entry").filter(has=page.get_by_role("heading", name=title))


def errors(page: Page) -> Locator:
    """The list of what is wrong or missing at the head of a page."""
    return page.get_by_role("alert").locator("li")


def measure_row(page: Page, number: int) -> Locator:
    """The fields of one measure."""
    return page.get_by_role("group", name=_("Measure %(number)s") % {"number": number}, exact=True)


def fill_point(
    page: Page,
    *,
    title: str,
    category: Category = Category.DUTY,
    matter: str = "印章使用审批",
    manifestation: str = "用印登记不全，事后补签，空白介绍信外借。",
    causes: Iterable[Cause] = (Cause.SUPERVISION,),
    methods: Iterable[Method] = (Method.SELF,),
    scores: tuple[int, int] | None = (3, 4),
    grade: tuple[Grade, str] | None = None,
) -> None:
    """Fill in the form of a risk point: graded by `scores`, or by `grade` with its reason."""
    page.get_by_role("radio", name=str(category.label), exact=True).check()
    field(page, "Power or matter").fill(matter)
    field(page, "Risk point").fill(title)
    field(page, "Main content and how it shows").fill(manifestation)
    for each in (*causes, *methods):
        page.get_by_role("checkbox", name=str(each.label), exact=True).check()
    if grade is not None:
        page.get_by_role("radio", name=_("set the grade directly, with a reason")).check()
        choice(page, "Grade").select_option(str(grade[0].value))
        field(page, "Reason for setting the grade").fill(grade[1])
    elif scores is not None:
        choice(page, "Likelihood").select_option(str(scores[0]))
        choice(page, "Harm").select_option(str(scores[1]))


def fill_measure(page: Page, number: int, text: str, responsible: str = "", rhythm: Rhythm | None = None) -> None:
    """Fill in one row of the measures."""
    row = measure_row(page, number)
    field(row, "Measure").fill(text)
    field(row, "Who answers for it").fill(responsible)
    if rhythm is not None:
        choice(row, "How often").select_option(rhythm.value)


def expect_fields(page: Page | Locator, values: Mapping[str, str]) -> None:
    """Expect the text fields with these labels to hold these texts."""
    for label, value in values.items():
        expect(field(page, label)).to_have_value(value)


def expect_text(place: Locator, *texts: object) -> None:
    """Expect a place to say all of these, whatever else it says."""
    for text in texts:
        expect(place).to_contain_text(str(text))
