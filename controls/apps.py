"""Start-up of the first floor."""

from django.apps import AppConfig


class ControlsConfig(AppConfig):
    name = "controls"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from registry.actions.jobs import add_jobs

        from .actions.alerts import due_alerts
        from .actions.signal_uploads import due_uploads

        add_jobs("alerts", due_alerts)
        add_jobs("signal_uploads", due_uploads)
