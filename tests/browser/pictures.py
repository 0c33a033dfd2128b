"""Pictures of the main pages, of the demonstration's data: python -m tests.browser.pictures FOLDER"""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def main(folder: Path) -> None:
    """Make the demonstration in a database of its own, serve it, and take the pictures."""
    with tempfile.TemporaryDirectory() as place:
        os.environ["DATABASE_URL"] = f"sqlite:///{place}/pictures.sqlite3"
        os.environ["DJANGO_SETTINGS_MODULE"] = "integrity.settings"
        os.environ["LOG_LEVEL"] = "ERROR"
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs an event loop of its own
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            call_command("load_demo", stdout=nowhere)
        folder.mkdir(parents=True, exist_ok=True)
        with served() as address:
            take(folder, address)


@contextmanager
def served() -> Iterator[str]:
    """Serve the application as the demonstration does, on a free port."""
    from waitress import create_server

    from integrity.wsgi import application

    server = create_server(application, host="127.0.0.1", port=0, threads=8)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


def scenes() -> list[tuple[str, str, str, list, int]]:
    """Return (name, staff number, address, its arguments, width); no staff number: not signed in."""
    from registry import access
    from registry.models import Appointment, Approval, Declaration, Person, PointVersion

    def owner(declaration: Declaration) -> str:
        return declaration.appointment.person.username

    def reviewer(approval: Approval) -> str:
        return Person.objects.filter(pk__in=access.asked_now(approval).people).order_by("username").first().username

    def declaration(state: str, **wanted: object) -> Declaration:
        return Declaration.objects.filter(state=state, unit__code="CZJ", **wanted).first()

    draft, returned, filed = declaration("draft"), declaration("returned"), declaration("filed")
    point = draft.pointversions.order_by("pk").first().pk
    at_head = {"state": "submitted", "approval__asked_permission": "review_section"}
    under_review = Declaration.objects.filter(approval__round=1, **at_head).first()
    again = Declaration.objects.filter(state="submitted", approval__round__gt=1).first()
    idle = Appointment.objects.filter(post__organization__parent__code="CZJ", declarations=None).first()
    code = PointVersion.objects.in_ledger().filter(organization__parent__code="CZJ").first().point.code
    head = reviewer(under_review.approval)
    wide = [
        ("login", "", "login", []),
        ("workbench-holder", idle.person.username, "home", []),
        ("workbench-head", head, "home", []),
        ("declaration-edit", owner(draft), "registry:declaration-edit", [draft.pk]),
        ("declaration-returned", owner(returned), "registry:declaration-edit", [returned.pk]),
        ("point-add", owner(draft), "registry:point-add", [draft.pk]),
        ("point-edit", owner(draft), "registry:point-edit", [draft.pk, point]),
        ("nothing-found", owner(draft), "registry:nothing-found", [draft.pk, "institutional"]),
        ("check", owner(draft), "registry:declaration-check", [draft.pk]),
        ("receipt", owner(under_review), "registry:declaration-receipt", [under_review.pk]),
        ("declaration", owner(filed), "registry:declaration", [filed.pk]),
        ("queue", head, "registry:queue", []),
        ("decided", head, "registry:decided", []),
        ("decide", head, "registry:declaration-decide", [under_review.approval.pk]),
        ("decide-round-2", reviewer(again.approval), "registry:declaration-decide", [again.approval.pk]),
        ("own-matter", owner(under_review), "registry:declaration-decide", [under_review.approval.pk]),
        ("ledger", "DQ003", "registry:ledger", []),
        ("point", "DQ003", "registry:point", [code]),
        ("password", head, "password_change", []),
        ("not-found", head, "registry:point", ["CZJ-999999"]),
    ]
    small = ("login", "workbench-head", "point-edit", "check", "decide", "ledger")
    return [(*scene, 1280) for scene in wide] + [
        (f"{name}-360", who, address, arguments, 360) for name, who, address, arguments in wide if name in small
    ]


def take(folder: Path, site: str) -> None:
    """Take every picture, as the person it belongs to, in the installation's own language."""
    from django.conf import settings
    from django.test import Client
    from django.urls import reverse
    from playwright.sync_api import sync_playwright

    from registry.models import Person

    from .chromium import launch

    with sync_playwright() as playwright:
        browser = launch(playwright)
        for name, who, address, arguments, width in scenes():
            context = browser.new_context(base_url=site, viewport={"width": width, "height": 800})
            if who:
                client = Client()
                client.force_login(Person.objects.get(username=who))
                session = client.cookies[settings.SESSION_COOKIE_NAME].value
                context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": site}])
            page = context.new_page()
            page.goto(reverse(address, args=arguments))
            page.screenshot(path=folder / f"{name}.png", full_page=True)
            print(f"{name}.png  {who or '-'}  {page.title()}")
            context.close()
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
