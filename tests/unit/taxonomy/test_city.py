"""The packaged city: what it holds, and how a role becomes one unit at one place."""

import json
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.errors import CityError

# 大兴区黄村镇 lies in its own district; 荣华街道 is run by the development area.
ORDINARY, MANAGED = "110115001", "110115012"


def test_city_has_every_class_and_region(packaged_city: City) -> None:
    tree = packaged_city.tree
    assert [len(tree.on_level(level)) for level in (1, 2, 3)] == [45, 435, 2240]
    assert len(packaged_city.regions_on("district")) == 17
    assert len(packaged_city.regions_on("subdistrict")) == 343
    assert len(packaged_city.regions_on("community")) == 7535


def test_class_keeps_every_field(packaged_city: City) -> None:
    label = packaged_city.tree.get("010101")
    assert label.parent == "0101"
    assert label.kinds == ("投诉", "求助")
    assert (label.unit_role, label.co_roles) == ("区市场监管局", ("电商平台",))
    assert (label.limit, label.tag, len(label.examples)) == ("7d", "公正性", 5)
    assert label.boundary[0].to == ("010102",)


def test_every_role_of_a_class_is_one_unit_in_every_subdistrict(packaged_city: City) -> None:
    leaves = [packaged_city.tree.get(code) for code in packaged_city.tree.leaves]
    roles = {role for leaf in leaves for role in (leaf.unit_role, *leaf.co_roles)}
    places = packaged_city.regions_on("subdistrict")
    missing = [
        (role, place.name)
        for role in roles
        for place in places
        if packaged_city.unit_for(role, place.code) is None
    ]
    assert len(roles) > 100
    assert missing == []


@pytest.mark.parametrize(
    ("role", "region", "unit"),
    [
        ("区城管委", ORDINARY, "大兴区城市管理委员会"),
        ("区城管委", MANAGED, "北京经济技术开发区城市运行局"),
        ("区城管委", "1101BD", "北京经济技术开发区城市运行局"),
        ("街乡镇", MANAGED, "大兴区荣华街道办事处"),
        ("区政府", "110105", "朝阳区人民政府"),
        ("市水务局", "", "北京市水务局"),
        ("转110", "", "转接110"),
    ],
)
def test_role_becomes_unit(packaged_city: City, role: str, region: str, unit: str) -> None:
    found = packaged_city.unit_for(role, region)
    assert found is not None
    assert found.name == unit


def test_role_of_a_place_that_is_not_known_is_no_unit(packaged_city: City) -> None:
    assert packaged_city.unit_for("区城管委", "") is None
    assert packaged_city.unit_for("街乡镇", "110105") is None


@pytest.mark.parametrize(
    ("text", "unit"),
    [("地铁4号线漏水", "E092"), ("14号线太挤", "E092"), ("十号线空调", "E091"), ("地铁站", "E091")],
)
def test_metro_is_chosen_by_line(packaged_city: City, text: str, unit: str) -> None:
    found = packaged_city.unit_for("地铁运营单位", text=text)
    assert found is not None
    assert found.id == unit


def test_unknown_role_is_named(packaged_city: City) -> None:
    with pytest.raises(CityError, match=r"roles\.yaml: 没有承办角色 '区魔法局'"):
        packaged_city.unit_for("区魔法局")


def test_same_subdistrict_name_in_two_districts(packaged_city: City) -> None:
    twins = [
        region for region in packaged_city.regions_on("subdistrict") if region.name == "八里庄街道"
    ]
    names = {packaged_city.region_path(twin.code)[0].name for twin in twins}
    assert names == {"朝阳区", "海淀区"}


def test_calendar_knows_holidays_and_makeup_days(packaged_city: City) -> None:
    calendar = packaged_city.calendar
    assert not calendar.is_workday(date(2026, 2, 16))
    assert calendar.is_workday(date(2026, 2, 28))
    assert not calendar.is_workday(date(2026, 11, 28))
    assert not calendar.is_known(date(2027, 1, 4))


def cpu_seconds(act: Callable[[], object]) -> float:
    """The best of four: what other work on the machine costs is not ours."""
    seconds = []
    for _ in range(4):
        start = time.process_time()
        act()
        seconds.append(time.process_time() - start)
    return min(seconds)


def test_load_costs_a_few_times_what_parsing_its_files_does(packaged_city: City) -> None:
    """Twelve times (0.16 s) when this was written; other work on the machine may double it."""

    def parse() -> None:
        for path in packaged_city.folder.rglob("*.json"):
            json.loads(path.read_bytes())

    assert cpu_seconds(load_city) < 40 * cpu_seconds(parse)


def test_missing_city_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CityError, match=r"city\.yaml: 文件不存在"):
        load_city(tmp_path)
