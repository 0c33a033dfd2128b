"""Addresses of the first floor."""

from django.urls import path

from .views import draws, inspection_plans, inspections

app_name = "controls"

urlpatterns = [
    # Inspections and draws.
    path("inspections/", inspections.board, name="inspections"),
    path("inspections/mine/", inspections.mine, name="inspections-mine"),
    path("inspections/special/", inspection_plans.special, name="inspection-special"),
    path("inspections/summary/", inspections.summary, name="inspection-summary"),
    path("inspections/summary/sheet/", inspections.summary_sheet, name="inspection-summary-sheet"),
    path("inspections/summary/pdf/", inspections.summary_pdf, name="inspection-summary-pdf"),
    path("inspections/summary/workbook/", inspections.summary_workbook, name="inspection-summary-workbook"),
    path("inspections/plans/", inspection_plans.plans, name="inspection-plans"),
    path("inspections/plans/new/", inspection_plans.new, name="inspection-plan-new"),
    path("inspections/plans/<int:pk>/", inspection_plans.show, name="inspection-plan"),
    path("inspections/plans/<int:pk>/close/", inspection_plans.close, name="inspection-plan-close"),
    path("inspections/<int:pk>/", inspections.show, name="inspection"),
    path("inspections/<int:pk>/begin/", inspections.begin, name="inspection-begin"),
    path("inspections/<int:pk>/fill/", inspections.fill, name="inspection-fill"),
    path("inspections/<int:pk>/sign/", inspections.sign, name="inspection-sign"),
    path("inspections/<int:pk>/drop/", inspections.drop, name="inspection-drop"),
    path("inspections/<int:pk>/name/", inspections.name, name="inspection-name"),
    path("inspections/<int:pk>/sheet/", inspections.sheet, name="inspection-sheet"),
    path("inspections/<int:pk>/pdf/", inspections.pdf, name="inspection-pdf"),
    path("inspections/<int:pk>/workbook/", inspections.sheet_workbook, name="inspection-workbook"),
    path("draws/", draws.draws, name="draws"),
    path("draws/new/", draws.new, name="draw-new"),
    path("draws/<int:pk>/", draws.show, name="draw"),
    path("draws/<int:pk>/list/", draws.list_text, name="draw-list"),
    path("draws/<int:pk>/reveal/", draws.reveal, name="draw-reveal"),
    path("draws/<int:pk>/replay/", draws.replay, name="draw-replay"),
    path("draws/<int:pk>/inspections/", draws.inspect, name="draw-inspect"),
    path("draws/<int:pk>/sheet/", draws.sheet, name="draw-sheet"),
    path("draws/<int:pk>/pdf/", draws.pdf, name="draw-pdf"),
    path("experts/", draws.experts, name="experts"),
    path("experts/new/", draws.expert_new, name="expert-new"),
    path("experts/<int:pk>/change/", draws.expert_change, name="expert-change"),
    path("experts/<int:pk>/end/", draws.expert_end, name="expert-end"),
]
