"""Settings. Everything that differs between installations comes from the environment (or a file `.env` beside manage.py).

Variables: DATABASE_URL (SQLite in var/ by default), SECRET_KEY (made once in var/ when not given), ALLOWED_HOSTS,
CSRF_TRUSTED_ORIGINS, HTTPS (on when the server is reached by https), SITE_URL (how people reach the server, for the QR
code of printed sheets, as in http://registry.example), LANGUAGE_CODE (zh-hans, zh-hant or en: of everything printed, and
of the screen of whoever chose none), AUDIT_DIGEST (sha256 or sm3), AUDIT_HEADS (the file to which the end of the audit chain is
added every day; best on another machine), LOG_LEVEL, DISPOSAL_WORDS (what stands before the
number of a disposal). Of signing in (docs/how-to/sign-in.md): SECOND_FACTOR, IDLE_MINUTES,
PASSWORD_EXPIRES_DAYS, TRUSTED_PROXIES, LDAP_*, OIDC_*.
"""

import os
import secrets
from importlib.util import find_spec
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

# What the installation itself writes: database, key, collected static files. Kept out of version control.
(VAR_DIR / "static").mkdir(parents=True, exist_ok=True)

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")


def _secret_key() -> str:
    """Return the installation's own key, made on first use and readable by its owner only."""
    path = VAR_DIR / "secret-key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        key = secrets.token_urlsafe(50)
        file.write(key)
    return key


SECRET_KEY = env.str("SECRET_KEY", default="") or _secret_key()
DEBUG = False
SITE_URL = env.str("SITE_URL", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "guardian",
    "simple_history",
    "django.forms",
    "csp",
    "django_htmx",
    # A command of an upper floor goes before that of the same name below.
    "cycles",
    "controls",
    "registry",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "integrity.middleware.address_of_client",
    "integrity.middleware.known_form_of_session",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "integrity.middleware.chosen_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "integrity.resting.IdleLimit",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    # allauth refuses to be installed without it; it has nothing to do here.
    "allauth.account.middleware.AccountMiddleware",
    "integrity.middleware.personal_pages",
    "integrity.middleware.denials",
    "integrity.middleware.own_password",
    "integrity.middleware.reading",
    "integrity.middleware.second_factor",
    "integrity.resting.kept_form",
    "integrity.middleware.Refusals",
]

ROOT_URLCONF = "integrity.urls"
WSGI_APPLICATION = "integrity.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "integrity.navigation.navigation",
                "integrity.navigation.sign_in",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'registry.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Write-ahead log, write lock taken when a transaction begins, and patience: measured to give no "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000; PRAGMA recursive_triggers=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "registry.Person"
ANONYMOUS_USER_NAME = None
# Guardian's backend would answer has_perm from its rows alone; registry.access asks for a live assignment besides.
# Whether other hosts of the domain are reached by https only is not for this server to say.
SILENCED_SYSTEM_CHECKS = ["guardian.W001", "security.W005", "security.W021"]
GUARDIAN_MONKEY_PATCH_USER = False
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "integrity.passwords.NotUsedLately"},
]
PASSWORD_EXPIRES_DAYS = env.int("PASSWORD_EXPIRES_DAYS", default=0)  # 0: never

# "optional" is for demonstrations; the page of signing in says so.
SECOND_FACTOR = env.str("SECOND_FACTOR", default="required")
if SECOND_FACTOR not in ("required", "optional"):
    raise ImproperlyConfigured(f"SECOND_FACTOR is {SECOND_FACTOR!r}; it must be required or optional.")
MFA_ADAPTER = "registry.actions.factors.SealedSecrets"
MFA_TOTP_TOLERANCE = 1  # half minutes by which a telephone's clock may be off
ACCOUNT_EMAIL_VERIFICATION = "none"

# How many proxies of one's own stand before the server: so many entries of X-Forwarded-For, from the right, are believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# Sign-in by a directory (the extra `ldap`); off without an address.
LDAP_URL = env.str("LDAP_URL", default="")  # ldaps://host, or ldap://host, which turns to TLS before anything else
LDAP_CA_FILE = env.str("LDAP_CA_FILE", default="")
LDAP_BIND_DN = env.str("LDAP_BIND_DN", default="")
LDAP_BIND_PASSWORD = env.str("LDAP_BIND_PASSWORD", default="")
LDAP_SEARCH_BASE = env.str("LDAP_SEARCH_BASE", default="")
LDAP_STAFF_ATTRIBUTE = env.str("LDAP_STAFF_ATTRIBUTE", default="uid")
if LDAP_URL and not find_spec("ldap3"):
    raise ImproperlyConfigured("LDAP_URL is set, but ldap3 is not installed; see docs/how-to/sign-in.md.")
if LDAP_URL:
    AUTHENTICATION_BACKENDS.append("integrity.directories.DirectoryBackend")

# Sign-in by a provider of OpenID Connect (the extra `oidc`); off without an issuer.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_STAFF_CLAIM = env.str("OIDC_STAFF_CLAIM", default="preferred_username")
OIDC_NAME = env.str("OIDC_NAME", default="")
if OIDC_ISSUER and not find_spec("authlib"):
    raise ImproperlyConfigured("OIDC_ISSUER is set, but authlib is not installed; see docs/how-to/sign-in.md.")
if OIDC_ISSUER:
    AUTHENTICATION_BACKENDS.append("integrity.directories.ProviderBackend")

# The audit chain: what entries are digested with (sha256 or sm3), and where its end is written every day.
AUDIT_DIGEST = env.str("AUDIT_DIGEST", default="sha256")
AUDIT_HEADS = Path(env.str("AUDIT_HEADS", default="") or VAR_DIR / "audit-heads.jsonl")
# The words before the number of a disposal, by its kind; of one body alone as "CODE:kind" (a JSON object in DISPOSAL_WORDS).
DISPOSAL_WORDS = {"warning": "廉警", "admonition": "廉诫", "rectification": "廉改"} | env.json(
    "DISPOSAL_WORDS", default={}
)

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="zh-hans")
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("zh-hant", _("Traditional Chinese")), ("en", _("English"))]
# A choice outlives the browser's window and the session: who chose once is not asked again.
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "integrity" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True

HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60
IDLE_MINUTES = env.int("IDLE_MINUTES", default=30)
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# Not "no-referrer": under it browsers send `Origin: null` with our own forms, and every POST would be refused as foreign.
# "same-origin" tells other hosts just as little.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "integrity.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # Bootstrap's own small pictures (arrows, ticks) are data: addresses inside its style sheet.
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Text fields are long; a whole declaration page stays far below this, a flood does not.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# A ledger that is taken in may have a category to confirm in each of its rows, each with a box of its own.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_500
FILE_UPLOAD_HANDLERS = [
    "integrity.uploads.TakeInNoMore",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
