#!/usr/bin/env python3
"""The developer's one command: `demo` shows the application, `test` checks it, `lock` remakes the lock files, `traditional`
the traditional Chinese catalog.

Needs nothing but Python 3.11 or newer; everything else is put into `.venv` from the lock files. See `dev.py -h`.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the one place an older Python gets to
    sys.exit("This needs Python 3.11 or newer; you are running Python %d.%d." % sys.version_info[:2])  # noqa: UP031

import argparse
import errno
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "installed.json"
RUNTIME_LOCK, DEV_LOCK = "requirements.lock", "requirements-dev.lock"
DATABASE = ROOT / "var" / "registry.sqlite3"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Debian packages: a browser for the tests, a Chinese typeface, and the libraries WeasyPrint makes PDF files with.
SYSTEM_PACKAGES = ("chromium", "fonts-noto-cjk", "libpangoft2-1.0-0", "libharfbuzz-subset0")
POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"


def say(text: str) -> None:
    """Print at once, so that our lines and those of the programs we run stay in order."""
    print(text, flush=True)


def run(*command: str | Path, **options) -> None:
    """Run a step and stop with its exit code if it fails."""
    code = subprocess.run(command, cwd=ROOT, check=False, **options).returncode
    if code:
        sys.exit(code if code > 0 else 128 - code)


# --- The environment -------------------------------------------------------------------------------------------------


def ensure_environment(lock: str) -> None:
    """Bring `.venv` to what `lock` says; when it is there already, touch neither it nor the network."""
    python = "{}.{}".format(*sys.version_info)
    digests = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in (RUNTIME_LOCK, DEV_LOCK)}
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        stamp = {}
    usable = stamp.get("python") == python and PYTHON.exists()
    if usable and stamp.get(lock) == digests[lock]:
        return
    say(f"Installing {lock} into .venv (about a minute, only this once) ...")
    STAMP.unlink(missing_ok=True)  # an interrupted installation is begun anew
    if not usable:
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
        except subprocess.CalledProcessError:
            sys.exit("Python could not make a virtual environment; on Debian or Ubuntu: apt-get install python3-venv")
    pip = (PYTHON, "-m", "pip", "--disable-pip-version-check", "-qq")
    run(*pip, "install", "--require-hashes", "-r", lock)
    installed = digests if lock == DEV_LOCK else {lock: digests[lock]}  # the dev lock contains the runtime lock
    STAMP.write_text(json.dumps({"python": python} | installed), encoding="utf-8")


def ensure_system(browser: bool, install: bool) -> None:
    """See to Chromium (when `browser`), typeface and PDF libraries: install what lacks, or say how to."""
    missing = []
    if shutil.which("apt-get") and shutil.which("dpkg-query"):
        query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}"]
        for package in SYSTEM_PACKAGES:
            answer = subprocess.run([*query, package], capture_output=True, text=True, check=False)
            if answer.stdout != "installed":
                missing.append(package)
    lacks_browser = browser and not any(map(shutil.which, BROWSERS))
    if "chromium" in missing and not lacks_browser:
        missing.remove("chromium")
    update, add = "apt-get update", "apt-get install -y --no-install-recommends " + " ".join(missing)
    if missing and install and hasattr(os, "geteuid") and os.geteuid() == 0:
        say(f"Installing {', '.join(missing)} ...")
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        run(*update.split(), "-qq", env=quiet)
        run(*add.split(), "-qq", env=quiet, stdout=subprocess.DEVNULL)
    elif lacks_browser:
        say("The browser tests need Chromium. Install it with the next line, or leave them out with --no-browser.")
        say(f"sudo {update} && sudo {add}" if missing else f"(one of {', '.join(BROWSERS)} must be on PATH)")
        sys.exit(1)
    elif missing:
        say(f"PDF files may lack Chinese characters or fail until you run: sudo {update} && sudo {add}")


# --- demo ------------------------------------------------------------------------------------------------------------


def demo(args: argparse.Namespace, _: list[str]) -> int:
    """Show the application with invented data; Ctrl-C ends it."""
    try:
        socket.create_server((args.host, args.port)).close()
    except OSError as error:
        reason = "it is already in use" if error.errno == errno.EADDRINUSE else error.strerror
        sys.exit(f"Cannot listen on {args.host}:{args.port}: {reason}. Choose another with --port.")
    if args.fresh and DATABASE.exists():
        if sys.stdin.isatty() and input(f"Delete {DATABASE} and all it holds? [y/N] ").strip().lower() != "y":
            sys.exit("Nothing was deleted.")
        for suffix in ("-wal", "-shm", "-journal", ""):
            DATABASE.with_name(DATABASE.name + suffix).unlink(missing_ok=True)
    ensure_environment(RUNTIME_LOCK)
    ensure_system(browser=False, install=False)

    # Always the SQLite file: a DATABASE_URL meant for something else must not receive the invented people.
    DATABASE.parent.mkdir(exist_ok=True)
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{DATABASE.as_posix()}", "PYTHONUTF8": "1"}
    visit = "127.0.0.1" if args.host == "0.0.0.0" else args.host  # noqa: S104
    environment.setdefault("SITE_URL", f"http://{visit}:{args.port}")
    environment.setdefault("SECOND_FACTOR", "optional")  # the page of signing in says so
    say("Preparing the database ...")
    run(PYTHON, "manage.py", "migrate", "--verbosity", "0", env=environment)
    loaded = subprocess.run(
        [PYTHON, "manage.py", "load_demo"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, encoding="utf-8"
    )
    if loaded.returncode:
        say(loaded.stdout)
        return 1
    say("Starting ...")
    listen = f"--listen={args.host}:{args.port}"
    commands = {
        "web server": ("-m", "waitress", listen, "--threads=8", "integrity.wsgi:application"),
        "worker": ("manage.py", "run_due", "--every", "60"),
    }
    return supervise(commands, environment, visit, args.port, loaded.stdout.strip())


def supervise(commands: dict, environment: dict, visit: str, port: int, welcome: str) -> int:
    """Keep the processes running until we are told to stop or one of them ends; then end them all."""
    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stop.set())
    children: dict[str, subprocess.Popen] = {}
    ready, patience_ends = False, time.monotonic() + 90
    try:
        for name, command in commands.items():
            # In a session of its own: Ctrl-C at the terminal then reaches us only, and we end the children.
            children[name] = subprocess.Popen([PYTHON, *command], cwd=ROOT, env=environment, start_new_session=True)
        while not stop.wait(0.3):
            for name, child in children.items():
                if child.poll() is not None:
                    say(f"The {name} ended by itself (exit code {child.returncode}); stopping the demonstration.")
                    return 1
            if not ready and answers_healthy(visit, port):
                ready = True
                say(f"\nThe registry is at http://{visit}:{port}/  (Ctrl-C ends it)\n\n{welcome}")
            elif not ready and time.monotonic() > patience_ends:
                say("The web server did not report itself healthy within 90 seconds; stopping the demonstration.")
                return 1
        say("\nStopping ...")
        return 0
    finally:
        for child in children.values():
            child.terminate()
        for child in children.values():
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()


def answers_healthy(host: str, port: int) -> bool:
    """Ask /healthz, past any proxy the machine may have."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


# --- test, lock, traditional -----------------------------------------------------------------------------------------


def test(args: argparse.Namespace, pytest_arguments: list[str]) -> int:
    """Lint, look for forgotten migrations, check the settings, run the tests; further arguments go to pytest."""
    environment = os.environ | {"PYTHONUTF8": "1"}
    if args.postgres:
        url = environment["DATABASE_URL"] = os.environ.get("REGISTRY_TEST_POSTGRES") or POSTGRES
        server = urllib.parse.urlsplit(url)
        try:
            socket.create_connection((server.hostname or "127.0.0.1", server.port or 5432), timeout=5).close()
        except OSError as error:
            address = f"{server.hostname}:{server.port or 5432}"
            sys.exit(f"No PostgreSQL answers at {address} ({error}). Start it, or set REGISTRY_TEST_POSTGRES.")
    ensure_environment(DEV_LOCK)
    ensure_system(browser=not args.no_browser, install=True)
    DATABASE.parent.mkdir(exist_ok=True)

    for step in ("-m ruff check", "-m ruff format --check", "manage.py makemigrations --check --dry-run"):
        say(f"== {step}")
        run(PYTHON, *step.split(), env=environment)
    say("== manage.py check")
    run(PYTHON, "manage.py", "check", env=environment)
    omitted = [marker for marker, wanted in (("long", args.long), ("browser", not args.no_browser)) if not wanted]
    selection = ["-m", " and ".join(f"not {marker}" for marker in omitted)] if omitted else []
    say("== pytest")
    run(PYTHON, "-m", "pytest", "-n", "2", "--maxschedchunk=1", *selection, *pytest_arguments, env=environment)
    return 0


def lock(args: argparse.Namespace, _: list[str]) -> int:
    """Remake both lock files: hashes of every platform's files, no addresses."""
    foreign = ("PIP_", "UV_")  # no wheel folder or private index of this machine may slip in
    environment = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    options = "--universal --generate-hashes --no-annotate --no-header --python-version 3.11 --quiet".split()
    options += ["--upgrade"] if args.upgrade else []
    with tempfile.TemporaryDirectory() as folder:
        run(sys.executable, "-m", "venv", folder)
        programs = Path(folder, "Scripts" if os.name == "nt" else "bin")
        run(programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv")
        compile_lock = (programs / "uv", "--no-config", "pip", "compile", "pyproject.toml", *options)
        run(*compile_lock, "--output-file", RUNTIME_LOCK, env=environment)
        extras = ("--extra", "dev", "--extra", "ldap", "--extra", "oidc")
        dev = (*extras, "--constraint", RUNTIME_LOCK)  # so that both name the same releases
        run(*compile_lock, *dev, "--output-file", DEV_LOCK, env=environment)
    for name in (RUNTIME_LOCK, DEV_LOCK):
        if "://" in (ROOT / name).read_text(encoding="utf-8"):
            sys.exit(f"{name} contains an address; it must hold names, versions and hashes only.")
    return 0


def traditional(args: argparse.Namespace, _: list[str]) -> int:
    """Make the traditional Chinese catalog from the simplified one and compile it; needs msgfmt (Debian: gettext)."""
    ensure_environment(DEV_LOCK)
    environment = os.environ | {"PYTHONUTF8": "1"}
    run(PYTHON, "-m", "tests.traditional", env=environment)
    compile_catalog = "compilemessages --locale zh_Hant --ignore .venv --verbosity 0"
    run(PYTHON, "manage.py", *compile_catalog.split(), env=environment)
    return 0


def main() -> int:
    """Read the command line and hand over."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="demo | test | lock | traditional")

    def command(function) -> argparse.ArgumentParser:
        text = function.__doc__
        sub = commands.add_parser(function.__name__, help=text, description=text, allow_abbrev=False)
        sub.set_defaults(function=function)
        return sub

    sub = command(demo)
    sub.add_argument("--host", default="127.0.0.1")
    sub.add_argument("--port", type=int, default=8000)
    sub.add_argument("--fresh", action="store_true", help="delete the demonstration database and begin anew")
    sub = command(test)
    sub.add_argument("--long", action="store_true", help="also the tests that take minutes")
    sub.add_argument("--postgres", action="store_true", help="on PostgreSQL: REGISTRY_TEST_POSTGRES or " + POSTGRES)
    sub.add_argument("--no-browser", action="store_true", help="leave out the tests that need Chromium")
    command(lock).add_argument("--upgrade", action="store_true", help="take the newest releases allowed")
    command(traditional)

    args, rest = parser.parse_known_args()
    if rest and args.function is not test:
        parser.error("unknown argument: " + " ".join(rest))
    try:
        return args.function(args, rest)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
