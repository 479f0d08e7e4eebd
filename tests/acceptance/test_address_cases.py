"""Places read from phrases as citizens say them, against cases written before the reader.

python benchmarks/address.py --wrong       the same figures, and the cases read wrong
"""

from collections import Counter
from pathlib import Path

import pytest

from jiesu.router.address import AddressReader
from jiesu.taxonomy.city import load_city
from jiesu.training.place_figures import PlaceFigures, read_place_cases, score_cases

CASES = Path(__file__).parents[1] / "cases"
FILES = (
    "address.yaml", "address_heldout.yaml", "address_fresh.yaml", "address_third.yaml",
    "address_nowhere.yaml", "address_traps.yaml",
)  # fmt: skip


@pytest.fixture(scope="module")
def reader() -> AddressReader:
    return AddressReader(load_city())


def figures_of(name: str, reader: AddressReader) -> PlaceFigures:
    return score_cases(read_place_cases(CASES / name), reader)


def share(value: float | None) -> float:
    assert value is not None, "no case tells"
    return value


def test_cases_are_many_and_each_phrase_stands_once() -> None:
    texts = [case.text + case.address for name in FILES for case in read_place_cases(CASES / name)]
    assert len(texts) >= 500
    assert [text for text, n in Counter(texts).items() if n > 1] == []


def test_places_of_the_cases_are_read(reader: AddressReader) -> None:
    figures = figures_of("address.yaml", reader)
    assert figures.cases["district"] >= 150
    assert share(figures.district) >= 0.98
    assert share(figures.subdistrict) >= 0.95
    assert share(figures.community) >= 0.9


def test_places_of_phrases_not_used_for_tuning_are_read(reader: AddressReader) -> None:
    figures = figures_of("address_heldout.yaml", reader)
    assert figures.cases["district"] >= 200
    assert share(figures.district) >= 0.97
    assert share(figures.subdistrict) >= 0.90
    assert share(figures.false_place) <= 0.10


def test_places_of_fresh_phrases_are_read(reader: AddressReader) -> None:
    figures = figures_of("address_fresh.yaml", reader)
    assert share(figures.district) >= 0.97
    assert share(figures.subdistrict) >= 0.90
    # Half of the texts without a place were written to mislead.
    assert share(figures.false_place) <= 0.06


def test_places_of_a_third_set_are_read(reader: AddressReader) -> None:
    figures = figures_of("address_third.yaml", reader)
    assert share(figures.district) >= 0.95
    assert share(figures.subdistrict) >= 0.90
    # All of its texts without a place were written to mislead.
    assert share(figures.false_place) <= 0.2


def test_ordinary_texts_without_a_place_get_none(reader: AddressReader) -> None:
    figures = figures_of("address_nowhere.yaml", reader)
    assert figures.cases["false_place"] >= 120
    assert share(figures.false_place) <= 0.02


def test_most_misleading_texts_written_after_the_repairs_get_none(reader: AddressReader) -> None:
    assert share(figures_of("address_traps.yaml", reader).false_place) <= 0.3


def test_no_place_is_made_up(reader: AddressReader) -> None:
    figures = figures_of("address.yaml", reader)
    assert figures.cases["false_place"] >= 40
    assert share(figures.false_place) == 0.0


def test_every_region_of_the_cases_is_in_the_city() -> None:
    known = {region.name for region in load_city().regions.values()}
    named = {
        name
        for file in ("address.yaml", "address_heldout.yaml")
        for case in read_place_cases(CASES / file)
        for name in case.names
        if name
    }
    assert named - known == set()
