"""Start-up of the first floor."""

from django.apps import AppConfig


class ControlsConfig(AppConfig):
    name = "controls"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from registry.actions.jobs import add_jobs
        from registry.actions.organization import let_follow
        from registry.views.ledger import POINT_PANELS

        from .actions import disposals
        from .views import findings

        POINT_PANELS.append(findings.point_panel)
        add_jobs("disposals", disposals.late_disposals)
        let_follow(*(model for model in self.get_models() if hasattr(model, "position")))

        from .actions.alerts import due_alerts
        from .actions.signal_uploads import due_uploads

        add_jobs("alerts", due_alerts)
        add_jobs("signal_uploads", due_uploads)

        from .actions.tasks import planned_tasks

        add_jobs("tasks", planned_tasks)
