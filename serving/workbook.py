"""Tables of text in an XLSX file: every cell is text, and comes back as it went in.

A cell never becomes a formula or a number, so codes keep their zeros. What XLSX cannot hold,
or what a person turned into something else, is an error that names sheet and cell.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter.utility import xl_rowcol_to_cell

from jiesu.taxonomy.errors import InputError

# Most characters of one cell, as UTF-16 units.
# Source: "Excel specifications and limits", Microsoft.
CELL_LIMIT = 32_767

Table = Sequence[Sequence[str]]
# The workbook holds no date of its own, so equal folders give equal workbooks.
_CREATED = datetime(2000, 1, 1)
_WIDTH = 18


def write_workbook(path: Path, sheets: Mapping[str, Table]) -> None:
    """Write one sheet per table; the first row of each is its header.

    Raises:
        InputError: a text is longer than a cell can be; nothing is written.
    """
    for name, table in sheets.items():
        _refuse_long_texts(name, table)
    with xlsxwriter.Workbook(path) as workbook:
        workbook.set_properties({"created": _CREATED})
        text = workbook.add_format({"num_format": "@", "valign": "top"})
        head = workbook.add_format({"num_format": "@", "bold": True})
        for name, table in sheets.items():
            sheet = workbook.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, max(map(len, table)) - 1, _WIDTH, text)
            for row, cells in enumerate(table):
                for column, cell in enumerate(cells):
                    sheet.write_string(row, column, cell, text if row else head)


def _refuse_long_texts(name: str, table: Table) -> None:
    for row, cells in enumerate(table):
        for column, cell in enumerate(cells):
            if len(cell) > CELL_LIMIT // 2 and len(cell.encode("utf-16-le")) // 2 > CELL_LIMIT:
                where = f"工作表“{name}”单元格 {xl_rowcol_to_cell(row, column)}"
                raise InputError(
                    f"{where}: 文字有 {len(cell)} 字（{cell[:20]!r}…），超过 XLSX 一格的上限 "
                    f"{CELL_LIMIT}；请先在城市文件夹中拆短"
                )


def read_workbook(path: Path, names: Sequence[str]) -> dict[str, list[list[str]]]:
    """Read the sheets of these names as tables of text; rows without any text are left out.

    Raises:
        InputError: not a workbook, a sheet is missing, or a cell is not text.
    """
    if not path.is_file():
        raise InputError(f"{path}: 文件不存在；请核对路径")
    try:
        workbook = CalamineWorkbook.from_path(path)
    except CalamineError as error:
        raise InputError(f"{path}: 打不开这个 XLSX 文件（{error}）；请另存为 .xlsx") from None
    with workbook:
        missing = [name for name in names if name not in workbook.sheet_names]
        if missing:
            raise InputError(
                f"{path}: 缺少工作表 {'、'.join(missing)}；请用 jiesu city export 导出的文件来改"
            )
        return {name: list(_texts(workbook, name)) for name in names}


def _texts(workbook: CalamineWorkbook, name: str) -> Iterator[list[str]]:
    rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    for row, cells in enumerate(rows):
        texts = [
            _text(cell, f"工作表“{name}”单元格 {xl_rowcol_to_cell(row, column)}")
            for column, cell in enumerate(cells)
        ]
        # An empty row keeps its place, so that later errors name the right cell.
        yield texts if any(texts) else []


def _text(cell: object, where: str) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, date):  # a person typed a day and the program made a date of it
        return cell.isoformat()[:10]
    shown = f"{cell:g}" if isinstance(cell, float) else str(cell)
    raise InputError(
        f"{where}: 应是文本，现为数值 {shown}（代码开头的 0 会丢失）；请把格式设为“文本”后重填"
    )
