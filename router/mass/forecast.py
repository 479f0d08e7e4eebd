"""How many calls to expect: 7, 30 and 90 days ahead, with intervals and a baseline beside it.

The model is a Poisson regression (scikit-learn) on weekday, the time of the year as a Fourier
series, and a trend; what the last weeks have above or below it is carried on and fades. Intervals
come from a negative binomial with the spread that the residuals show. The baseline is seasonal
naive: the same weekday a year, else a week, ago. Each series is first forecast for days that are
known: where the baseline did better there, the baseline is what is given, and it is said.
Source for MASE: Hyndman and Koehler (2006), Another look at measures of forecast accuracy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.linear_model import PoissonRegressor

Floats = NDArray[np.float64]

WEEK, YEAR = 7, 364
"""A year of whole weeks, so that weekdays fall together."""
_SHORTEST = 2 * WEEK
_HARMONICS = ((730, 6), (540, 3))
"""From so many days on, so many harmonics of the year."""
_RIDGE = 1e-4
_RECENT, _FADE, _DOUBT = 28, 45.0, 20.0
"""Days that tell the present level, days after which it counts half, calls of doubt about it."""
_CHECKS, _AHEAD = (90, 60, 30), 30
"""The check forecasts so many days, from so many days before the end."""
_NINETY, _DRIFT = 1.645, 0.15
"""Normal deviate of nine chances in ten; drift where no check could be made."""


@dataclass(frozen=True, slots=True)
class Check:
    """How well model and baseline forecast days that are known by now.

    Attributes:
        mase, naive: mean absolute error of each, in units of the seasonal naive error of the
            history before.
        drift: by how much of itself the sum of thirty days was wrong (root of mean square).
    """

    mase: float
    naive: float
    drift: float

    @property
    def is_beaten(self) -> bool:
        """Whether the baseline did better than the model."""
        return self.mase > self.naive


@dataclass(frozen=True, eq=False)
class Forecast:
    """Expected counts of one series, one value a day.

    Attributes:
        mean, low, high: expectation and bounds of the interval.
        naive: the baseline.
        check: how both did on known days; None where the history is too short to tell.
        is_naive: the baseline did better there, so `mean` is the baseline.
    """

    mean: Floats
    low: Floats
    high: Floats
    naive: Floats
    check: Check | None = None
    is_naive: bool = False

    def total(self, days: int) -> tuple[float, float]:
        """Return the sums of expectation and baseline over the first days."""
        return float(self.mean[:days].sum()), float(self.naive[:days].sum())

    def bounds(self, days: int) -> tuple[float, float]:
        """Return bounds of the sum over the first days.

        Days err by chance, each for itself, and together by a level that turns out wrong: the
        first is known from their own bounds, the second from the check.
        """
        mean = float(self.mean[:days].sum())
        together = _NINETY * mean * (self.check.drift if self.check else _DRIFT)
        down, up = self.mean[:days] - self.low[:days], self.high[:days] - self.mean[:days]
        low, high = (float(np.sqrt((w**2).sum() + together**2)) for w in (down, up))
        return max(mean - low, 0.0), mean + high


def forecast(
    series: Mapping[str, Sequence[int]], first: date, horizon: int = 90, level: float = 0.9
) -> dict[str, Forecast]:
    """Forecast daily counts.

    Args:
        series: name ("区|事项") → counts, one a day without gaps, oldest first.
        first: day of the first count of every series.
        horizon: days ahead.
        level: share of days that the interval is to hold.
    """
    return {
        name: forecast_one(np.asarray(counts, float), first, horizon, level)
        for name, counts in series.items()
    }


def forecast_one(counts: Floats, first: date, horizon: int, level: float) -> Forecast:
    """Forecast one series; with less than two weeks, its mean."""
    naive, check = seasonal_naive(counts, horizon), check_on_known_days(counts, first)
    if check is not None and check.is_beaten:
        low, high = _interval(naive, _naive_spread(counts), level)
        return Forecast(naive, low, high, naive, check, is_naive=True)
    mean, spread = _expected(counts, first, horizon)
    low, high = _interval(mean, spread, level)
    return Forecast(mean, low, high, naive, check)


def check_on_known_days(counts: Floats, first: date) -> Check | None:
    """Forecast the last weeks from what was known before each of them; None if too short."""
    cuts = [
        cut
        for cut in (len(counts) - back for back in _CHECKS)
        if cut >= _SHORTEST * 2 and naive_error(counts[:cut]) > 0
    ]
    if not cuts:
        return None
    ours, naive, sums = [], [], []
    for cut in cuts:
        history, actual = counts[:cut], counts[cut : cut + _AHEAD]
        ahead, _ = _expected(history, first, len(actual))
        ours.append(mase(actual, ahead, history))
        naive.append(mase(actual, seasonal_naive(history, len(actual)), history))
        sums.append((ahead.sum() - actual.sum()) / max(ahead.sum(), _DOUBT))
    drift = float(np.sqrt(np.mean(np.square(sums))))
    return Check(float(np.mean(ours)), float(np.mean(naive)), drift)


def _expected(counts: Floats, first: date, horizon: int) -> tuple[Floats, float]:
    """Return the model's expectation and how much wider than Poisson the past was."""
    if len(counts) < _SHORTEST or counts.sum() == 0:
        return np.full(horizon, counts.mean() if len(counts) else 0.0), 1.0
    return _regression(counts, first, horizon)


def _naive_spread(counts: Floats) -> float:
    season = YEAR if len(counts) >= YEAR + _RECENT else WEEK
    before, after = counts[:-season], counts[season:]
    spread = ((after - before) ** 2 / np.maximum(before, counts.mean() + 1e-6)).mean()
    return max(float(spread), 1.0)


def seasonal_naive(counts: Floats, horizon: int) -> Floats:
    """Return the same weekday a year ago, or a week ago where there is less than a year.

    >>> seasonal_naive(np.arange(14.0), 3).tolist()
    [7.0, 8.0, 9.0]
    """
    season = YEAR if len(counts) >= YEAR else WEEK
    last = counts[-season:] if len(counts) else np.zeros(1)
    return np.tile(last, -(-horizon // len(last)))[:horizon]


def mase(actual: Floats, predicted: Floats, history: Floats, season: int = WEEK) -> float:
    """Return the mean absolute error in units of the seasonal naive error in the history."""
    return float(np.abs(actual - predicted).mean() / max(naive_error(history, season), 1e-9))


def naive_error(history: Floats, season: int = WEEK) -> float:
    """Return the mean absolute error of the baseline within the history."""
    return float(np.abs(history[season:] - history[:-season]).mean())


def _regression(counts: Floats, first: date, horizon: int) -> tuple[Floats, float]:
    """Return the expectation of the days ahead and how much wider than Poisson the past was."""
    size = len(counts)
    harmonics = next((n for days, n in _HARMONICS if size >= days), 0)
    table = _features(first, size + horizon, size, harmonics)
    model = PoissonRegressor(alpha=_RIDGE, max_iter=500).fit(table[:size], counts)
    fitted = model.predict(table)
    past = fitted[:size]
    spread = float(((counts - past) ** 2 / np.maximum(past, 1e-6))[-YEAR:].mean())
    recent = counts[-_RECENT:].sum() + _DOUBT
    lift = recent / (past[-_RECENT:].sum() + _DOUBT)
    fade = 0.5 ** (np.arange(horizon) / _FADE)
    ahead: Floats = fitted[size:] * lift**fade
    return ahead, max(spread, 1.0)


def _features(first: date, days: int, known: int, harmonics: int) -> Floats:
    dates = [first + timedelta(days=i) for i in range(days)]
    weekday = np.eye(WEEK)[[day.weekday() for day in dates]][:, 1:]
    angle = 2 * np.pi * np.array([day.timetuple().tm_yday for day in dates]) / 365.25
    waves = [f(k * angle) for k in range(1, harmonics + 1) for f in (np.sin, np.cos)]
    # The trend stops where the data stop: carried on, it would run away.
    trend = np.minimum(np.arange(days), known) / 365.25 if harmonics else np.zeros(days)
    return np.column_stack([weekday, *waves, trend])


def _interval(mean: Floats, spread: float, level: float) -> tuple[Floats, Floats]:
    tail = (1 - level) / 2
    safe = np.maximum(mean, 1e-6)
    if spread < 1.01:
        return stats.poisson.ppf(tail, safe), stats.poisson.ppf(1 - tail, safe)
    size, p = safe / (spread - 1), 1 / spread
    return stats.nbinom.ppf(tail, size, p), stats.nbinom.ppf(1 - tail, size, p)
