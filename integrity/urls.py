"""Addresses of the whole site. The public ones are named in PUBLIC; everything else asks for a login."""

from django.contrib.auth import views as auth_views
from django.urls import include, path

from . import directories, resting, sign_in, views

PUBLIC = {
    "login",
    "login_code",
    "login_provider",
    "login_provider_back",
    "healthz",
    "readyz",
    "set_language",
    "registry:check",
    "registry:verify",
}

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("login/", sign_in.LoginView.as_view(), name="login"),
    path("login/code/", sign_in.login_code, name="login_code"),
    path("login/provider/", directories.login_provider, name="login_provider"),
    path("login/provider/back/", directories.login_provider_back, name="login_provider_back"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("password/", sign_in.PasswordChangeView.as_view(), name="password_change"),
    path("account/", sign_in.account, name="account"),
    path("account/second-factor/", sign_in.second_factor, name="second_factor"),
    path("account/second-factor/remove/", sign_in.second_factor_remove, name="second_factor_remove"),
    path("account/recovery-codes/", sign_in.recovery_codes, name="recovery_codes"),
    path("account/sessions/end/", sign_in.sessions_end, name="sessions_end"),
    path("stay/", sign_in.stay, name="stay"),
    path("kept/<int:pk>/", resting.show_kept, name="kept_form"),
    path("language/", views.set_language, name="set_language"),
    path("", include("registry.urls")),
    path("controls/", include("controls.urls")),
    path("cycle/", include("cycles.urls")),
]
