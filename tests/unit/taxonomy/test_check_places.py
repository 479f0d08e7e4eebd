"""Wrong rows of the table of well-known places are named by row, name and column."""

import re
from pathlib import Path

import pytest

from jiesu.taxonomy.check import check_city
from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.entries import PLACES

# (what stands there, what is put in its place, the error that must be named)
BROKEN = [
    ("河沿公园\t公园", "河沿公园\t", r"第 2 行 河沿公园: name、kind: 不能为空"),
    (
        "unchecked\t\n沿",
        "yes\t\n沿",
        r"第 2 行 河沿公园: checked: 'yes' 不在 subdistrict、",
    ),
    ("\t990101001\t", "\t990109\t", r"第 2 行 河沿公园: region、passes: 990109 不在 regions\.tsv"),
    ("990101001|990101002", "990101009|990101002", r"第 3 行 沿河路: region、passes: 990101009 不"),
    ("990101001|990101002", "990101001", r"第 3 行 沿河路: passes: '990101001' 应有两个以上不同"),
    ("990101001|990101002", "990101|990101", r"passes: '990101\|990101' 应有两个以上不同的代码"),
    ("990101|9901KF", "", r"第 4 行 跨区高速: region: 没有 passes 时不能为空"),
    ("\t990101\t99", "\t9901KF\t99", r"第 3 行 沿河路: region: '9901KF' 没有包住 passes"),
    ("\t\t\t\t990101|", "\t东区\t\t990101\t990101|", r"跨区高速: region: '990101' 没有包住 passes"),
    ("\t东区\t\t990101\t", "\t\t\t\t", r"第 3 行 沿河路: region: '' 没有包住 passes"),
    (
        "东区\t河沿街道",
        "西区\t河沿街道",
        r"第 2 行 河沿公园: district: '西区' 与 region '99",
    ),
    ("东区\t河沿街道", "东区\t", r"第 2 行 河沿公园: subdistrict: '' 与 .*（河沿街道）不符"),
    ("河沿花园", "河沿公园", r"第 2 行 河沿公园: aliases: '河沿公园' 有重复，或与 name 相同"),
    ("河沿花园", "新园街道", r"第 2 行 河沿公园: aliases: '新园街道' 是别处区划 990101002 的名称"),
    # Two roads may share a name where they lie in different regions.
    ("沿河路\t道路", "跨区高速\t道路", ""),
]


@pytest.mark.parametrize(("old", "new", "error"), BROKEN)
def test_wrong_place_is_named(tiny_folder: Path, old: str, new: str, error: str) -> None:
    path = tiny_folder / PLACES
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = check_city(tiny_folder)
    named = [problem for problem in found if re.search(re.escape(PLACES) + ".*" + error, problem)]
    assert bool(named) == bool(error), found


def test_place_told_twice_is_named(tiny_folder: Path) -> None:
    path = tiny_folder / PLACES
    text = path.read_text(encoding="utf-8")
    path.write_text(text + text.splitlines(keepends=True)[1], encoding="utf-8")
    assert "第 5 行 河沿公园: name: 与第 2 行同名、同类、同地" in check_city(tiny_folder)[0]


def test_city_without_places_has_no_errors(tiny_folder: Path) -> None:
    (tiny_folder / PLACES).unlink()
    assert check_city(tiny_folder) == []
    assert {entry.source for entry in load_city(tiny_folder).gazetteer} == {
        "gazetteer/communities.tsv"
    }


def test_place_in_several_districts_names_what_it_passes(tiny_folder: Path) -> None:
    road = load_city(tiny_folder).gazetteer[-1]
    assert (road.name, road.region, road.passes) == ("跨区高速", "", ("990101", "9901KF"))


def test_packaged_city_knows_well_known_places(packaged_city: City) -> None:
    places = {e.name: e for e in packaged_city.gazetteer if e.source == PLACES}
    assert len(places) >= 2500
    assert places["东三环中路"].region == "110105"
    assert "八达岭高速" in places["京藏高速"].aliases
    assert places["北京大学第三医院"].region == "110108018"
