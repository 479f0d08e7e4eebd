"""Who gets a ticket where the unit of a duty cannot be told."""

from datetime import date
from functools import cache

import pytest

from jiesu.router.decision import NO_PLACE, Place
from jiesu.router.matter import Matter, UnitFinder
from jiesu.router.policy import load_policy
from jiesu.router.stand_in import StandIns
from jiesu.taxonomy.city import load_city

CHAOYANG = Place("朝阳区", code="110105", p=0.9)
WANGJING = Place("朝阳区", "望京街道", code="110105026", p=0.9)


@cache
def stand_ins() -> StandIns:
    city = load_city()
    return StandIns(UnitFinder(city), load_policy(city.folder))


@pytest.mark.parametrize(
    ("role", "place", "kind", "helpers", "unit"),
    [
        ("街乡镇", CHAOYANG, "投诉", (), "朝阳区人民政府"),
        ("街乡镇", WANGJING, "投诉", (), ""),
        ("街乡镇", NO_PLACE, "投诉", ("区住建委",), ""),
        ("街乡镇", NO_PLACE, "咨询", ("区住建委",), "北京市住房和城乡建设委员会"),
        ("区人社局", NO_PLACE, "咨询", (), "北京市人力资源和社会保障局"),
        ("区人社局", NO_PLACE, "投诉", (), "北京市人力资源和社会保障局"),
        ("区人社局", CHAOYANG, "咨询", (), ""),
        ("热线直答", NO_PLACE, "咨询", ("热线直答", "市交通委"), "北京市交通委员会"),
        ("热线直答", CHAOYANG, "咨询", ("区医保局",), "朝阳区医疗保障局"),
        ("热线直答", NO_PLACE, "投诉", ("市交通委",), ""),
        ("法定渠道告知", NO_PLACE, "咨询", ("区司法局",), ""),
        ("公交集团", NO_PLACE, "建议", ("市交通委",), ""),
    ],
)
def test_stand_in(role: str, place: Place, kind: str, helpers: tuple[str, ...], unit: str) -> None:
    matter = Matter(place, "", date(2026, 11, 28), kind=kind)

    found = stand_ins().unit_for(role, matter, helpers)

    assert (found[0].name if found else "") == unit
    assert found is None or ("条例" in found[1].source) is ("请先问清" not in found[1].text)
