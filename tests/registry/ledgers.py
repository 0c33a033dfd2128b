"""Ledgers on paper as offices write them, made for the tests: files, and a unit to take them in for."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook, load_workbook

from registry.actions.imports import ImportReport, import_ledger
from registry.actions.organization import assign, console_actor, create_organization, create_post
from registry.models import Organization, Person
from registry.output.reader import read_workbook
from registry.roles import Role

REAL_LEDGERS = Path(__file__).resolve().parents[3] / "shared" / "data" / "ledgers"

# One office: everything but the points themselves merged down, the five categories as a column, measures on lines.
MERGED_OFFICE = (
    [
        ["县档案馆廉政风险点及防控措施一览表"],
        ["序号", "单位/科室", "风险类别", "风险点", "廉政风险主要内容及\n表现形式", "风险等级", "防控措施",
         "部门负责人", "责任领导"],
        ["1", "保管利用科", "岗位职责风险", "库房钥匙", "一人保管两把钥匙。", "低",
         "1.钥匙分管; 2.每季交接;\n3.交接有记录。", "科长", "分管副馆长"],
        ["2", "", "业务流程风险", "档案借阅", "未经批准借出原件。", "高", "借阅一律登记,原件不出馆。", "", ""],
        ["3", "", "一、外部环境风险", "堃喆·数字化外包", "外包人员私自复制😀。", "Ⅱ", "签订保密协议", "", ""],
    ],
    ["A1:I1", "B3:B5", "H3:H5", "I3:I5"],
)  # fmt: skip
# One point over three rows, a matter over several points, a column nobody expects, a note below.
SPREAD_POINTS = (
    [
        ["办证类风险"],
        ["填报单位：某局", "", "填报日期：三月"],
        ["序号", "职权名称", "风险类别", "风险点", "风险描述", "风险等级", "责任部门", "防控措施", "法律依据"],
        ["1", "核发证照", "岗位职责", "材料审核", "材料是否齐全", "低", "窗口", "加强学习。", "某条例第一条"],
        ["2", "", "业务流程", "违规办理", "1.超期不办。", "1级", "窗口", "检查。", ""],
        ["", "", "", "", "2.条件不符仍然办理。", "", "", "", ""],
        ["", "", "", "", "3.收受财物。", "", "", "", ""],
        ["3", "年检", "待核实类", "材料审核", "材料是否齐全", "1中2低", "窗口", "加强学习。", ""],
        ["注：本表一式两份。"],
    ],
    ["A1:I1", "B4:B7", "A5:A7", "C5:C7", "D5:D7", "F5:F7", "G5:G7", "H5:H7", "I5:I7", "A9:I9"],
)


def write_file(path: Path, *sheets: tuple[Sequence[Sequence[str]], Sequence[str]]) -> Path:
    """Write sheets of (rows, merged ranges) as somebody's own workbook."""
    book = Workbook()
    book.remove(book.active)
    for number, (rows, merged) in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"表{number}")
        for row in rows:
            sheet.append([text or None for text in row])
        for line in sheet.iter_rows():
            for cell in line:
                if isinstance(cell.value, str):
                    cell.data_type = "s"
        for reference in merged:
            sheet.merge_cells(reference)
    book.save(path)
    return path


def change_cell(path: Path, sheet: int, reference: str, value: str) -> Path:
    """Change one cell of a workbook as somebody in Excel would."""
    book = load_workbook(path)
    book.worksheets[sheet][reference] = value
    book.save(path)
    return path


def cell_texts(path: Path) -> list[tuple[str, str]]:
    """Return (reference, text) of every cell that is not empty, read by another library than the product's reader."""
    return [
        (f"{sheet.title}!{cell.coordinate}", str(cell.value))
        for sheet in load_workbook(path).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]


def find_cell(path: Path, text: str) -> tuple[int, str]:
    """Return sheet number and reference of the first cell with this text."""
    for number, sheet in enumerate(load_workbook(path).worksheets):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == text:
                    return number, cell.coordinate
    raise LookupError(text)


def make_unit(code: str = "DAG", name: str = "某县档案馆") -> Organization:
    """Return a unit with two sections and a post, below a region."""
    console = console_actor()
    region = create_organization(by=console, kind="region", code=f"{code}-DQ", name="某县", parent=None)
    unit = create_organization(by=console, kind="unit", code=code, name=name, parent=region)
    section = create_organization(by=console, kind="section", code=f"{code}-01", name="保管利用科", parent=unit)
    create_organization(by=console, kind="section", code=f"{code}-02", name="窗口", parent=unit)
    create_post(by=console, organization=section, name="库房管理岗")
    return unit


def make_person(username: str, role: str | None = None, organization: Organization | None = None) -> Person:
    """Return an active person, with a role on an organization where one is given."""
    person = Person.objects.create(username=username, name=f"人员{username}")
    if role is not None:
        assign(
            by=console_actor(),
            person=person,
            organization=organization,
            role=Role(role),
            starts_on=dt.date(2020, 1, 1),
            reason="test",
        )
    return person


def take_in(path: Path, unit: Organization, *, year: int = 2026, apply: bool = True, **options: object) -> ImportReport:
    """Take a file in as the command line does."""
    return import_ledger(
        **{
            "unit": unit,
            "year": year,
            "sheets": read_workbook(path),
            "file_name": path.name,
            "file_digest": "sha256:test",
            "by": console_actor(),
            "apply": apply,
            "create_missing": True,
        }
        | options
    )
