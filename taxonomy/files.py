"""Files of a city folder: YAML for what is edited by hand, TSV for tables.

Tables are UTF-8 with a header row, lists joined by "|". A cell holds no tab and no line break,
so a table can be read by splitting alone and a diff shows one line per row.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from jiesu.taxonomy.errors import CityError

Row = dict[str, str]
LIST_MARK = "|"


def read_table(folder: Path, name: str, required: Sequence[str]) -> list[Row]:
    """Read one table as rows of column → cell.

    Args:
        folder: the city folder.
        name: path of the table inside it ("units.tsv").
        required: columns that must be there; others are kept.

    Raises:
        CityError: the file is missing or not UTF-8, a column is missing, a row is too long.
    """
    header, *lines = read_text(folder, name).removesuffix("\n").split("\n")
    columns = header.split("\t")
    missing = [column for column in required if column not in columns]
    if missing:
        raise CityError([f"{name}: 第 1 行: 缺少列 {'、'.join(missing)}；请在表头补上"])
    rows = [line.split("\t") for line in lines]
    bad = [
        f"{name}: 第 {number} 行: 有 {len(cells)} 格，表头有 {len(columns)} 列；请改正制表符"
        for number, cells in enumerate(rows, start=2)
        if len(cells) != len(columns)
    ]
    if bad:
        raise CityError(bad)
    return [dict(zip(columns, cells, strict=True)) for cells in rows]


def read_text(folder: Path, name: str) -> str:
    """Return the text of one file of a city folder.

    Raises:
        CityError: the file is missing or not UTF-8.
    """
    try:
        return (folder / name).read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise CityError([f"{name}: 文件不存在（在 {folder} 中）；请补上"]) from None
    except UnicodeDecodeError as error:
        raise CityError(
            [f"{name}: 第 {error.start + 1} 个字节起不是 UTF-8；请另存为 UTF-8"]
        ) from None


def render_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""Write rows the way `read_table` reads them.

    >>> render_table(["code", "name"], [["110101", "东城区"]])
    'code\tname\n110101\t东城区\n'
    """
    return "".join("\t".join(cells) + "\n" for cells in (columns, *rows))


def split_list(cell: str) -> tuple[str, ...]:
    """Split a list cell; an empty cell is an empty list.

    >>> split_list("经开区|亦庄")
    ('经开区', '亦庄')
    """
    return tuple(cell.split(LIST_MARK)) if cell else ()


def read_yaml(folder: Path, name: str) -> dict[str, Any]:
    """Return one YAML file of a city folder as a mapping.

    Raises:
        CityError: the file is missing, is not YAML, is not a mapping, or repeats a key.
    """
    try:
        # The loader is the safe one; it only refuses repeated keys in addition.
        value = yaml.load(read_text(folder, name), Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"第 {mark.line + 1} 行第 {mark.column + 1} 列" if mark else "全文"
        raise CityError([f"{name}: {place}: 不是合法的 YAML（{error.problem}）；请改正"]) from None
    except yaml.reader.ReaderError as error:
        raise CityError(
            [f"{name}: 第 {error.position + 1} 个字符不能出现在 YAML 中（{error.reason}）；请删去"]
        ) from None
    if not isinstance(value, dict):
        raise CityError([f"{name}: 最外层应是“键: 值”，而不是 {type(value).__name__}；请改正"])
    return value


class _Loader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]
    """The safe loader, which would otherwise keep the last of two equal keys in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            seen: set[object] = set()
            for key_node, _ in node.value:
                if key_node.value in seen:
                    raise yaml.MarkedYAMLError(
                        problem=f"键 {key_node.value!r} 重复", problem_mark=key_node.start_mark
                    )
                seen.add(key_node.value)
        return dict(mapping)
