"""Addresses of the ground floor."""

from django.urls import path

from .views import approvals, declarations, ledger, notices, sheets

app_name = "registry"
urlpatterns = [
    path("declarations/", declarations.my_declarations, name="my-declarations"),
    path("declarations/start/<int:appointment_id>/", declarations.start, name="declaration-start"),
    path("declarations/blank/", sheets.blank, name="declaration-blank"),
    path("declarations/blank.pdf", sheets.blank_pdf, name="declaration-blank-pdf"),
    path("declarations/<int:pk>/", declarations.show, name="declaration"),
    path("declarations/<int:pk>/sheet/", sheets.declaration, name="declaration-sheet"),
    path("declarations/<int:pk>/sheet.pdf", sheets.declaration_pdf, name="declaration-pdf"),
    path("declarations/<int:pk>/edit/", declarations.edit, name="declaration-edit"),
    path("declarations/<int:pk>/points/add/", declarations.point, name="point-add"),
    path("declarations/<int:pk>/points/<int:version_id>/", declarations.point, name="point-edit"),
    path("declarations/<int:pk>/points/<int:version_id>/remove/", declarations.point_remove, name="point-remove"),
    path("declarations/<int:pk>/grade/", declarations.grade, name="grade"),
    path("declarations/<int:pk>/nothing/<slug:category>/", declarations.nothing_found, name="nothing-found"),
    path(
        "declarations/<int:pk>/nothing/<slug:category>/remove/",
        declarations.nothing_found_remove,
        name="nothing-found-remove",
    ),
    path("declarations/<int:pk>/check/", declarations.check, name="declaration-check"),
    path("declarations/<int:pk>/receipt/", declarations.receipt, name="declaration-receipt"),
    path("declarations/<int:pk>/withdraw/", declarations.withdraw, name="declaration-withdraw"),
    path("approvals/", approvals.queue, name="queue"),
    path("approvals/decided/", approvals.decided, name="decided"),
    path("approvals/<int:pk>/", approvals.decide, name="declaration-decide"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/export/", ledger.export, name="ledger-export"),
    path("ledger/sheet/", sheets.ledger, name="ledger-sheet"),
    path("ledger/sheet.pdf", sheets.ledger_pdf, name="ledger-pdf"),
    path("ledger/<str:code>/", ledger.point, name="point"),
    path("notices/", notices.notices, name="notices"),
    path("notices/new/", notices.new, name="notice-new"),
    path("notices/<int:pk>/", notices.show, name="notice"),
    path("notices/<int:pk>/compose/", notices.compose, name="notice-compose"),
    path("notices/<int:pk>/check/", notices.check, name="notice-check"),
    path("notices/<int:pk>/discard/", notices.discard, name="notice-discard"),
    path("notices/<int:pk>/withdraw/", notices.withdraw, name="notice-withdraw"),
    path("notices/<int:pk>/sheet/", notices.sheet, name="notice-sheet"),
    path("notices/<int:pk>/sheet.pdf", notices.pdf, name="notice-pdf"),
    path("notices/<int:pk>/object/", notices.object_to, name="notice-object"),
    path("notices/<int:pk>/objections/record/", notices.record_objection, name="objection-record"),
    path("notices/<int:pk>/objections/<int:objection_id>/", notices.answer, name="objection-answer"),
    path("notices/<int:pk>/take-down/", notices.take_down, name="notice-take-down"),
    path("notices/<int:pk>/anew/", notices.anew, name="notice-anew"),
    path("approvals/notices/<int:pk>/", notices.decide, name="notice-decide"),
    path("verify/<str:code>/", notices.verify, name="verify"),
]
