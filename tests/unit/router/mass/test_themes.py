from datetime import date

from jiesu.router.mass.themes import CareRules, Record, ThemeRules, themes_of, under_care

RULES = ThemeRules(at_least=5, frequent=1, growing=1, common=1, unsolved=1)
CARE = CareRules(first=2, people=200_000)


def records(
    code: str, month: int, count: int, districts: int = 1, year: int = 2026
) -> list[Record]:
    return [
        Record(date(year, month, 1 + i % 28), code, f"区{i % districts}", f"街{i}", i % 2 == 0)
        for i in range(count)
    ]


def test_a_common_growing_class_comes_before_a_local_steady_one() -> None:
    history = [
        *records("停暖", 10, 5, 4),
        *records("停暖", 11, 20, 4),
        *records("停车", 10, 20, 1),
        *records("停车", 11, 20, 1),
    ]

    first, second = themes_of(history, date(2026, 11, 30), RULES)

    assert (first.code, first.count, first.districts, first.against) == ("停暖", 20, 4, "month")
    assert (second.code, second.growth) == ("停车", 0.0)


def test_growth_is_against_last_year_where_there_is_one() -> None:
    history = records("停暖", 11, 10, year=2025) + records("停暖", 11, 21)

    (theme,) = themes_of(history, date(2026, 11, 1), RULES)

    assert (theme.against, theme.growth) == ("year", 1.0)
    assert theme.unsolved == 10 / 21


def test_a_rare_class_is_no_theme() -> None:
    assert themes_of(records("停暖", 11, 4), date(2026, 11, 1), RULES) == []


def test_care_is_for_the_first_and_the_most_peopled() -> None:
    counts = {"甲": 50, "乙": 40, "丙": 30, "丁": 20}

    found = under_care(counts, {"丁": 231_000, "丙": 90_000}, ["丙", "甲"], CARE)

    assert [(s.region, s.change) for s in found] == [
        ("甲", "stays"),
        ("乙", "new"),
        ("丁", "new"),
        ("丙", "left"),
    ]
    assert found[2].why == "人口 23.1 万"
    assert found[3].why == "诉求量降到第 3，人口未超过 20 万"
