import numpy as np

from jiesu.router.mass.monitor import Monitor, MonitorRules

SHAPE = (12, 30)


def run(days: int, seed: int = 0) -> tuple[Monitor, np.random.Generator, np.ndarray]:
    random = np.random.default_rng(seed)
    rate = np.outer(random.gamma(2, 0.5, SHAPE[0]), random.gamma(1, 0.5, SHAPE[1]))
    monitor = Monitor(SHAPE, MonitorRules())
    for day in range(days):
        factor = 0.3 if day % 7 >= 5 else 1.0
        monitor.add(random.poisson(rate * factor).astype(np.int32), day % 7)
    return monitor, random, rate


def test_expectation_follows_weekday_and_rate() -> None:
    monitor, _, rate = run(140)

    monday, sunday = monitor.expected(0), monitor.expected(6)

    assert abs(monday.sum() / rate.sum() - 1) < 0.1
    assert abs(sunday.sum() / (0.3 * rate.sum()) - 1) < 0.25


def test_a_planted_burst_stands_out() -> None:
    monitor, random, rate = run(140)
    counts = random.poisson(rate).astype(np.int32)
    counts[3, 4] += 15

    surprise = monitor.add(counts, 0)

    assert np.unravel_index(surprise.argmax(), SHAPE) == (3, 4)
    assert surprise.max() > 6


def test_usual_days_rarely_surprise() -> None:
    monitor, random, rate = run(140)

    loud = [
        (monitor.add(random.poisson(rate).astype(np.int32), day % 5) > 4).sum() for day in range(20)
    ]

    assert np.mean(loud) < 0.5


def test_the_first_day_is_judged_by_nothing() -> None:
    assert Monitor(SHAPE, MonitorRules()).add(np.full(SHAPE, 9, np.int32), 0).max() == 0
