"""A city goes into a workbook and comes back as the same bytes; a bad workbook changes nothing."""

import datetime
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from jiesu.serving.city_files import export_xlsx, import_xlsx
from jiesu.taxonomy.city import default_city_folder
from jiesu.taxonomy.errors import CityError, InputError

TINY = Path(__file__).parents[2] / "cities" / "tiny"


@pytest.fixture
def small_folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "city"))


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "city.xlsx"
    export_xlsx(TINY, path)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def edit(path: Path, sheet: str, change: Callable[[Worksheet], object]) -> None:
    book = openpyxl.load_workbook(path)
    change(book[sheet])
    book.save(path)


@pytest.mark.slow
def test_packaged_city_comes_back_byte_for_byte(tmp_path: Path) -> None:
    export_xlsx(default_city_folder(), tmp_path / "city.xlsx")
    import_xlsx(tmp_path / "city.xlsx", tmp_path / "back")
    assert contents(tmp_path / "back") == contents(default_city_folder())


def test_city_without_places_comes_back_without_them(small_folder: Path, tmp_path: Path) -> None:
    (small_folder / "gazetteer" / "places.tsv").unlink()
    export_xlsx(small_folder, tmp_path / "city.xlsx")
    import_xlsx(tmp_path / "city.xlsx", tmp_path / "back")
    assert contents(tmp_path / "back") == contents(small_folder)


def test_any_other_file_comes_back_byte_for_byte(small_folder: Path, tmp_path: Path) -> None:
    (small_folder / "rules").mkdir()
    (small_folder / "rules" / "odd.yaml").write_text(
        "\n  =1+1\r\n_x000D_ 'a'\t𠮷" + "长" * 40_000 + "\n\n", encoding="utf-8", newline=""
    )
    (small_folder / "picture.bin").write_bytes(bytes(range(256)))
    (small_folder / "empty.txt").touch()
    export_xlsx(small_folder, tmp_path / "city.xlsx")
    import_xlsx(tmp_path / "city.xlsx", tmp_path / "back")
    assert contents(tmp_path / "back") == contents(small_folder)


def test_equal_folders_give_equal_workbooks(workbook: Path, tmp_path: Path) -> None:
    export_xlsx(TINY, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == workbook.read_bytes()


def test_codes_and_formulas_stay_text(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    assert book["事项"]["A4"].value == "010101"
    cell = next(cell for cell in book["例文"]["B"] if str(cell.value).startswith("="))
    assert cell.data_type == "s"


def test_edit_in_a_spreadsheet_changes_one_file(workbook: Path, small_folder: Path) -> None:
    edit(workbook, "事项", lambda sheet: sheet.__setitem__("C4", "路灯损坏"))
    assert import_xlsx(workbook, small_folder) == ["taxonomy/01.json"]
    assert '"name": "路灯损坏"' in (small_folder / "taxonomy/01.json").read_text(encoding="utf-8")


def test_class_file_that_is_no_longer_in_the_workbook_goes(
    workbook: Path, small_folder: Path
) -> None:
    shutil.copyfile(small_folder / "taxonomy/01.json", small_folder / "taxonomy/02.json")
    assert import_xlsx(workbook, small_folder) == ["taxonomy/02.json"]
    assert contents(small_folder) == contents(TINY)


def test_day_typed_as_a_date_is_a_day(workbook: Path, small_folder: Path) -> None:
    until = datetime.date(2026, 12, 31)
    edit(workbook, "单位", lambda sheet: sheet.__setitem__("N5", until))
    assert import_xlsx(workbook, small_folder) == ["units.tsv"]
    assert "\t2020-01-01\t2026-12-31\t" in (small_folder / "units.tsv").read_text(encoding="utf-8")


# (sheet, cell, what a person types, the error that must be named)
TYPED = [
    ("事项", "A4", 10101, r"工作表“事项”单元格 A4: 应是文本，现为数值 10101"),
    ("事项", "A5", "010101", r"单元格 A5: code: 代码 '010101' 为空或重复"),
    ("事项", "A4", "../x", r"单元格 A4: code: 代码 '\.\./x' 不能含"),
    ("事项", "B4", "0109", r"单元格 B4: parent: 上级 '0109' 不在表中"),
    ("事项", "B2", "010101", r"parent: 上级 '\d+' 不在表中，或是它自己的下级"),
    ("事项", "E2", "灯", r"单元格 E2: keywords: 上级事项不填这一列，现为 '灯'"),
    ("事项", "C1", "名称", r"工作表“事项”第 1 行: 缺少列 name"),
    ("事项", "L4", "备注", r"单元格 L4: 这一列没有列名"),
    ("事项", "L1", "备注", r"单元格 K1: 列名 '' 为空或重复"),
    ("事项", "K1", "name", r"单元格 K1: 列名 'name' 为空或重复"),
    ("边界说明", "A2", "019999", r"工作表“边界说明”单元格 A2: code: 代码 '019999' 不在“事项”表中"),
    ("例文", "A2", None, r"工作表“例文”单元格 A2: code: 代码 '' 不在"),
    ("单位", "B3", "两\n行", r"工作表“单位”单元格 B3: name: .*有换行"),
    ("承办角色", "A3", "街道", r"工作表“承办角色”单元格 A3: name: 角色 '街道' 为空或重复"),
    ("角色选项", "A2", "供水", r"工作表“角色选项”单元格 A2: name: 角色 '供水' 不在"),
    ("其他文件", "A2", "../evil", r"工作表“其他文件”单元格 A2: file: '\.\./evil' 不是城市文件夹内"),
    ("其他文件", "A2", "units.tsv", r"单元格 A2: file: 'units\.tsv' 已有自己的工作表"),
    ("其他文件", "D2", "2", r"单元格 D2: part: 文件的第一行缺少第 1 段"),
    ("其他文件", "B2", "base64", r"单元格 E2: text: calendar\.yaml 的内容不是 base64"),
]


@pytest.mark.parametrize(("sheet", "cell", "typed", "error"), TYPED)
def test_bad_cell_is_named_and_nothing_changes(
    workbook: Path, small_folder: Path, sheet: str, cell: str, typed: object, error: str
) -> None:
    edit(workbook, sheet, lambda page: page.__setitem__(cell, typed))
    with pytest.raises(InputError, match=error):
        import_xlsx(workbook, small_folder)
    assert contents(small_folder) == contents(TINY)


def test_city_with_errors_is_refused(workbook: Path, small_folder: Path) -> None:
    edit(workbook, "事项", lambda sheet: sheet.__setitem__("I4", "9d"))
    with pytest.raises(CityError, match=r"taxonomy/01\.json: 010101: limit: '9d' 不在"):
        import_xlsx(workbook, small_folder)
    assert contents(small_folder) == contents(TINY)


def test_missing_sheet_is_named(workbook: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    del book["单位"]
    book.save(workbook)
    with pytest.raises(InputError, match="缺少工作表 单位"):
        import_xlsx(workbook, tmp_path / "back")


def test_file_that_is_no_workbook_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with pytest.raises(InputError, match=re.escape(f"{path}: 文件不存在")):
        import_xlsx(path, tmp_path / "back")
    path.write_text("不是表格", encoding="utf-8")
    with pytest.raises(InputError, match="打不开这个 XLSX 文件"):
        import_xlsx(path, tmp_path / "back")


def test_text_longer_than_a_cell_is_named(small_folder: Path, tmp_path: Path) -> None:
    path = small_folder / "taxonomy/01.json"
    text = path.read_text(encoding="utf-8").replace("三天不亮了", "😀" * 16_400)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"工作表“例文”单元格 B2: 文字有 \d+ 字.*上限 32767"):
        export_xlsx(small_folder, tmp_path / "city.xlsx")
    assert not (tmp_path / "city.xlsx").exists()


def test_separator_inside_a_value_is_named(small_folder: Path, tmp_path: Path) -> None:
    path = small_folder / "taxonomy/01.json"
    text = path.read_text(encoding="utf-8").replace('"楼道灯"', '"楼道|灯"')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"010102: keywords: '楼道\|灯' 不能放进表格"):
        export_xlsx(small_folder, tmp_path / "city.xlsx")


def test_broken_folder_is_not_exported(small_folder: Path, tmp_path: Path) -> None:
    path = small_folder / "taxonomy/01.json"
    text = path.read_text(encoding="utf-8").replace('"tag": "安全性",', "")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CityError, match=r"taxonomy/01\.json: 010102: tag: 缺少"):
        export_xlsx(small_folder, tmp_path / "city.xlsx")
