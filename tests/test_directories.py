"""Signing in by a real directory (slapd) and a real provider of OpenID Connect, both started here with invented people."""

import datetime as dt
import ipaddress
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse

from integrity import directories
from registry.models import Person
from tests import factories

MODELS = "django.contrib.auth.backends.ModelBackend"
BASE = "ou=people,dc=yunling,dc=example"
DIRECTORY_PASSWORD = "目录-password-1"
SLAPD = shutil.which("slapd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/lib/openldap")
SCHEMAS = Path("/etc/ldap/schema")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def process(command: list[str], port: int, **options) -> Iterator[None]:
    """Keep a server running that listens on a port, until it is not needed any more."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        while True:
            assert child.poll() is None, f"{command[0]} ended by itself: {child.returncode}"
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                continue
        yield
    finally:
        child.terminate()
        child.wait(10)


# --- LDAP ----------------------------------------------------------------------------------------------------------------


def certificate(folder: Path, name: str) -> Path:
    """Make a certificate for 127.0.0.1 that signs itself; return its file, the key lies beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    file.with_suffix(".key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return file


def entry(number: str, organization: str = "people") -> str:
    name = f"uid={number},ou={organization},dc=yunling,dc=example"
    classes = "objectClass: inetOrgPerson\ncn: 某人\nsn: 某\n"
    return f"dn: {name}\n{classes}uid: {number}\nuserPassword: {DIRECTORY_PASSWORD}\n\n"


@pytest.fixture(scope="module")
def slapd(tmp_path_factory) -> Iterator[dict]:
    """A directory with TLS. It refuses passwords without it, and, as some do, takes an empty one for nobody's: yes."""
    if SLAPD is None or not SCHEMAS.is_dir():
        pytest.skip("slapd is not installed (Debian: apt-get install slapd)")
    folder = tmp_path_factory.mktemp("slapd")
    (folder / "data").mkdir()
    trusted, foreign = certificate(folder, "trusted"), certificate(folder, "foreign")
    (folder / "slapd.conf").write_text(
        "".join(f"include {SCHEMAS}/{each}.schema\n" for each in ("core", "cosine", "inetorgperson"))
        + f"""modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/pid
TLSCertificateFile {trusted}
TLSCertificateKeyFile {trusted.with_suffix(".key")}
security simple_bind=128
allow bind_anon_cred
database mdb
suffix "dc=yunling,dc=example"
rootdn "cn=reader,dc=yunling,dc=example"
rootpw reader-password
directory {folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=reader,dc=yunling,dc=example" read by * none
""",
        encoding="utf-8",
    )
    (folder / "people.ldif").write_text(
        "dn: dc=yunling,dc=example\nobjectClass: dcObject\nobjectClass: organization\no: x\ndc: yunling\n\n"
        + "".join(
            f"dn: ou={name},dc=yunling,dc=example\nobjectClass: organizationalUnit\nou: {name}\n\n"
            for name in ("people", "twins")
        )
        + "".join(map(entry, ("holder", "inspector", "former", "stranger", "swj_holder")))
        + entry("swj_holder", "twins"),
        encoding="utf-8",
    )
    subprocess.run([SLAPD, "-T", "add", "-f", folder / "slapd.conf", "-l", folder / "people.ldif"], check=True)
    plain, secure = free_port(), free_port()
    addresses = f"ldap://127.0.0.1:{plain}/ ldaps://127.0.0.1:{secure}/"
    with process([SLAPD, "-d", "0", "-f", folder / "slapd.conf", "-h", addresses], secure):
        yield {
            "plain": f"ldap://127.0.0.1:{plain}", "secure": f"ldaps://127.0.0.1:{secure}",
            "trusted": str(trusted), "foreign": str(foreign),
        }  # fmt: skip


@pytest.fixture(params=["plain", "secure"])
def directory(request, slapd, settings, body) -> dict:
    """The installation as it is configured for the directory, by StartTLS and by ldaps."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    Person.objects.update(password=make_password(None))
    settings.LDAP_URL, settings.LDAP_CA_FILE = slapd[request.param], slapd["trusted"]
    settings.LDAP_BIND_DN, settings.LDAP_BIND_PASSWORD = "cn=reader,dc=yunling,dc=example", "reader-password"
    settings.LDAP_SEARCH_BASE, settings.LDAP_STAFF_ATTRIBUTE = "dc=yunling,dc=example", "uid"
    settings.AUTHENTICATION_BACKENDS = [MODELS, "integrity.directories.DirectoryBackend"]
    return slapd


def come(name: str, password: str = DIRECTORY_PASSWORD, client: Client | None = None):
    return (client or Client()).post(reverse("login"), {"username": name, "password": password})


def test_the_directory_opens_accounts_that_are_open_here(directory, body):
    people = Person.objects.count()
    client = Client()
    assert come("holder", client=client).headers["Location"] == reverse("home")
    assert client.get(reverse("home")).status_code == 200
    assert client.get(reverse("password_change")).status_code == 403  # it is not ours to change
    # A second factor is asked for like after a password of our own.
    assert come("inspector").headers["Location"] == reverse("login_code")
    # Right password, but: ended here, unknown here, two entries there.
    for name in ("former", "stranger", "swj_holder"):
        assert come(name).status_code == 200, name
    assert Person.objects.count() == people


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("holder", "wrong"),
        ("holder", " "),
        ("*", DIRECTORY_PASSWORD),
        ("hold*", DIRECTORY_PASSWORD),
        ("holder)(uid=*", DIRECTORY_PASSWORD),
        ("*)(|(uid=holder", DIRECTORY_PASSWORD),
        ("holder\x00", DIRECTORY_PASSWORD),
        ("HOLDER", DIRECTORY_PASSWORD),
        ("holder ", "wrong"),
        ("uid=holder," + BASE, DIRECTORY_PASSWORD),
        ("\\2a", DIRECTORY_PASSWORD),
    ],
)
def test_nothing_else_opens(directory, name, password):
    assert come(name, password).status_code == 200


def test_an_empty_password_is_not_a_bind(directory):
    backend = directories.DirectoryBackend()
    assert backend.authenticate(None, username="holder", password="") is None
    assert backend.authenticate(None, username="holder", password=DIRECTORY_PASSWORD) is not None


def test_a_directory_that_is_not_the_trusted_one_opens_nothing(directory, settings, caplog):
    settings.LDAP_CA_FILE = directory["foreign"]
    assert come("holder").status_code == 200
    assert "does not answer" in caplog.text and DIRECTORY_PASSWORD not in caplog.text and "holder" not in caplog.text


def test_a_certificate_for_another_name_opens_nothing(directory, settings):
    settings.LDAP_URL = settings.LDAP_URL.replace("127.0.0.1", "localhost")
    assert come("holder").status_code == 200


def test_a_directory_that_is_away_does_not_keep_out_who_has_a_password_here(directory, settings, caplog):
    settings.LDAP_URL = f"ldap://127.0.0.1:{free_port()}"
    Person.objects.filter(username="holder").update(password=make_password(factories.PASSWORD))
    assert come("holder").status_code == 200
    assert come("holder", factories.PASSWORD).status_code == 302


# --- OpenID Connect ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider that lets anybody in under any name; what we make of that is tested."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"]
    with process(command, port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def provider(issuer, settings, body) -> str:
    settings.OIDC_ISSUER, settings.OIDC_NAME = issuer, "统一身份认证"
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = "registry", "secret-of-the-registry"
    settings.OIDC_STAFF_CLAIM = "sub"
    settings.AUTHENTICATION_BACKENDS = [MODELS, directories.BACKEND]
    directories._provider.cache_clear()
    return issuer


def vouched(client: Client, name: str, **change) -> str:
    """Go to the provider, sign in there as `name`, and return the address it sends the browser back to."""
    address = client.get(reverse("login_provider"), {"next": reverse("account")}).headers["Location"]
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"] and asked["response_type"] == ["code"] and asked["nonce"]
    back = requests.post(address, data={"sub": name, **change}, allow_redirects=False, timeout=10)
    assert back.status_code in (302, 303), back.text
    return back.headers["Location"].removeprefix("http://testserver")


def test_the_page_offers_the_provider_only_where_there_is_one(body, settings):
    assert "provider" not in Client().get(reverse("login")).content.decode()
    assert Client().get(reverse("login_provider")).status_code == 404
    assert Client().get(reverse("login_provider_back")).status_code == 404


def test_the_provider_opens_accounts_that_are_open_here(provider, body):
    client, people = Client(), Person.objects.count()
    assert "统一身份认证" in client.get(reverse("login")).content.decode()
    assert client.get(vouched(client, "holder")).headers["Location"] == reverse("account")
    assert client.get(reverse("account")).status_code == 200
    assert client.get(reverse("password_change")).status_code == 403
    other = Client()
    assert other.get(vouched(other, "inspector")).headers["Location"] == reverse("login_code")
    for name in ("former", "stranger", "HOLDER", "console"):
        outside = Client()
        assert outside.get(vouched(outside, name)).headers["Location"] == reverse("login")
        assert outside.get(reverse("home")).status_code == 302
    assert Person.objects.count() == people


def test_what_comes_back_counts_once_and_in_the_browser_that_went(provider, body):
    client, other = Client(), Client()
    back = vouched(client, "holder")
    assert other.get(back).headers["Location"] == reverse("login")  # somebody else's browser
    forged = re.sub(r"state=[^&]+", "state=forged", back)
    assert client.get(forged).headers["Location"] == reverse("login")
    assert client.get(back).headers["Location"] == reverse("account")
    again = Client()
    again.cookies = client.cookies
    client.post(reverse("logout"))
    assert again.get(back).headers["Location"] == reverse("login")
    assert again.get(reverse("home")).status_code == 302


def test_a_code_that_was_stolen_is_worth_nothing_without_its_verifier(provider, body):
    """PKCE: the code another browser was given does not pass with our own verifier."""
    theirs, ours = Client(), Client()
    stolen = parse_qs(urlsplit(vouched(theirs, "holder")).query)["code"][0]
    back = vouched(ours, "colleague")
    answer = ours.get(re.sub(r"code=[^&]+", f"code={stolen}", back))
    assert answer.headers["Location"] == reverse("login") and ours.get(reverse("home")).status_code == 302


def test_a_provider_that_is_away_or_another_says_so(provider, settings, caplog):
    settings.OIDC_ISSUER = f"http://127.0.0.1:{free_port()}"
    client = Client()
    assert client.get(reverse("login_provider")).headers["Location"] == reverse("login")
    assert 'role="alert"' in client.get(reverse("login")).content.decode()
    assert "sign-in by the provider failed" in caplog.text


def test_it_leads_to_pages_of_ours_only(provider, body):
    client = Client()
    address = client.get(reverse("login_provider"), {"next": "https://elsewhere.example/"}).headers["Location"]
    back = requests.post(address, data={"sub": "holder"}, allow_redirects=False, timeout=10).headers["Location"]
    assert client.get(back.removeprefix("http://testserver")).headers["Location"] == reverse("home")
