"""Start-up of the top floor."""

from django.apps import AppConfig


class CyclesConfig(AppConfig):
    name = "cycles"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from registry.actions.jobs import add_jobs

        from .actions.cycles import stages_to_begin

        add_jobs("stages", stages_to_begin)
