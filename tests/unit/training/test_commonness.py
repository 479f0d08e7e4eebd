"""The share of each class among tickets, as a city states it."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.errors import CityError
from jiesu.training.commonness import COMMONNESS_FILE, log_prior

TINY = Path(__file__).parents[2] / "cities" / "tiny"


def city_with(folder: Path, *lines: str) -> City:
    shutil.copytree(TINY, folder / "city")
    (folder / "city" / COMMONNESS_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load_city(folder / "city")


def test_half_of_a_factor_of_two_counts_and_the_mean_share_is_one(tmp_path: Path) -> None:
    codes = load_city(TINY).tree.leaves
    lines = [f"{code}\t{1 + 2 * (at == 0)}" for at, code in enumerate(codes)]
    prior = log_prior(city_with(tmp_path, "code\tcommonness", *lines))
    assert prior is not None
    assert np.exp(prior[0] - prior[1]) == pytest.approx(2)
    assert np.exp(prior).mean() == pytest.approx(1)


def test_half_a_step_counts_as_the_fourth_root_of_two(tmp_path: Path) -> None:
    codes = load_city(TINY).tree.leaves
    lines = [f"{code}\t{'3.5' if at == 0 else '3'}" for at, code in enumerate(codes)]
    prior = log_prior(city_with(tmp_path, "code\tcommonness", *lines))
    assert prior is not None
    assert np.exp(prior[0] - prior[1]) == pytest.approx(2**0.25)


def test_a_city_need_not_say_how_common_classes_are() -> None:
    assert log_prior(load_city(TINY)) is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("999999\t3", "999999"),
        ("{first}\t6", "commonness 是 '6'"),
        ("{first}\t2.2", "commonness 是 '2.2'"),
        ("{first}\t2", "缺少 .* 个事项"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, line: str, said: str) -> None:
    first = load_city(TINY).tree.leaves[0]
    city = city_with(tmp_path, "code\tcommonness", line.format(first=first))
    with pytest.raises(CityError, match=said):
        log_prior(city)
