"""What `manage.py check --database default`, and with it every migrate, says about the rows."""

from typing import Any

from django.core.checks import Tags, Warning, register
from django.db import DatabaseError

from .models import Person


@register(Tags.database)
def no_superusers(databases: list[str] | None = None, **_kwargs: Any) -> list[Warning]:
    """Warn of active superusers: the mark opens nothing here, so whoever sets it expects something that is not so."""
    if not databases:
        return []
    try:
        names = list(Person.objects.filter(is_superuser=True, is_active=True).values_list("username", flat=True))
    except DatabaseError:  # before the first migrate
        return []
    if not names:
        return []
    return [
        Warning(
            f"Active superusers: {', '.join(names)}. The mark gives no right in this system.",
            hint="Take the mark away; rights are given as roles, and the first administrators by import_organization.",
            id="registry.W001",
        )
    ]
