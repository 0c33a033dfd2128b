"""Making what waits on the shelves: one document at a time, each in a process of its own, watched while it goes on."""

import logging
import multiprocessing
import signal
import time

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from ..actions import shelf
from ..models import ShelfItem
from ..rules.shelf import MOST_MEMORY, MOST_SECONDS, RENEWED_EVERY
from . import maker

logger = logging.getLogger(__name__)

_SPAWN = multiprocessing.get_context("spawn")
# The limit is one of processor time; on a busy machine that is a part of the time that goes by.
_PATIENCE = 3
_OUT_OF_TIME = -getattr(signal, "SIGXCPU", 24)


def make_waiting() -> int:
    """Make everything that is due; return how many documents were begun."""
    begun = 0
    while (item := shelf.claim_next()) is not None:
        make_one(item)
        begun += 1
    return begun


def make_one(item: ShelfItem, *, most_seconds: int = MOST_SECONDS, most_memory: int = MOST_MEMORY) -> None:
    """Make the document this process has claimed, in a child of its own, and say how far it is until it is there."""
    reading, writing = _SPAWN.Pipe(duplex=False)
    arguments = (str(connection.settings_dict["NAME"]), item.pk, writing, most_seconds, most_memory)
    child = _SPAWN.Process(target=maker.run, args=arguments, daemon=True)
    child.start()
    writing.close()
    try:
        _watch(item, child, reading, time.monotonic() + _PATIENCE * most_seconds)
    finally:
        child.kill()
        child.join()
        reading.close()


def _watch(item: ShelfItem, child: multiprocessing.Process, reading, until: float) -> None:
    done = total = 0
    while True:
        try:
            told = reading.recv() if reading.poll(RENEWED_EVERY.total_seconds()) else ("step", done, total)
        except EOFError:
            _died(item, child)
            return
        match told:
            case ("made", made):
                shelf.keep(item, made)
                return
            case ("refused", sentence):
                shelf.fail(item, sentence)
                return
            case (_step, done, total):
                if time.monotonic() > until:
                    _took_too_long(item)
                    return
                if not shelf.renew(item, done=done, total=total):
                    return  # deleted, or another worker has it


def _died(item: ShelfItem, child: multiprocessing.Process) -> None:
    child.join()
    if child.exitcode == _OUT_OF_TIME:
        _took_too_long(item)
        return
    logger.error("the process that made document %s ended with %s", item.pk, child.exitcode)
    shelf.release(item)


def _took_too_long(item: ShelfItem) -> None:
    with translation.override(item.language):
        sentence = _("It took longer than one document may. Narrow the filter, and ask for it again.")
    shelf.fail(item, sentence)
