from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from jiesu.serving.relabel.options import RelabelResult
from jiesu.serving.relabel.workbook import SheetReader, refuse_too_many_rows
from jiesu.taxonomy.errors import InputError

Relabel = Callable[..., RelabelResult]


def sheet_bytes(folder: Path, rows: list[list[Any]], name: str = "工单") -> bytes:
    path = folder / "made.xlsx"
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        book.add_worksheet("空表")
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path.read_bytes()


def rows_of(path: Path) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True))


def test_cells_keep_their_types(relabel: Relabel, tmp_path: Path) -> None:
    moment = datetime(2026, 1, 2, 3, 4)
    rows = [["编号", "内容", "数", "受理时间", "真"], ["007", "路灯不亮", 1.5, moment, True]]
    result = relabel(sheet_bytes(tmp_path, rows), "in.xlsx", "out.xlsx")
    header, row = rows_of(result.output)
    assert header[:6] == ("编号", "内容", "数", "受理时间", "真", "code")
    assert row[:6] == ("007", "路灯不亮", 1.5, moment, True, "010101")


def test_dates_times_and_lengths_keep_their_kind(relabel: Relabel, tmp_path: Path) -> None:
    formats = ("yyyy-mm-dd", "hh:mm", "[h]:mm")
    values = (date(2026, 1, 2), time(8, 30), timedelta(hours=30))
    path = tmp_path / "made.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["内容", "日", "时", "长"])
        sheet.write(1, 0, "路灯")
        for column, (value, form) in enumerate(zip(values, formats, strict=True), 1):
            sheet.write_datetime(1, column, value, book.add_format({"num_format": form}))
    result = relabel(path.read_bytes(), "in.xlsx", "out.xlsx")
    (_, row) = CalamineWorkbook.from_path(result.output).get_sheet_by_index(0).to_python()
    assert tuple(row[1:4]) == values


def test_first_sheet_with_rows_is_read(relabel: Relabel, tmp_path: Path) -> None:
    content = sheet_bytes(tmp_path, [["内容"], ["路灯不亮"]])
    assert relabel(content, "in.xlsx", "out.csv").rows == 1


def test_unknown_sheet_is_refused(relabel: Relabel, tmp_path: Path) -> None:
    content = sheet_bytes(tmp_path, [["内容"], ["灯"]])
    with pytest.raises(InputError, match="没有工作表 '明细'；现有工作表：空表、工单"):
        relabel(content, "in.xlsx", "out.csv", sheet="明细")


def test_empty_rows_inside_are_kept_and_at_the_end_dropped(
    relabel: Relabel, tmp_path: Path
) -> None:
    rows = [["内容", "b"], ["灯", 1], ["", ""], ["灯", 2], ["", ""]]
    result = relabel(sheet_bytes(tmp_path, rows), "in.xlsx", "out.csv")
    assert (result.rows, result.bad_rows) == (3, 1)


def test_text_that_looks_like_a_formula_or_number_stays_text(relabel: Relabel) -> None:
    content = '内容,b,c\n灯,=1+1,"0012345678901234567"\n'.encode()
    result = relabel(content, "in.csv", "out.xlsx")
    assert rows_of(result.output)[1][1:3] == ("=1+1", "0012345678901234567")


def test_probabilities_are_numbers(relabel: Relabel) -> None:
    result = relabel("内容\n路灯不亮\n".encode(), "in.csv", "out.xlsx")
    header, row = rows_of(result.output)
    assert dict(zip(header, row, strict=True))["p3"] == 0.75


def test_cell_that_is_too_long_is_cut_and_listed(relabel: Relabel) -> None:
    content = f"内容,b\n灯,{'长' * 40_000}\n".encode()
    result = relabel(content, "in.csv", "out.xlsx")
    assert len(rows_of(result.output)[1][1]) == 32_767
    assert result.errors
    assert "单元格 40000 字，XLSX 最多 32767 字，已截断" in result.errors.read_text("utf-8")
    assert result.exit_code == 3


def test_sheet_with_too_many_rows_is_refused_before_work() -> None:
    refuse_too_many_rows(1_048_575)
    with pytest.raises(InputError, match=r"XLSX 最多 1,048,576 行.*改为 \.csv 或 \.parquet"):
        refuse_too_many_rows(1_048_576)


def test_huge_sheet_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    path.write_bytes(sheet_bytes(tmp_path, [["内容"], ["灯"]]))
    with pytest.raises(InputError, match=r"工作表展开后有 .* MB，超过.*另存为 CSV"):
        SheetReader(path, max_bytes=100)


def test_file_that_is_no_workbook_is_refused(relabel: Relabel) -> None:
    with pytest.raises(InputError, match="打不开这个表格文件"):
        relabel(b"<table><tr><td>text</td></tr></table>", "in.xlsx", "out.csv")


def test_empty_workbook_is_refused(relabel: Relabel, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="是空的，没有表头"):
        relabel(sheet_bytes(tmp_path, []), "in.xlsx", "out.csv")


def test_dates_become_text_in_csv(relabel: Relabel, tmp_path: Path) -> None:
    rows = [["内容", "日期", "数"], ["灯", datetime(2026, 1, 2, 3, 4), 20260102000123]]
    result = relabel(sheet_bytes(tmp_path, rows), "in.xlsx", "out.csv")
    line = result.output.read_text(encoding="utf-8-sig").splitlines()[1]
    assert line.startswith("灯,2026-01-02 03:04:00,20260102000123,")
