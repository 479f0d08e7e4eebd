from datetime import date

from jiesu.router.mass.tally import Tally
from jiesu.router.mass.themes import ThemeRules, themes_of

RULES = ThemeRules(at_least=5, at_least_of=9.0, frequent=1, growing=1, common=1, unsolved=1)


def records(code: str, month: int, count: int, districts: int = 1, year: int = 2026) -> list[Tally]:
    return [
        Tally(date(year, month, 1 + i % 28), code, f"区{i % districts}", asked=1, unsolved=i % 2)
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


def test_a_small_source_is_measured_by_its_own_size() -> None:
    small = ThemeRules(at_least=30, at_least_of=0.1, frequent=1, growing=1, common=1, unsolved=1)

    found = themes_of(records("停暖", 11, 6) + records("停车", 11, 2), date(2026, 11, 1), small)

    assert [theme.code for theme in found] == ["停暖"]


def test_rows_that_stand_for_many_tickets_count_as_many() -> None:
    many = [Tally(date(2026, 11, 3), "停暖", "区0", count=20, asked=4, unsolved=3)]

    (theme,) = themes_of(many, date(2026, 11, 1), RULES)

    assert (theme.count, theme.unsolved, theme.against) == (20, 0.75, "")
