"""Addresses of the ground floor."""

from django.urls import path

from .views import approvals, declarations, ledger

app_name = "registry"
urlpatterns = [
    path("declarations/", declarations.my_declarations, name="my-declarations"),
    path("declarations/start/<int:appointment_id>/", declarations.start, name="declaration-start"),
    path("declarations/<int:pk>/", declarations.show, name="declaration"),
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
    path("ledger/<str:code>/", ledger.point, name="point"),
]
