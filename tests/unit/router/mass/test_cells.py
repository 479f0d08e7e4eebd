from datetime import datetime, timedelta, timezone

import numpy as np

from jiesu.router.decision import Place
from jiesu.router.mass.cells import Cell, Cells
from jiesu.router.mass.message import Message

START = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=8)))
CELL = Cell("东区一街", "停水")


def fill(cells: Cells, days: int, *, a_day: float = 1.0, seed: int = 1) -> None:
    """Every subdistrict of five calls about as often, fewer at weekends."""
    random = np.random.default_rng(seed)
    for day in range(days):
        for street in "一二三四五":
            for _ in range(random.poisson(a_day * (0.3 if day % 7 >= 5 else 1))):
                cells.add(call(day, street))


def call(day: int, street: str = "一", code: str = "停水") -> Message:
    place = Place("东区", f"{street}街")
    return Message("x", START + timedelta(days=day), "", place=place, classes={code: 0.9, "": 0.1})


def burst(cells: Cells, day: int, calls: int) -> None:
    for _ in range(calls):
        cells.add(call(day))


def test_a_burst_in_one_place_is_unusual_by_both_numbers() -> None:
    cells = Cells(days=90)
    fill(cells, 60)
    burst(cells, 60, 9)
    today = (START + timedelta(days=60)).date()

    assert cells.surprise_of(CELL, today) > 4
    assert (cells.p_value_of(CELL, today) or 1) <= 0.02


def test_a_usual_week_is_not_unusual() -> None:
    cells = Cells(days=90)
    fill(cells, 60)
    today = (START + timedelta(days=59)).date()

    assert cells.surprise_of(CELL, today) < 3
    assert (cells.p_value_of(CELL, today) or 1) > 0.05


def test_a_wave_over_the_whole_city_is_no_burst_of_one_place() -> None:
    cells = Cells(days=90)
    fill(cells, 53)
    for day in range(53, 60):
        for street in "一二三四五":
            for _ in range(6):
                cells.add(call(day, street))
    today = (START + timedelta(days=59)).date()

    assert cells.surprise_of(CELL, today) > 4
    assert (cells.p_value_of(CELL, today) or 1) > 0.05


def test_without_history_there_is_no_surprise() -> None:
    cells = Cells(days=90)
    burst(cells, 0, 9)

    assert cells.surprise_of(CELL, START.date()) == 0.0


def test_too_few_calls_are_not_scanned() -> None:
    cells = Cells(days=90)
    burst(cells, 0, 2)

    assert cells.p_value_of(CELL, START.date()) is None


def test_a_class_that_nobody_elsewhere_calls_about_is_not_scanned() -> None:
    """Every shuffle of its days looks like the truth: the p-value would be 1 for any outage."""
    cells = Cells(days=90)
    fill(cells, 40)
    for number in range(13):
        cells.add(call(39 + number // 12, code="停暖"))

    assert cells.p_value_of(Cell("东区一街", "停暖"), (START + timedelta(days=40)).date()) is None


def test_a_call_without_place_or_class_is_in_no_cell() -> None:
    cells = Cells(days=90)
    cells.add(Message("x", START, ""))

    assert cells.p_value_of(CELL, START.date()) is None


def test_old_days_are_forgotten() -> None:
    cells = Cells(days=30)
    burst(cells, 0, 9)
    fill(cells, 60)

    assert cells._cells["停水"]["东区一街"][START.date()] == 0
