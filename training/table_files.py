"""Rows of spreadsheets and Parquet files, as `tables` reads those of text files."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jiesu.taxonomy.errors import InputError

_PARQUET = b"PAR1"
Row = tuple[str, dict[str, Any]]  # where it stands, and its cells (Any: what the file holds)


def sheet_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of the first sheet of a workbook; the first row names the columns.

    Raises:
        InputError: it is no workbook, or has no sheet.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        cells = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    except (CalamineError, IndexError, OSError) as error:
        raise InputError(f"{path}: 读不出工作表（{error}）；请另存为 .xlsx 或 .csv") from None
    header = [str(cell).strip() for cell in cells[0]] if cells else []
    for number, row in enumerate(cells[1:], start=2):
        if any(cell != "" for cell in row):
            yield f"{path}: 第 {number} 行", dict(zip(header, _plain(row), strict=False))


def _plain(row: Sequence[Any]) -> list[Any]:
    """Write whole numbers without a fraction: a spreadsheet keeps codes as numbers."""
    return [
        str(int(cell)) if isinstance(cell, float) and cell.is_integer() else cell for cell in row
    ]


def parquet_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a Parquet file.

    Raises:
        InputError: it is no Parquet file.
    """
    from arro3.io import read_parquet

    raw = path.read_bytes()
    if raw[:4] != _PARQUET or raw[-4:] != _PARQUET:
        raise InputError(f"{path}: 读不出 Parquet（首尾没有 PAR1 标记）；请重新导出")
    try:
        table = read_parquet(path).read_all()
    except BaseException as error:
        # The library panics on a broken footer, and a panic is no Exception; it has no import.
        if type(error).__name__ not in {"PanicException", "ArrowException", "Exception"}:
            raise
        raise InputError(f"{path}: 读不出 Parquet（{error}）；请重新导出") from None
    names = table.schema.names
    columns = [table.column(name).to_pylist() for name in names]
    for number, cells in enumerate(zip(*columns, strict=True), start=1):
        yield f"{path}: 第 {number} 行", dict(zip(names, cells, strict=True))
