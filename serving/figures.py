"""What the dashboard and the map show: volumes, how suggestions fared, how long it took."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from jiesu.serving.store import desk_figures as queries
from jiesu.serving.store.database import Database
from jiesu.serving.store.desk_figures import By, CallBacks, Kept
from jiesu.taxonomy.city import City

_LEVELS: tuple[By, ...] = ("class1", "class2", "class_code")
_LATEST_ACTS = 20_000


@dataclass(frozen=True, slots=True)
class Board:
    """The dashboard.

    Attributes:
        classes, districts, outcomes: key → tickets, the most frequent first.
        hours: tickets in each hour of the day, 24 numbers.
        by_class, by_unit: how suggestions fared, the most used first.
        seconds: median from claim to decision; None where nobody has decided.
    """

    days: int
    total: int
    classes: Mapping[str, int]
    districts: Mapping[str, int]
    outcomes: Mapping[str, int]
    hours: tuple[int, ...]
    by_class: tuple[Kept, ...]
    by_unit: tuple[Kept, ...]
    call_backs: CallBacks
    seconds: float | None

    @property
    def acceptance(self) -> float | None:
        """Share of decisions that kept what was suggested; None without any."""
        decided = sum(item.decided for item in self.by_class)
        return sum(item.kept for item in self.by_class) / decided if decided else None


class Figures:
    """Counts; holds nothing but its source."""

    def __init__(self, database: Database, city: City, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._city = city
        self._clock = clock

    def board(self, days: int, code: str = "") -> Board:
        """Return the dashboard of the last days.

        Args:
            code: a class; its children are counted, and only its tickets.
        """
        since = self._clock() - timedelta(days=days)
        wanted, level = self._inside(code)
        with self._database.read() as connection:
            outcomes = queries.counts_by(connection, "outcome", since, wanted=wanted)
            return Board(
                days=days,
                total=sum(outcomes.values()),
                classes=queries.counts_by(connection, level, since, wanted=wanted),
                districts=queries.counts_by(connection, "district", since, wanted=wanted),
                outcomes=outcomes,
                hours=tuple(queries.counts_by_hour(connection, since, wanted=wanted)),
                by_class=tuple(queries.kept_by(connection, "class", since)),
                by_unit=tuple(queries.kept_by(connection, "unit", since)),
                call_backs=queries.call_backs(connection, since),
                seconds=_median(queries.decision_seconds(connection, since, _LATEST_ACTS)),
            )

    def map(self, days: int, code: str = "", hour: int | None = None) -> Mapping[str, int]:
        """Return district → tickets of the last days, of one class, at one hour of the day."""
        since = self._clock() - timedelta(days=days)
        wanted, _ = self._inside(code)
        with self._database.read() as connection:
            return queries.counts_by_district(connection, since, hour=hour, wanted=wanted)

    def _inside(self, code: str) -> tuple[Mapping[By, str], By]:
        """Return the filter of a class, and the column of the level below it."""
        label = self._city.tree.labels.get(code)
        if label is None:
            return ({"class_code": code} if code else {}), _LEVELS[0]
        below = _LEVELS[min(label.level, len(_LEVELS) - 1)]
        return {_LEVELS[label.level - 1]: code}, below


def _median(seconds: Sequence[float]) -> float | None:
    return median(seconds) if seconds else None
