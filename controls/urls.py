"""Addresses of the first floor."""

from django.urls import path

from .views import alerts, disposals, findings, signal_uploads, signals, tasks

app_name = "controls"

urlpatterns = [
    # Tasks: filed measures carried out.
    path("tasks/", tasks.my_tasks, name="my-tasks"),
    path("tasks/board/", tasks.board, name="task-board"),
    path("tasks/board.xlsx", tasks.board_export, name="task-board-export"),
    path("tasks/occurrences/", tasks.occurrences, name="occurrences"),
    path("tasks/occurrences/<int:pk>/", tasks.occurrence, name="occurrence-report"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    path("tasks/<int:pk>/report/", tasks.report, name="task-report"),
    path("tasks/<int:pk>/send-back/", tasks.send_back, name="task-send-back"),
    path("tasks/<int:pk>/files/<int:file>/", tasks.task_file, name="task-file"),
    path("tasks/of-point/<str:code>/", tasks.point_tasks, name="point-tasks"),
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
    # Disposals
    path("disposals/", disposals.disposals, name="disposals"),
    path("disposals/register/", disposals.register, name="disposals-register"),
    path("disposals/numbers/", disposals.numbers, name="disposal-numbers"),
    path("disposals/new/", disposals.new, name="disposal-new"),
    path("disposals/decide/<int:pk>/", disposals.decide, name="disposal-decide"),
    path("disposals/<int:pk>/", disposals.show, name="disposal"),
    path("disposals/<int:pk>/attachments/<int:attachment_id>/", disposals.attachment, name="disposal-attachment"),
    path("disposals/<int:pk>/sheet/", disposals.sheet, name="disposal-sheet"),
    path("disposals/<int:pk>/pdf/", disposals.pdf, name="disposal-pdf"),
    path("disposals/<int:pk>/answer/sheet/", disposals.answer_sheet, name="disposal-answer-sheet"),
    path("disposals/<int:pk>/answer/pdf/", disposals.answer_pdf, name="disposal-answer-pdf"),
    path("disposals/<int:pk>/revise/", disposals.revise, name="disposal-revise"),
    path("disposals/<int:pk>/drop/", disposals.drop, name="disposal-drop"),
    path("disposals/<int:pk>/serve/", disposals.serve, name="disposal-serve"),
    path("disposals/<int:pk>/acknowledge/", disposals.acknowledge, name="disposal-acknowledge"),
    path("disposals/<int:pk>/answer/", disposals.answer, name="disposal-answer"),
    path("disposals/<int:pk>/accept/", disposals.accept, name="disposal-accept"),
    path("disposals/<int:pk>/send-back/", disposals.send_back, name="disposal-send-back"),
    path("disposals/<int:pk>/annul/", disposals.annul, name="disposal-annul"),
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
