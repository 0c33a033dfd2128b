"""Keeping the organization: what the verbs do and refuse, what follows a move, a merge, a split, and the pages."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import access
from registry.actions import declarations, organization
from registry.actions.organization import console_actor
from registry.models import (
    Appointment,
    Approval,
    Assignment,
    AuditEntry,
    Declaration,
    NoticeLine,
    Organization,
    Person,
    PointVersion,
    Post,
    PublicNotice,
    Recusal,
)
from registry.roles import Permission, Role
from registry.rules import DeclarationState, Incomplete, NotAllowed, PointState, Refused
from tests import factories
from tests.registry import ledgers

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


giver = keeper


def place(code: str) -> Organization:
    return Organization.objects.get(code=code)


def approval_of(declaration: Declaration) -> Approval:
    return Approval.objects.get(declaration=declaration)


def asked(body: factories.Body, declaration: Declaration) -> set[str]:
    now = access.asked_now(approval_of(declaration)).people
    return {name for name, person in body.people.items() if person.pk in now}


def positions(**wanted) -> set[int]:
    return set(PointVersion.objects.filter(**wanted).values_list("position", flat=True))


def frozen() -> list[tuple]:
    """Everything of what is filed but its position, state and last day."""
    names = [f.attname for f in PointVersion._meta.concrete_fields if f.name not in ("position", "state", "valid_to")]
    rows = PointVersion.objects.exclude(state=PointState.DRAFT).order_by("pk").values_list(*names)
    lines = NoticeLine.objects.order_by("pk").values_list("pk", "content", "digest")
    kept = [f.attname for f in Declaration._meta.concrete_fields if f.name != "position"]
    filed = Declaration.objects.filter(state=DeclarationState.FILED).order_by("pk").values_list(*kept)
    sheets = [f.attname for f in PublicNotice._meta.concrete_fields if f.name != "position"]
    posted = PublicNotice.objects.exclude(number=None).order_by("pk").values_list(*sheets)
    return [list(rows), list(lines), list(filed), list(posted)]


# --- Who may -------------------------------------------------------------------------------------------------------------


def test_only_the_system_administrator_of_this_part_keeps_places_and_people(body):
    section, post = place("CZJ-01"), body.appointment("holder").post
    acts = [
        lambda by: organization.create_organization(
            by=by, kind="section", code="CZJ-09", name="新科", parent=place("CZJ")
        ),
        lambda by: organization.rename_organization(by=by, organization=section, name="综合科", reason=WHY),
        lambda by: organization.move_organization(by=by, organization=section, parent=place("MZJ"), reason=WHY),
        lambda by: organization.create_post(by=by, organization=section, name="新岗"),
        lambda by: organization.change_post(by=by, post=post, name="印章岗", duties="", reason=WHY),
        lambda by: organization.end_appointment(
            by=by, appointment=body.appointment("colleague"), ends_on=factories.today(), reason=WHY
        ),
        lambda by: organization.rename_person(by=by, person=body["holder"], name="林晓坤", reason=WHY),
        lambda by: organization.end_person(by=by, person=body["mzj_holder"], ends_on=factories.today(), reason=WHY),
    ]
    before = Organization.objects.count(), AuditEntry.objects.count()
    for act in acts:
        for name in ("holder", "principal", "security_administrator", "audit_administrator", "region_clerk"):
            with pytest.raises(NotAllowed):
                act(body[name])
    assert (Organization.objects.count(), AuditEntry.objects.count()) == before
    for act in acts:
        act(body["system_administrator"])


def test_roles_and_recusals_are_the_security_administrators(body):
    giver = body["security_administrator"]
    today = factories.today()
    role = Assignment.objects.get(person=body["head"], role=Role.SECTION_HEAD)
    given = {"organization": place("CZJ-02"), "starts_on": today, "reason": WHY}
    acts = [
        lambda by: organization.assign(by=by, person=body["colleague"], role=Role.SECTION_HEAD, **given),
        lambda by: organization.end_assignment(by=by, assignment=role, ends_on=today, reason=WHY),
        lambda by: organization.recuse(by=by, person=body["member"], **given),
        lambda by: organization.end_recusal(by=by, recusal=Recusal.objects.first(), ends_on=today, reason=WHY),
    ]
    for act in acts:
        for name in ("holder", "principal", "system_administrator", "audit_administrator"):
            with pytest.raises(NotAllowed):
                act(body[name])
    for act in acts:
        act(giver)
    with pytest.raises(NotAllowed, match="to themselves"):
        organization.assign(by=giver, person=giver, role=Role.INSPECTOR, **given)
    own = organization.recuse(by=console_actor(), person=giver, **(given | {"organization": place("MZJ")}))
    with pytest.raises(NotAllowed):
        organization.end_recusal(by=giver, recusal=own, ends_on=today, reason=WHY)


def test_an_administrator_of_one_region_keeps_that_one_only(body):
    console = console_actor()
    county = organization.create_organization(
        by=console, kind="region", code="LX", name="陆溪县", parent=place("DQ"), opened_on=factories.SINCE
    )
    unit = organization.create_organization(by=console, kind="unit", code="LXJ", name="陆溪县财政局", parent=county)
    local = factories.make_person("local", "乡管员")
    organization.assign(
        by=console,
        person=local,
        organization=county,
        role=Role.SYSTEM_ADMINISTRATOR,
        starts_on=factories.SINCE,
        reason=WHY,
    )
    organization.create_organization(by=local, kind="section", code="LXJ-01", name="办公室", parent=unit)
    with pytest.raises(NotAllowed):
        organization.create_organization(by=local, kind="section", code="CZJ-09", name="新科", parent=place("CZJ"))
    with pytest.raises(NotAllowed, match="another region"):
        organization.end_person(by=local, person=body["holder"], ends_on=factories.today(), reason=WHY)
    factories.give_factor(local)
    client = Client()
    client.force_login(local)
    page = client.get(reverse("registry:organizations")).content.decode()
    assert "陆溪县" in page and "财政局</a>" in page and "云岭地区财政局" not in page
    for name, pk in (("organization", place("CZJ").pk), ("person", body["holder"].pk)):
        assert client.get(reverse(f"registry:{name}", args=[pk])).status_code == 404
    # Somebody with a post here and one there: neither region closes the account alone.
    post = organization.create_post(by=local, organization=place("LXJ-01"), name="会计岗")
    organization.appoint(by=console, person=body["holder"], post=post, rank="below_ke", starts_on=factories.SINCE)
    with pytest.raises(NotAllowed, match="in another region"):
        organization.end_person(by=local, person=body["holder"], ends_on=factories.today(), reason=WHY)
    # A recusal takes the administrator's part away like every other right.
    organization.recuse(by=console, person=local, organization=unit, starts_on=factories.SINCE, reason=WHY)
    with pytest.raises(NotAllowed):
        organization.create_post(by=local, organization=place("LXJ-01"), name="出纳岗")


def test_the_account_of_the_command_line_is_nobodys(body, keeper):
    for name in ("console", "Console", "HOLDER"):
        with pytest.raises(Refused, match="taken already"):
            organization.create_person(by=keeper, username=name, name="冒名")
    Person.objects.filter(username="console").update(is_active=True)
    active = Person.objects.get(username="console")
    with pytest.raises(NotAllowed):
        organization.rename_organization(by=active, organization=place("CZJ"), name="别的局", reason=WHY)


# --- Making, renaming, closing -------------------------------------------------------------------------------------------


def test_names_and_codes_are_taken_once(body):
    keeper = body["system_administrator"]
    with pytest.raises(Refused, match="czj-01 is taken"):
        organization.create_organization(by=keeper, kind="section", code="czj-01", name="新科", parent=place("CZJ"))
    with pytest.raises(Refused, match="already an organization “办公室”"):
        organization.create_organization(by=keeper, kind="section", code="CZJ-09", name="办公室", parent=place("CZJ"))
    with pytest.raises(Refused, match="already has a post"):
        organization.create_post(by=keeper, organization=place("CZJ-01"), name="印章管理岗")
    with pytest.raises(Refused, match="cannot stand there"):
        organization.create_organization(by=keeper, kind="unit", code="X", name="局", parent=place("CZJ"))
    with pytest.raises(NotAllowed, match="command line"):
        organization.create_organization(by=keeper, kind="region", code="X", name="另一地区")


def test_a_new_name_is_for_what_comes(body, keeper):
    factories.filed(body)
    draft = factories.draft(body, "colleague")
    organization.rename_organization(by=keeper, organization=place("CZJ-01"), name="综合科", reason=WHY)
    assert PointVersion.objects.get(point__code="CZJ-000001").organization_name == "办公室"
    draft.refresh_from_db()
    assert factories.submit(draft).organization_name == "综合科"
    row = place("CZJ-01").history.first()
    assert (row.history_user, row.history_change_reason, row.name) == (keeper, WHY, "综合科")


def test_closing_names_everything_that_still_hangs_on_it(body, keeper):
    factories.submitted(body)
    section, today = place("CZJ-01"), factories.today()
    with pytest.raises(Incomplete) as why:
        organization.close_organization(by=keeper, organization=section, ends_on=today, reason=WHY)
    sentences = [gap.sentence for gap in why.value.gaps]
    assert len([each for each in sentences if "still holds" in each]) == 3
    assert "Approvals that are still open: 1." in sentences
    with pytest.raises(Incomplete) as why:
        organization.close_organization(by=keeper, organization=place("DQ"), ends_on=today, reason=WHY)
    assert [gap.sentence.endswith("is still open.") for gap in why.value.gaps].count(True) == 3


def test_closed_its_posts_and_roles_end_and_what_is_filed_stays(body, keeper):
    factories.filed(body)
    section, today = place("CZJ-01"), factories.today()
    for appointment in Appointment.objects.filter(post__organization=section):
        organization.end_appointment(by=keeper, appointment=appointment, ends_on=today, reason=WHY)
    before = frozen()
    organization.close_organization(by=keeper, organization=section, ends_on=today, reason=WHY)
    section.refresh_from_db()
    assert section.closed_on == today
    assert set(section.posts.values_list("closed_on", flat=True)) == {today}
    assert not Assignment.objects.filter(organization=section, ends_on=None).exists()
    assert frozen() == before
    assert access.visible_points(body["principal"]).count() == 1
    for act in (
        lambda: organization.create_post(by=keeper, organization=section, name="新岗"),
        lambda: organization.rename_organization(by=keeper, organization=section, name="又一科", reason=WHY),
        lambda: organization.close_organization(by=keeper, organization=section, ends_on=today, reason=WHY),
        lambda: organization.appoint(
            by=keeper, person=body["colleague"], post=section.posts.first(), rank="ke", starts_on=today + DAY
        ),
        lambda: organization.assign(
            by=console_actor(), person=body["colleague"], organization=section, role=Role.SECTION_HEAD,
            starts_on=today + DAY, reason=WHY,
        ),
    ):  # fmt: skip
        with pytest.raises(Refused, match="was closed on"):
            act()


# --- Moving, merging, splitting ------------------------------------------------------------------------------------------


@pytest.fixture
def full(body) -> factories.Body:
    """Filed points, a running notice of CZJ-01, one waiting to be posted, a declaration under review, a draft, one returned."""
    factories.filed(body)
    factories.filed(body, "other_holder")
    factories.posted(body, code="CZJ-01", scope="section")
    factories.filed(body, "head")
    factories.submit_notice(factories.composed(body, code="CZJ-01"), body["publisher"])
    factories.submitted(body, "colleague")
    factories.draft(body, "other_head")
    return body


def test_merged_everything_follows_and_what_is_filed_keeps_all_but_its_position(full, keeper):
    source, target = place("CZJ-01"), place("CZJ-02")
    before, today = frozen(), factories.today()
    organization.merge_organizations(by=keeper, source=source, target=target, on=today, reason=WHY)
    source.refresh_from_db()
    assert (source.closed_on, source.posts.count()) == (today - DAY, 0)
    assert frozen() == before
    for model in (Declaration, PointVersion, Approval, PublicNotice, NoticeLine):
        assert not model.objects.filter(position__range=source.interval).exists(), model
    assert positions(organization=source, state=PointState.FILED) == {target.tree_from}
    under_review = Declaration.objects.get(appointment__person=full["colleague"])
    assert (under_review.organization, approval_of(under_review).organization) == (target, target)
    assert set(under_review.pointversions.values_list("organization", flat=True)) == {target.pk}
    assert asked(full, under_review) == {"other_head"}, "the head of the section that goes on"
    waiting = PublicNotice.objects.get(state="submitted")
    assert (waiting.organization, waiting.approval.organization) == (target, target)
    # Everybody reads with what they are now: the old section's staff what both had filed.
    assert access.visible_points(full["holder"]).count() == 3
    assert access.visible_points(full["other_holder"]).count() == 3
    assert access.visible_notices(full["holder"]).filter(state="posted").exists()
    # Whoever was recused from the one is recused from both now; the roles of the old one are gone.
    assert access.visible_points(full["recused_inspector"]).count() == 0
    assert not access.holders(Permission.REVIEW_SECTION, source).exists()
    reasons = {row.history_change_reason for row in target.history.all()}
    assert any("CZJ-01" in reason for reason in reasons if reason)


def test_a_declaration_decided_after_a_merge_is_filed_by_its_frozen_names(full, keeper):
    organization.merge_organizations(
        by=keeper, source=place("CZJ-01"), target=place("CZJ-02"), on=factories.today(), reason=WHY
    )
    declaration = Declaration.objects.get(appointment__person=full["colleague"])
    for name in ("other_head", "member", "clerk"):
        factories.decide(declaration, full[name])
    point = factories.first_point(declaration)
    assert (point.organization_name, point.organization, point.position) == (
        "办公室", place("CZJ-02"), place("CZJ-02").tree_from,
    )  # fmt: skip


def test_merging_names_every_obstacle(body, keeper):
    console = console_actor()
    for code in ("CZJ-01", "CZJ-02"):
        for name in ("档案岗", "收发岗"):
            organization.create_post(by=console, organization=place(code), name=name)
    with pytest.raises(Incomplete) as why:
        organization.merge_organizations(
            by=keeper, source=place("CZJ-01"), target=place("CZJ-02"), on=factories.today(), reason=WHY
        )
    assert ["档案岗" in gap.sentence or "收发岗" in gap.sentence for gap in why.value.gaps] == [True, True]
    for source, target in (("CZJ-01", "CZJ"), ("DQ", "DQ"), ("CZJ", "CZJ")):
        with pytest.raises(Incomplete):
            organization.merge_organizations(
                by=keeper, source=place(source), target=place(target), on=factories.today(), reason=WHY
            )
    with pytest.raises(Refused, match="future"):
        organization.merge_organizations(
            by=keeper, source=place("CZJ-01"), target=place("MZJ-01"), on=factories.today() + DAY, reason=WHY
        )


def test_merged_units_take_their_sections_along(full, keeper):
    source, target = place("CZJ"), place("SWJ")
    draft = Declaration.objects.get(appointment__person=full["other_head"])
    before = frozen()
    # Both units have a post of this name; one is renamed first.
    post = Post.objects.get(organization=source, name="局长岗")
    organization.change_post(by=keeper, post=post, name="原财政局局长岗", duties="", reason=WHY)
    organization.merge_organizations(by=keeper, source=source, target=target, on=factories.today(), reason=WHY)
    assert set(Organization.objects.filter(parent=target).values_list("code", flat=True)) == {
        "SWJ-01",
        "CZJ-01",
        "CZJ-02",
    }
    assert frozen() == before
    draft.refresh_from_db()
    assert draft.unit == target
    assert access.visible_points(full["swj_principal"]).count() == 3
    assert access.visible_points(full["principal"]).count() == 3, "their post is one of the other unit's leadership now"
    assert not access.holders(Permission.FILE_DECLARATIONS, source).exists()


def test_split_off_the_chosen_posts_go_and_the_rest_stays(full, keeper):
    source = place("CZJ-01")
    chosen = [full.appointment("holder").post, full.appointment("colleague").post]
    before = frozen()
    made = organization.split_organization(
        by=keeper, source=source, code="CZJ-03", name="机要科", posts=chosen, on=factories.today(), reason=WHY
    )
    assert (made.parent, made.opened_on, made.kind) == (source.parent, factories.today(), "section")
    assert set(made.posts.all()) == set(chosen)
    assert frozen() == before
    assert positions(post__in=chosen) == {made.tree_from}
    assert positions(post=full.appointment("head").post) == {source.tree_from}
    lines = NoticeLine.objects.values_list("point_version__post", "position")
    assert set(lines) == {(full.appointment("holder").post_id, made.tree_from)}
    declaration = Declaration.objects.get(appointment__person=full["colleague"])
    assert asked(full, declaration) == {"principal", "second_principal"}, "nobody leads the new section yet"
    assert Recusal.objects.filter(organization=made, person=full["recused_inspector"]).exists()
    with pytest.raises(Refused, match="Choose the posts"):
        organization.split_organization(
            by=keeper, source=source, code="CZJ-04", name="空科", posts=chosen, on=factories.today(), reason=WHY
        )


def test_a_post_that_moves_takes_what_was_declared_along(full, keeper):
    post, target = full.appointment("colleague").post, place("MZJ-01")
    declaration = Declaration.objects.get(appointment__person=full["colleague"])
    assert asked(full, declaration) == {"head"}
    before = frozen()
    organization.move_post(by=keeper, post=post, organization=target, reason=WHY)
    declaration.refresh_from_db()
    assert (declaration.organization, declaration.unit, declaration.position) == (
        target,
        place("MZJ"),
        target.tree_from,
    )
    assert asked(full, declaration) == {"mzj_head"}
    assert frozen() == before
    assert access.visible_points(full["colleague"]).count() == 0
    with pytest.raises(Refused, match="a post of"):
        organization.move_post(by=keeper, post=post, organization=target, reason=WHY)


def test_a_recusal_from_above_goes_along_with_what_moves_away(body, keeper):
    factories.filed(body)
    organization.recuse(
        by=console_actor(), person=body["outside_inspector"], organization=place("CZJ"), starts_on=factories.SINCE, reason=WHY
    )  # fmt: skip
    organization.move_organization(by=keeper, organization=place("CZJ-01"), parent=place("SWJ"), reason=WHY)
    assert access.visible_points(body["outside_inspector"]).count() == 0, "an inspector of SWJ, recused from all of CZJ"
    assert Recusal.objects.filter(person=body["outside_inspector"], organization=place("CZJ-01")).count() == 1


def test_a_ledger_is_known_again_after_everything_was_renamed_and_merged(tmp_path):
    """By the names it was filed under, and by those of today."""
    unit, console = ledgers.make_unit(), console_actor()
    rows = [
        ["科室", "岗位", "风险点", "等级"],
        ["保管利用科", "库房管理岗", "钥匙", "高"],
        ["保管利用科", "", "借阅", "中"],
        ["窗口", "", "收件", "低"],
    ]
    path = ledgers.write_file(tmp_path / "a.xlsx", (rows, []))
    assert ledgers.take_in(path, unit).new == 3
    section, target = place("DAG-01"), place("DAG-02")
    organization.rename_organization(by=console, organization=section, name="保管科", reason=WHY)
    assert ledgers.take_in(path, unit, create_missing=False).same == 3
    organization.merge_organizations(by=console, source=section, target=target, on=factories.today(), reason=WHY)
    organization.change_post(by=console, post=Post.objects.get(), name="库房岗", duties="", reason=WHY)
    assert ledgers.take_in(path, unit, create_missing=False).same == 3
    rows[1][:2] = ["窗口", "库房岗"]
    rows[2][0] = "窗口"
    report = ledgers.take_in(ledgers.write_file(tmp_path / "b.xlsx", (rows, [])), unit, create_missing=False)
    assert (report.same, report.errors) == (3, [])


STEP = st.tuples(st.sampled_from(["move", "merge", "split", "post"]), st.integers(0, 9), st.integers(0, 9))


def reorganize(act: str, first: int, second: int, number: int) -> None:
    """Do one thing to sections chosen by numbers; what is refused changes nothing."""
    console = console_actor()
    sections = list(Organization.objects.filter(kind="section", closed_on=None).order_by("pk"))
    units = list(Organization.objects.filter(kind="unit").order_by("pk"))
    source, target = sections[first % len(sections)], sections[second % len(sections)]
    posts = list(source.posts.order_by("pk"))
    try:
        if act == "move":
            parent = units[second % len(units)]
            organization.move_organization(by=console, organization=source, parent=parent, reason=WHY)
        elif act == "merge":
            organization.merge_organizations(by=console, source=source, target=target, on=factories.today(), reason=WHY)
        elif act == "split":
            organization.split_organization(
                by=console, source=source, code=f"N-{number}", name=f"新科{number}", posts=posts[: second % 3 + 1],
                on=factories.today(), reason=WHY,
            )  # fmt: skip
        elif posts:
            organization.move_post(by=console, post=posts[second % len(posts)], organization=target, reason=WHY)
    except Refused:
        pass


def check_tree() -> None:
    """Every place lies within its parent's and beside its neighbours; every row lies in the place that answers for it."""
    everything = list(Organization.objects.select_related("parent"))
    for each in everything:
        if each.parent:
            assert each.parent.tree_from < each.tree_from <= each.tree_to <= each.parent.tree_to
            assert each.depth == each.parent.depth + 1
    for first in everything:
        for other in everything:
            if first.depth == other.depth and first.pk != other.pk:
                assert first.tree_to < other.tree_from or other.tree_to < first.tree_from
    for version in PointVersion.objects.select_related("post__organization", "organization", "declaration"):
        assert version.position == version.post.organization.tree_from == version.declaration.position
        if version.declaration.state != DeclarationState.FILED:
            assert version.organization == version.post.organization == version.declaration.organization
            assert version.declaration.unit == version.organization.parent
    for line in NoticeLine.objects.select_related("point_version"):
        assert line.position == line.point_version.position
    for approval in Approval.objects.exclude(state="completed").select_related("organization"):
        low, high = approval.organization.interval
        assert low <= approval.position <= high
    for notice in PublicNotice.objects.filter(number=None).select_related("organization"):
        assert notice.position == notice.organization.tree_from


@given(steps=st.lists(STEP, min_size=1, max_size=6))
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_any_sequence_of_reorganizations_keeps_everything_in_its_place(full, steps):
    before = frozen()
    with transaction.atomic():
        for number, (act, first, second) in enumerate(steps):
            reorganize(act, first, second, number)
            check_tree()
        assert frozen() == before
        transaction.set_rollback(True)


# --- People, posts, roles ------------------------------------------------------------------------------------------------


def test_a_first_password_is_shown_once_and_changed_at_once(body, client_of):
    client = client_of("system_administrator")
    client.post(reverse("registry:person-add"), {"username": "CZJ900", "name": "艾克热木·托合提"})
    factories.confirm_all(body["security_administrator"])
    person = Person.objects.get(username="CZJ900")
    address = reverse("registry:person-password", args=[person.pk])
    response = client.post(address)
    password = response.context["password"]
    assert client.post(address, {"reason": ""}).status_code == 422, "the next one is entered and confirmed again"
    person.refresh_from_db()
    assert password in response.content.decode() and person.check_password(password)
    assert password not in client.get(reverse("registry:person", args=[person.pk])).content.decode()
    new = Client()
    assert new.post(reverse("login"), {"username": "CZJ900", "password": password}).status_code == 302
    for name in ("home", "registry:my-declarations"):
        assert new.get(reverse(name)).headers["Location"] == reverse("password_change")
    assert new.get("/no-such-page").status_code == 302
    chosen = "my-own-long-password"
    data = {"old_password": password, "new_password1": chosen, "new_password2": chosen}
    assert new.post(reverse("password_change"), data).status_code == 302
    assert new.get(reverse("home")).status_code == 200


def test_nobody_gets_the_password_of_an_administrator_or_of_the_gone(body):
    keeper = body["system_administrator"]
    for name in ("security_administrator", "audit_administrator", "system_administrator"):
        for verb in (organization.give_password, lambda **given: organization.ask_password(**given, reason=WHY)):
            with pytest.raises(NotAllowed):
                verb(by=keeper, person=body[name])
    with pytest.raises(Refused, match="was ended"):
        organization.give_password(by=keeper, person=body["former"])
    with pytest.raises(Refused, match="entered first and confirmed"):
        organization.give_password(by=keeper, person=body["holder"])


def test_who_leaves_is_out_at_once_and_what_they_declared_stays(body, keeper):
    declaration = factories.submitted(body)
    client = Client()
    client.force_login(body["head"])
    assert client.get(reverse("registry:queue")).status_code == 200
    organization.end_person(by=keeper, person=body["head"], ends_on=factories.today(), reason=WHY)
    assert client.get(reverse("registry:queue")).status_code == 302
    head = Person.objects.get(pk=body["head"].pk)
    assert (head.is_active, head.ended_on, head.has_usable_password()) == (False, factories.today(), False)
    assert set(head.appointments.values_list("ends_on", flat=True)) == {factories.today()}
    assert set(head.assignments.values_list("ends_on", flat=True)) == {factories.today()}
    assert asked(body, declaration) == {"supervisor"}
    with pytest.raises(Refused, match="left on"):
        organization.end_person(by=keeper, person=head, ends_on=factories.today(), reason=WHY)
    administrator = body["system_administrator"]
    with pytest.raises(NotAllowed, match="own account"):
        organization.end_person(by=administrator, person=administrator, ends_on=factories.today(), reason=WHY)
    with pytest.raises(Refused, match="not before"):
        organization.end_person(by=keeper, person=body["colleague"], ends_on=factories.today() + DAY, reason=WHY)


def test_handed_over_the_drafts_stay_and_decisions_follow_the_roles(body, keeper, giver, client_of):
    draft = factories.draft(body)
    waiting = factories.submitted(body, "colleague")
    today = factories.today()
    organization.hand_over(
        by=keeper, appointment=body.appointment("holder"), person=body["other_holder"], rank="below_ke", starts_on=today,
        reason=WHY,
    )  # fmt: skip
    old = body.appointment("holder")
    assert old.ends_on == today - DAY
    new = Appointment.objects.get(person=body["other_holder"], post=old.post)
    client = client_of("holder")
    assert client.get(reverse("registry:declaration", args=[draft.pk]), follow=True).status_code in (200, 409)
    assert access.visible_declarations(body["holder"]).filter(pk=draft.pk).exists()
    with pytest.raises(Refused, match="has ended"):
        declarations.save_point(by=body["holder"], declaration=draft, values=factories.point_values(), measures=[])
    assert not access.visible_declarations(body["other_holder"]).filter(pk=draft.pk).exists()
    declarations.start_declaration(by=body["other_holder"], declarant=access.Declarant.of_post(new))
    # The head hands the post over, too: until the role is given to another, the old head is asked.
    organization.hand_over(
        by=keeper,
        appointment=body.appointment("head"),
        person=body["mzj_holder"],
        rank="ke",
        starts_on=today,
        reason=WHY,
    )
    assert asked(body, waiting) == {"head"}
    role = Assignment.objects.get(person=body["head"], role=Role.SECTION_HEAD)
    organization.end_assignment(by=giver, assignment=role, ends_on=today - DAY, reason=WHY)
    organization.assign(
        by=giver, person=body["mzj_holder"], organization=place("CZJ-01"), role=Role.SECTION_HEAD, starts_on=today, reason=WHY
    )  # fmt: skip
    assert asked(body, waiting) == {"mzj_holder"}
    with pytest.raises(Refused, match="somebody else"):
        organization.hand_over(
            by=keeper, appointment=new, person=body["other_holder"], rank="ke", starts_on=today + DAY, reason=WHY
        )
    with pytest.raises(Refused, match="begins after"):
        organization.hand_over(
            by=keeper, appointment=new, person=body["holder"], rank="ke", starts_on=today, reason=WHY
        )


@pytest.mark.usefixtures("unguarded")
def test_roles_and_recusals_count_on_the_next_request(body, giver, client_of):
    factories.filed(body)
    factories.give_factor(body["mzj_holder"])  # without one an inspector sees nothing
    client, today = client_of("mzj_holder"), factories.today()
    ledger = reverse("registry:ledger") + "?organization=CZJ-01"
    assert client.get(ledger).status_code == 404
    role = organization.assign(
        by=giver, person=body["mzj_holder"], organization=place("CZJ"), role=Role.INSPECTOR, starts_on=today, reason=WHY
    )
    assert "未经审批用印1" in client.get(ledger).content.decode()
    recusal = organization.recuse(
        by=giver, person=body["mzj_holder"], organization=place("CZJ-01"), starts_on=today, reason=WHY
    )
    assert client.get(ledger).status_code == 404
    with pytest.raises(Refused, match="already recused"):
        organization.recuse(
            by=giver, person=body["mzj_holder"], organization=place("CZJ-01"), starts_on=today, reason=WHY
        )
    with pytest.raises(Refused, match="before it begins"):
        organization.end_recusal(by=giver, recusal=recusal, ends_on=today - DAY, reason=WHY)
    Recusal.objects.filter(pk=recusal.pk).update(starts_on=today - DAY)
    organization.end_recusal(by=giver, recusal=recusal, ends_on=today - DAY, reason=WHY)
    assert client.get(ledger).status_code == 200
    Assignment.objects.filter(pk=role.pk).update(starts_on=today - DAY)
    organization.end_assignment(by=giver, assignment=role, ends_on=today - DAY, reason=WHY)
    assert client.get(ledger).status_code == 404
    with pytest.raises(Refused, match="already"):
        organization.end_assignment(by=giver, assignment=role, ends_on=today + DAY, reason=WHY)


def test_one_person_never_holds_two_administrators_roles(body, giver):
    given = {"organization": place("DQ"), "starts_on": factories.today(), "reason": WHY}
    with pytest.raises(Refused, match="no two administrators' roles"):
        organization.assign(by=giver, person=body["audit_administrator"], role=Role.SYSTEM_ADMINISTRATOR, **given)
    with pytest.raises(Refused, match="already holds the role"):
        organization.assign(by=giver, person=body["audit_administrator"], role=Role.AUDIT_ADMINISTRATOR, **given)
    with pytest.raises(Refused, match="already holds this post"):
        appointment = body.appointment("holder")
        organization.appoint(
            by=console_actor(), person=body["holder"], post=appointment.post, rank="ke", starts_on=factories.today()
        )


# --- Pages ---------------------------------------------------------------------------------------------------------------


def test_administrators_see_no_word_of_what_is_declared(full, client_of):
    secret = ["未经审批用印", "用印登记不全", "每次用印由两人", "DJ-CZJ", "CZJ-0000"]
    post = full.appointment("holder")
    for who in ("system_administrator", "security_administrator"):
        client = client_of(who)
        for name, arguments in (
            ("organizations", []), ("organization", [place("CZJ").pk]), ("organization", [place("CZJ-01").pk]),
            ("post", [post.post_id]), ("people", []), ("person", [post.person_id]), ("person", [full["clerk"].pk]),
            ("hand-over", [post.pk]), ("organization-close", [place("CZJ-01").pk]), ("person-end", [post.person_id]),
        ):  # fmt: skip
            page = client.get(reverse(f"registry:{name}", args=arguments)).content.decode()
            if name == "organization-close":
                page = page.replace("CZJ-0000", "")  # what a reorganization touches is told by number
            assert not [word for word in secret if word in page], name


def test_a_refused_form_keeps_what_was_typed(body, client_of):
    client = client_of("system_administrator")
    address = reverse("registry:organization-close", args=[place("CZJ-01").pk])
    response = client.post(address, {"ends_on": factories.today().isoformat(), "reason": "改革文件"})
    assert response.status_code == 409
    page = response.content.decode()
    assert "改革文件" in page and body["holder"].name in page
    response = client.post(address, {"ends_on": "昨天", "reason": "改革文件"})
    assert response.status_code == 422 and "昨天" in response.content.decode()


def test_the_search_finds_by_name_and_number(body, client_of):
    client = client_of("security_administrator")
    page = client.get(reverse("registry:people"), {"q": "阿依古丽"}).content.decode()
    assert "colleague" in page and "mzj_holder" not in page
    page = client.get(reverse("registry:organizations"), {"q": "MZJ-01"}).content.decode()
    assert "救助科" in page and "预算科" not in page
    assert client.get(reverse("registry:people"), {"q": "\x00"}).status_code == 422
    assert "former" not in client.get(reverse("registry:people")).content.decode()
    assert "former" in client.get(reverse("registry:people"), {"closed": "on"}).content.decode()


def test_the_history_tells_in_words(body, keeper, client_of):
    organization.rename_organization(by=keeper, organization=place("CZJ-01"), name="综合科", reason=WHY)
    organization.move_organization(by=keeper, organization=place("CZJ-01"), parent=place("SWJ"), reason=WHY)
    client = client_of("system_administrator")
    client.cookies["django_language"] = "en"
    page = client.get(reverse("registry:organization", args=[place("CZJ-01").pk])).content.decode()
    for words in ("from “办公室” to “综合科”", "from “云岭地区财政局” to “云岭地区税务局”", keeper.name, WHY):
        assert words in page


# page → (its address, of whom, how many queries). Two for the session and the person.
PAGES = {
    "tree": ("registry:organizations", None, 11),
    "unit": ("registry:organization", "CZJ", 23),
    "section": ("registry:organization", "CZJ-01", 23),
    "people": ("registry:people", None, 12),
    "person": ("registry:person", "head", 25),
}


def fetched(client, address: str) -> tuple[list[str], int]:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200
    return [entry["sql"] for entry in captured.captured_queries], len(response.content)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_takes_the_same_queries_for_few_and_for_many(name, body, client_of):
    view, of, expected = PAGES[name]
    pk = [] if of is None else [body[of].pk] if of in body.people else [place(of).pk]
    client, address = client_of("system_administrator"), reverse(view, args=pk)
    first = fetched(client, address)
    console = console_actor()
    for number in range(12):
        part = organization.create_organization(
            by=console, kind="section", code=f"CZJ-{number + 50}", name=f"科{number}", parent=place("CZJ")
        )
        person = factories.make_person(f"new{number}", f"新人{number}")
        for where in (place("CZJ-01"), place("CZJ")):
            post = organization.create_post(by=console, organization=where, name=f"岗{number}")
            organization.appoint(by=console, person=person, post=post, rank="ke", starts_on=factories.SINCE)
            organization.appoint(by=console, person=body["head"], post=post, rank="ke", starts_on=factories.SINCE)
        for who, role, where in (
            (person, Role.SECTION_HEAD, part), (person, Role.SUPERVISING_LEADER, place("CZJ-01")),
            (person, Role.TEAM_MEMBER, place("CZJ")), (body["head"], Role.SECTION_HEAD, part),
        ):  # fmt: skip
            organization.assign(
                by=console, person=who, organization=where, role=role, starts_on=factories.SINCE, reason=WHY
            )
    then = fetched(client, address)
    assert then[1] > first[1], "the many rows are not on the page"
    assert len(then[0]) == len(first[0]), "\n".join(["with few rows:", *first[0], "with many:", *then[0]])
    assert len(first[0]) == expected
