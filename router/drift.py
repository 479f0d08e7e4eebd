"""Has the world moved? A sequential test on what people did with recent suggestions.

The policy was certified at some error rate. A CUSUM of likelihood ratios (Page 1954) compares
that rate with one that is worse by `worse_by`; it restarts at zero, so a change after a million
good decisions is seen as fast as one at the start. The alarm line is set by the exact run-length
distribution for a wanted probability of a false alarm within a horizon.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class DriftTest:
    """State of the test; `seen` returns the next state.

    Attributes:
        rate: error rate in (0, 1) that the policy was certified with.
        worse: error rate in (rate, 1) that must be noticed.
        alarm: level at which the test fires, in nats.
        level: where it stands, at least 0.
        decisions: how many it has seen.
    """

    rate: float
    worse: float
    alarm: float
    level: float = 0.0
    decisions: int = 0

    @property
    def has_fired(self) -> bool:
        """Say whether the policy must be withdrawn."""
        return self.level >= self.alarm

    def seen(self, was_right: bool) -> "DriftTest":
        """Return the state after one more confirmed or corrected decision."""
        if self.has_fired:
            return self
        level = max(0.0, self.level + _step(self.rate, self.worse, was_right))
        return replace(self, level=level, decisions=self.decisions + 1)


def _step(rate: float, worse: float, was_right: bool) -> float:
    if was_right:
        return float(np.log((1 - worse) / (1 - rate)))
    return float(np.log(worse / rate))


def drift_test(
    rate: float, *, worse_by: float = 0.05, false_alarm: float = 0.01, horizon: int = 10_000
) -> DriftTest:
    """Set up a test whose chance of firing within the horizon is at most `false_alarm`.

    Args:
        rate: error rate that the policy was certified with, in [0, 1).
        worse_by: rise of the error rate that must be noticed.
        false_alarm: probability of firing within the horizon though nothing has changed.
        horizon: number of decisions.
    """
    rate = min(max(rate, 0.001), 0.5)  # a certified rate of zero is an estimate, not a truth
    worse = min(rate + worse_by, 0.99)
    low, high = 0.0, 40.0
    while high - low > 0.02:
        middle = (low + high) / 2
        if _fires_within(rate, worse, middle, horizon) > false_alarm:
            low = middle
        else:
            high = middle
    return DriftTest(rate, worse, high)


def _fires_within(rate: float, worse: float, alarm: float, horizon: int) -> float:
    """Return P(fired within the horizon | error rate `rate`) on a grid of levels.

    Brook and Evans (1972): the level is a Markov chain. Levels are rounded up, so the result
    errs on the side of more alarms.
    """
    down, up = -_step(rate, worse, True), _step(rate, worse, False)
    cells = max(1, int(np.ceil(alarm / down)))
    jump = int(np.ceil(up / down))
    p: NDArray[np.float64] = np.zeros(cells + 1)  # cell i: level i * down; the last: fired
    p[0] = 1.0
    for _ in range(horizon):
        after = np.zeros_like(p)
        after[: cells - 1] += (1 - rate) * p[1:cells]
        after[0] += (1 - rate) * p[0]
        stay = max(0, cells - jump)
        after[jump : jump + stay] += rate * p[:stay]
        after[cells] = p[cells] + rate * p[stay:cells].sum()
        p = after
    return float(p[cells])
