"""Canaries: every confidential text of a declaration carries a mark of its own, and everybody crawls all they can reach.

Exactly those whom the domain's table names meet a mark. For all others not a letter of any page differs from what they saw
before the declaration was begun: no text, no count, no choice of a filter, no file name.
"""

import html
import io
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from registry import access
from registry.actions import declarations as verbs
from registry.models import Approval, AuditEntry, Declaration, PointVersion, PublicNotice
from registry.rules import digest, verification
from tests import factories
from tests.test_access_matrix import MATRIX, everyone, people

CONTENT = ("title", "matter", "manifestation", "grade-reason", "measure", "responsible", "evidence", "nothing")
SAID = ("reason", "remark", "opinion-head", "opinion-member", "opinion-clerk")
EARLIER = "earlier"  # the text of the first round, that the second replaced
UNSENT = "unsent"  # what the owner wrote after a return and has not submitted
ASKED_FOR = "canary"  # what the searches in the ledger ask for; a page repeats it

# state → (whose table of access_matrix.yaml holds, the marks of decisions that exist in it)
STATES = {
    "draft": ("draft", ()),
    "taken back": ("draft", ()),
    "at head": ("at head", ()),
    "returned": ("returned", ("reason", "remark")),
    "being mended": ("returned", ("reason", "remark")),
    "mended and taken back": ("returned", ("reason", "remark")),
    "at office": ("at office", ("reason", "remark", "opinion-head", "opinion-member")),
    "filed": ("filed", SAID),
    # On a notice of the unit: everybody of the unit meets what stands on its lines, and nothing else of it.
    "published": ("filed", SAID),
    # On one of the section, with an objection that only those who see to the notice and its author read.
    "objected to": ("filed", SAID),
}
SECOND_ROUND = ("at office", "filed", "published", "objected to")
SHOWN = ("title", "manifestation", "measure")
OBJECTION = "objection"


def mark(kind: str) -> str:
    return f"{ASKED_FOR} {kind} 7c1e{sum(map(ord, kind)):04x}"


@pytest.fixture(autouse=True)
def unhurried(monkeypatch) -> None:
    """Everybody checks the sheet, all from one address."""
    monkeypatch.setattr(verification, "MOST_CHECKS", 10_000)


@pytest.fixture(autouse=True)
def stood_in_for(body) -> None:
    """There are a stand-in and one whose time is over."""
    factories.standing_in(body)


class Course:
    """A declaration full of marks, brought into a state by real acts."""

    def __init__(self, body: factories.Body, state: str) -> None:
        self.body = body
        holder = body["holder"]
        self.declaration = verbs.start_declaration(
            by=holder, declarant=access.Declarant.of_post(body.appointment("holder"))
        )
        self.point = self._write(mark(EARLIER) if state in SECOND_ROUND else "")
        for category in ("moral", "environment"):
            verbs.state_nothing_found(
                by=holder, declaration=self.declaration, category=category, reason=mark("nothing")
            )
        for act in {
            "draft": "",
            "at head": "submit",
            "taken back": "submit withdraw",
            "returned": "submit return",
            "being mended": "submit return redraft",
            "mended and taken back": "submit return redraft submit withdraw",
            "at office": "submit return mend submit head member",
            "filed": "submit return mend submit head member clerk",
            "published": "submit return mend submit head member clerk publish",
            "objected to": "submit return mend submit head member clerk publish-section object",
        }[state].split():
            self._do(act)

    def _write(self, earlier: str = "", stored: PointVersion | None = None) -> PointVersion:
        return verbs.save_point(
            by=self.body["holder"],
            declaration=self.declaration,
            version=stored,
            expected=stored.version if stored else 0,
            values=factories.point_values(
                title=mark("title"),
                matter=mark("matter"),
                manifestation=earlier or mark("manifestation"),
                likelihood=None,
                harm=None,
                grade=2,
                grade_reason=mark("grade-reason"),
            ),
            measures=[
                {
                    "text": mark("measure"),
                    "responsible": mark("responsible"),
                    "rhythm": "monthly",
                    "evidence": mark("evidence"),
                }
            ],
        )

    def _do(self, act: str) -> None:
        if act == "submit":
            factories.submit(self.declaration)
        elif act == "withdraw":
            verbs.withdraw(by=self.body["holder"], declaration=self.declaration, expected=self.declaration.version)
        elif act == "return":
            remarks = {f"point:{self.point.pk}": mark("remark")}
            factories.decide(self.declaration, self.body["head"], "return", reason=mark("reason"), remarks=remarks)
        elif act in ("mend", "redraft"):
            self.point.refresh_from_db()
            self.point = self._write(mark(UNSENT) if act == "redraft" else "", stored=self.point)
        elif act == "publish":
            self.notice = factories.posted(self.body)
        elif act == "publish-section":
            self.notice = factories.posted(self.body, code="CZJ-01", scope="section")
        elif act == "object":
            factories.objection(self.body, self.notice, text=mark(OBJECTION))
        else:
            factories.decide(self.declaration, self.body[act], reason=mark(f"opinion-{act}"))


def addresses() -> list[str]:
    """Return the addresses to begin with: lists, the ledger under filters, each page about the declaration by its number."""
    filters = [
        "",
        f"?words={ASKED_FOR}",
        "?organization=CZJ-01",
        "?organization=CZJ&category=duty&grade=2",
        "?state=filed",
    ]
    lists = ("home", "registry:my-declarations", "registry:queue", "registry:decided", "registry:notices")
    found = [reverse(name) for name in lists]
    found += [reverse("registry:ledger") + query for query in filters]
    found += [reverse("registry:ledger-export") + query for query in filters[:3:2]]
    # Before there is a declaration, numbers of none.
    declaration = Declaration.objects.order_by("-pk").first()
    pk = declaration.pk if declaration else 1
    approval = Approval.objects.filter(kind="declaration").order_by("-pk").first()
    point = PointVersion.objects.order_by("-pk").first()
    code = point.point.code if point and point.point.code else "CZJ-000001"
    found += [
        reverse(f"registry:{name}", args=[pk])
        for name in (
            "declaration",
            "declaration-edit",
            "declaration-check",
            "declaration-receipt",
            "declaration-withdraw",
            "point-add",
        )
    ]
    found += [
        reverse("registry:point-edit", args=[pk, point.pk if point else 1]),
        reverse("registry:point-remove", args=[pk, point.pk if point else 1]),
        reverse("registry:nothing-found", args=[pk, "moral"]),
        reverse("registry:declaration-decide", args=[approval.pk if approval else 1]),
        reverse("registry:point", args=[code]),
    ]
    notice = PublicNotice.objects.order_by("-pk").first()
    notice_pk = notice.pk if notice else 1
    found += [
        reverse(f"registry:{name}", args=[notice_pk])
        for name in ("notice", "notice-sheet", "notice-compose", "notice-object", "objection-record")
    ]
    found += [reverse(f"registry:{name}", args=[pk]) for name in ("declaration-sheet",)]
    found += [reverse("registry:ledger-sheet"), reverse("registry:verify", args=[notice.code if notice else "ABCD"])]
    return found


# What differs each time, whatever happened: the token of a form, clocks, and the head of the audit chain, which stands in
# every workbook and moves on with every act of anybody.
UNSTEADY = re.compile(
    r'name="csrfmiddlewaretoken" value="\w+"|^(?:Expires|Last-Modified|Content-Length): .*$|\d+ (?:sm3|sha256):[0-9a-f]+',
    re.MULTILINE,
)
# Filters are cut off: the ledger links to thousands, and `addresses` names those worth trying.
LINK = re.compile(r'(?:href|hx-get)="(/[^"#?]*)')


def text_of(response) -> str:
    """Return all of an answer as text: headers, page, or the parts of a workbook."""
    head = "\n".join(f"{name}: {value}" for name, value in response.headers.items() if name != "Expires")
    if "spreadsheet" in response.headers.get("Content-Type", ""):
        with zipfile.ZipFile(io.BytesIO(response.content)) as book:
            parts = [book.read(name).decode() for name in sorted(book.namelist()) if name != "docProps/core.xml"]
            core = re.sub(r"<dcterms:(\w+).*?</dcterms:\1>", "", book.read("docProps/core.xml").decode())
        return html.unescape("\n".join([head, core, *parts]))
    return html.unescape(f"{head}\n{response.content.decode()}")


def crawl(client: Client, start: list[str], passed_over: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Fetch the addresses and every page they link or lead to; yield address and text, without what differs each time.

    Links that begin with `passed_over` are not followed.
    """
    seen, waiting = set(), list(start)
    while waiting:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        response = client.get(address)
        assert response.status_code < 500, address
        if "Location" in response.headers:
            waiting.append(urljoin(address, response.headers["Location"]))
        if "html" in response.headers["Content-Type"]:
            links = LINK.findall(response.content.decode())
            # A PDF holds what its page to print holds: both are the body of one Sheet.
            left_out = ("/static/", *passed_over)
            waiting += [html.unescape(link) for link in links if not link.startswith(left_out) and ".pdf" not in link]
        yield address, UNSTEADY.sub("", text_of(response))


def marks_in(text: str) -> set[str]:
    return {kind for kind in (*CONTENT, *SAID, EARLIER, UNSENT, OBJECTION) if mark(kind) in text}


def entitled(state: str) -> dict[str, set[str]]:
    """Return the marks each of the cast meets, from the domain's table."""
    table, said = STATES[state]
    met: dict[str, set[str]] = {}
    for actor in (*everyone(), *MATRIX["actors"]["twins"]):
        met[actor] = set(CONTENT) if actor in people("readers", table) else set()
        if actor in people("followers", table):
            met[actor] |= set(said)
            if state in SECOND_ROUND:
                met[actor].add(EARLIER)
        # What was said at the team's meeting is known to who was there and who entered it.
        if "opinion-member" in said and actor in people(["team", "recorder"], table):
            met[actor].add("opinion-member")
    if "mended" in state:
        # Others go on reading what was returned; the owner has the new text before them.
        met["holder"] = met["holder"] - {"manifestation"} | {UNSENT}
    if state in ("published", "objected to"):
        scope = "unit readers" if state == "published" else ["section", "team", "publishers", "inspector"]
        for actor in people(scope, "filed"):
            met[actor] |= set(SHOWN)
    if state == "objected to":
        for actor in people(["managers", "colleague"], "filed"):
            met[actor].add(OBJECTION)
    return met


# One's own sessions: when each was last seen.
OWN_ACCOUNT = "/account/"
# These pages know nothing of declarations; they are walked in one state.
KNOW_NOTHING = ("/organization/", "/rights/", "/stand-ins/", "/schemes/", "/password/", "/login/")
# One state is enough to see that both databases answer alike. What the others contain, in these two is all of it: a draft beside
# what was submitted before, and what is filed, posted and objected to.
ON_BOTH = "objected to"
ON_DEMAND = ("draft", "filed", "taken back", "at head", "returned", "mended and taken back", "at office", "published")


def marks_of(state: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.long] if state in ON_DEMAND else [] if state == ON_BOTH else [pytest.mark.once]


@pytest.mark.parametrize("state", [pytest.param(state, marks=marks_of(state)) for state in STATES])
def test_exactly_the_entitled_meet_a_canary(state, body, caplog, record_property):
    caplog.set_level("ERROR", "django.request")
    clients = {}
    for actor in (*everyone(), *MATRIX["actors"]["twins"]):
        clients[actor] = Client()
        if actor != "anonymous":
            clients[actor].force_login(body[actor])
    expected = entitled(state)
    outside = [actor for actor, met in expected.items() if not met]
    assert len(outside) > 10
    # What those outside see before there is anything to see.
    general = [address for address in addresses() if not re.search(r"/\d+/|(ledger|verify)/[A-Z]", address)]
    passed_over = (OWN_ACCOUNT,) if state == "filed" else (OWN_ACCOUNT, *KNOW_NOTHING)
    before = {actor: dict(crawl(clients[actor], general, passed_over)) for actor in outside}
    course = Course(body, state)
    course.declaration.refresh_from_db()
    assert course.declaration.state == {"at head": "submitted", "at office": "submitted"}.get(
        STATES[state][0], STATES[state][0]
    )
    start = addresses()
    problems, fetched = [], sum(map(len, before.values()))
    for actor, client in clients.items():
        met, pages = set(), dict(crawl(client, start, passed_over))
        fetched += len(pages)
        for address, text in pages.items():
            met |= marks_in(text)
            if surplus := marks_in(text) - expected[actor]:
                problems.append(f"{actor} meets {sorted(surplus)} at {address}")
        if missing := expected[actor] - met:
            problems.append(f"{actor} nowhere meets {sorted(missing)}")
        if actor in before:
            # What is filed the region's office sees as counts.
            counts = actor == "region_clerk" and STATES[state][0] == "filed"
            # Before a post is handed over or an organization closed or moved, its keeper sees how much it concerns, in numbers
            # and codes; on the page of a post both administrators see how many risk points stand for it.
            keeping = ("/hand-over/", "/end/", "/close/", "/move/", "/merge/", "/split/", "/successor/", "/posts/1/")
            numbers = {
                "system_administrator": keeping,
                "security_administrator": ("/posts/1/",),
                # Who keeps watch over the acts sees that there were some, and nothing of what they were about.
                "audit_administrator": ("/audit/", "/audit/export/"),
            }.get(actor, ())
            differing = [
                address
                for address in before[actor]
                if before[actor][address] != pages[address]
                and not (counts and address.startswith("/coverage/"))
                and not address.endswith(numbers)
            ]
            problems += [f"{actor} sees that something has happened at {address}" for address in differing]
    record_property(
        "figure",
        f"canaries on {connection.vendor}, {state}: {len(clients)} actors ({len(outside)} of them outside), {fetched} pages, "
        f"{len(problems)} problems",
    )
    assert not problems, f"{len(problems)} problems in state {state!r}:\n" + "\n".join(problems)
    assert not marks_in(caplog.text)


def test_no_log_and_no_audit_entry_carries_content(body, caplog):
    """What is written down beside the record names ids only."""
    caplog.set_level("DEBUG", "registry")
    Course(body, "filed")
    entries = "\n".join(str(vars(entry)) for entry in AuditEntry.objects.all())
    assert AuditEntry.objects.filter(act="declaration.file").exists()
    assert not marks_in(entries)
    assert not marks_in(caplog.text)


def test_a_refused_post_tells_nothing(body, caplog):
    """Whoever is not entitled gets no text back either when they send something."""
    caplog.set_level("ERROR", "django.request")
    course = Course(body, "filed")
    pk, point = course.declaration.pk, course.point.pk
    content = digest(verbs.content_of(course.declaration))
    data = {"version": 1, "seen_digest": content, "verdict": "return", "reason": "?", "title": "?", "category": "duty"}
    posts = [
        reverse("registry:declaration-check", args=[pk]),
        reverse("registry:declaration-withdraw", args=[pk]),
        reverse("registry:point-add", args=[pk]),
        reverse("registry:point-edit", args=[pk, point]),
        reverse("registry:point-remove", args=[pk, point]),
        reverse("registry:nothing-found", args=[pk, "moral"]),
        reverse("registry:nothing-found-remove", args=[pk, "moral"]),
        reverse("registry:declaration-decide", args=[course.declaration.approval_id]),
    ]
    told = []
    for actor, allowed in entitled("filed").items():
        client = Client()
        if actor != "anonymous":
            client.force_login(body[actor])
        for address in posts:
            surplus = marks_in(text_of(client.post(address, data))) - allowed
            if surplus:
                told.append(f"{actor} meets {sorted(surplus)} after a POST to {address}")
    assert not told, "\n".join(told)
