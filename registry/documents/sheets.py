"""What is printed: one body for the PDF and for the page a browser prints, in the language of the house, not of the reader."""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from html import unescape
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from ..output import pdf
from ..rules import Refused

PORTRAIT, LANDSCAPE, A3 = "portrait", "landscape", "a3"

# The files made last, by their page: on the day of a notice many people take the same one.
_MOST_KEPT = 16
_made: dict[str, bytes] = {}
_making = threading.Lock()
# How many characters are laid out while somebody waits; a few times what a long declaration holds.
MOST_CHARACTERS = 60_000

# The first layout, the plan, the second layout, writing.
_STEPS = 4
# Told how many steps are done, and of how many.
Step = Callable[[int, int], None]

# What no file system takes in a name, what leads out of a folder when an archive is unpacked, and how much of a text fits.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f\\/:*?"<>|]+')
_LONGEST_NAME = 60

_NEAR = 0.5  # two heights on a page are the same within this many pixels


class Unprintable(Refused):
    """No PDF can be made of this: the machine lacks a library, or the fonts a character."""


def in_own_language(make: Callable) -> Callable:
    """Let a function run in the language of the house, which is the language of everything printed."""

    @wraps(make)
    def made(*args: Any, **named: Any) -> Any:
        with translation.override(settings.LANGUAGE_CODE):
            return make(*args, **named)

    return made


def safe_name(text: str) -> str:
    """Return a text for use in the name of a file, without what a file system refuses."""
    return _UNSAFE.sub("_", text).strip(" .")[:_LONGEST_NAME]


@dataclass(frozen=True)
class Grid:
    """A table that may be longer than a page, with a `title` above it where there are several.

    `columns` are the names that sheet.css gives widths to. `merge_down` names columns whose equal neighbouring cells become
    one; two cells are equal when they and the cells of the columns given for them are. Never over the end of a page.
    """

    columns: Sequence[str]
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    merge_down: Mapping[int, Sequence[int]] = field(default_factory=dict)
    flowing: frozenset[str] = frozenset()
    title: str = ""

    def lines(self, plan: "Plan") -> list[dict]:
        """Return rows for the template, merged once the plan knows the page of each."""
        spans = self._spans(plan) if plan.pages else {}
        return [
            {
                "number": number,
                "cells": [
                    {"text": text, "column": self.columns[column], "flows": self.columns[column] in self.flowing,
                     "span": spans.get((number, column), 1)}
                    for column, text in enumerate(row)
                    if spans.get((number, column), 1)
                ],
            }
            for number, row in enumerate(self.rows)
        ]  # fmt: skip

    def _spans(self, plan: "Plan") -> dict[tuple[int, int], int]:
        """Return over how many rows each merged cell goes; 0 for the cells it covers."""
        spans = {}
        for column, equal_too in self.merge_down.items():
            start = 0
            for number in range(len(self.rows)):
                same = (
                    plan.pages[number] == plan.pages[start]
                    and not {number, start} & plan.long
                    and all(self.rows[number][part] == self.rows[start][part] for part in (column, *equal_too))
                )
                start = start if same else number
                spans[number, column] = 0
                spans[start, column] = number - start + 1
        return spans


@dataclass(frozen=True)
class Sheet:
    """Something to print.

    `stem` is the file's name without its ending; `mark` stands pale across every page; `serial` is the number of a numbered copy
    (份号), told at the head of every page.
    """

    template: str
    context: Mapping[str, Any]
    title: str
    stem: str
    paper: str = PORTRAIT
    grids: Sequence[Grid] = ()
    mark: str = ""
    serial: str = ""

    @property
    def file_name(self) -> str:
        return f"{self.stem}.pdf"

    @in_own_language
    def body(self, plans: "Sequence[Plan]" = (), *, paged: bool = False) -> str:
        """Return what stands on the paper; a grid is merged where its plan says on which page each row stands."""
        plans = plans or [Plan()] * len(self.grids)
        tables = [
            {"number": number, "grid": grid, "plan": plan, "lines": grid.lines(plan)}
            for number, (grid, plan) in enumerate(zip(self.grids, plans, strict=True))
        ]
        context = {**self.context, "title": self.title, "mark": self.mark, "tables": tables, "paged": paged}
        return render_to_string(self.template, context)

    def html(self, plans: "Sequence[Plan]" = ()) -> str:
        """Return the whole page from which the PDF is made."""
        return render_to_string("documents/page.html", self.frame(self.body(plans, paged=True)))

    def frame(self, body: str | None = None) -> dict[str, Any]:
        """Return the context of the page around the body, which says on every page of which copy it is one."""
        return {
            "sheet": self,
            "body": self.body() if body is None else body,
            "language": settings.LANGUAGE_CODE,
            "copy": self._copy(),
        }

    @in_own_language
    def _copy(self) -> str:
        return _("Copy no. %s") % self.serial if self.serial else ""

    def obstacle(self) -> str:
        """Return a sentence that says why there is no PDF of this, or an empty text."""
        if pdf.unavailable():
            return (
                _("This machine cannot make PDF files yet. Whoever looks after it runs this line once: %s")
                % pdf.INSTALL
            )
        if missing := pdf.missing_glyphs(unescape(self.html())):
            return _(
                "No font here has these characters, so they would be missing on paper: %s. Write them another way."
            ) % _(", ").join(f"{character} (U+{ord(character):04X})" for character in missing)
        return ""

    @property
    def is_long(self) -> bool:
        """Whether laying it out takes longer than somebody waits."""
        return len(strip_tags(self.body())) > MOST_CHARACTERS

    def pdf(self, step: Step | None = None) -> bytes:
        """Return the file: tagged, the same bytes for the same content. Raises Unprintable with a sentence.

        `step` is told how many of the steps of making it are done.
        """
        if why := self.obstacle():
            raise Unprintable(why)
        html = self.html()
        with _making:  # one at a time, so that many who ask for the same sheet wait for one layout
            if html not in _made:
                _made[html] = self._make(html, step or (lambda done, total: None))
                while len(_made) > _MOST_KEPT:
                    _made.pop(next(iter(_made)))
            return _made[html]

    def _make(self, html: str, step: Step) -> bytes:
        plain = pdf.Layout(html)
        if not self.grids:
            return plain.pdf()
        # Cells may only be merged within a page, and what stands on a page is known once it is laid out: so twice.
        plans = _plans(plain, self.grids)
        step(1, _STEPS)
        if any(plan.long for plan in plans):
            long = [Plan(long=plan.long) for plan in plans]
            plain = pdf.Layout(self.html(long))
            plans = [
                replace(plan, long=known.long) for plan, known in zip(_plans(plain, self.grids), long, strict=True)
            ]
        step(2, _STEPS)
        merged = pdf.Layout(self.html(plans))
        step(3, _STEPS)
        is_so = [plan.pages for plan in _plans(merged, self.grids)] == [plan.pages for plan in plans]
        return (merged if is_so else plain).pdf()


def numbered(sheet: Sheet, serial: str) -> Sheet:
    """Return the sheet as a numbered copy: the number on each page and in the file's name."""
    return replace(sheet, serial=serial, stem=f"{sheet.stem} {serial}")


@dataclass(frozen=True)
class Plan:
    """How a grid falls on pages: the page of each row, the rows that begin a page, those that are longer than one."""

    pages: Sequence[int] = ()
    starts: frozenset[int] = frozenset()
    long: frozenset[int] = frozenset()


def _plans(layout: pdf.Layout, grids: Sequence[Grid]) -> list[Plan]:
    return [_plan(layout.anchors, number, len(grid.rows)) for number, grid in enumerate(grids)]


def _plan(anchors: pdf.Anchors, number: int, count: int) -> Plan:
    """Read from a layout how the `count` rows of the grid with this number fell on pages.

    Where a row does not fit under the head of the table, the head is left out: such a row is longer than a page. A row that
    stands below the end of a long one begins no page.
    """
    head, row_of = f"head-{number}", f"row-{number}-"
    pages, starts, long = [0] * count, set(), set()
    seen, height = -1, 0.0
    for page, on_it in enumerate(anchors):
        places = {int(name.removeprefix(row_of)): at[1] for name, at in on_it.items() if name.startswith(row_of)}
        begun = sorted(row for row in places if row > seen)
        if not begun:
            continue
        first = begun[0]
        if head not in on_it:
            long.add(first)
        else:
            below = places[first] - on_it[head][1]
            if first == 0:
                height = below
            elif abs(below - height) < _NEAR:
                starts.add(first)
        for row in begun:
            pages[row] = page
        seen = begun[-1]
    return Plan(tuple(pages), frozenset(starts), frozenset(long))
