"""Addresses of the first floor."""

from django.urls import path

from .views import findings

app_name = "controls"

urlpatterns = [
    # Findings
    path("findings/", findings.board, name="findings"),
    path("findings/to-correct/", findings.to_correct, name="findings-to-correct"),
    path("findings/to-verify/", findings.to_verify, name="findings-to-verify"),
    path("findings/new/", findings.new, name="finding-new"),
    path("findings/<int:pk>/", findings.show, name="finding"),
    path("findings/<int:pk>/attachments/<int:attachment_id>/", findings.attachment, name="finding-attachment"),
    path("findings/<int:pk>/report/", findings.report, name="finding-report"),
    path("findings/<int:pk>/verify/", findings.verify, name="finding-verify"),
    path("findings/<int:pk>/send-back/", findings.send_back, name="finding-send-back"),
    path("findings/<int:pk>/extend/", findings.extend, name="finding-extend"),
    path("findings/<int:pk>/hand-over/", findings.hand_over, name="finding-hand-over"),
    path("findings/<int:pk>/supplement/", findings.supplement, name="finding-supplement"),
]
