"""Addresses of the first floor."""

app_name = "controls"

urlpatterns = []
