"""manage.py draw: write docs/generated from the code: the roles, and the workflow of each kind of declaration."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from registry.roles import ROLES, Permission, Role
from registry.rules import REGION_TRANSITIONS, STEPS, Level, Phase, Standing, StepKey
from registry.rules.routes import ROUTES, TRANSITIONS

FOLDER = settings.BASE_DIR / "docs" / "generated"


class Command(BaseCommand):
    help = "Write docs/generated/roles.md and workflows.md; with --check only say whether they are up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: object, check: bool, **options: object) -> None:
        with translation.override("en"):
            drawn = {"roles.md": roles(), "workflows.md": workflows()}
        old = [name for name, text in drawn.items() if _read(FOLDER / name) != text]
        if check:
            if old:
                raise CommandError(f"out of date: {', '.join(old)}; run manage.py draw")
            return
        for name, text in drawn.items():
            (FOLDER / name).write_text(text, encoding="utf-8")
        self.stdout.write(f"written: {', '.join(old) or 'nothing new'}")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def roles() -> str:
    """Return every role with its purpose, where it is held and what it carries."""
    lines = ["# Roles", "", "Drawn from `registry/roles.py` by `manage.py draw`; do not edit.", ""]
    lines += ["| role | held on | what for | permissions |", "|---|---|---|---|"]
    for role, description in ROLES.items():
        carried = [permission for permission in Permission if permission in description.permissions]
        lines.append(
            f"| {Role(role).label} | {', '.join(description.held_on)} | {description.purpose} "
            f"| {', '.join(permission.value for permission in carried)} |"
        )
    lines += ["", "| permission | lets a person |", "|---|---|"]
    lines += [f"| {permission.value} | {permission.label} |" for permission in Permission]
    return "\n".join(lines) + "\n"


def workflows() -> str:
    """Return the states, the routes and the ladders of eligibility as tables and diagrams."""
    lines = ["# Workflows", "", "Drawn from `registry/rules/routes.py` by `manage.py draw`; do not edit.", ""]
    lines += ["## States of a declaration", "", "```mermaid", "stateDiagram-v2", "    [*] --> draft"]
    lines += [
        f"    {state.value} --> {following.value}: {verb.value}" for (state, verb), following in TRANSITIONS.items()
    ]
    lines += ["    filed --> [*]", "```", ""]
    lines += ["## States at the region of what was filed", "", "```mermaid", "stateDiagram-v2"]
    lines += [
        f"    {state or '[*]'} --> {following.value}: {verb.value}"
        for (state, verb), following in REGION_TRANSITIONS.items()
    ]
    lines += ["    accepted --> [*]", "    returned --> [*]", "```", ""]
    for phase in Phase:
        lines += [f"## Routes: {phase.label}", "", "```mermaid", "flowchart LR"]
        for number, ((its_phase, level, standing), steps) in enumerate(ROUTES.items()):
            if its_phase != phase:
                continue
            whose = Level(level).label + (f", {Standing(standing).label}" if standing else "")
            chain = " --> ".join(f'r{number}_{place}["{StepKey(key).label}"]' for place, key in enumerate(steps))
            lines.append(f'    r{number}["{whose}"] --> {chain}')
        lines += ["```", ""]
    lines += ["## Who is asked at a step", "", "The first on the ladder with somebody who may decide.", ""]
    lines += ["| step | clause | ladder |", "|---|---|---|"]
    for step in STEPS.values():
        ladder = " → ".join(f"{permission.value} ({place})" for permission, place in step.ladder)
        how = " (in a meeting, where the team itself is asked)" if step.by_meeting else ""
        lines.append(f"| {step.key.label}{how} | {step.clause} | {ladder} |")
    return "\n".join(lines) + "\n"
