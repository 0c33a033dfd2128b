"""Moving a section and ending a post: what is affected is said before, and nothing filed is lost or left without an answer."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import access
from registry.access import Declarant
from registry.actions import declarations, organization, supplements
from registry.actions.organization import affected_below, affected_of_posts, console_actor
from registry.actions.organization.affected import MOST_CODES
from registry.documents.without_holder import rows, unheld_points
from registry.models import (
    Appointment,
    Approval,
    Assignment,
    AuditEntry,
    Declaration,
    Meeting,
    NoticeLine,
    Organization,
    Person,
    PointVersion,
    Post,
    PublicNotice,
    Recusal,
    Suggestion,
)
from registry.roles import ROLES, Permission, Role
from registry.rules import DeclarationState, Level, NotAllowed, Refused
from tests import factories
from tests.registry.test_query_counts import multiply_points

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
WHY = "机构改革文件〔2026〕1号"


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def keeper(body) -> Person:
    """Who keeps organizations, posts, people at once: the command line. What administrators enter is test_confirmations'."""
    return console_actor()


def place(code: str) -> Organization:
    return Organization.objects.get(code=code)


def post_of(body: factories.Body, name: str) -> Post:
    return body.appointment(name).post


def leave(body: factories.Body, name: str, last: dt.date | None = None) -> Post:
    """Let somebody hold their post until yesterday only."""
    last = last or factories.today() - DAY
    appointment = body.appointment(name)
    organization.end_appointment(by=console_actor(), appointment=appointment, ends_on=last, reason=WHY)
    return appointment.post


def close(body: factories.Body, name: str, successor: Post | None = None, by: Person | None = None) -> Post:
    """Close somebody's post, which nobody holds since yesterday."""
    post = leave(body, name)
    organization.close_post(
        by=by or console_actor(), post=post, ends_on=factories.today() - DAY, reason=WHY,
        successor=successor,
    )  # fmt: skip
    return post


def codes(points) -> list[str]:
    return sorted(points.values_list("point__code", flat=True))


def standing_for(body: factories.Body, name: str) -> list[str]:
    return codes(Declarant.of_post(body.appointment(name)).filed_points)


# --- Closing a post ------------------------------------------------------------------------------------------------------


def test_the_successor_answers_for_what_was_filed_under_its_lasting_number(body):
    factories.filed(body, points=2)
    before = PointVersion.objects.order_by("pk").values("point__code", "title", "post_name", "position", "state")
    kept = list(before)
    successor = post_of(body, "colleague")
    close(body, "holder", successor)
    assert list(before) == kept
    assert standing_for(body, "colleague") == ["CZJ-000001", "CZJ-000002"]
    assert not unheld_points(body["clerk"]).exists()

    supplement = factories.supplement(body, "colleague", trigger="structure")
    first, second = supplements.open_to_change(supplement)
    factories.change_filed(supplement, first, title="接任后改写")
    supplements.take_up(
        by=body["colleague"], declaration=supplement, filed=second, kind="withdrawn", reason="职责并入。"
    )
    factories.file_all(supplement)
    changed = PointVersion.objects.get(title="接任后改写")
    assert (changed.point.code, changed.post, changed.state) == ("CZJ-000001", successor, "filed")
    assert standing_for(body, "colleague") == ["CZJ-000001"]


def test_without_a_successor_the_section_withdraws_it(body):
    factories.filed(body, points=2)
    close(body, "holder")
    assert codes(unheld_points(body["clerk"])) == ["CZJ-000001", "CZJ-000002"]
    assert standing_for(body, "colleague") == []

    section = Declarant.of_organization(place("CZJ-01"))
    supplement = supplements.start_supplement(by=body["head"], declarant=section, trigger="structure")
    for filed in list(supplements.open_to_change(supplement)):
        supplements.take_up(
            by=body["head"], declaration=supplement, filed=filed, kind="withdrawn", reason="岗位已撤销。"
        )
    factories.record(supplement, by=body["head"])
    factories.file_all(supplement)
    assert not unheld_points(body["clerk"]).exists()
    versions = PointVersion.objects.filter(point__code="CZJ-000001").order_by("pk")
    assert list(versions.values_list("state", flat=True)) == ["withdrawn", "withdrawn"]


def test_duties_pass_on_along_any_chain(body):
    names = ("holder", "colleague", "head", "other_holder")
    posts = [post_of(body, name) for name in names]
    for name in names:
        factories.filed(body, name)
    for number, name in enumerate(names[:-1]):
        close(body, name, posts[number + 1])
    assert Post.objects.answered_for_by(posts[0]) == [posts[0].pk]
    assert set(Post.objects.answered_for_by(posts[-1])) == {post.pk for post in posts}
    assert len(standing_for(body, "other_holder")) == 4
    assert not unheld_points(body["clerk"]).exists()
    assert Post.objects.passed_on()[posts[0].pk] == [post.pk for post in posts[1:]]

    # The last one ends, too, with nobody after it: all four are wound up by its own section.
    close(body, "other_holder")
    assert codes(unheld_points(body["clerk"])) == codes(PointVersion.objects.in_ledger())
    assert set(Post.objects.left_with(place("CZJ-02"))) == {post.pk for post in posts}
    assert Post.objects.left_with(place("CZJ-01")) == []
    assert {row.withdrawn_by for row in rows(list(unheld_points(body["clerk"])))} == {place("CZJ-02")}


def test_what_nobody_took_over_is_found_by_who_withdraws_it(body, keeper):
    factories.filed(body)
    factories.file_all(factories.organization_draft(body))
    section, unit = Declarant.of_organization(place("CZJ-01")), Declarant.of_organization(place("CZJ"))
    assert (codes(section.filed_points), codes(unit.filed_points)) == (["CZJ-000002"], [])
    # The post's duties passed on to one of another section, which ended as well.
    close(body, "holder", post_of(body, "other_holder"))
    close(body, "other_holder")
    assert codes(Declarant.of_organization(place("CZJ-02")).filed_points) == ["CZJ-000001"]
    # The section is closed: its own point is the unit's to withdraw.
    for name in ("colleague", "head"):
        leave(body, name)
    yesterday = factories.today() - DAY
    organization.close_organization(by=keeper, organization=place("CZJ-01"), ends_on=yesterday, reason=WHY)
    assert codes(unit.filed_points) == ["CZJ-000002"]


def test_after_a_merger_the_section_that_goes_on_answers_for_the_others_points(body, keeper):
    factories.file_all(factories.organization_draft(body))
    target = place("SWJ-01")
    organization.merge_organizations(by=keeper, source=place("CZJ-01"), target=target, on=factories.today(), reason=WHY)
    target.refresh_from_db()
    assert codes(Declarant.of_organization(target).filed_points) == ["CZJ-000001"]


def test_what_a_closed_section_leaves_is_its_units(body, keeper):
    factories.filed(body)
    for name in ("holder", "colleague", "head"):
        leave(body, name)
    yesterday = factories.today() - DAY
    organization.close_organization(by=keeper, organization=place("CZJ-01"), ends_on=yesterday, reason=WHY)
    assert Post.objects.left_with(place("CZJ-01")) and Post.objects.left_with(place("CZJ-01")) == (
        Post.objects.left_with(place("CZJ"))
    )
    (row,) = rows(list(unheld_points(body["clerk"])))
    assert (row.withdrawn_by, row.is_closed) == (place("CZJ"), True)
    Organization.objects.filter(code="CZJ").update(closed_on=yesterday)
    (row,) = rows(list(unheld_points(body["clerk"])))
    assert row.withdrawn_by is None


def test_until_its_last_day_is_over_a_post_answers_for_itself(body, keeper):
    factories.filed(body)
    today, post = factories.today(), post_of(body, "holder")
    leave(body, "holder", last=today)
    organization.close_post(by=keeper, post=post, ends_on=today, reason=WHY, successor=post_of(body, "colleague"))
    assert standing_for(body, "holder") == ["CZJ-000001"]
    assert standing_for(body, "colleague") == []
    assert not unheld_points(body["clerk"]).exists()


def test_no_circle_no_closed_post_and_no_other_unit_takes_over(body, keeper):
    first, second = post_of(body, "holder"), post_of(body, "colleague")
    today = factories.today()
    leave(body, "holder")
    leave(body, "colleague")
    end = {"by": keeper, "ends_on": today - DAY, "reason": WHY}
    before = AuditEntry.objects.count()
    with pytest.raises(Refused, match="its own duties"):
        organization.close_post(post=first, successor=first, **end)
    with pytest.raises(Refused, match="no post of the unit"):
        organization.close_post(post=first, successor=post_of(body, "mzj_holder"), **end)
    with pytest.raises(NotAllowed):
        organization.close_post(**end | {"by": body["security_administrator"]}, post=first, successor=second)
    assert AuditEntry.objects.count() == before
    organization.close_post(post=first, successor=second, **end)
    with pytest.raises(Refused, match="was closed on"):
        organization.close_post(post=second, successor=first, **end)
    organization.close_post(post=second, **end)
    for successor in (first, second):
        with pytest.raises(Refused, match="own duties|was closed on"):
            organization.name_successor(by=keeper, post=second, successor=successor, reason=WHY)
    # Rows somebody put into a circle by hand do not hang a page.
    Post.objects.filter(pk=second.pk).update(successor=first)
    assert set(Post.objects.answered_for_by(first)) == {first.pk, second.pk}
    assert set(Post.objects.passed_on()) == {first.pk, second.pk}


def test_a_successor_is_named_afterwards(body, keeper):
    factories.filed(body)
    head = post_of(body, "head")
    with pytest.raises(Refused, match="is open"):
        organization.name_successor(by=keeper, post=post_of(body, "holder"), successor=head, reason=WHY)
    post = close(body, "holder")
    with pytest.raises(NotAllowed):
        organization.name_successor(by=body["clerk"], post=post, successor=head, reason=WHY)
    organization.name_successor(by=keeper, post=post, successor=head, reason=WHY)
    assert standing_for(body, "head") == ["CZJ-000001"]
    # While its holder is changing one of them, they do not go to somebody else.
    supplement = factories.supplement(body, "head")
    factories.change_filed(supplement, supplements.open_to_change(supplement).get(), title="正在修改")
    with pytest.raises(Refused, match="being changed in an open declaration"):
        organization.name_successor(by=keeper, post=post, successor=None, reason=WHY)
    factories.file_all(supplement)
    organization.name_successor(by=keeper, post=post, successor=post_of(body, "colleague"), reason=WHY)
    assert standing_for(body, "head") == ["CZJ-000001"], "what was filed for the head's post is the head's"


# --- What the pages say --------------------------------------------------------------------------------------------------


@pytest.fixture
def full(body) -> factories.Body:
    """Filed points, a running notice of CZJ-01, declarations under review and in draft, one more section with a point."""
    factories.filed(body, points=2)
    factories.filed(body, "other_holder")
    factories.posted(body, code="CZJ-01", scope="section")
    factories.submitted(body, "colleague")
    factories.draft(body, "head")
    return body


def numbers(affected) -> tuple[int, int, int, int]:
    return affected.point_count, affected.declarations, affected.notices, affected.approvals


def test_what_is_affected_is_counted(full, keeper):
    assert numbers(affected_below(place("CZJ-01"), by=keeper)) == (2, 2, 1, 1)
    assert numbers(affected_below(place("CZJ-02"), by=keeper)) == (1, 0, 0, 0)
    assert numbers(affected_below(place("CZJ"), by=keeper)) == (3, 2, 1, 1)
    assert numbers(affected_below(place("MZJ"), by=keeper)) == (0, 0, 0, 0)
    for name, expected in (
        ("holder", (2, 0, 1, 0)), ("colleague", (0, 1, 0, 1)), ("head", (0, 1, 0, 0)), ("other_holder", (1, 0, 0, 0)),
    ):  # fmt: skip
        assert numbers(affected_of_posts([post_of(full, name).pk], by=keeper)) == expected, name
    first = affected_below(place("CZJ-01"), by=keeper).points[0]
    assert (first.code, first.level, first.grade, first.post) == ("CZJ-000001", "post", 1, "印章管理岗")


@pytest.mark.usefixtures("unguarded")
def test_a_notice_of_the_unit_with_a_line_of_the_section_is_affected(body, keeper):
    factories.filed(body)
    factories.filed(body, "other_holder")
    factories.posted(body)
    for code in ("CZJ", "CZJ-01", "CZJ-02"):
        assert affected_below(place(code), by=keeper).notices == 1
    PublicNotice.objects.update(ends_on=factories.today() - DAY, starts_on=factories.SINCE)
    assert affected_below(place("CZJ-01"), by=keeper).notices == 0


def test_a_recusal_takes_its_part_out_of_what_is_said(full, keeper):
    recusal = {"by": console_actor(), "person": keeper, "starts_on": factories.SINCE, "reason": WHY}
    organization.recuse(organization=place("CZJ-01"), **recusal)
    whole = affected_below(place("CZJ"), by=keeper)
    assert (numbers(whole), whole.is_cut) == ((1, 0, 0, 0), True)
    assert not affected_below(place("CZJ-02"), by=keeper).is_cut
    posts = [post_of(full, name).pk for name in ("holder", "other_holder")]
    both = affected_of_posts(posts, by=keeper)
    assert (numbers(both), both.is_cut) == ((1, 0, 0, 0), True)


# page → of what; what it says of points, declarations, notices, approvals
PAGES = {
    "organization-move": ("CZJ-01", (2, 2, 1, 1)),
    "organization-merge": ("CZJ-01", (2, 2, 1, 1)),
    "organization-split": ("CZJ-01", (2, 2, 1, 1)),
    "organization-close": ("CZJ", (3, 2, 1, 1)),
    "post-move": ("colleague", (0, 1, 0, 1)),
    "post-close": ("holder", (2, 0, 1, 0)),
}


def address(full: factories.Body, name: str, of: str) -> str:
    pk = post_of(full, of).pk if name.startswith("post") else place(of).pk
    return reverse(f"registry:{name}", args=[pk])


@pytest.mark.parametrize("name", PAGES)
def test_each_page_says_what_is_affected_and_what_becomes_of_it(name, full, client_of):
    of, expected = PAGES[name]
    page = client_of("system_administrator").get(address(full, name, of))
    concerns = page.context["page"].concerns
    assert tuple(concern.number for concern in concerns) == expected
    for concern in concerns:
        assert bool(concern.outcomes) == bool(concern.number), concern.label
        assert all(sentence in page.content.decode() for sentence in concern.outcomes)
    shown = [code for code in ("CZJ-000001", "CZJ-000002", "CZJ-000003") if code in page.content.decode()]
    assert len(shown) == expected[0]


def test_fifty_numbers_are_named_and_the_rest_is_counted(full, keeper, client_of):
    multiply_points(PointVersion.objects.in_ledger().filter(organization__code="CZJ-01"))
    count = PointVersion.objects.in_ledger().filter(organization__code="CZJ-01").count()
    assert count > MOST_CODES
    page = client_of("system_administrator").get(address(full, "organization-move", "CZJ-01"))
    assert len(page.context["page"].affected.points) == MOST_CODES
    page.client.cookies["django_language"] = "en"
    again = page.client.get(address(full, "organization-move", "CZJ-01")).content.decode()
    assert f"and {count - MOST_CODES} more" in again


def test_the_posts_of_a_section_to_be_split_show_how_many_points_stand_for_them(full, client_of):
    form = client_of("system_administrator").get(address(full, "organization-split", "CZJ-01")).context["form"]
    labels = {str(label).split(" – ")[0]: str(label).split(" – ")[1] for _value, label in form.fields["posts"].choices}
    assert {name: label.split()[0][0] for name, label in labels.items()} == {
        "印章管理岗": "2", "会务接待岗": "0", "办公室主任岗": "0",
    }  # fmt: skip


def test_a_post_for_which_points_stand_is_closed_with_a_choice(full, client_of):
    client, yesterday = client_of("system_administrator"), (factories.today() - DAY).isoformat()
    post, successor = leave(full, "holder"), post_of(full, "colleague")
    sent = {"ends_on": yesterday, "reason": WHY}
    response = client.post(address(full, "post-close", "holder"), sent)
    assert response.status_code == 422 and WHY in response.content.decode()
    assert list(response.context["form"].errors) == ["successor"]
    offered = [
        str(value)
        for _name, group in response.context["form"].fields["successor"].choices[2:]
        for value, _label in group
    ]
    assert str(successor.pk) in offered and str(post.pk) not in offered
    assert str(post_of(full, "mzj_holder").pk) not in offered
    for wrong in (post.pk, post_of(full, "mzj_holder").pk, "x"):
        assert client.post(address(full, "post-close", "holder"), sent | {"successor": wrong}).status_code == 422
    response = client.post(address(full, "post-close", "holder"), sent | {"successor": successor.pk})
    assert response.status_code == 302
    factories.confirm_all(full["security_administrator"])  # who takes over can change what is filed, so it waits
    post.refresh_from_db()
    assert (post.closed_on.isoformat(), post.successor) == (yesterday, successor)
    page = client.get(reverse("registry:post", args=[post.pk])).content.decode()
    assert successor.name in page
    assert post.name in client.get(reverse("registry:post", args=[successor.pk])).content.decode()

    # Nobody is a choice, too; where nothing stands none is asked for.
    leave(full, "other_holder")
    response = client.post(address(full, "post-close", "other_holder"), sent | {"successor": "nobody"})
    assert response.status_code == 302 and post_of(full, "other_holder").successor is None
    leave(full, "publisher")
    assert client.post(address(full, "post-close", "publisher"), sent).status_code == 302


def test_a_successor_is_named_on_a_page_and_told_in_words(full, client_of):
    post, successor = close(full, "holder"), post_of(full, "head")
    client = client_of("system_administrator")
    client.cookies["django_language"] = "en"
    where = reverse("registry:post-successor", args=[post.pk])
    assert client.get(where).context["form"].initial["successor"] == "nobody"
    assert client.post(where, {"reason": WHY}).status_code == 422
    assert client.post(where, {"reason": WHY, "successor": successor.pk}).status_code == 302
    factories.confirm_all(full["security_administrator"])
    said = f"the duties of the post “{post.name}” go to the post “{successor.name}”"
    for name, pk in (("post", post.pk), ("organization", place("CZJ-01").pk)):
        assert said in client.get(reverse(f"registry:{name}", args=[pk])).content.decode()
    open_post = reverse("registry:post-successor", args=[successor.pk])
    assert client.post(open_post, {"reason": WHY, "successor": "nobody"}).status_code == 409


def test_administrators_see_no_word_of_what_is_declared(body, client_of):
    canary = "canary-4f1d"
    declaration = factories.draft(body, points=0)
    declarations.save_point(
        by=body["holder"],
        declaration=declaration,
        values=factories.point_values(
            title=f"{canary} title", matter=f"{canary} matter", manifestation=f"{canary} shown",
            grade=1, grade_reason=f"{canary} reason", likelihood=None, harm=None,
        ),
        measures=[{**factories.MEASURE, "text": f"{canary} measure", "responsible": f"{canary} who"}],
    )  # fmt: skip
    factories.file_all(declaration)
    factories.posted(body, title=f"{canary} notice", code="CZJ-01", scope="section")
    pages = [
        *PAGES.items(),
        ("post", ("holder", ())),
        ("post-successor", ("holder", ())),
        ("organization", ("CZJ-01", ())),
    ]
    for who in ("system_administrator", "security_administrator"):
        client, read = client_of(who), 0
        for name, (_of, _numbers) in pages:
            of = "holder" if name.startswith("post") else "CZJ-01"
            response = client.get(address(body, name, of))
            page = response.content.decode()
            assert canary not in page, name
            read += response.status_code == 200 and "CZJ-000001" in page
        assert read == (len(PAGES) + 1 if who == "system_administrator" else 0)
    assert canary in client_of("clerk").get(reverse("registry:ledger")).content.decode()


# --- Points without a holder ---------------------------------------------------------------------------------------------


def listed(client_of, name: str, query: str = "") -> list[str]:
    response = client_of(name).get(reverse("registry:without-holder") + query)
    assert response.status_code == 200
    return [row.version.point.code for row in response.context["found"]]


def test_the_list_shows_what_lies_in_ones_ledger_and_nothing_else(full, client_of):
    close(full, "holder")
    leave(full, "other_holder")
    first, second = ["CZJ-000001", "CZJ-000002"], ["CZJ-000003"]
    for name, expected in (
        ("clerk", first + second), ("principal", first + second), ("inspector", first + second), ("head", first),
        ("colleague", first), ("other_head", second), ("recused_inspector", second),
        ("mzj_clerk", []), ("region_clerk", []), ("outside_inspector", []), ("system_administrator", []),
    ):  # fmt: skip
        assert listed(client_of, name) == expected, name
    assert listed(client_of, "clerk", "?organization=CZJ-02") == second
    for name, code in (("clerk", "MZJ"), ("head", "CZJ"), ("clerk", "X"), ("clerk", "%00")):
        assert client_of(name).get(reverse("registry:without-holder") + f"?organization={code}").status_code == 404


@pytest.mark.usefixtures("unguarded")
def test_it_says_since_when_and_what_is_to_be_done(full, client_of):
    today = factories.today()
    post = leave(full, "holder", last=today - 5 * DAY)
    (row, _other) = rows(list(unheld_points(full["clerk"])))
    assert (row.since, row.is_closed, row.held_from) == (today - 4 * DAY, False, None)
    organization.appoint(by=console_actor(), person=full["publisher"], post=post, rank="ke", starts_on=today + 9 * DAY)
    assert rows(list(unheld_points(full["clerk"])))[0].held_from == today + 9 * DAY
    Appointment.objects.filter(person=full["publisher"], post=post).delete()
    organization.close_post(by=console_actor(), post=post, ends_on=today - 2 * DAY, reason=WHY)
    (row, _other) = rows(list(unheld_points(full["clerk"])))
    assert (row.since, row.withdrawn_by, row.answering) == (today - 4 * DAY, place("CZJ-01"), post)
    # Who prepares the section's supplement finds the way to it; others are told who does.
    start = reverse("registry:organization-supplement-start", args=[place("CZJ-01").pk])
    page = reverse("registry:without-holder")
    assert start in client_of("head").get(page).content.decode()
    assert start not in client_of("clerk").get(page).content.decode()
    # Taken over by a post that nobody holds either: it is that one somebody has to be appointed to.
    vacant = organization.create_post(by=console_actor(), organization=place("CZJ-02"), name="接任岗")
    organization.name_successor(by=console_actor(), post=post, successor=vacant, reason=WHY)
    (row, _other) = rows(list(unheld_points(full["clerk"])))
    assert (row.answering, row.is_closed, row.since) == (vacant, False, today - 4 * DAY)
    PointVersion.objects.filter(post=post).update(post=vacant)
    (row, _other) = rows(list(unheld_points(full["clerk"])))
    assert row.since is None, "nobody ever held it"


def test_the_way_to_the_list_stands_where_there_is_something_on_it(full, client_of):
    way = reverse("registry:without-holder")
    pages = [reverse("registry:ledger"), reverse("registry:coverage") + "?organization=CZJ-01"]
    for page in pages:
        assert way not in client_of("clerk").get(page).content.decode()
    close(full, "holder")
    for page in pages:
        for name in ("clerk", "head"):
            assert way in client_of(name).get(page).content.decode(), (name, page)
        assert way not in client_of("region_clerk").get(page).content.decode()
    assert way not in client_of("other_head").get(pages[0]).content.decode()
    budget = client_of("clerk").get(pages[0] + "?organization=CZJ-02")
    assert budget.context["without_holder"] == 0


def fetched(client, address_: str) -> tuple[list[str], int]:
    client.get(address_)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address_)
    assert response.status_code == 200
    return [entry["sql"] for entry in captured.captured_queries], len(response.content)


def test_the_list_takes_the_same_queries_for_few_and_for_many(full, client_of):
    close(full, "holder", post_of(full, "colleague"))
    leave(full, "colleague")
    client, where = client_of("clerk"), reverse("registry:without-holder")
    first = fetched(client, where)
    multiply_points(PointVersion.objects.in_ledger())
    for name in ("other_holder", "member", "recorder"):
        close(full, name)
    then = fetched(client, where)
    assert then[1] > first[1]
    assert len(then[0]) == len(first[0]), "\n".join(["with few rows:", *first[0], "with many:", *then[0]])
    assert len(first[0]) == 18, "\n".join(first[0])


# --- A section moves in the middle of the year ---------------------------------------------------------------------------

STATES = ("nothing", "draft", "first step", "office", "filed", "posted")
MOVED = ("holder", "colleague", "head")


def bring(body: factories.Body, name: str, state: str) -> None:
    """Bring somebody's declaration into a state by real acts."""
    if state == "draft":
        factories.draft(body, name)
    elif state == "first step":
        factories.submitted(body, name)
    elif state == "office":
        declaration = factories.submitted(body, name)
        while declaration.approval.step_key != "office":
            factories.decide(declaration)
            declaration.approval.refresh_from_db()
    elif state in ("filed", "posted"):
        factories.filed(body, name)


def above(organization_: Organization) -> set[int]:
    """The organization and everything it is a part of, by its parents."""
    found, each = set(), organization_
    while each is not None:
        found.add(each.pk)
        each = each.parent
    return found


def reads(person: Person, version: PointVersion) -> bool:
    """Whether the domain lets somebody read a point: worked out from posts, roles and parents, not from intervals."""
    places = above(version.post.organization)
    if not person.is_active or Recusal.objects.filter(person=person, organization__in=places).exists():
        return False
    held = Appointment.objects.filter(person=person, post__organization__in=places).exists()
    roles = [role for role in Role if Permission.VIEW_LEDGER in ROLES[role].permissions]
    return held or Assignment.objects.filter(person=person, role__in=roles, organization__in=places).exists()


def kept() -> list:
    """Everything that must not change, whatever moves."""
    points = PointVersion.objects.order_by("pk").values_list("pk", "point__code", "title", "state", "unit_name")
    lines = NoticeLine.objects.order_by("pk").values_list("pk", "content", "digest")
    posted = PublicNotice.objects.exclude(number=None).order_by("pk").values_list("pk", "number", "digest", "ends_on")
    owners = Approval.owners.through.objects.order_by("pk").values_list("approval", "person")
    return [
        list(points), list(lines), list(posted), list(owners),
        [model.objects.count() for model in (Declaration, Approval, Post, Appointment, Assignment)],
    ]  # fmt: skip


@given(
    states=st.lists(st.sampled_from(STATES), min_size=3, max_size=3),
    other=st.sampled_from(STATES),
    code=st.sampled_from(("MZJ", "SWJ")),
)
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_a_section_moves_in_mid_year_and_nothing_is_lost(body, states, other, code):
    with transaction.atomic():
        for name, state in zip((*MOVED, "other_holder"), (*states, other), strict=True):
            bring(body, name, state)
        if "posted" in states:
            factories.posted(body, code="CZJ-01")
        section, before = place("CZJ-01"), kept()
        running = set(PublicNotice.objects.running(factories.today()).values_list("pk", flat=True))
        organization.move_organization(by=console_actor(), organization=section, parent=place(code), reason=WHY)
        section.refresh_from_db()
        assert kept() == before
        assert set(PublicNotice.objects.running(factories.today()).values_list("pk", flat=True)) == running
        check_rights(body)
        check_open(body, section, code)
        transaction.set_rollback(True)


def check_rights(body: factories.Body) -> None:
    """Everybody reads exactly what the domain says, at once."""
    filed = list(PointVersion.objects.in_ledger().select_related("post__organization__parent__parent"))
    for name in body.people:
        person = Person.objects.get(pk=body[name].pk)
        expected = {version.pk for version in filed if reads(person, version)}
        assert set(access.visible_points(person).values_list("pk", flat=True)) == expected, name


def check_open(body: factories.Body, section: Organization, code: str) -> None:
    """What is not filed goes on in the new unit: written by who wrote it, decided by who decides there."""
    unit = place(code)
    for name in MOVED:
        declaration = Declaration.objects.filter(appointment__person=body[name]).first()
        if declaration is None or declaration.state == DeclarationState.FILED:
            continue
        assert (declaration.organization, declaration.unit, declaration.position) == (section, unit, section.tree_from)
        if declaration.state == DeclarationState.DRAFT:
            assert access.refusal(access.check_edit, declaration, body[name]) == ""
            continue
        approval = declaration.approval
        asked = access.asked_now(approval)
        assert (approval.asked_permission, approval.asked_organization) == (asked.permission, asked.organization)
        waits_for = {each for each in body.people if access.waiting_for(body[each]).filter(pk=approval.pk).exists()}
        assert waits_for == {each for each in body.people if body[each].pk in asked.people}
        assert not waits_for & {"clerk", "second_clerk", "principal", "second_principal", "member", "other_head"}
        if approval.step_key == "office" and code == "MZJ":
            assert waits_for == {"mzj_clerk"}
            factories.decide(declaration, body["mzj_clerk"])
            assert factories.first_point(declaration).point.code.startswith("MZJ-")
        elif approval.step_key == "head":
            assert waits_for == {"head"}, "roles on the section went along"


def test_the_new_supervisor_gets_the_queue_and_the_old_one_loses_it(body, keeper):
    declaration = factories.submitted(body, "head")
    assert access.waiting_for(body["supervisor"]).count() == 1
    giver, today = console_actor(), factories.today()
    organization.move_organization(by=keeper, organization=place("CZJ-01"), parent=place("MZJ"), reason=WHY)
    old = Assignment.objects.get(person=body["supervisor"], role=Role.SUPERVISING_LEADER)
    organization.end_assignment(by=giver, assignment=old, ends_on=today - DAY, reason=WHY)
    organization.assign(
        by=giver, person=body["swj_principal"], organization=place("CZJ-01"), role=Role.SUPERVISING_LEADER,
        starts_on=today, reason=WHY,
    )  # fmt: skip
    assert access.waiting_for(body["supervisor"]).count() == 0
    assert list(access.waiting_for(body["swj_principal"])) == [declaration.approval]


def test_a_settling_record_and_suggestions_follow_a_merge_or_move(body, keeper):
    draft = factories.organization_draft(body)
    organization.move_organization(by=keeper, organization=place("CZJ-01"), parent=place("SWJ"), reason=WHY)
    meeting = Meeting.objects.get(declaration=draft)
    assert meeting.position == place("CZJ-01").tree_from
    draft.refresh_from_db()
    assert (draft.unit, draft.position) == (place("SWJ"), meeting.position)
    factories.suggestion(body, place("CZJ-02"), by="other_holder")
    organization.merge_organizations(
        by=keeper, source=place("CZJ-02"), target=place("SWJ-01"), on=factories.today(), reason=WHY
    )
    assert Suggestion.objects.get().section == place("SWJ-01")


def test_levels_that_name_no_post_are_told_by_their_level(body, keeper):
    declaration = factories.organization_draft(body)
    factories.file_all(declaration)
    (point,) = affected_below(place("CZJ-01"), by=keeper).points
    assert (point.level, point.post) == (Level.SECTION, "")
