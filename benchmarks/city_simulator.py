"""A city that calls: seasons, weekdays, many small cells, and events planted in some of them.

Used by mass_simulator.py and forecast.py. Nothing here is fitted to a real city; the shape
(343 subdistricts, 2,240 classes, 70,000 tickets a day) is Beijing's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CitySize:
    """How large the city is."""

    places: int = 343
    classes: int = 2240
    tickets_a_day: float = 70_000


@dataclass(frozen=True, slots=True)
class PlantedEvent:
    """Calls that come on top of the usual in one cell.

    Attributes:
        calls: calls on each day of the event, the first on day `start`.
    """

    place: int
    label: int
    start: int
    calls: tuple[int, ...]

    @property
    def size(self) -> int:
        """All calls of the event."""
        return sum(self.calls)


@dataclass(frozen=True)
class SimulatedCity:
    """Rates of every cell and their seasons.

    Attributes:
        place, label: shares, each summing to 1.
        mix: how much each cell departs from place × label, mean 1.
        weekday: factor of each weekday for each class, shape (7, classes).
        peak, swing: day of the year with most calls of each class, and how far it swings.
        drift: yearly growth of each class.
    """

    size: CitySize
    place: Floats
    label: Floats
    mix: NDArray[np.float32]
    weekday: Floats
    peak: Floats
    swing: Floats
    drift: Floats

    def class_rate(self, day: int) -> Floats:
        """Return what the whole city is expected to call about each class on a day."""
        season = np.exp(self.swing * np.cos(2 * np.pi * (day - self.peak) / 365.25))
        rate: Floats = (
            self.size.tickets_a_day
            * self.label
            * season
            * self.weekday[day % 7]
            * (1 + self.drift) ** (day / 365.25)
        )
        return rate

    def draw(self, day: int, random: np.random.Generator) -> NDArray[np.int32]:
        """Draw one day's calls, shape (places, classes)."""
        rate = np.outer(self.place, self.class_rate(day)) * self.mix
        return random.poisson(rate).astype(np.int32)


def build_city(size: CitySize, seed: int) -> SimulatedCity:
    """Draw a city."""
    random = np.random.default_rng(seed)
    label = random.permutation(1.0 / (3 + np.arange(size.classes)))
    place = random.gamma(3, 1, size.places)
    weekend = np.clip(random.normal(0.75, 0.2, size.classes), 0.2, 1.6)
    weekday = np.ones((7, size.classes))
    weekday[5:] = weekend
    mix = random.gamma(4, 0.25, (size.places, size.classes)).astype(np.float32)
    return SimulatedCity(
        size=size,
        place=place / place.sum(),
        label=label / label.sum(),
        mix=mix,
        weekday=weekday / weekday.mean(axis=0),
        peak=random.uniform(0, 365, size.classes),
        swing=np.abs(random.normal(0, 0.6, size.classes)),
        drift=random.normal(0.03, 0.1, size.classes),
    )


def plant(
    city: SimulatedCity, days: range, count: int, random: np.random.Generator
) -> list[PlantedEvent]:
    """Draw events of 5 to 500 calls that last one to fourteen days, in different cells."""
    events = []
    for _ in range(count):
        size = int(np.exp(random.uniform(np.log(5), np.log(500))))
        length = int(random.integers(1, 15))
        shape = random.dirichlet(np.full(length, 2.0))
        events.append(
            PlantedEvent(
                place=int(random.integers(city.size.places)),
                label=int(random.integers(city.size.classes)),
                start=int(random.integers(days.start, days.stop - length)),
                calls=tuple(random.multinomial(size, shape).tolist()),
            )
        )
    return events
