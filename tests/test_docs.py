"""Documents that are drawn from the code are up to date, and what the README names exists."""

import re
from pathlib import Path

from django.core.management import call_command, get_commands

ROOT = Path(__file__).resolve().parent.parent


def test_the_generated_documents_are_up_to_date():
    call_command("draw", "--check")


def test_every_command_and_file_the_documents_name_exists():
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        text = page.read_text(encoding="utf-8")
        for name in re.findall(r"manage\.py ([a-z_]+)", text):
            assert name in get_commands(), f"{page.name} names manage.py {name}"
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
        for path in re.findall(r"`((?:registry|integrity|templates|static|tests|docs)/[\w./-]+)`", text):
            assert (ROOT / path).exists(), f"{page.name} names {path}"


def test_no_document_names_a_place_of_one_machine():
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]:
        assert not re.search(r"(?<![\w.])/(work|home|root|tmp)/", page.read_text(encoding="utf-8")), page
