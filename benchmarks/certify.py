"""How often a certified promise is broken, and how soon the drift test notices swapped units.

    python benchmarks/certify.py [--repetitions 1000] [--runs 100]

A simulated city of which the truth is known: three level-1 classes whose suggestions are right
as often as their probability says, less often, and more often; many units, used unevenly. Each
repetition draws a history, certifies it and computes the true precision of what would then be
dispatched; a promise is broken where it is lower, in any class. For drift each run certifies a
history of its own and then sees decisions: 10,000 without a change, or some in which 5 % of the
decisions fall on units that were swapped. Prints the figures as JSON.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from jiesu.router.dispatch_policy import Promised
from jiesu.router.drift import DriftTest, drift_test
from jiesu.training.certify import Promise
from jiesu.training.certify_run import Trial, bands_of, promised

Floats = NDArray[np.float64]
PROMISE = Promise(precision=0.98, confidence=0.95)
GROUPS = ("01", "02", "03")
POWERS = np.array([1.0, 1.6, 0.7])
"""P(right | p) is p to this power, by class."""
BETA = (4.0, 0.35)
QUIET, CHANGED = 10_000, 2_000


@dataclass(frozen=True)
class Simulation:
    """The simulated city.

    Attributes:
        units: number of units.
        unevenness: 0 uses all units alike, 1 as unevenly as words of a language.
        wrong_entries: share of the history in which people noted another unit than the right one.
    """

    units: int
    unevenness: float
    wrong_entries: float = 0.0

    @cached_property
    def shares(self) -> Floats:
        """Share of the decisions that falls on each unit."""
        weights = 1 / np.arange(1, self.units + 1) ** self.unevenness
        return weights / weights.sum()

    def history(self, rng: np.random.Generator, n: int) -> Trial:
        """Draw n tickets that the gate leaves to a threshold."""
        p = rng.beta(*BETA, n)
        group = rng.integers(3, size=n)
        right = rng.random(n) < p ** POWERS[group] * (1 - self.wrong_entries)
        every = np.ones(n, dtype=np.bool_)
        return Trial(p, right, np.array(GROUPS)[group], every, every)

    def swapped(self, rng: np.random.Generator) -> NDArray[np.intp]:
        """Draw units that together have 5 % of the decisions, give or take a fifth."""
        while True:
            order = rng.permutation(self.units)
            taken = np.searchsorted(np.cumsum(self.shares[order]), 0.05) + 1
            if abs(self.shares[order[:taken]].sum() - 0.05) <= 0.01:
                return order[:taken]


def true_precision(group: str, threshold: float, grid: Floats) -> float:
    """Return P(right | p >= threshold) in a class; `grid` is a large sample of p."""
    p = grid[grid >= threshold]
    return float((p ** POWERS[GROUPS.index(group)]).mean())


def broken_promises(repetitions: int, n: int, wrong_entries: float) -> dict[str, float]:
    """Certify many histories and count those in which any class falls short of the promise.

    Right is what people would note: with wrong entries the truth is better than the history.
    """
    city, grid = Simulation(40, 0.0, wrong_entries), np.random.default_rng(0).beta(*BETA, 1_000_000)
    broken, coverage = 0, []
    for seed in range(repetitions):
        trial = city.history(np.random.default_rng([1, seed]), n)
        found = promised(trial, trial.may_auto, PROMISE)
        coverage.append(found.coverage)
        lines = {group: found.of(group) for group in GROUPS}
        broken += any(
            line is not None
            and line.threshold is not None
            and true_precision(group, line.threshold, grid) * (1 - wrong_entries)
            < PROMISE.precision
            for group, line in lines.items()
        )
    return {
        "history": n,
        "wrong_entries": wrong_entries,
        "repetitions": repetitions,
        "broken": round(broken / repetitions, 4),
        "allowed": round(1 - PROMISE.confidence, 4),
        "mean_coverage": round(float(np.mean(coverage)), 4),
    }


def dispatched(trial: Trial, found: Promised) -> NDArray[np.bool_]:
    """Say which tickets a certified policy dispatches."""
    lines = {group: found.of(group) for group in GROUPS}
    least = [
        line.threshold if (line := lines[group]) and line.threshold is not None else np.inf
        for group in trial.groups
    ]
    return trial.p >= np.array(least)


def alarm_after(test: DriftTest, units: Sequence[int], p: Floats, right: Sequence[bool]) -> int:
    """Return the number of the decision at which the test fires; 0 if it does not."""
    for number, (unit, share, was_right) in enumerate(zip(units, p, right, strict=True), 1):
        test = test.seen(str(unit), float(share), bool(was_right))
        if test.has_fired:
            return number
    return 0


def drift_runs(city: Simulation, runs: int, n: int) -> dict[str, float | int | str]:
    """Run the drift test without and with a change, each on a certified history of its own."""
    false_alarms, delays = 0, []
    for seed in range(runs):
        rng = np.random.default_rng([2, city.units, seed])
        trial = city.history(rng, n)
        found = promised(trial, trial.may_auto, PROMISE)
        sent = dispatched(trial, found)
        test = drift_test(bands_of(trial.p[sent], trial.right[sent]))
        later = city.history(rng, int(1.2 * (QUIET + CHANGED) / max(found.coverage, 0.02)))
        sent = np.flatnonzero(dispatched(later, found))[: QUIET + CHANGED]
        units = rng.choice(city.units, len(sent), p=city.shares)
        p, right = later.p[sent], later.right[sent]
        false_alarms += alarm_after(test, units[:QUIET], p[:QUIET], right[:QUIET]) > 0
        kept = right & ~np.isin(units, city.swapped(rng))
        delays.append(alarm_after(test, units[QUIET:], p[QUIET:], kept[QUIET:]) or CHANGED)
    return {
        "units": city.units,
        "unevenness": city.unevenness,
        "history": n,
        "false_alarms": f"{false_alarms} of {runs} runs of {QUIET} decisions",
        "mean_delay": round(float(np.mean(delays)), 1),
        "median_delay": float(np.median(delays)),
        "within_200": round(float(np.mean(np.array(delays) <= 200)), 3),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=100)
    given = parser.parse_args()
    report = {
        "promise": {"precision": PROMISE.precision, "confidence": PROMISE.confidence},
        "certify": [
            broken_promises(given.repetitions, n, wrong)
            for n, wrong in ((2_000, 0.0), (10_000, 0.0), (10_000, 0.005))
        ],
        "drift": [
            drift_runs(Simulation(*city), given.runs, 10_000)
            for city in ((40, 0.0), (150, 0.7), (400, 0.0))
        ],
    }
    print(json.dumps(report, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
