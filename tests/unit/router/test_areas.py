"""Areas: a zone acts in its part of a township, when the words or the map say so."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from jiesu.router.areas import Area, acting_region, load_areas
from jiesu.router.decision import NO_PLACE, Place
from jiesu.router.facts import Fact
from jiesu.taxonomy.city import default_city_folder, load_city
from jiesu.taxonomy.errors import CityError

DAY = date(2026, 11, 28)
IN_ZONE = {"经开区": Fact("经开区", "是", (0, 3))}


@pytest.mark.parametrize(
    ("code", "said", "acting"),
    [
        ("110115012", {}, "1101BD"),  # 荣华街道: managed as a whole
        ("110115004", IN_ZONE, "1101BD"),  # 亦庄镇: only where the words say so
        ("110115004", {}, ""),
        ("110105026", IN_ZONE, ""),  # 望京: elsewhere the words mean nothing
        ("", IN_ZONE, ""),
    ],
)
def test_who_acts(code: str, said: dict[str, Fact], acting: str) -> None:
    assert acting_region(load_areas(load_city()), Place(code=code), said, DAY) == acting


def test_an_area_holds_within_its_days() -> None:
    area = Area("a", ("1",), "2", "法", since=date(2020, 1, 1), until=date(2020, 12, 31))

    assert area.covers(Place(code="11"), {}, date(2020, 6, 1))
    assert not area.covers(Place(code="11"), {}, date(2021, 1, 1))
    assert not area.covers(NO_PLACE, {}, date(2020, 6, 1))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{id: a, where: ['999999'], acting: 1101BD, source: 法}", "a: 区划代码 '999999' 不在"),
        ("{id: a, where: ['110115'], source: 法}", "a: 缺少 acting"),
        ("{id: a, where: ['110115'], acting: 1101BD, source: 法, who: x}", "未知的键 'who'"),
    ],
)
def test_faults_name_the_area(tmp_path: Path, entry: str, message: str) -> None:
    folder = tmp_path / "city"
    shutil.copytree(default_city_folder(), folder, ignore=shutil.ignore_patterns("rules"))
    (folder / "areas.yaml").write_text(f"areas:\n- {entry}\n", encoding="utf-8")

    with pytest.raises(CityError, match=message):
        load_areas(load_city(folder))
