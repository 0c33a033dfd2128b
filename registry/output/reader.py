"""Reading a workbook somebody else made: in a child process that may take only so much memory and time."""

import json
import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from . import sandbox

logger = logging.getLogger(__name__)

_CHILD = Path(sandbox.__file__)
# The child needs to find the interpreter's libraries and nothing else: no keys, no database address.
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMP", "TEMP")


class Unreadable(Exception):
    """The file is not read. `str()` says what is wrong and what to do."""


@dataclass(frozen=True)
class Sheet:
    """One worksheet: cells from A1 on as text, and merges as (first row, first column, last row, last column) from 0.

    `hidden` says that who opens the file does not see it.
    """

    name: str
    rows: list[list[str]]
    merged: list[tuple[int, int, int, int]]
    hidden: bool = False


def read_workbook(path: str | os.PathLike) -> list[Sheet]:
    """Return the worksheets of an .xlsx or .xls file. Raises Unreadable with a sentence."""
    path = Path(path).resolve()
    if not path.is_file():
        raise Unreadable(_("There is no file %(path)s. Check the name and the folder.") % {"path": path})
    if not os.access(path, os.R_OK):
        raise Unreadable(_("The file %(path)s may not be read. Ask for the right to read it.") % {"path": path})
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_CHILD), str(path)],
            capture_output=True,
            timeout=sandbox.MOST_SECONDS,
            env=child_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(
            _(
                "Reading the workbook took more than %(seconds)s seconds. Copy the table into a new workbook and try again."
            )
            % {"seconds": sandbox.MOST_SECONDS}
        ) from None
    if done.returncode < 0 or done.returncode == sandbox.OUT_OF_MEMORY:
        raise Unreadable(_sentence(sandbox.TOO_LARGE))
    if done.returncode:
        # The library gave up on a damaged file in a way of its own; its message may quote the file, so it is not logged.
        logger.warning("the workbook reader ended with %s", done.returncode)
        raise Unreadable(_sentence(sandbox.NOT_A_WORKBOOK))
    answer = json.loads(done.stdout)
    if "refused" in answer:
        raise Unreadable(_sentence(answer["refused"]))
    return [
        Sheet(sheet["name"], sheet["rows"], [tuple(merge) for merge in sheet["merged"]], sheet["hidden"])
        for sheet in answer["sheets"]
    ]


def child_environment() -> dict[str, str]:
    """Return what a child process is told of this one's environment."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def _sentence(code: str) -> str:
    return {
        sandbox.NOT_A_WORKBOOK: _("This is not a workbook. Save the ledger as .xlsx or .xls and try again."),
        sandbox.OTHER_KIND: _(
            "This workbook is of another program (.ods, .xlsb), whose merged cells cannot be read. Save it as .xlsx and try again."
        ),
        sandbox.ENCRYPTED: _("The workbook is locked with a password. Save it without one and try again."),
        sandbox.TOO_LARGE: _(
            "The workbook takes too much memory to read. Copy the table alone into a new workbook and try again."
        ),
        sandbox.TOO_MANY_ROWS: _(
            "A sheet reaches beyond row %(rows)s or column %(columns)s. Delete what stands there or split the workbook."
        )
        % {"rows": sandbox.MOST_ROWS, "columns": sandbox.MOST_COLUMNS},
        sandbox.EMPTY: _("The workbook is empty. Choose the file that holds the ledger."),
    }[code]
