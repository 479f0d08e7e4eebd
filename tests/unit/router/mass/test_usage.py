import numpy as np

from jiesu.router.mass.grams import hash_grams
from jiesu.router.mass.usage import Usage

HEATING, NOISE = "0301", "1101"


def test_usage_tells_of_which_matter_a_gram_is_used() -> None:
    usage, grams = Usage(), np.unique(hash_grams("暖气", (2,)))

    usage.see(grams, {HEATING: 0.75, NOISE: 0.25})
    usage.see(grams, {HEATING: 1.0})

    assert [usage.of(int(grams[0]), group) for group in (HEATING, NOISE)] == [1.75, 0.25]


def test_a_fork_goes_on_by_itself() -> None:
    usage, grams = Usage(), np.unique(hash_grams("暖气", (2,)))
    other = usage.fork()

    other.see(grams, {HEATING: 1.0})

    assert usage.of(int(grams[0]), HEATING) == 0
