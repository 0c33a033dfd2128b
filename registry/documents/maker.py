"""The process that makes one document, under limits: whatever it is given, the worker outlives it.

Begun by `making.py` by the name of `run`; nothing of Django is imported before this process is told its database. It
only reads the database. Through the pipe it tells ("step", done, total) any number of times, then ("made", Made),
("refused", sentence), or nothing where it dies.
"""

import os
import threading
import time
from multiprocessing import parent_process
from multiprocessing.connection import Connection

try:
    import resource
except ImportError:  # Windows has no such limits; there the worker's patience alone holds.
    resource = None

TELLS_EVERY = 0.5  # seconds


def run(database: str, pk: int, pipe: Connection, most_seconds: int, most_memory: int) -> None:
    """Make the document `pk` of the shelf in `database` and tell through `pipe` what became of it."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))
        # The soft limit tells the worker why the process ended, the hard one would not.
        resource.setrlimit(resource.RLIMIT_CPU, (most_seconds, most_seconds + 10))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_die_with_parent, daemon=True).start()
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    import django

    django.setup()
    from django.utils import translation
    from django.utils.translation import gettext as _

    from ..models import ShelfItem
    from ..rules import Refused
    from .shelf import make

    item = ShelfItem.objects.select_related("person").get(pk=pk)
    told = 0.0

    def step(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told >= TELLS_EVERY:
            told = time.monotonic()
            pipe.send(("step", done, total))

    with translation.override(item.language):
        try:
            answer = ("made", make(item, step))
        except Refused as why:
            answer = ("refused", str(why))
        except MemoryError:
            answer = ("refused", _("It takes more memory than one document may. Narrow the filter."))
    pipe.send(answer)


def _die_with_parent() -> None:
    """A worker that was killed leaves nobody behind who makes what another begins again."""
    parent_process().join()
    os._exit(1)
