from datetime import date
from pathlib import Path

import pytest

from jiesu.router.mass.care import CareRules, care_note, care_of, read_people, under_care
from jiesu.router.mass.tally import Tally
from jiesu.taxonomy.errors import CityError

RULES = CareRules(first=2, people=200_000)


def test_care_is_for_the_first_and_the_most_peopled() -> None:
    counts = {"甲": 50, "乙": 40, "丙": 30, "丁": 20}

    found = under_care(counts, {"丁": 231_000, "丙": 90_000}, {"丙": 45, "甲": 50}, RULES)

    assert [(s.region, s.change) for s in found] == [
        ("甲", "stays"),
        ("乙", "new"),
        ("丁", "new"),
        ("丙", "left"),
    ]
    assert found[2].why == "人口 23.1 万"
    assert found[3].why == "诉求量由 45 件到 30 件，降到第 3；人口未超过 20 万"


def test_the_month_before_tells_who_is_new_and_who_left() -> None:
    rows = [
        Tally(date(2026, 10, 1), "停暖", "东区", "一街", 30),
        Tally(date(2026, 10, 1), "停暖", "东区", "二街", 20),
        Tally(date(2026, 11, 1), "停暖", "东区", "三街", 30),
        Tally(date(2026, 11, 1), "停暖", "东区", "一街", 20),
    ]

    found = care_of(rows, date(2026, 11, 30), {}, RULES)

    assert [(s.region, s.change) for s in found] == [
        ("东区三街", "new"),
        ("东区一街", "stays"),
        ("东区二街", "left"),
    ]
    assert found[2].why == "诉求量由 20 件到 0 件，降到第 3"


def test_a_list_without_inhabitants_says_that_it_has_none() -> None:
    assert "没有人口数据（population.tsv）" in care_note({}, RULES)
    assert care_note({"东区一街": 231_000}, RULES) == ""


def test_one_without_a_single_request_still_leaves_the_list() -> None:
    (found,) = under_care({}, {}, {"甲": 9}, CareRules(first=0, people=1))

    assert (found.change, found.count) == ("left", 0)


def test_inhabitants_are_read_from_the_city(tmp_path: Path) -> None:
    (tmp_path / "population.tsv").write_text("区\t街乡镇\t人口\n东区\t一街\t231000\n", "utf-8")

    assert read_people(tmp_path) == {"东区一街": 231_000}


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "population.tsv").write_text("区\t街乡镇\t人口\n东区\t一街\t多\n", "utf-8")

    with pytest.raises(CityError, match="第 2 行"):
        read_people(tmp_path)


def test_a_city_without_the_file_has_no_inhabitants(tmp_path: Path) -> None:
    assert read_people(tmp_path) == {}
