"""Forecasts against seasonal naive on the simulated city.

    python -m benchmarks.forecast [--series 60] [--years 3]

Takes the most frequent classes of the whole city and of single districts, holds the last 7, 30
and 90 days out, and prints the share of series whose MASE is below 1 and below that of the
baseline, and how many of the held-out days the interval covers.
"""

import argparse
import time
from datetime import date

import numpy as np

from benchmarks.city_simulator import CitySize, build_city
from jiesu.router.mass.forecast import WEEK, Forecast, forecast, mase

HORIZONS = (7, 30, 90)
DISTRICTS = 17


def draw_series(count: int, days: int, seed: int) -> dict[str, np.ndarray]:
    """Draw daily counts of the most frequent classes: the city, and one district each."""
    city, random = build_city(CitySize(), seed), np.random.default_rng(seed)
    frequent = np.argsort(-city.label)[:count]
    rates = np.array([city.class_rate(day)[frequent] for day in range(days)])
    shares = random.dirichlet(np.full(DISTRICTS, 4.0))
    series = {}
    for j, label in enumerate(frequent):
        district = int(random.integers(DISTRICTS))
        series[f"全市|{label}"] = random.poisson(rates[:, j])
        series[f"区{district}|{label}"] = random.poisson(rates[:, j] * shares[district])
    return series


def main() -> None:
    """Print one line a horizon."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=30)
    parser.add_argument("--years", type=int, default=3)
    args = parser.parse_args()
    longest = max(HORIZONS)
    full = draw_series(args.series, args.years * 365 + longest, 11)
    started = time.process_time()
    found: dict[str, Forecast] = forecast(
        {k: v[:-longest].tolist() for k, v in full.items()}, date(2023, 1, 2)
    )
    seconds = (time.process_time() - started) / len(full)
    for horizon in HORIZONS:
        ours, naive, covered, sums = [], [], [], []
        for name, counts in full.items():
            history = counts[:-longest].astype(float)
            actual = counts[-longest:][:horizon].astype(float)
            one = found[name]
            ours.append(mase(actual, one.mean[:horizon], history, WEEK))
            naive.append(mase(actual, one.naive[:horizon], history, WEEK))
            covered.append(np.mean((actual >= one.low[:horizon]) & (actual <= one.high[:horizon])))
            low, high = one.bounds(horizon)
            sums.append(low <= actual.sum() <= high)
        better = np.mean(np.array(ours) < np.array(naive))
        worse = [n for n, a, b in zip(full, ours, naive, strict=True) if a >= b]
        print(
            f"{horizon:2} 天：MASE 中位 {np.median(ours):.2f}（季节朴素 {np.median(naive):.2f}），"
            f"MASE<1 的占 {np.mean(np.array(ours) < 1):.2f}，胜过季节朴素的占 {better:.2f}，"
            f"90% 区间覆盖每天 {np.mean(covered):.2f}、合计 {np.mean(sums):.2f}；"
            f"不如季节朴素的：{'、'.join(worse[:6]) or '无'}"
        )
    told = [name for name, one in found.items() if one.is_naive]
    print(f"自检后说明不优于季节朴素、改用它的 {len(told)} 条：{'、'.join(told[:6]) or '无'}")
    print(f"每条序列 {seconds:.2f} 秒，{len(full)} 条")


if __name__ == "__main__":
    main()
