"""Start-up of the ground floor."""

from django.apps import AppConfig, apps
from django.apps.registry import Apps
from django.contrib.auth.signals import user_logged_in
from django.core import checks
from django.db import DatabaseError, connection, connections
from django.db.models.signals import post_migrate, pre_migrate


class RegistryConfig(AppConfig):
    name = "registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks  # noqa: F401 - registers itself
        from .actions import calendar, organization  # noqa: F401 - their verbs mark themselves as entered and confirmed
        from .actions.sessions import begin_session
        from .models import remember_login

        # Django's own receiver saves the person, and every login would become a row in the person's history.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        user_logged_in.connect(remember_login, dispatch_uid="registry_remember_login")
        user_logged_in.connect(begin_session, dispatch_uid="registry_begin_session")
        pre_migrate.connect(_before_migration, sender=self, dispatch_uid="registry_take_guards_away")
        post_migrate.connect(_after_migration, sender=self, dispatch_uid="registry_put_guards_back")
        checks.register(_guards_stand)


def _before_migration(using: str, **kwargs: object) -> None:
    from .models import remove_guards

    remove_guards(connections[using])


def _after_migration(using: str, apps: Apps = apps, **kwargs: object) -> None:
    """Put the guards back; on the way through an older state of the tables there are none."""
    from .models import guards_fit, install_guards

    if guards_fit(apps):
        install_guards(connections[using])


def _guards_stand(app_configs: object, databases: object = None, **kwargs: object) -> list[checks.CheckMessage]:
    """Say when the database lacks a guard. `migrate`, which puts them back, asks for a database and is let through."""
    from .models import AuditHead, missing_guards

    if databases:
        return []
    try:
        if AuditHead._meta.db_table not in connection.introspection.table_names():
            return []  # nothing was migrated yet
        missing = missing_guards(connection)
    except DatabaseError:
        return []  # there is no database to look at; what needs one will say so
    hint = "Run manage.py migrate, then manage.py verify_chain: somebody may have changed what is final."
    return [checks.Error(f"The database lacks the guard {name}.", hint=hint, id="registry.E001") for name in missing]
