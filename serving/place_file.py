"""`jiesu city places`: a city's own list of places, compared with its table and merged into it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jiesu.serving.relabel.columns import map_columns
from jiesu.serving.relabel.options import RelabelOptions
from jiesu.serving.relabel.readers import Reader, open_reader
from jiesu.serving.relabel.rows import cell_text
from jiesu.taxonomy.check import check_city
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.entries import PLACE_COLUMNS, PLACES, read_place_rows
from jiesu.taxonomy.errors import CityError, InputError
from jiesu.taxonomy.files import render_table
from jiesu.taxonomy.merge_places import FINDINGS, GivenPlace, Judged, judge_places, merged_rows

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("名称", "地名", "地点名称", "小区名称", "name"),
    "kind": ("类型", "类别", "kind"),
    "district": ("区", "所属区", "区县", "行政区", "district"),
    "subdistrict": ("街道", "街乡镇", "所属街道", "街道乡镇", "subdistrict"),
    "aliases": ("别名", "曾用名", "aliases"),
}
_CHUNK = 2000
REPORT_COLUMNS = ("行", "名称", "类型", "区", "街乡镇", "结论", "说明")


@dataclass(frozen=True, slots=True)
class PlaceReport:
    """What a file of places says against the city.

    Attributes:
        merged: how many rows of the city's table are new or changed; 0 where nothing was written.
    """

    judged: tuple[Judged, ...]
    merged: int = 0

    @property
    def counts(self) -> Mapping[str, int]:
        """Finding in Chinese → how many rows, in a fixed order."""
        found = Counter(item.finding for item in self.judged)
        return {name: found[finding] for finding, name in FINDINGS.items()}

    def table(self) -> list[tuple[str, ...]]:
        """Return the rows of the report: all that a person must look at, worst first."""
        order = ("bad", "conflict", "finer", "aliases", "new")
        wanted = [item for finding in order for item in self.judged if item.finding == finding]
        return [
            (
                str(item.place.number), item.place.name, item.place.kind, item.place.district,
                item.place.subdistrict, FINDINGS[item.finding], item.why,
            )
            for item in wanted
        ]  # fmt: skip


def compare_places(folder: Path, file: Path) -> PlaceReport:
    """Compare a file with the city of a folder; nothing is written.

    Raises:
        InputError: the file cannot be read, or has no column of names or districts.
        CityError: the city folder is wrong.
    """
    city = load_city(folder)
    return PlaceReport(judge_places(city, read_place_rows(folder), _read(file)))


def merge_places(folder: Path, file: Path, *, file_wins: bool = False) -> PlaceReport:
    """Write what a file adds into the city's table of places.

    The city is checked with the new table; where that finds an error the old one is put back.

    Raises:
        InputError: as `compare_places`.
        CityError: the merged table breaks a rule of the city folder; nothing was changed.
    """
    city, rows = load_city(folder), read_place_rows(folder)
    judged = judge_places(city, rows, _read(file))
    merged = merged_rows(city, rows, judged, file.name, file_wins=file_wins)
    changed = sum(1 for row in merged if row not in rows)
    if changed:
        _write(folder, [[row[column] for column in PLACE_COLUMNS] for row in merged])
    return PlaceReport(judged, changed)


def write_report(report: PlaceReport, path: Path) -> None:
    """Write the report as a CSV that spreadsheet programs open in the right encoding."""
    lines = [",".join(map(_quoted, cells)) for cells in (REPORT_COLUMNS, *report.table())]
    path.write_text("\n".join(lines) + "\n", "utf-8-sig")


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\n') else cell


def _write(folder: Path, rows: Sequence[Sequence[str]]) -> None:
    path = folder / PLACES
    before = path.read_bytes() if path.is_file() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_table(PLACE_COLUMNS, rows), "utf-8")
    if problems := check_city(folder):
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)
        raise CityError(["合并后的地名表有误，什么也没有改：", *problems])


def _read(file: Path) -> Iterator[GivenPlace]:
    reader = open_reader(RelabelOptions(input=file, output=file))
    positions = _positions(reader, file)
    name = reader.header[positions["name"]]
    columns = map_columns(reader.header, {"text": name}, 10_000, place=file.name)
    for chunk in reader.chunks(_CHUNK, columns):
        for number, cells in zip(chunk.numbers, chunk.body.values(), strict=True):
            texts = {
                field: cell_text(cells[at]).strip() if at >= 0 else ""
                for field, at in positions.items()
            }
            aliases = tuple(filter(None, texts.pop("aliases").replace("、", "|").split("|")))
            yield GivenPlace(number, aliases=aliases, **texts)


def _positions(reader: Reader, file: Path) -> dict[str, int]:
    header = [name.strip().casefold() for name in reader.header]
    found = {
        field: next((header.index(name) for name in names if name in header), -1)
        for field, names in _COLUMNS.items()
    }
    for field in ("name", "district"):
        if found[field] < 0:
            known = "、".join(_COLUMNS[field])
            raise InputError(
                f"{file.name}：没有{_COLUMNS[field][0]}列（可用列名：{known}）；"
                f"现有列：{'、'.join(reader.header[:40])}；请改列名"
            )
    return found
