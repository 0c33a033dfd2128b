"""manage.py load_demo: the demonstration of the ground floor, and what is done with its measures on the first."""

from collections.abc import Callable

from controls.demo.inspections import load_inspections
from registry.management.commands import load_demo

# In this order, each a function without arguments.
STORIES: tuple[Callable[[], None], ...] = (load_inspections,)


class Command(load_demo.Command):
    def make(self) -> None:
        super().make()
        for story in STORIES:
            story()
