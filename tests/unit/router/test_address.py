"""What the address reader makes of phrases; the cases at large are in tests/cases/address.yaml."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import TINY_FOLDER

from jiesu.router.address import FLOOR, AddressReader
from jiesu.router.decision import NO_PLACE, Place
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.errors import CityError


@pytest.fixture(scope="module")
def reader() -> AddressReader:
    return AddressReader(load_city())


def names(place: Place) -> tuple[str | None, ...]:
    return (place.district, place.subdistrict, place.community)


def test_full_address_is_read_down_to_the_community(reader: AddressReader) -> None:
    place = reader.read("海淀区中关村街道科育社区楼道堆满杂物")
    assert names(place) == ("海淀区", "中关村街道", "科育社区")
    assert place.code == "110108011004"
    assert place.p > 0.9


def test_district_decides_between_places_of_one_name(reader: AddressReader) -> None:
    assert names(reader.read("朝阳区八里庄的路灯坏了"))[:2] == ("朝阳区", "八里庄街道")
    assert names(reader.read("海淀八里庄的路灯坏了"))[:2] == ("海淀区", "八里庄街道")


def test_name_in_two_districts_is_no_guess_but_two_alternatives(reader: AddressReader) -> None:
    place = reader.read("八里庄的路灯坏了")
    assert names(place) == (None, None, None)
    assert {other.district for other in place.alternatives} == {"朝阳区", "海淀区"}
    assert place.p == 0.0


def test_district_may_stand_sentences_before(reader: AddressReader) -> None:
    place = reader.read("我住在朝阳区。物业私吞公共收益，没人管。具体位置是八里庄街道。")
    assert names(place)[:2] == ("朝阳区", "八里庄街道")


@pytest.mark.parametrize(
    ("text", "subdistrict"),
    [
        ("我家住海淀区清河街道，反映丰台区方庄街道的工地扬尘", "方庄街道"),
        ("反映丰台区方庄街道的工地扬尘，我家住海淀区清河街道", "方庄街道"),
        ("我在海淀区清河街道上班，丰台区方庄街道的工地扬尘", "方庄街道"),
        ("户籍海淀区清河街道，现反映丰台区方庄街道的工地", "方庄街道"),
        ("家住丰台区方庄街道，暖气不热", "方庄街道"),
    ],
)
def test_place_of_the_matter_outranks_home(
    reader: AddressReader, text: str, subdistrict: str
) -> None:
    assert reader.read(text).subdistrict == subdistrict


def test_span_covers_the_words_of_the_place(reader: AddressReader) -> None:
    text = "您好，丰台区方庄街道的路灯坏了"
    start, end = reader.read(text).span or (0, 0)
    assert text[start:end] == "丰台区方庄街道"


def test_address_field_outranks_the_text(reader: AddressReader) -> None:
    place = reader.read("朝阳区的城管来过也没用", "通州区台湖镇")
    assert names(place)[:2] == ("通州区", "台湖镇")
    assert place.span is None
    assert place.alternatives[0].district == "朝阳区"
    assert place.p < reader.read("占道经营", "通州区台湖镇").p


def test_text_makes_the_address_field_finer(reader: AddressReader) -> None:
    place = reader.read("方庄街道的路灯坏了", "北京市丰台区")
    assert names(place)[:2] == ("丰台区", "方庄街道")


def test_short_name_yields_to_the_compound_behind_it(reader: AddressReader) -> None:
    place = reader.read("回龙观龙泽苑东区停电了")
    assert names(place) == ("昌平区", "龙泽园街道", "龙泽苑东区社区")


@pytest.mark.parametrize(
    ("text", "subdistrict"),
    [
        ("密云新城子镇的路灯", "新城子镇"),  # not 密云新城 and 子镇
        ("对石景山古城的规划有意见", "古城街道"),  # not 对石 (a village) and 景山
        ("现代舞团在昌平沙河排练扰民", "沙河镇"),
    ],
)
def test_a_name_does_not_swallow_the_next(
    reader: AddressReader, text: str, subdistrict: str
) -> None:
    assert reader.read(text).subdistrict == subdistrict


def test_place_named_by_a_former_name(reader: AddressReader) -> None:
    assert reader.read("丰台区长辛店镇的回迁房").subdistrict == "北宫镇"
    assert reader.read("老宣武的胡同").district == "西城区"


@pytest.mark.parametrize(
    "text",
    [
        "朝阳产业补贴怎么申请",
        "村里大兴土木",
        "吉林省长春市朝阳区的社保能转过来吗",
        "哈尔滨平房区的户口",
        "新街口那家店的老板骗人，在南京",
        "地铁昌平线早高峰挤不上去",
        "和平年代还有这种事",
        "请公安部门管管",
        "通州建总集团欠我工资",
        "我们县城关镇的水管爆了",
        "A市望京路的路灯坏了",
        "",
    ],
)
def test_what_only_looks_like_a_place_is_no_guess(reader: AddressReader, text: str) -> None:
    assert reader.read(text).district is None


@pytest.mark.parametrize(
    "text",
    [
        "我叫王朝阳，身份证号让人冒用了",
        "同学李海淀的名字写错了",
        "黄村长说话不算数",
        "延庆幸没买那个理财",
        "朝阳门诊部是私人开的吗",
        "良乡板栗酥吃出石子",
    ],
)
def test_names_of_people_and_the_start_of_other_words_are_no_place(
    reader: AddressReader, text: str
) -> None:
    assert reader.read(text) == NO_PLACE


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("我们小区叫石景山花园，没人管", "石景山区"),
        ("黄村长途站的厕所太脏", "大兴区"),
        ("朝阳门诊所门口乱停车", "东城区"),
        ("挂甲峪村大桃卖不出去", "平谷区"),
        ("平谷马坊物流口岸的大车乱停", "平谷区"),
    ],
)
def test_places_beside_such_words_are_still_read(
    reader: AddressReader, text: str, district: str
) -> None:
    assert reader.read(text).district == district


def test_region_of_two_districts_is_in_the_one_that_is_named(reader: AddressReader) -> None:
    assert reader.read("大兴区荣华街道").district == "大兴区"
    assert reader.read("经开区荣华街道").district == "北京经济技术开发区"


def test_contradiction_lowers_the_probability(reader: AddressReader) -> None:
    clear = reader.read("丰台区方庄街道的工地扬尘")
    torn = reader.read("丰台区方庄街道的工地扬尘，海淀区清河街道的工地也扬尘")
    assert FLOOR <= torn.p < clear.p
    assert torn.alternatives


def test_long_text_is_read_by_its_first_places(reader: AddressReader) -> None:
    text = "丰台区方庄街道的工地扬尘。" + "海淀区清河街道，" * 100_000
    assert reader.read(text).district in ("丰台区", "海淀区")


@given(st.text(alphabet="我住在朝阳区八里庄街道，。反映海淀望京1号院路南里", max_size=40))
def test_any_text_gives_a_place_that_fits_together(reader: AddressReader, text: str) -> None:
    place = reader.read(text)
    assert place.span is None or 0 <= place.span[0] < place.span[1] <= len(text)
    assert 0.0 <= place.p <= 1.0
    assert bool(place.code) == (place.district is not None)


def test_city_without_an_address_file_is_read_by_full_names() -> None:
    reader = AddressReader(load_city(TINY_FOLDER))
    assert names(reader.read("东区河沿街道的路灯"))[:2] == ("东区", "河沿街道")
    assert reader.read("这里没有地名") == NO_PLACE


def test_extra_gazetteer_adds_places(tmp_path: Path) -> None:
    write_extra(tmp_path, "碧水湾家园\t小区\t\t东区\t990101001\trisk_list")
    place = AddressReader(load_city(TINY_FOLDER), tmp_path).read("碧水湾家园停水")
    assert names(place)[:2] == ("东区", "河沿街道")


def test_extra_gazetteer_without_a_column_is_refused(tmp_path: Path) -> None:
    write_extra(tmp_path, "碧水湾家园")
    (tmp_path / "places.tsv").write_text("name\n碧水湾家园\n", encoding="utf-8")
    with pytest.raises(CityError, match=r"places\.tsv: 第 1 行: 缺少列 kind"):
        AddressReader(load_city(TINY_FOLDER), tmp_path)


def test_extra_road_with_a_bad_number_is_refused(tmp_path: Path) -> None:
    write_extra(tmp_path, "", "长青路\t东区\t多\t990101001:河沿街道:1")
    with pytest.raises(CityError, match=r"roads\.tsv: 长青路: n_evidence: '多' 不是整数"):
        AddressReader(load_city(TINY_FOLDER), tmp_path)


def write_extra(folder: Path, place: str, road: str = "") -> None:
    tables = {
        "places.tsv": ("name\tkind\taliases\tdistrict\tstreet_code\tstreet_how", place),
        "roads.tsv": ("road\tdistrict\tn_evidence\tstreets(code:name:n)", road),
    }
    for name, (header, row) in tables.items():
        lines = [header, row] if row else [header]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
