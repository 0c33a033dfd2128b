"""Start-up of the ground floor."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class RegistryConfig(AppConfig):
    name = "registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from .models import remember_login

        # Django's own receiver saves the person, and every login would become a row in the person's history.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        user_logged_in.connect(remember_login, dispatch_uid="registry_remember_login")
