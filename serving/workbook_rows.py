"""Rows of a sheet as column → text, which know the cell that each text stands in."""

from collections.abc import Sequence
from dataclasses import dataclass

from xlsxwriter.utility import xl_rowcol_to_cell

from jiesu.serving.workbook import Table
from jiesu.taxonomy.errors import InputError


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row below the header.

    Attributes:
        number: row in the sheet, 0 for the header.
        columns: header of the sheet.
    """

    sheet: str
    number: int
    columns: tuple[str, ...]
    texts: tuple[str, ...]

    def __getitem__(self, column: str) -> str:
        return self.texts[self.columns.index(column)]

    def error(self, column: str, problem: str) -> InputError:
        """Return an error that names the cell of this column."""
        cell = xl_rowcol_to_cell(self.number, self.columns.index(column))
        return InputError(f"工作表“{self.sheet}”单元格 {cell}: {column}: {problem}")


def sheet_rows(sheet: str, table: Table, required: Sequence[str]) -> list[SheetRow]:
    """Return the rows that hold any text; columns without a name must be empty.

    Raises:
        InputError: a column is missing, unnamed or named twice.
    """
    header = list(table[0]) if table else []
    while header and not header[-1]:
        header.pop()
    missing = [column for column in required if column not in header]
    if missing:
        raise InputError(f"工作表“{sheet}”第 1 行: 缺少列 {'、'.join(missing)}；请在表头补上")
    for position, column in enumerate(header):
        if not column or header.index(column) < position:
            cell = xl_rowcol_to_cell(0, position)
            raise InputError(f"工作表“{sheet}”单元格 {cell}: 列名 {column!r} 为空或重复；请改正")
    return [
        _row(sheet, number, tuple(header), cells)
        for number, cells in enumerate(table)
        if number and cells
    ]


def _row(sheet: str, number: int, columns: tuple[str, ...], cells: Sequence[str]) -> SheetRow:
    width = len(columns)
    for position in range(width, len(cells)):
        if cells[position]:
            cell = xl_rowcol_to_cell(number, position)
            raise InputError(f"工作表“{sheet}”单元格 {cell}: 这一列没有列名；请补列名或清空")
    texts = (*cells[:width], *([""] * (width - len(cells))))
    return SheetRow(sheet, number, columns, texts)
