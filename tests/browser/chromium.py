"""The machine's own Chromium."""

import shutil

from playwright.sync_api import Browser, Playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowser(Exception):
    """There is none on PATH."""


def launch(playwright: Playwright) -> Browser:
    """Start it, or raise NoBrowser."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise NoBrowser(f"no browser on PATH ({', '.join(PROGRAMS)})")
    return playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
