"""manage.py load_demo: the demonstration of the ground floor, and what is done with its measures on the first."""

from collections.abc import Callable

from controls.demo.disposals import load_disposals
from controls.demo.findings import load_findings
from controls.demo.inspections import load_inspections
from controls.demo.tasks import load_tasks
from registry.management.commands import load_demo

from ...demo.signals import load_signals

# In this order, each a function without arguments.
STORIES: tuple[Callable[[], None], ...] = (
    load_tasks,
    load_inspections,
    load_signals,
    load_findings,
    load_disposals,
)


class Command(load_demo.Command):
    def make(self) -> None:
        super().make()
        for story in STORIES:
            story()
