"""Marking cells in somebody else's workbook, in a child process that may take only so much memory and time."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from . import marker
from .reader import Sheet, Unreadable, child_environment

_CHILD = Path(marker.__file__)
# Seconds of the clock; the processor time is limited by the child itself.
_MOST_WAITING = 2 * marker.MOST_SECONDS


def mark_workbook(
    body: bytes, *, keeps_own: bool, sheets: Sequence[Sheet], marks: Sequence[Mapping], words: Mapping[str, str]
) -> bytes:
    """Return the workbook `body` with `marks` (sheet, row, column, text; None where a problem has no such place).

    Without `keeps_own` (.xls) a new workbook is made of the cells in `sheets`, and likewise where the limits do not allow for
    the person's own. `words` are heading (of the column at the right), sheet (that lists the problems) and author (of the
    comments). Raises Unreadable.
    """
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder, "own.xlsx"), Path(folder, "marked.xlsx")
        path.write_bytes(body)
        asked = {
            "out": str(out),
            "sheets": [{"name": sheet.name, "rows": sheet.rows} for sheet in sheets],
            "marks": list(marks),
            "words": dict(words),
        }
        for own in ([str(path)] if keeps_own else []) + [None]:
            if _run({**asked, "path": own}) and out.is_file():
                return out.read_bytes()
    raise Unreadable(_("The file is too large to be marked. Correct it by the list of problems on the page."))


def _run(asked: Mapping) -> bool:
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_CHILD)],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=_MOST_WAITING,
            env=child_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
