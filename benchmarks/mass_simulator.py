"""Planted events in a simulated city: detection, delay and false alarms, against baselines.

    python -m benchmarks.mass_simulator [--small] [--events 300]

Three detectors see the same days: the monitor (Poisson surprise over one to seven days against
class, place and weekday), a z-score of each cell's day against its own last 28 days, and a CUSUM
of each cell. Each gets its bar from the same event-free days, so that it gives about 10, 1 and
0.1 alarms a day there; then all meet the same planted events. At last a stream of texts with
planted stories goes through the watch: what it finds, how early, and how fast one core is.
"""

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.city_simulator import (
    CitySize,
    Floats,
    PlantedEvent,
    SimulatedCity,
    build_city,
    plant,
)
from jiesu.router.mass.alert import Alert
from jiesu.router.mass.message import Message
from jiesu.router.mass.monitor import Monitor, MonitorRules
from jiesu.serving.mass.classes import classified, quick_classifier
from jiesu.serving.mass.watching import new_watch
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.tree import Label

WARM, CALM, TEST = 84, 42, 60
BUDGETS = (10.0, 1.0, 0.1)
QUIET = 7
"""An alarm in a cell that had one so many days before is the same alarm."""


class Detector(Protocol):
    """Gives every cell a figure, higher for more unusual."""

    def add(self, counts: NDArray[np.int32], weekday: int) -> Floats:
        """Take one day in."""
        ...


class ZScore:
    """Today's count against the mean and spread of the last 28 days."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._past: list[NDArray[np.int32]] = []
        self._sum = np.zeros(shape)
        self._squares = np.zeros(shape)

    def add(self, counts: NDArray[np.int32], weekday: int) -> Floats:
        """Return (count - mean) / spread."""
        size = max(len(self._past), 1)
        mean = self._sum / size
        spread = np.sqrt(np.maximum(self._squares / size - mean**2, 0) + 0.1)
        score: Floats = (counts - mean) / spread
        self._remember(counts)
        return score

    def _remember(self, counts: NDArray[np.int32]) -> None:
        self._past.append(counts)
        self._sum += counts
        self._squares += counts.astype(float) ** 2
        if len(self._past) > 28:
            old = self._past.pop(0)
            self._sum -= old
            self._squares -= old.astype(float) ** 2


class Cusum(ZScore):
    """Sum of standardised excess over half a deviation, never below zero."""

    def __init__(self, shape: tuple[int, int]) -> None:
        super().__init__(shape)
        self._level = np.zeros(shape)

    def add(self, counts: NDArray[np.int32], weekday: int) -> Floats:
        """Return the sum after this day; it falls back by half each day."""
        score = super().add(counts, weekday)
        self._level = np.maximum(0.0, 0.5 * self._level + score - 0.5)
        return self._level


@dataclass
class Run:
    """What one detector did.

    Attributes:
        calm: highest figures of the event-free days, as (day, cell, figure).
        test: the same of the days with events.
    """

    calm: list[tuple[int, int, float]]
    test: list[tuple[int, int, float]]
    seconds: float = 0.0


def run_all(
    city: SimulatedCity, detectors: dict[str, Detector], events: Sequence[PlantedEvent], seed: int
) -> dict[str, Run]:
    """Show the same days to all detectors."""
    random = np.random.default_rng(seed)
    runs = {name: Run([], []) for name in detectors}
    for day in range(WARM + CALM + TEST):
        counts = city.draw(day, random)
        for event in events:
            if 0 <= day - event.start < len(event.calls):
                counts[event.place, event.label] += event.calls[day - event.start]
        for name, detector in detectors.items():
            started = time.process_time()
            figures = detector.add(counts, day % 7).ravel()
            runs[name].seconds += time.process_time() - started
            if day >= WARM:
                kept = runs[name].calm if day < WARM + CALM else runs[name].test
                top = np.argpartition(-figures, 400)[:400]
                kept += [(day, int(cell), float(figures[cell])) for cell in top]
    return runs


def alarms(figures: Sequence[tuple[int, int, float]], bar: float) -> list[tuple[int, int]]:
    """Return (day, cell) of each alarm, one for a cell that stays loud."""
    last: dict[int, int] = {}
    out = []
    for day, cell, figure in sorted(figures):
        if figure >= bar:
            if day - last.get(cell, -99) > QUIET:
                out.append((day, cell))
            last[cell] = day
    return out


def bar_for(figures: Sequence[tuple[int, int, float]], budget: float) -> float:
    """Return the lowest bar that keeps the calm days within so many alarms a day."""
    ranked = sorted({figure for _, _, figure in figures}, reverse=True)
    low, high = 0, len(ranked) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if len(alarms(figures, ranked[middle])) <= budget * CALM:
            low = middle
        else:
            high = middle - 1
    return ranked[low]


def report(name: str, run: Run, city: SimulatedCity, events: Sequence[PlantedEvent]) -> None:
    """Print the three settings of one detector."""
    for budget in BUDGETS:
        bar = bar_for(run.calm, budget)
        raised = alarms(run.test, bar)
        delays, inside = {}, 0
        for day, cell in raised:
            hit = [i for i, e in enumerate(events) if cell == e.place * city.size.classes + e.label
                   and 0 <= day - e.start < len(e.calls) + QUIET]  # fmt: skip
            inside += bool(hit)
            for i in hit:
                delays.setdefault(i, day - events[i].start)
        found = [_rate(delays, events, low, high) for low, high in ((5, 20), (20, 100), (100, 501))]
        print(
            f"{name:8} 无事件时每天误报约 {budget:4}：门槛 {bar:6.2f}，"
            f"发现 {len(delays) / len(events):.2f}"
            f"（5–19 件 {found[0]}，20–99 件 {found[1]}，100 件以上 {found[2]}），"
            f"迟 {np.mean(list(delays.values())) if delays else float('nan'):.1f} 天，"
            f"误报每天 {(len(raised) - inside) / TEST:.2f}"
        )


def _rate(delays: dict[int, int], events: Sequence[PlantedEvent], low: int, high: int) -> str:
    of = [i for i, e in enumerate(events) if low <= e.size < high]
    return f"{sum(i in delays for i in of) / max(len(of), 1):.2f}"


def watch_stream(count: int, events: int) -> None:
    """Put a stream of texts with planted stories through the watch, at the pace of a full city.

    Ordinary tickets are texts of the classes, none twice, each with a community of its own. A
    story is one made-up compound and one class, told in words of the class that differ from call
    to call. The fast model gives the classes, as in `jiesu mass`; that is in the time.
    """
    city, random = load_city(), np.random.default_rng(3)
    watch, start = new_watch(city), datetime(2026, 1, 1, tzinfo=UTC)
    leaves = [city.tree.labels[code] for code in city.tree.leaves]
    places = [r.name for r in city.regions.values() if r.level == "community"]
    told = planted_texts(events, leaves, random)
    usual = [example for leaf in leaves for example in leaf.examples]
    count = min(count, len(usual))
    order = random.permutation(len(usual))
    slots = dict(zip(random.choice(count, len(told), replace=False).tolist(), told, strict=True))
    messages = []
    for i in range(count):
        party, text = slots.get(i) or ("", "")
        if not party:
            place = places[int(random.integers(len(places)))]
            text = f"{place}居民反映：{usual[order[i]]}"
        at = start + timedelta(seconds=86400 / 70_000 * i)
        messages.append(Message(f"{party}|{i}", at, text, caller=f"c{i}"))
    first: dict[str, int] = {}
    told_so_far: Counter[str] = Counter()
    classifier, _ = quick_classifier(city)
    started = time.process_time()
    for message in classified(messages, classifier, city.tree.leaves):
        party = message.id.split("|")[0]
        told_so_far[party] += 1
        for alert in watch.add(message):
            if party and _mostly(alert.members, party):
                first.setdefault(party, told_so_far[party])
    seconds = time.process_time() - started
    report_stream(watch.alerts(scanned=False), first, told, count, count / seconds)


def planted_texts(
    events: int, leaves: Sequence[Label], random: np.random.Generator
) -> list[tuple[str, str]]:
    """Return (compound, text) of every call of every story."""
    told = []
    for number in range(events):
        party = "".join(_NAME_PARTS[int(random.integers(len(_NAME_PARTS)))] for _ in range(3))
        leaf = leaves[int(random.integers(len(leaves)))]
        size = int(np.exp(random.uniform(np.log(5), np.log(60))))
        for _ in range(size):
            words = "，".join(random.permutation(leaf.keywords)[:3].tolist())
            told.append((f"{party}{number}", f"{party}小区居民反映{leaf.name}：{words}"))
    return told


def report_stream(
    alerts: Sequence[Alert],
    first: dict[str, int],
    told: Sequence[tuple[str, str]],
    count: int,
    rate: float,
) -> None:
    """Print how many stories were found, how early, how many alarms were false, and the speed."""
    parties = {party for party, _ in told}
    false = [a for a in alerts if not any(_mostly(a.members, party) for party in parties)]
    delay = np.mean(list(first.values())) if first else float("nan")
    print(
        f"文字流：{count} 条，{len(parties)} 件事（5–60 次），"
        f"发现 {len(first) / len(parties):.2f}，平均第 {delay:.1f} 次来电报警，"
        f"每天误报 {len(false) * 70_000 / count:.1f}"
    )
    print(f"吞吐：每核每秒 {rate:.0f} 条；每天 70,000 条时为实时的 {rate * 86400 / 70_000:.0f} 倍")


def _mostly(members: Sequence[str], party: str) -> bool:
    return 2 * sum(member.startswith(f"{party}|") for member in members) > len(members)


_NAME_PARTS = "云锦翠柏栖霞瑞景清澜映月澄湖嘉木丹枫晓岚砚秋揽翠听雨凝香拾光"


def main() -> None:
    """Run the simulation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a tenth of the city")
    parser.add_argument("--events", type=int, default=300)
    parser.add_argument("--tickets", type=int, default=11_000, help="of the stream of texts")
    parser.add_argument("--stories", type=int, default=40, help="in the stream of texts")
    args = parser.parse_args()
    size = CitySize(60, 400, 3_000) if args.small else CitySize()
    city, shape = build_city(size, 1), (size.places, size.classes)
    days = range(WARM + CALM, WARM + CALM + TEST)
    events = plant(city, days, args.events, np.random.default_rng(2))
    detectors: dict[str, Detector] = {
        "本系统": Monitor(shape, MonitorRules()),
        "z 分数": ZScore(shape),
        "CUSUM": Cusum(shape),
    }
    runs = run_all(city, detectors, events, 4)
    for name, run in runs.items():
        report(name, run, city, events)
        print(f"{name:8} 每模拟一天 {run.seconds / (WARM + CALM + TEST):.2f} 秒")
    watch_stream(args.tickets, args.stories)


if __name__ == "__main__":
    main()
