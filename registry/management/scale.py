"""Content of the domain's shape in any size, for measuring: no act of anybody, so no decisions, history or audit entries.

Always the same region: ten county regions, 300 units, 3,000 sections, 30,000 posts with one holder each, five years. The
number of risk points is asked for; they are spread evenly over the declarations of posts, sections and leadership teams.
A point here is one row of the ledger (`PointVersion`) with its measure. The first point of a declaration is carried
forward from year to year, the others are new, each with a `RiskPoint` of its own.
"""

import gc
import itertools
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.management.color import no_style
from django.db import connection, models, transaction

from registry import access
from registry.models import (
    Appointment,
    Approval,
    Assignment,
    Counter,
    Declaration,
    Measure,
    MeasureVersion,
    Organization,
    Person,
    PointVersion,
    Post,
    Recusal,
    RiskPoint,
)
from registry.roles import Role
from registry.rules import (
    Category,
    Cause,
    Interval,
    Method,
    Rhythm,
    Scheme,
    free_place,
    goes_to_region,
    route,
)
from registry.rules.tree import ROOTS

SEED = 20260311
YEARS = range(2022, 2027)
COUNTIES, UNITS, SECTIONS = 10, 30, 10  # of the region, of a county, of a unit
SECTION_POSTS = ("科长", "副科长", "审核岗", "受理岗", "会计岗", "出纳岗", "采购岗", "档案岗", "综合岗")
TEAM_POSTS = (
    "党组书记", "局长", "副局长（分管业务）", "副局长（分管财务）", "副局长（分管执法）", "纪检组长", "总会计师",
    "总工程师", "党组成员", "调研员",
)  # fmt: skip
POSTS = COUNTIES * UNITS * (SECTIONS * len(SECTION_POSTS) + len(TEAM_POSTS))
LEAST_POINTS = 1_000  # fewer do not show every state in the last year
PER_DECLARATION = 6  # points, until all posts, sections and teams declare
BATCH = 20_000  # rows kept before they are written

LARGE = (
    Approval, Approval.owners.through, Declaration, RiskPoint, PointVersion, Measure, MeasureVersion
)  # fmt: skip

# Who reads what, by staff number: the four jurisdictions `benchmark ledger` measures.
SECTION_READER, SUBTREES_READER, HALF_READER, ALL_READER = READERS = ("SC0001", "SC0002", "SC0003", "SC0004")

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
_GIVEN = "安柏诚德恩帆广恒嘉可立明宁沛清仁书廷文晓彦远云泽正志舟子"
_UNIT_NAMES = (
    "财政局", "民政局", "水务局", "教育局", "卫生健康局", "自然资源局", "住房城乡建设局", "交通运输局", "农业农村局",
    "文化旅游局", "应急管理局", "审计局", "市场监管局", "医疗保障局", "林业局", "统计局", "司法局", "科学技术局",
    "商务局", "体育局", "信访局", "生态环境局", "退役军人局", "乡村振兴局", "行政审批局", "公积金中心", "社保中心",
    "机关事务局", "粮食储备局", "供销社",
)  # fmt: skip
_SECTION_NAMES = (
    "办公室", "人事科", "财务科", "法规科", "审批科", "执法一科", "执法二科", "项目科", "采购科", "监督科",
)  # fmt: skip
# By category: matters, what goes wrong with them, how it shows.
_WORDS = {
    Category.MORAL: (
        ("廉洁自律", "作风建设", "教育谈话", "社会交往"),
        ("要求放松", "流于形式", "碍于情面", "界限不清"),
        ("接受服务对象宴请或礼品礼金", "与管理对象交往过密", "学习教育走过场、以会代学", "对身边人管束不严"),
    ),
    Category.INSTITUTIONAL: (
        ("议事规则", "内控制度", "公开制度", "轮岗制度"),
        ("不够健全", "执行不严", "更新不及时", "缺少监督"),
        (
            "重要事项未集体研究即作决定",
            "制度多年未修订、与现行要求不符",
            "应当公开的事项未按期公开",
            "关键岗位长期不轮换",
        ),
    ),
    Category.DUTY: (
        ("行政审批权", "行政执法权", "财务管理权", "队伍管理权", "印章保管"),
        ("行使不当", "越权办理", "把关不严", "自由裁量过宽"),
        ("对不符合条件的申请予以受理", "处罚幅度前后不一、标准不明", "票据审核不细、报销手续不全", "未经审批即用印"),
    ),
    Category.PROCESS: (
        ("物资采购", "项目验收", "资金拨付", "档案移交", "招标比选"),
        ("环节缺失", "一人包办", "留痕不全", "超期办理"),
        ("询价记录不完整、供应商来源单一", "验收时未到现场、凭资料签字", "拨付前未复核账户信息", "资料移交没有清单"),
    ),
    Category.ENVIRONMENT: (
        ("中介机构", "服务对象", "上下游单位", "亲友请托"),
        ("干扰办理", "围猎渗透", "信息不对称", "利益输送"),
        ("中介机构代办时许以好处", "服务对象托人说情打招呼", "借合作之名转嫁费用", "内部信息提前外泄"),
    ),
}
_WHEN = ("受理环节", "审核环节", "集中办理时", "年底结算时", "现场核查时", "人员变动期间")
_CONSEQUENCES = ("造成标准不一", "可能损害群众利益", "存在资金损失的可能", "影响单位公信", "容易滋生以权谋私")
_MEASURES = (
    "实行双人办理，经办与复核分开，逐件签字留痕。",
    "每月抽查办结事项，抽查情况在科务会上通报。",
    "公开办事依据、时限和结果，接受服务对象评议。",
    "关键岗位定期轮换，离岗时清点移交。",
    "签订廉政承诺书，每季度谈心谈话一次。",
    "大额支出提交集体研究，会议记录附入凭证。",
)

# Choices are written as their stored values: drivers take several times as long for the class of a choice.
#
# States of twenty filed points in turn: in a year that is over, and in the last one.
_OLD = ("in_force",) * 14 + ("withdrawn",) * 4 + ("published", "to_change")
_LAST = ("filed",) * 8 + ("published",) * 5 + ("in_force",) * 5 + ("to_change", "withdrawn")
# Of 25 declarations of the last year one is a draft, one under review, one returned.
_OPEN = {0: "draft", 1: "submitted", 2: "returned"}
_APPROVALS = {"submitted": "open", "returned": "returned", "filed": "completed"}
_MEASURE_STATES = {"draft": "draft", "superseded": "superseded", "withdrawn": "withdrawn"}


class Table:
    """Rows of a table, written in large batches.

    `varying` columns differ from row to row, `same` ones do not; any other gets its model's default.
    """

    def __init__(self, model: type[models.Model], varying: str, **same: Any) -> None:
        names = varying.split()
        for column in model._meta.concrete_fields:
            if column.column not in (*names, *same):
                default = column.get_default()
                default = json.dumps(default) if isinstance(default, dict | list) else default
                same[column.column] = getattr(default, "value", default)
        self.model, self.names, self.same, self.rows = model, names, same, []

    def add(self, *values: Any) -> None:
        self.rows.append(values)

    def write(self) -> None:
        """Send the rows kept so far to the database."""
        table, columns = self.model._meta.db_table, ", ".join(f'"{column}"' for column in (*self.names, *self.same))
        same = tuple(self.same.values())
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
                    for row in self.rows:
                        copy.write_row(row + same)
            else:
                # What is the same in every row is read once, as a part of the statement.
                values = ", ".join([*["%s"] * len(self.names), *map(_literal, same)])
                cursor.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({values})', self.rows)  # noqa: S608
        self.rows.clear()


def _literal(value: str | int | None) -> str:
    """Return one of our own constants as SQL."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''").replace("%", "%%") + "'"
    return "NULL" if value is None else str(int(value))


@dataclass(frozen=True)
class Place:
    """An organization as far as rows of others need it."""

    id: int
    code: str
    name: str
    interval: Interval


@dataclass(frozen=True)
class Seat:
    """What declares every year: a post of one holder, a section, or a leadership team (then without a post)."""

    level: str
    organization: Place
    unit: Place
    holder: int  # the person; of a section or team who records it
    holder_name: str
    post: int | None = None
    post_name: str = ""
    rank: str = ""
    standing: str = ""


@dataclass
class Body:
    """The organization that was made."""

    counties: list[Place] = field(default_factory=list)
    units: list[Place] = field(default_factory=list)
    sections: list[Place] = field(default_factory=list)
    seats: list[Seat] = field(default_factory=list)


def make_scale(points: int, progress: Callable[[int], None] = lambda done: None) -> None:
    """Fill an empty database; all of it or nothing."""
    # The keys are our own counters; tests/registry/test_scale.py lets SQLite check them, PostgreSQL always does.
    with _undisturbed(), connection.constraint_checks_disabled(), transaction.atomic():
        with built_afterwards(*LARGE):
            body = _make_body()
            _give_roles(body)
            _make_points(body, points, progress)
        with connection.cursor() as cursor:
            for sql in connection.ops.sequence_reset_sql(no_style(), [Organization, Person, Post, Appointment, *LARGE]):
                cursor.execute(sql)
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        # What its own housekeeping does some minutes later: statistics, and pages known to be visible to everybody.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Leave out what costs time and protects nothing here: each was measured, together a quarter on SQLite.

    The collector finds no cycles among our rows. SQLite may write into the file itself: what is added to an empty one
    needs no copy of what was there before.
    """
    own_file = connection.vendor == "sqlite" and not connection.in_atomic_block
    gc.disable()
    try:
        if own_file:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA journal_mode=DELETE")
        yield
    finally:
        gc.enable()
        if own_file:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA journal_mode=WAL")


@contextmanager
def built_afterwards(*tables: type[models.Model]) -> Iterator[None]:
    """Take the indexes of `tables` and, on PostgreSQL, their foreign keys away, and build them whole at the end.

    PostgreSQL then checks every row at once; row by row it takes several times as long.
    """
    names = [model._meta.db_table for model in tables]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname), "
                "format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid)) "
                "FROM pg_constraint WHERE contype IN ('f', 'u') AND conrelid::regclass::text = ANY(%s) ORDER BY contype DESC",
                [names],
            )
            pairs = cursor.fetchall()
            cursor.execute(
                "SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid) FROM pg_index "
                # An index with a condition would come back in another spelling; it stays.
                "WHERE indrelid::regclass::text = ANY(%s) AND indpred IS NULL "
                "AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
                [names],
            )
            # Indexes first: the keys look rows up in them.
            pairs = cursor.fetchall() + pairs
        else:
            cursor.execute("SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
            pairs = [(f'DROP INDEX "{name}"', build) for table, name, build in cursor.fetchall() if table in names]
        for drop, _build in reversed(pairs):
            cursor.execute(drop)
    yield
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for _drop, build in pairs:
            cursor.execute(build)


def _make_body() -> Body:
    choose = random.Random(SEED)  # noqa: S311 - invented people
    organizations = Table(
        Organization,
        "id kind code name parent_id tree_from tree_to depth",
        opened_on=f"{YEARS[0]}-01-01",
        closed_on=None,
    )
    people = Table(
        Person, "id username name", password=f"{UNUSABLE_PASSWORD_PREFIX}scale", last_login=None, is_superuser=False,
        email="", is_staff=False, is_active=True, date_joined=f"{YEARS[0]}-01-01 00:00:00", ended_on=None,
    )  # fmt: skip
    posts = Table(
        Post,
        "id organization_id name",
        duties="按岗位职责办理本职工作。",
        opened_on=f"{YEARS[0]}-01-01",
        closed_on=None,
    )
    appointments = Table(
        Appointment, "id person_id post_id rank", starts_on=f"{YEARS[0]}-01-01", ends_on=None
    )  # fmt: skip
    body, taken, numbers = Body(), {}, itertools.count(1)

    def organization(kind: str, code: str, name: str, parent: Place | None, depth: int) -> Place:
        above = parent.interval if parent else ROOTS
        interval = free_place(above, depth, [taken[above]] if above in taken else [])
        taken[above] = interval[0]
        place = Place(next(numbers), code, name, interval)
        organizations.add(place.id, kind, code, name, parent.id if parent else None, *interval, depth)
        return place

    def person(username: str) -> tuple[int, str]:
        number = len(people.rows) + 1
        name = choose.choice(_SURNAMES) + "".join(choose.choices(_GIVEN, k=choose.choice((1, 2))))
        people.add(number, username, name)
        return number, name

    def post(place: Place, unit: Place, name: str, rank: str, standing: str) -> Seat:
        # Post, holder and appointment carry the same number: of each there is exactly one.
        number, holder_name = person(f"S{len(posts.rows) + 1:05d}")
        posts.add(number, place.id, name)
        appointments.add(number, number, number, rank)
        seat = Seat("post", place, unit, number, holder_name, number, name, rank, standing)
        body.seats.append(seat)
        return seat

    region = organization("region", "SC", "青屏地区", None, 0)
    for county in range(1, COUNTIES + 1):
        above = organization("region", f"SC{county:02d}", f"青屏第{county}县区", region, 1)
        body.counties.append(above)
        for name, number in zip(_UNIT_NAMES, range(1, UNITS + 1), strict=True):
            unit = organization("unit", f"{above.code}{number:02d}", f"{above.name}{name}", above, 2)
            body.units.append(unit)
            for part, section_name in enumerate(_SECTION_NAMES, start=1):
                section = organization("section", f"{unit.code}{part:02d}", section_name, unit, 3)
                body.sections.append(section)
                head = post(section, unit, SECTION_POSTS[0], "ke", "section_head")
                for title in SECTION_POSTS[1:]:
                    post(section, unit, title, "below_ke", "staff")
                body.seats.append(Seat("section", section, unit, head.holder, head.holder_name))
            first, _second = (post(unit, unit, title, "chu", "principal_leader") for title in TEAM_POSTS[:2])
            for title in TEAM_POSTS[2:]:
                post(unit, unit, title, "ke", "team_member")
            body.seats.append(Seat("leadership", unit, unit, first.holder, first.holder_name))
    for username in READERS:
        person(username)
    for table in (organizations, people, posts, appointments):
        table.write()
    return body


def _give_roles(body: Body) -> None:
    """Give the four readers their jurisdictions: live since the first year, without an end."""
    readers = {person.username: person for person in Person.objects.filter(username__in=READERS)}
    giver = readers[ALL_READER]
    region = Organization.objects.get(depth=0)
    jurisdictions = {
        SECTION_READER: (Role.SECTION_HEAD, [body.sections[0].id]),
        SUBTREES_READER: (Role.INSPECTOR, [body.counties[place].id for place in (1, 4, 7)]),
        HALF_READER: (Role.INSPECTOR, [county.id for county in body.counties[: COUNTIES // 2]]),
        ALL_READER: (Role.INSPECTOR, [region.id]),
    }
    # The same in every run, as everything else.
    given = {"starts_on": f"{YEARS[0]}-01-01", "reason": "规模测试"}
    at = f"{YEARS[0]}-01-01 00:00:00+00:00"
    for username, (role, places) in jurisdictions.items():
        for organization in Organization.objects.filter(pk__in=places).order_by("pk"):
            Assignment.objects.create(
                person=readers[username],
                organization=organization,
                role=role,
                assigned_by=giver,
                assigned_at=at,
                **given,
            )
            access.sync_grants(readers[username], organization)
    recused = body.units[4 * UNITS + UNITS // 2]  # in the midst of the second of the three counties
    Recusal.objects.create(
        person=readers[SUBTREES_READER], organization_id=recused.id, entered_by=giver, entered_at=at, **given
    )


def _contents() -> list[tuple]:
    """Return what points say: category, matter, title, manifestation, causes, methods, likelihood, harm, grade."""
    choose, scheme, made = random.Random(SEED), Scheme(), []  # noqa: S311 - invented text
    for _number in range(800):
        for category, (matters, troubles, ways) in _WORDS.items():
            matter, likelihood, harm = choose.choice(matters), choose.randint(1, 5), choose.randint(1, 5)
            made.append(
                (
                    category.value,
                    matter,
                    matter + choose.choice(troubles),
                    f"{choose.choice(_WHEN)}{choose.choice(ways)}，{choose.choice(_CONSEQUENCES)}；"
                    f"{choose.choice(_WHEN)}{choose.choice(ways)}，{choose.choice(_CONSEQUENCES)}。",
                    f'["{choose.choice(Cause.values)}"]',
                    f'["{choose.choice(Method.values)}"]',
                    likelihood,
                    harm,
                    scheme.grade(likelihood, harm).value,
                )
            )
    choose.shuffle(made)
    return made


def _make_points(body: Body, points: int, progress: Callable[[int], None]) -> None:
    """Write declarations, approvals, points and measures, year by year, in each year in the order offices filed them."""
    approvals = Table(
        Approval, "id organization_id position title state steps step due_on submitted_by_id submitted_at step_since",
        kind="declaration",
    )  # fmt: skip
    owners = Table(Approval.owners.through, "id approval_id person_id")
    declarations = Table(
        Declaration, "id level organization_id unit_id position post_id appointment_id year state number approval_id "
        "drafted_by_id drafted_at submitted_at filed_at rank standing to_region unit_name organization_name post_name "
        "holder_name", phase="points",
    )  # fmt: skip
    identities = Table(RiskPoint, "id unit_id code")
    versions = Table(
        PointVersion, "id declaration_id replaces_id change valid_from valid_to changed_by_id changed_at point_id state "
        "year position organization_id post_id level category matter title manifestation causes methods likelihood harm "
        "grade responsible responsible_leader unit_name organization_name post_name holder_name",
    )  # fmt: skip
    measures = Table(Measure, "id point_id")
    # A measure bears the number of its point, its version that of the point's version: of each there is exactly one.
    measure_versions = Table(
        MeasureVersion, "id declaration_id replaces_id change valid_from valid_to changed_by_id changed_at measure_id "
        "point_version_id state text responsible rhythm",
    )  # fmt: skip
    tables = (approvals, owners, declarations, identities, versions, measures, measure_versions)

    per_year = min(len(body.seats), -(-points // (PER_DECLARATION * len(YEARS))))
    # From the first, a post, to the last, a leadership team.
    seats = [body.seats[place * (len(body.seats) - 1) // (per_year - 1)] for place in range(per_year)]
    total = per_year * len(YEARS)
    choose, contents, rhythms = random.Random(SEED), _contents(), Rhythm.values  # noqa: S311 - an order, no secret
    codes: dict[str, int] = defaultdict(int)
    carried: dict[int, tuple[int, int]] = {}  # seat → point and version of the year before
    orders = [choose.sample(range(per_year), per_year) for _year in YEARS]
    # Seats whose declaration of the last year is still open.
    unfinished = [number % 25 in _OPEN for _seat, number in sorted(zip(orders[-1], itertools.count(), strict=False))]
    version_id = point_id = declaration_id = approval_id = 0
    for year, order in zip(YEARS, orders, strict=True):
        is_last = year == YEARS[-1]
        drafted, submitted, filed = f"{year}-03-12 01:00:00", f"{year}-03-20 01:00:00", f"{year}-04-08 01:00:00"
        filed_on, ends = f"{year}-04-08", {"superseded": f"{year + 1}-04-08", "withdrawn": f"{year}-10-08"}
        for number, place in enumerate(order):
            seat = seats[place]
            organization, unit = seat.organization, seat.unit
            state = _OPEN.get(number % 25, "filed") if is_last else "filed"
            is_filed, is_draft = state == "filed", state == "draft"
            declaration_id += 1
            # Names are frozen at submission.
            names = (
                ("",) * 4
                if is_draft
                else (unit.name, organization.name, seat.post_name, seat.holder_name if seat.post else "")
            )
            said = ("" if is_draft else seat.holder_name, "", *names)
            approval = None
            if not is_draft:
                approval = approval_id = approval_id + 1
                steps = route("points", seat.level, seat.standing or None)
                approvals.add(
                    approval, organization.id, organization.interval[0],
                    f"{seat.holder_name} · {seat.post_name}" if seat.post else organization.name, _APPROVALS[state],
                    "[" + ", ".join(f'"{step.value}"' for step in steps) + "]", len(steps) - 1 if is_filed else 0,
                    f"{year}-04-20", seat.holder, submitted, filed if is_filed else submitted,
                )  # fmt: skip
                owners.add(approval, approval, seat.holder)
            declarations.add(
                declaration_id, seat.level, organization.id, unit.id, organization.interval[0], seat.post, seat.post,
                year, state, None if is_draft else f"DJ-{unit.code}-{year}-{declaration_id:07d}", approval, seat.holder,
                drafted, None if is_draft else submitted, filed if is_filed else None, "" if is_draft else seat.rank,
                "" if is_draft else seat.standing,
                not is_draft and goes_to_region("points", seat.level, seat.standing, seat.rank),
                *names,
            )  # fmt: skip
            count = declaration_id * points // total - (declaration_id - 1) * points // total
            for slot in range(count):
                version_id += 1
                before = carried.get(place) if slot == 0 else None
                if before is None:
                    point_id += 1
                    point, replaces, change = point_id, None, "new"
                    code = None
                    if is_filed:
                        codes[unit.code] += 1
                        code = f"{unit.code}-{codes[unit.code]:06d}"
                    identities.add(point, unit.id, code)
                    measures.add(point, point)
                else:
                    (point, replaces), change = before, "changed"
                if slot == 0:
                    carried[place] = point, version_id
                if not is_filed:
                    point_state = "draft"
                elif slot == 0 and not is_last:
                    # Until the next year's version is filed, this one stands.
                    stays = year + 1 == YEARS[-1] and unfinished[place]
                    point_state = "in_force" if stays else "superseded"
                else:
                    point_state = (_LAST if is_last else _OLD)[version_id % 20]
                valid_from, valid_to = (filed_on if is_filed else None), ends.get(point_state)
                text = contents[version_id * 7919 % len(contents)]
                versions.add(
                    version_id, declaration_id, replaces, change, valid_from, valid_to, seat.holder, drafted, point,
                    point_state, year, organization.interval[0], organization.id, seat.post, seat.level, *text, *said,
                )  # fmt: skip
                measure_versions.add(
                    version_id, declaration_id, replaces, change, valid_from, valid_to, seat.holder, drafted, point,
                    version_id, _MEASURE_STATES.get(point_state, "proposed"), _MEASURES[version_id % len(_MEASURES)],
                    seat.holder_name, rhythms[version_id % len(rhythms)],
                )  # fmt: skip
            if len(versions.rows) >= BATCH:
                _write(tables)
                progress(version_id)
    _write(tables)
    progress(version_id)
    counters = Table(Counter, "name last")
    for code, last in codes.items():
        counters.add(f"point:{code}", last)
    counters.write()


def _write(tables: Iterable[Table]) -> None:
    for table in tables:
        table.write()
