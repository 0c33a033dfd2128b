"""Addresses of the first floor."""

from django.urls import path

from .views import alerts, signal_uploads, signals

app_name = "controls"

urlpatterns = [
    # --- Monitoring signals and alerts ---
    path("signals/", signals.signals, name="signals"),
    path("signals/export/", signals.export, name="signals-export"),
    path("signals/sheet/", signals.sheet, name="signals-sheet"),
    path("signals/sheet.pdf", signals.pdf, name="signals-pdf"),
    path("signals/new/", signals.new, name="signal-new"),
    path("signals/import/", signal_uploads.new, name="signal-import-new"),
    path("signals/import/template/", signal_uploads.template, name="signal-import-template"),
    path("signals/import/<int:pk>/", signal_uploads.show, name="signal-import"),
    path("signals/import/<int:pk>/discard/", signal_uploads.discard, name="signal-import-discard"),
    path("signals/<int:pk>/", signals.show, name="signal"),
    path("signals/<int:pk>/judge/", signals.judge, name="signal-judge"),
    path("signals/<int:pk>/open/", signals.opening, name="signal-open"),
    path("signals/<int:pk>/source/", signals.source, name="signal-source"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/<int:pk>/", alerts.show, name="alert"),
    path("alerts/<int:pk>/answer/", alerts.answer, name="alert-answer"),
]
