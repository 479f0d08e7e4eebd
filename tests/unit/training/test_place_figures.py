from pathlib import Path

import pytest

from jiesu.router.decision import NO_PLACE, Place
from jiesu.taxonomy.errors import InputError
from jiesu.training.place_figures import PlaceCase, read_place_cases, score_cases, wrong_cases


class Parrot:
    """Reads a place from texts like "东区/河沿街道"."""

    def read(self, text: str, address: str = "") -> Place:
        district, _, subdistrict = (address or text).partition("/")
        return Place(district, subdistrict or None) if district else NO_PLACE


RIGHT = PlaceCase("东区/河沿街道", district="东区", subdistrict="河沿街道")
TOO_COARSE = PlaceCase("东区", district="东区", subdistrict="河沿街道")
TOO_FINE = PlaceCase("东区/河沿街道", district="东区")
MADE_UP = PlaceCase("东区")
SILENT = PlaceCase("")


def test_figures_count_each_level_over_the_cases_that_tell_it() -> None:
    figures = score_cases([RIGHT, TOO_COARSE, TOO_FINE, MADE_UP, SILENT], Parrot())
    assert (figures.district, figures.subdistrict, figures.community) == (1.0, 0.5, None)
    assert (figures.false_place, figures.beyond) == (0.5, 1.0)
    assert figures.as_dict()["cases"]["subdistrict"] == 2


def test_wrong_cases_are_those_read_wrong_or_made_up() -> None:
    wrong = wrong_cases([RIGHT, TOO_COARSE, TOO_FINE, MADE_UP, SILENT], Parrot())
    assert [case for case, _ in wrong] == [TOO_COARSE, MADE_UP]


def test_cases_keep_their_heading(tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text("short:\n  - {text: 河沿, district: 东区}\nempty:\n", encoding="utf-8")
    assert read_place_cases(path) == [PlaceCase("河沿", district="东区", group="short")]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("[1]", r"最外层应是“标题: 用例列表”"),
        ("a:\n  - {district: 东区}\n", r"a: 第 1 条: .* 缺少 text"),
        ("a:\n  - {text: 河沿, town: 东区}\n", r"a: 第 1 条: 不认识的键 town"),
    ],
)
def test_malformed_cases_are_refused(tmp_path: Path, body: str, message: str) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(body, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_place_cases(path)
