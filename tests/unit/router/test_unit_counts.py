"""Counts of settled tickets give shares; thin counts borrow from wider ones."""

import numpy as np
import pytest

from jiesu.router.unit_counts import UnitCounts

CLASSES = {"0101": ("01", "0101"), "0102": ("01", "0102")}
REGIONS = {"d1": ("d1",), "d1s1": ("d1", "d1s1"), "d1s2": ("d1", "d1s2"), "": ()}
SETTLED = [("0101", "d1s1", 0, 8), ("0101", "d1s2", 1, 8), ("0102", "", 2, 4)]


def counts() -> UnitCounts:
    return UnitCounts.of(SETTLED, 4, classes_above=CLASSES, regions_above=REGIONS)


def test_shares_sum_to_one_wherever_they_are_asked_for() -> None:
    for classes in (("01", "0101"), ("01", "0109"), ("09",), ()):
        for regions in (("d1", "d1s1"), ("d1",), ("x",), ()):
            assert counts().shares(classes, regions).sum() == pytest.approx(1.0)


def test_a_place_that_is_known_decides() -> None:
    here = counts().shares(("01", "0101"), ("d1", "d1s1"))
    there = counts().shares(("01", "0101"), ("d1", "d1s2"))

    assert (np.argmax(here), np.argmax(there)) == (0, 1)
    assert here[0] > 0.8


def test_a_place_never_seen_borrows_from_the_district() -> None:
    shares = counts().shares(("01", "0101"), ("d1", "d1s9"))

    assert shares[0] == pytest.approx(shares[1])
    assert shares[0] > 0.4


def test_a_class_never_seen_borrows_from_the_class_above() -> None:
    assert np.argmax(counts().shares(("01", "0103"), ())) in (0, 1)


def test_settled_tickets_are_counted_here_and_anywhere() -> None:
    known = counts()

    assert known.settled("0101", "d1s1", 0) == 8
    assert known.settled("0101", "d1s2", 0) == 0
    assert known.settled("0101", "", 0) == 8


def test_a_class_never_seen_is_known_by_half_through_the_one_above() -> None:
    known = counts()

    assert known.seen(("01", "0101")) == 16
    assert known.seen(("01", "0109")) == 10  # half of 20
    assert known.seen(("09", "0901")) == 0
