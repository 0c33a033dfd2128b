"""A browser, people who sit at it, and a watch that lets no complaint of a page pass."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import resolve
from django.utils.translation import gettext as _
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Response, expect, sync_playwright

from registry import access
from registry.models import Person
from tests.factories import OFFICES, PASSWORD, STAFF, Body, code_of

from .chromium import NoBrowser, launch

RULES = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "rules": {"target-size": {"enabled": True}},
}
# Latin words that may stand on a Chinese page: staff numbers, codes, keys, browsers, the other language's own name.
LATIN = re.compile(
    r"SHA-?256|certutil -hashfile|sha256sum|Windows|\bFILE\b|English|Excel|PDF|Chrome|Linux|PNG|JPEG|\.docx|\.?xlsx?|\d? ?[KM]B\b"
    r"|(?:DJ-|GS-|FB-|WT-|XH-|JH-|JC-|CQ-)?(?:CZJ|MZJ|SWJ|DQ)-[0-9-]+|sha256:[0-9a-f]+|\b[0-9a-f]{64}\b"
    r"|\b(?:post|section|point|expert)-\d{10}\b"
    r"|CANARY-[a-z]+(?:\.pdf)?|\bconfidential\b"  # what the walks of disposals say; the subject of a confidential act
    r"|[A-Z2-9]{4}(?:-[A-Z2-9]{4}){2}|\b[a-z_]+:[a-z0-9:-]+\b|\bconsole\b|\bDQ\d+"
    r"|\b[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}\b|\b(?:DQ|CZJ|MZJ|SWJ|" + "|".join([*STAFF, *OFFICES]) + r")\b"
)
PATIENCE = 10_000
# The browser tells of a broken content rule by an event of the document; the console carries it to us.
TELL_OF_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`));
"""

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this process."""
    with sync_playwright() as playwright:
        try:
            chromium = launch(playwright)
        except NoBrowser as why:
            pytest.skip(str(why))
        yield chromium
        chromium.close()


class Watch:
    """Listens to every page of a test. What was not announced by `expect` is a complaint and fails the test."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.expected: list[int] = []
        self.questions: list[str] = []

    def follow(self, context: BrowserContext) -> None:
        context.add_init_script(TELL_OF_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"error in a script: {error.error}"))
        context.on("response", self._response)
        context.on("requestfailed", self._failed)
        context.on("dialog", self._dialog)

    def expect(self, *statuses: int) -> None:
        """Announce refusals that are part of the test: each is met exactly once."""
        self.expected += statuses

    def _console(self, message) -> None:
        # The browser repeats every refusal on the console; `_response` has judged those.
        if message.type in ("error", "warning") and "the server responded with a status of 4" not in message.text:
            self.complaints.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status < 400:
            return
        if response.status in self.expected and response.request.is_navigation_request():
            self.expected.remove(response.status)
        else:
            self.complaints.append(f"{response.status} from {response.request.method} {response.url}")

    def _failed(self, request) -> None:
        # A download ends the navigation it came from, and a page that is left stops fetching what it is made of,
        # fonts and the icon: "aborted". Whatever the server refused has been judged by `_response`.
        may_stop = request.is_navigation_request() or urlsplit(request.url).path.startswith("/static/")
        if not (request.failure == "net::ERR_ABORTED" and may_stop):
            self.complaints.append(f"{request.failure}: {request.method} {request.url}")

    def _dialog(self, dialog: Dialog) -> None:
        """Note that a page asked whether to leave, and stay."""
        self.questions.append(dialog.type)
        dialog.dismiss()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """The watch of this test; it judges when the test is over."""
    watch = Watch()
    yield watch
    assert not watch.complaints, "\n".join(watch.complaints)
    assert not watch.expected, f"refusals that did not come: {watch.expected}"


@pytest.fixture
def new_page(browser, live_server, watch) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a window of a browser of its own, without any cookie."""
    contexts = []

    def open_window(**options) -> Page:
        context = browser.new_context(**{"base_url": live_server.url, "locale": "en-US", **options})
        context.set_default_timeout(PATIENCE)
        watch.follow(context)
        contexts.append(context)
        return context.new_page()

    yield open_window
    for context in contexts:
        for page in context.pages:
            page.evaluate("0")  # what the page has still to say comes before this answer
        context.close()


@pytest.fixture
def quick_passwords(settings, body: Body) -> None:
    """Let passwords be checked in no time; that it takes half a second is not what is tested here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    password = make_password(PASSWORD)
    Person.objects.filter(username__in=body.people).update(password=password)
    for person in body.people.values():
        person.password = password  # a session is bound to it


@pytest.fixture
def arrive(new_page, live_server, body: Body, quick_passwords) -> Callable[..., Page]:
    """Return a function that brings a member of the cast to the workbench: the first by the form, others signed in already."""
    came = []

    def come(name: str, **options) -> Page:
        page = new_page(**options)
        if came:
            client = Client()
            client.force_login(body[name])
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            page.context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url, "httpOnly": True}]
            )
            page.goto("/")
        else:
            page.goto("/")
            sign_in(page, name)
        came.append(name)
        expect(page.get_by_role("heading", level=1)).to_have_text(_("Workbench"))
        return page

    return come


def sign_in(page: Page, name: str) -> None:
    """Sign in by the form that stands on the page, with the code of who has a second factor."""
    page.get_by_label(_("Staff number")).fill(name)
    page.get_by_label(_("Password"), exact=True).fill(PASSWORD)
    page.get_by_role("button", name=_("Sign in")).click()
    person = Person.objects.get(username=name)
    if access.has_second_factor(person):
        page.get_by_label(_("One-time code"), exact=True).fill(code_of(person))
        page.get_by_role("button", name=_("Sign in")).click()


class Look:
    """Looks at a page as someone with other means would: assistive technology, and in Chinese only."""

    def __init__(self) -> None:
        self.axe = Axe()
        self.seen: set[tuple] = set()

    def __call__(self, page: Page) -> str:
        """Check the page as it stands, each kind of page in each state once; return its kind."""
        page.wait_for_load_state()
        kind = resolve(page.evaluate("location.pathname")).view_name
        state = (
            kind,
            page.locator(".error-summary").count() > 0,
            page.locator("[disabled]").count() > 0,
            page.viewport_size["width"],
        )
        if state not in self.seen:
            self.seen.add(state)
            found = self.axe.run(page, options=RULES)
            assert not found.violations_count, f"{kind}: {found.generate_report()}"
        assert width_lost(page) == 0, f"{kind} is {width_lost(page)} px too wide for {page.viewport_size['width']} px"
        return kind


def width_lost(page: Page) -> int:
    """Return by how many pixels the page must be pushed sideways to be read."""
    return page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")


def latin_words(page: Page) -> list[str]:
    """Return the words in Latin letters on a page that ought to be in Chinese."""
    text = page.title() + "\n" + page.locator("body").inner_text()
    return re.findall(r"[A-Za-z]{2,}", LATIN.sub("", text))


@pytest.fixture(scope="session")
def look() -> Look:
    """The look at pages, which remembers what it has seen."""
    return Look()
