import re

import pytest

from jiesu.serving.times import parse_time
from jiesu.taxonomy.errors import InputError

TIMES = [
    ("2026-11-28", "2026-11-28T00:00:00+08:00"),
    ("2026-11-28 09:05", "2026-11-28T09:05:00+08:00"),
    ("2026/1/8 9:05:33", "2026-01-08T09:05:33+08:00"),
    ("2026年11月28日 9时", "2026-11-28T09:00:00+08:00"),
    ("2026.1.8", "2026-01-08T00:00:00+08:00"),
    (" 2026-11-28T09:05:33Z ", "2026-11-28T09:05:33+00:00"),
]
NO_TIMES = ["", "昨天", "2026-13-01", "2026-11-28 25:00", "46354", "2026年13月1日"]


@pytest.mark.parametrize(("text", "expected"), TIMES)
def test_times_as_people_write_them(text: str, expected: str) -> None:
    assert parse_time(text).isoformat() == expected


@pytest.mark.parametrize("text", NO_TIMES)
def test_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"时间 {text!r} 看不懂；请写成 2026-11-28")):
        parse_time(text)


def test_year_out_of_range_is_a_slip() -> None:
    with pytest.raises(InputError, match="年份不在 1980 到 2100 之间"):
        parse_time("0206-11-28")
