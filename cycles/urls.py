"""Addresses of the top floor."""

from django.urls import path

from .views import assessment, cycles, preparation, progress

app_name = "cycles"

urlpatterns = [
    path("", cycles.board, name="board"),
    path("open/", cycles.open_, name="cycle-open"),
    path("<int:pk>/", cycles.show, name="cycle"),
    path("<int:pk>/dates/", cycles.dates, name="dates"),
    path("stages/<int:pk>/begin/", cycles.begin, name="stage-begin"),
    path("stages/<int:pk>/close/", cycles.close, name="stage-close"),
    path("closings/<int:pk>/agree/", cycles.agree, name="closing-agree"),
    path("closings/<int:pk>/decline/", cycles.decline, name="closing-decline"),
    path("<int:pk>/progress/", progress.progress, name="progress"),
    path("<int:pk>/late/<str:step>/", progress.late, name="late"),
    path("<int:pk>/assessments/", assessment.assessments, name="assessments"),
    path("<int:pk>/assessments/<int:unit>/start/", assessment.start, name="assessment-start"),
    path("assessments/<int:pk>/", assessment.show, name="assessment"),
    path("assessments/<int:pk>/enter/<str:indicator>/", assessment.enter, name="assessment-enter"),
    path("assessments/entries/<int:pk>/file/", assessment.entry_file, name="assessment-file"),
    path("assessments/<int:pk>/deduct/", assessment.deduct, name="assessment-deduct"),
    path("assessments/deductions/<int:pk>/strike/", assessment.strike, name="deduction-strike"),
    path("assessments/<int:pk>/submit/", assessment.submit, name="assessment-submit"),
    path("approvals/<int:pk>/", assessment.decide, name="assessment-decide"),
    path("assessments/<int:pk>/sheet/", assessment.sheet, name="assessment-sheet"),
    path("assessments/<int:pk>/sheet.pdf", assessment.pdf, name="assessment-pdf"),
    path("<int:pk>/trainings/", preparation.trainings, name="trainings"),
    path("<int:pk>/trainings/add/", preparation.training_add, name="training-add"),
    path("trainings/<int:pk>/strike/", preparation.training_strike, name="training-strike"),
    path("trainings/<int:pk>/file/", preparation.training_file, name="training-file"),
    path("<int:pk>/notice/", preparation.notice, name="notice"),
    path("<int:pk>/notice/edit/", preparation.notice_edit, name="notice-edit"),
    path("<int:pk>/notice/issue/", preparation.notice_issue, name="notice-issue"),
    path("<int:pk>/notice/sheet/", preparation.notice_sheet, name="notice-sheet"),
    path("<int:pk>/notice/sheet.pdf", preparation.notice_pdf, name="notice-pdf"),
]
