"""A city's own list of places against its table: what is new, finer, or contradicts."""

from pathlib import Path
from shutil import copytree

import pytest
from tiny import TINY_FOLDER

from jiesu.serving.place_file import compare_places, merge_places, write_report
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.entries import PLACES, read_place_rows
from jiesu.taxonomy.errors import InputError

HEAD = "名称,类型,区,街道,别名\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copytree(TINY_FOLDER, tmp_path / "city")


def findings(folder: Path, file: Path) -> dict[str, str]:
    return {item.place.name: item.finding for item in compare_places(folder, file).judged}


def written(tmp_path: Path, rows: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "places.csv"
    path.write_text(HEAD + rows, encoding)
    return path


def test_each_row_gets_its_finding(folder: Path, tmp_path: Path) -> None:
    rows = (
        "河沿公园,公园,东区,河边街道,\n"  # a former name of the subdistrict
        "新天地,小区,东,新园街道,\n"
        "沿河路,道路,开发区,,\n"
        "西山,景点,西区,,\n"
        ",小区,东区,,\n"
    )
    file = written(tmp_path, rows, "gb18030")
    assert findings(folder, file) == {
        "河沿公园": "known",
        "新天地": "new",
        "沿河路": "conflict",
        "西山": "bad",
        "": "bad",
    }


def test_conflict_names_row_and_both_places(folder: Path, tmp_path: Path) -> None:
    file = written(tmp_path, "新天地,小区,东区,河沿街道,\n新天地,小区,东区,新园街道,\n")
    conflict = compare_places(folder, file).judged[1]
    assert conflict.place.number == 3
    assert conflict.why == "与本文件第 2 行（东区河沿街道）不一致"


def test_merge_writes_what_is_new_and_leaves_conflicts(folder: Path, tmp_path: Path) -> None:
    before = read_place_rows(folder)
    file = written(tmp_path, "新天地,小区,东区,新园街道,天地苑\n河沿公园,公园,东区,新园街道,\n")

    report = merge_places(folder, file)

    assert report.merged == 1
    *old, new = read_place_rows(folder)
    assert old == before
    assert (new["name"], new["region"], new["aliases"]) == ("新天地", "990101002", "天地苑")
    assert new["source"] == "places.csv"
    assert any(entry.name == "新天地" for entry in load_city(folder).gazetteer)


def test_file_may_win_a_conflict_with_the_table(folder: Path, tmp_path: Path) -> None:
    file = written(tmp_path, "河沿公园,公园,东区,新园街道,\n")
    assert merge_places(folder, file, file_wins=True).merged == 1
    assert read_place_rows(folder)[0]["subdistrict"] == "新园街道"
    assert merge_places(folder, file, file_wins=True).merged == 0


def test_table_that_breaks_the_city_is_not_kept(folder: Path, tmp_path: Path) -> None:
    before = (folder / PLACES).read_bytes()
    file = written(tmp_path, "新天地,小区,东区,新园街道,河沿街道\n")
    with pytest.raises(InputError, match="什么也没有改"):
        merge_places(folder, file)
    assert (folder / PLACES).read_bytes() == before


def test_missing_column_is_named(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text("名称,地址\n新天地,河沿\n", "utf-8")
    with pytest.raises(InputError, match=r"没有区列（可用列名：区、.*现有列：名称、地址"):
        compare_places(folder, file)


def test_report_lists_what_a_person_must_look_at(folder: Path, tmp_path: Path) -> None:
    file = written(tmp_path, "河沿公园,公园,东区,河沿街道,\n西山,景点,西区,,\n")
    report = tmp_path / "report.csv"
    write_report(compare_places(folder, file), report)
    lines = report.read_text("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("3,西山,景点,西区,,有误,没有名为 '西区' 的区")
