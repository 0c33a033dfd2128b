"""Start-up of the first floor."""

from django.apps import AppConfig


class ControlsConfig(AppConfig):
    name = "controls"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from registry.views.ledger import POINT_PANELS

        from .views import findings

        POINT_PANELS.append(findings.point_panel)
