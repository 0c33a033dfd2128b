"""The house as docs/architecture.md draws it: which way imports point, and what only one room may import."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.urls import reverse

import controls.forms
import cycles.forms
import registry.forms
from controls.actions.disposals import DISPOSAL
from cycles.actions.assessment import ASSESSMENT
from registry.actions.approvals import DECLARATION
from registry.actions.extensions import NOTICE_EXTENSION
from registry.actions.notices import NOTICE
from registry.actions.regions import REGION_REVIEW
from registry.rules import ACTS, KINDS, Act

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ["registry", "controls", "cycles", "integrity"]  # from the ground up
ROOMS = [
    "roles",
    "rules",
    "querysets",
    "models",
    "access",
    "actions",
    "documents",
    "forms",
    "views",
    "templatetags",
    "urls",
]
# Rooms beside the stack: output knows no domain word and no other room; commands stand on top.
ONLY_IN = {
    # The benchmark measures against guardian's own way; it decides nothing.
    "guardian": {"registry/access/", "registry/models/organization.py", "registry/management/commands/benchmark.py"},
    "allauth": {"registry/access/organization.py", "registry/actions/factors.py"},
    "cryptography": {"registry/actions/encryption.py"},
    "ldap3": {"integrity/directories.py"},
    "authlib": {"integrity/directories.py"},
    "openpyxl": {"registry/output/"},
    "python_calamine": {"registry/output/"},
    "weasyprint": {"registry/output/"},
    "fontTools": {"registry/output/"},
}


def sources() -> list[Path]:
    return sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py") if "migrations" not in path.parts)


def imported(path: Path) -> set[str]:
    """Return the dotted names a file imports, relative ones made whole."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = [*base, *(node.module.split(".") if node.module else [])]
            found |= {".".join([*module, name.name]) for name in node.names}
    return found


def room(parts: tuple[str, ...]) -> str | None:
    return parts[1].removesuffix(".py") if len(parts) > 1 else None


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    here = path.relative_to(ROOT).parts
    for name in imported(path):
        there = name.split(".")
        if there[0] not in FLOORS:
            continue
        assert FLOORS.index(there[0]) <= FLOORS.index(here[0]), f"{path} imports {name}: up a floor"
        if there[0] == here[0] and len(there) > 1:
            mine, other = room(here), there[1]
            if mine in ROOMS and other in ROOMS and mine != other:
                assert ROOMS.index(other) < ROOMS.index(mine), f"{path} imports {name}: {other} stands above {mine}"
            if mine == "output":
                assert other == "output", f"{path} imports {name}: the writer knows no domain word"
            if mine in ROOMS[: ROOMS.index("documents")]:
                assert other not in ("output", "management"), f"{path} imports {name}"


@pytest.mark.parametrize(("package", "rooms"), ONLY_IN.items())
def test_one_room_holds_each_library(package, rooms):
    for path in sources():
        place = path.relative_to(ROOT).as_posix()
        if any(place.startswith(allowed) for allowed in rooms):
            continue
        assert not any(name.split(".")[0] == package for name in imported(path)), f"{place} imports {package}"


def test_rules_know_neither_database_nor_request():
    for path in (path for floor in FLOORS for path in (ROOT / floor / "rules").glob("*.py")):
        for name in imported(path):
            assert not name.startswith(("django.http", "django.db.connection", "django.db.transaction")), path
            if name.startswith("django.db.models"):
                assert name.rpartition(".")[2] in ("TextChoices", "IntegerChoices"), path


def test_nothing_is_called_utils_and_no_room_is_too_large():
    for path in sources():
        assert path.stem not in ("utils", "common", "core", "helpers", "misc"), path
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 800, f"{path} no longer reads in one sitting"


def test_there_is_no_other_administration():
    """Django's own admin would be a way around every rule: it is not installed, and no address leads to it."""
    assert not [name for name in settings.INSTALLED_APPS if name.startswith("django.contrib.admin")]
    for path in sources():
        assert not any(name.startswith("django.contrib.admin") for name in imported(path)), path
        if path.name != "scale.py":  # copies rows of people as they are
            assert "is_superuser" not in path.read_text(encoding="utf-8") or path.name == "checks.py", path


def test_each_act_that_another_confirms_has_one_marked_verb():
    """What waits is done by confirming only: nobody else calls a marked verb without its mark but the trial of a workbook."""
    marks, unmarked = [], []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == "entered"
                and isinstance(node.args[0], ast.Attribute)
            ):
                marks.append(node.args[0].attr)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "carry_out":
                unmarked.append(path.relative_to(ROOT).as_posix())
    assert sorted(marks) == sorted(act.name for act in Act if act != Act.IMPORT)
    assert set(ACTS) == set(Act)
    assert set(unmarked) == {"registry/actions/rosters.py"}


def test_each_kind_of_approval_has_one_deciding_verb():
    """Only the verb of a kind calls `decide`; it names the kind it decides."""
    callers = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "approvals.decide":
                callers += [keyword.value for keyword in node.keywords if keyword.arg == "kind"]
    assert sorted(ast.unparse(kind) for kind in callers) == [
        "ASSESSMENT", "DECLARATION", "DISPOSAL", "NOTICE", "NOTICE_EXTENSION", "REGION_REVIEW",
    ]  # fmt: skip
    assert set(KINDS) == {DECLARATION, NOTICE, NOTICE_EXTENSION, REGION_REVIEW, ASSESSMENT, DISPOSAL}
    for kind in KINDS.values():
        assert reverse(kind.decide, args=[1])


def test_every_text_somebody_types_holds_the_text_rules():
    """No field for text but CleanTextField; what a page carries along hidden is compared, never stored."""
    found = []
    for room in (registry.forms, controls.forms, cycles.forms):
        for module in pkgutil.iter_modules(room.__path__):
            for form in vars(importlib.import_module(f"{room.__name__}.{module.name}")).values():
                if isinstance(form, type) and issubclass(form, forms.BaseForm):
                    found += [(form, name, field) for name, field in form.base_fields.items()]
    assert len(found) > 50
    plain = {
        f"{form.__name__}.{name}"
        for form, name, field in found
        if type(field) in (forms.CharField, forms.SlugField, forms.JSONField) and not field.widget.is_hidden
    }
    assert plain == set()


def test_no_lock_on_a_person_or_an_organization_holds_up_an_entry_that_names_them():
    """An entry of the chain refers to both: whoever holds the chain would wait for the lock, whose holder waits for the chain."""
    locks = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".select_for_update")):
                continue
            if ast.unparse(node.func).startswith(("Person.objects", "Organization.objects", "type(")):
                locks.append((path.name, node.lineno, {keyword.arg for keyword in node.keywords}))
    assert len(locks) > 10
    about_roles = ("confirmations.py",)  # appointments, assignments and recusals, of which no entry holds a reference
    assert [lock for lock in locks if "no_key" not in lock[2] and lock[0] not in about_roles] == []
