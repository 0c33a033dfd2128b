"""Addresses of the whole site. The public ones are named in PUBLIC; everything else asks for a login."""

from django.contrib.auth import views as auth_views
from django.urls import include, path

from . import views

PUBLIC = {"login", "healthz", "readyz", "set_language", "registry:verify"}

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("password/", views.PasswordChangeView.as_view(), name="password_change"),
    path("language/", views.set_language, name="set_language"),
    path("", include("registry.urls")),
]
