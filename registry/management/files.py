"""Writing the file a command was asked for."""

import os
import tempfile
from pathlib import Path

from django.core.management.base import CommandError
from django.utils.translation import gettext as _


def check_target(out: str) -> Path:
    """Return the file to be written; refuse a folder, or a file in a folder that is not there."""
    target = Path(out)
    if target.is_dir() or not target.parent.is_dir():
        raise CommandError(_("The file %s cannot be written: its folder is missing, or it is a folder.") % out)
    return target


def write_whole(target: Path, body: bytes) -> None:
    """Write the file whole or not at all: under another name first, then renamed."""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".writing-", suffix=target.suffix)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(body)
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as why:
        raise CommandError(
            _("The file %(file)s cannot be written: %(why)s.") % {"file": target, "why": why.strerror}
        ) from None
