"""Has the world moved? A sequential test on what people did with recent suggestions.

Each suggestion comes with a probability, and the certified history tells how often suggestions
of that probability were wrong. Against these error rates stands a world in which every unit was
swapped with a small probability, and a swapped unit is nearly always wrong: so a mistake where
the history knew none weighs much, a second one of the same unit weighs far more, and a right
answer clears its unit. The level is the log likelihood ratio of the two worlds; at zero it
starts anew (a CUSUM, Page 1954), so a change after a million good decisions is seen as fast as
one at the start.

The alarm line: between two new starts the ratio is a martingale that begins with the first
mistake, so a run of `horizon` decisions fires with probability at most
horizon * E[first ratio; mistake] / exp(alarm), whatever units the decisions fall on.
Source: docs/log.md, 2026-11-28, "Certify": the pooled ratio needed 2.5 times as many decisions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, log

SWAPPED = 0.05
"""Share of swapped units that must be noticed."""
FALSE_ALARM, HORIZON = 0.1, 10_000
"""The bound counts a line that is just reached, but the last mistake leaps far over it: in
simulation fewer than one run in a hundred fires (benchmarks/certify.py). Source: docs/log.md,
2026-11-28: with 0.15 it is 1.5 in a hundred where units are used unevenly."""
_STILL_RIGHT = 0.1
"""How often a swapped unit is right all the same."""
_LEAST_ERROR = 0.0005
"""A history without a mistake is an estimate, not a truth."""


@dataclass(frozen=True, slots=True)
class Band:
    """Suggestions of similar probability, with what the certified history showed.

    Attributes:
        floor: least probability of the band; bands are in rising order.
        error: share of wrong suggestions in (0, 1), rather too high than too low.
        share: share of all suggestions that fall into the band.
    """

    floor: float
    error: float
    share: float


@dataclass(frozen=True, slots=True)
class DriftTest:
    """State of the test; `seen` returns the next state.

    Attributes:
        bands: at least one.
        alarm: level at which the test fires, in nats.
        swapped: share of swapped units that it looks for, in (0, 1).
        level: where it stands, at least 0.
        decisions: how many it has seen.
        units: unit → log likelihood ratio of "swapped" since the last new start.
    """

    bands: tuple[Band, ...]
    alarm: float
    swapped: float = SWAPPED
    level: float = 0.0
    decisions: int = 0
    units: Mapping[str, float] = field(default_factory=dict)

    @property
    def has_fired(self) -> bool:
        """Say whether the policy must be withdrawn."""
        return self.level >= self.alarm

    def seen(self, unit: str, p: float, was_right: bool) -> "DriftTest":
        """Return the state after one more confirmed or corrected suggestion.

        Args:
            unit: the unit that was suggested.
            p: its probability.
            was_right: whether people kept it.
        """
        if self.has_fired:
            return self
        before = self.units.get(unit, 0.0)
        after = before + _evidence(self._error(p), was_right)
        level = self.level + self._mixed(after) - self._mixed(before)
        if level <= 0:
            return replace(self, level=0.0, decisions=self.decisions + 1, units={})
        units = {**self.units, unit: after}
        return replace(self, level=level, decisions=self.decisions + 1, units=units)

    def _error(self, p: float) -> float:
        band = next((b for b in reversed(self.bands) if p >= b.floor), self.bands[0])
        return max(band.error, _LEAST_ERROR)

    def _mixed(self, ratio: float) -> float:
        return log(1 - self.swapped + self.swapped * exp(ratio))


def _evidence(error: float, was_right: bool) -> float:
    """Return the log likelihood ratio of one decision: its unit swapped against as ever."""
    return log(_STILL_RIGHT / (1 - error)) if was_right else log((1 - _STILL_RIGHT) / error)


def drift_test(
    bands: Sequence[Band],
    *,
    swapped: float = SWAPPED,
    false_alarm: float = FALSE_ALARM,
    horizon: int = HORIZON,
) -> DriftTest:
    """Set up a test whose chance of firing within the horizon is at most `false_alarm`.

    Args:
        bands: what the certified history showed.
        swapped: share of swapped units that must be noticed.
        false_alarm: probability of firing within the horizon though nothing has changed.
        horizon: number of decisions.
    """
    total = sum(band.share for band in bands)
    first = sum(
        band.share
        / total
        * ((1 - swapped) * max(band.error, _LEAST_ERROR) + swapped * (1 - _STILL_RIGHT))
        for band in bands
    )
    return DriftTest(tuple(bands), log(horizon * first / false_alarm), swapped)
