"""Start-up of the first floor."""

from django.apps import AppConfig


class ControlsConfig(AppConfig):
    name = "controls"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from registry.actions.jobs import add_jobs
        from registry.actions.organization import add_placed

        from .actions.tasks import planned_tasks
        from .models import Finding, Inspection, Signal, Task

        add_placed(Task, Signal, Inspection, Finding)
        add_jobs("tasks", planned_tasks)
