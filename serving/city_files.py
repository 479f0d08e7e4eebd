"""A city folder as one XLSX workbook and back, for taxonomists who edit in a spreadsheet.

Classes, boundary notes, examples, units, regions, communities, places and roles have sheets
of their own; every other file travels line by line. Exporting and importing gives the same
bytes.
"""

import base64
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from jiesu.serving.city_sheets import (
    SHEETS,
    class_sheets,
    classes_of,
    role_sheets,
    roles_of,
)
from jiesu.serving.workbook import Table, read_workbook, write_workbook
from jiesu.serving.workbook_rows import SheetRow, sheet_rows
from jiesu.taxonomy.check import check_city
from jiesu.taxonomy.check_classes import shape_problems
from jiesu.taxonomy.classes import FOLDER, read_nodes, render_class
from jiesu.taxonomy.entries import (
    COMMUNITIES,
    COMMUNITY_COLUMNS,
    PLACE_COLUMNS,
    PLACES,
    REGION_COLUMNS,
    REGIONS,
    ROLES,
    UNIT_COLUMNS,
    UNITS,
    read_roles,
    render_roles,
)
from jiesu.taxonomy.errors import CityError
from jiesu.taxonomy.files import read_table, read_text, read_yaml, render_table

GUIDE, OTHERS = "说明", "其他文件"
_TABLES = {
    "单位": (UNITS, UNIT_COLUMNS),
    "区划": (REGIONS, REGION_COLUMNS),
    "社区村": (COMMUNITIES, COMMUNITY_COLUMNS),
    "地点": (PLACES, PLACE_COLUMNS),
}
_OTHER_COLUMNS = ("file", "coding", "line", "part", "text")
# Characters of one cell of "其他文件", far enough below the limit of XLSX for any script.
_PART = 16_000
_GUIDE = (
    ("工作表", "怎样改"),
    ("事项", "每行一个事项，parent 是上级代码；keywords、kinds、co_units 用“|”分隔"),
    ("边界说明", "code 是事项代码；when 时改看 to（代码，用“|”分隔，可空）；text 是完整说法"),
    ("例文", "code 是事项代码；同一事项的例文按行的先后排列"),
    ("单位", "id 不改、不重用；撤销的单位填 until，不删行；多个值用“|”分隔"),
    ("区划、社区村", "code 是区划代码，parent 是上级代码"),
    ("地点", "district、subdistrict 用全称，region 是最细的区划代码；跨界的填 passes，用“|”分隔"),
    ("承办角色、角色选项", "scope 为 choice 的角色按诉求文字里的 words 选单位，否则用 default"),
    ("其他文件", "文件夹里的其余文件，一行一行存放；通常不改"),
    ("注意", "单元格格式都是“文本”；代码前面的 0 不能丢"),
)


def export_xlsx(folder: Path, path: Path) -> None:
    """Write a whole city folder into one workbook.

    Raises:
        CityError: a file of the folder cannot be read.
        InputError: a text does not fit into a cell.
    """
    nodes = read_nodes(folder)
    problems = list(shape_problems(folder))
    if problems:
        raise CityError(problems)
    read_roles(folder)  # refuses what the sheet could not hold
    sheets: dict[str, Table] = {GUIDE: _GUIDE}
    sheets |= class_sheets(root for _, root in nodes)
    sheets |= role_sheets(read_yaml(folder, ROLES))
    for sheet, (file, columns) in _TABLES.items():
        sheets[sheet] = _table_sheet(folder, file, columns)
    own = {ROLES, *(file for file, _ in nodes), *(file for file, _ in _TABLES.values())}
    sheets[OTHERS] = [_OTHER_COLUMNS, *_other_rows(folder, own)]
    write_workbook(path, sheets)


def _table_sheet(folder: Path, file: str, columns: tuple[str, ...]) -> Table:
    if file == PLACES and not (folder / file).is_file():
        return [columns]
    read_table(folder, file, columns)  # refuses what is not a table
    lines = read_text(folder, file).removesuffix("\n").split("\n")
    return [line.split("\t") for line in lines]


def _other_rows(folder: Path, own: set[str]) -> Iterator[list[str]]:
    for path in sorted(folder.rglob("*")):
        file = path.relative_to(folder).as_posix()
        if path.is_file() and file not in own:
            coding, text = _coded(path.read_bytes())
            for number, line in enumerate(text.split("\n"), start=1):
                starts = range(0, max(len(line), 1), _PART)
                for part, start in enumerate(starts, start=1):
                    yield [file, coding, str(number), str(part), line[start : start + _PART]]


def _coded(data: bytes) -> tuple[str, str]:
    try:
        return "utf-8", data.decode("utf-8")
    except UnicodeDecodeError:
        return "base64", base64.b64encode(data).decode("ascii")


def import_xlsx(path: Path, folder: Path) -> list[str]:
    """Write the city of a workbook into a folder, if it has no errors; else change nothing.

    Class files of the folder that the workbook no longer has are removed.

    Returns:
        The files that were written or removed, as paths inside the folder.

    Raises:
        InputError: the workbook cannot be used; names sheet and cell.
        CityError: the city in it has errors; names file and key of each.
    """
    files = _files_of(read_workbook(path, (*SHEETS, *_TABLES, OTHERS)))
    with tempfile.TemporaryDirectory() as trial:
        for file, data in files.items():
            _write(Path(trial) / file, data)
        problems = check_city(Path(trial))
    if problems:
        raise CityError(problems)
    return _replace(folder, files)


def _replace(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    changed = []
    for file, data in files.items():
        target = folder / file
        if not target.is_file() or target.read_bytes() != data:
            _write(target, data)
            changed.append(file)
    for path in sorted((folder / FOLDER).glob("*.json")):
        file = path.relative_to(folder).as_posix()
        if file not in files:
            path.unlink()
            changed.append(file)
    return changed


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _files_of(sheets: Mapping[str, Table]) -> dict[str, bytes]:
    texts = {f"{FOLDER}/{root['code']}.json": render_class(root) for root in classes_of(sheets)}
    texts[ROLES] = render_roles(roles_of(sheets))
    for sheet, (file, required) in _TABLES.items():
        rows = sheet_rows(sheet, sheets[sheet], required)
        if file == PLACES and not rows:
            continue
        header = rows[0].columns if rows else required
        texts[file] = render_table(header, [_table_cells(row) for row in rows])
    files = {file: text.encode("utf-8") for file, text in texts.items()}
    others = sheet_rows(OTHERS, sheets[OTHERS], _OTHER_COLUMNS)
    for row in others:
        if row["file"] in files:
            raise row.error("file", f"{row['file']!r} 已有自己的工作表；请删去这些行")
    return files | _other_files(others)


def _table_cells(row: SheetRow) -> tuple[str, ...]:
    for column, text in zip(row.columns, row.texts, strict=True):
        if any(mark in text for mark in "\t\n\r"):
            raise row.error(column, f"{text[:20]!r} 里有换行或制表符；请删去")
    return row.texts


def _other_files(rows: list[SheetRow]) -> dict[str, bytes]:
    lines: dict[str, list[str]] = {}
    first: dict[str, SheetRow] = {}
    for row in rows:
        file = _safe_path(row)
        first.setdefault(file, row)
        if row["part"] == "1":
            lines.setdefault(file, []).append(row["text"])
        elif file in lines:
            lines[file][-1] += row["text"]
        else:
            raise row.error("part", "文件的第一行缺少第 1 段；请恢复被删的行")
    return {file: _data(first[file], "\n".join(parts)) for file, parts in lines.items()}


def _data(row: SheetRow, text: str) -> bytes:
    if row["coding"] == "utf-8":
        return text.encode("utf-8")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise row.error("text", f"{row['file']} 的内容不是 base64；请恢复导出时的内容") from None


def _safe_path(row: SheetRow) -> str:
    file = row["file"]
    path = PurePosixPath(file)
    if not file or path.is_absolute() or ".." in path.parts or "\\" in file or ":" in file:
        raise row.error("file", f"{file!r} 不是城市文件夹内的路径；请改正")
    return file
