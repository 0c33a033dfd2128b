"""The one way a row changes: conditionally on the version that was read, with who and when, and a history row."""

import secrets
from typing import Any

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Counter, Person
from ..rules import Changed
from ..rules.verification import ALPHABET, GROUP, GROUPS


def change(instance: models.Model, *, by: Person, expected: int, **values: Any) -> None:
    """Write `values` if the stored row still has version `expected`; else raise Changed and write nothing.

    The instance is read again afterwards.
    """
    model = type(instance)
    if hasattr(instance, "changed_by_id"):
        values |= {"changed_by": by, "changed_at": timezone.now()}
    if not model.objects.filter(pk=instance.pk, version=expected).update(version=F("version") + 1, **values):
        raise Changed(_changed_sentence(model.objects.filter(pk=instance.pk).first()))
    instance.refresh_from_db()
    remember(instance, by=by, is_new=False)


def create(instance: models.Model, *, by: Person) -> models.Model:
    """Store a new row with who and when, and its first history row."""
    if hasattr(instance, "changed_by_id"):
        instance.changed_by = by
        instance.changed_at = timezone.now()
    instance._history_user = by
    instance.save(force_insert=True)
    return instance


def remember(instance: models.Model, *, by: Person, is_new: bool) -> None:
    """Write the history row that an update by query does not."""
    history = getattr(type(instance), "history", None)
    if history is not None:
        history.bulk_history_create([instance], update=not is_new, default_user=by)


def next_number(name: str) -> int:
    """Give out the next number under `name`; call inside the transaction that uses it, so that none is lost."""
    return next_numbers(name, 1)[0]


def next_numbers(name: str, count: int) -> range:
    """Give out the next `count` numbers under `name`, likewise inside the transaction that uses them."""
    Counter.objects.get_or_create(name=name)
    Counter.objects.filter(name=name).update(last=F("last") + count)
    last = Counter.objects.values_list("last", flat=True).get(name=name)
    return range(last - count + 1, last + 1)


def short_code() -> str:
    """Return a new code for the check of a sheet; nobody guesses one: there are 31 to the power of 12."""
    groups = ("".join(secrets.choice(ALPHABET) for _place in range(GROUP)) for _group in range(GROUPS))
    return "-".join(groups)


def _changed_sentence(now: models.Model | None) -> str:
    if now is None:
        return _("This was removed meanwhile. Nothing of what you typed was stored.")
    if hasattr(now, "changed_by_id"):
        when = timezone.localtime(now.changed_at)
        return _(
            "This was changed by %(name)s at %(time)s. Nothing of what you typed is lost; compare and save again."
        ) % {
            "name": now.changed_by,
            "time": f"{when:%Y-%m-%d %H:%M}",
        }
    return _("This has changed meanwhile. Look at it again before you decide.")
