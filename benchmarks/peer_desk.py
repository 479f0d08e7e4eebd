"""baisitong2 1.0.2 on the same work as benchmarks/store.py, as far as it does it.

    python -m venv peer && peer/bin/pip install baisitong2==1.0.2
    peer/bin/python benchmarks/peer_desk.py [--tickets 10000 1000000] [--seconds 10] [--json FILE]

Runs with the other package's interpreter and imports nothing of ours. baisitong2 takes a text in,
sorts it into nine classes by keywords and stores it (SQLite or MySQL; it knows no PostgreSQL);
its list is a count and an offset, its search a LIKE. It has no queues by deadline or unit, no
leases, no idempotency keys, no history: of our figures the intake, a page of open tickets and a
search have a counterpart. It is driven through a client in its own process, which spares it the
network; ours is asked over HTTP.
"""

import argparse
import json
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

_CHUNK = 20_000
_PLACES = "望京 天通苑 回龙观 方庄 劲松 双井 大郊亭 西二旗 上地 马连洼".split()
_MATTERS = "路灯不亮 井盖松动 暖气不热 夜间施工扰民 垃圾没人清运 电梯停运 占道停车 水压太低".split()
_QUERIES = ("路灯", "电梯停运", "暖气不热", "3号楼", "占道停车")


def main() -> None:
    """Fill, measure, print, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tickets", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="peer-desk-") as folder:
        file = Path(folder) / "peer.db"
        os.environ |= {"DATABASE_URL": f"sqlite:///{file}", "LOG_LEVEL": "ERROR"}
        figures = {count: run(file, count, args.seconds) for count in args.tickets}
    for count, row in figures.items():
        print(f"{count} tickets")
        for name, value in row.items():
            print(f"  {name:<44}{value:>10.1f}")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2))


def run(file: Path, count: int, seconds: float) -> dict[str, float]:
    """Bring the database to this many tickets and return the figures."""
    from baisitong2.main import app
    from starlette.testclient import TestClient

    with TestClient(app) as client:
        fill(file, count)
        get(client, {"page": 1, "page_size": 50})
        depth = random.Random(1)
        asks: dict[str, Callable[[int], Any]] = {
            "POST, 1 caller": lambda i: post(client, i),
            "queue page (open, 50)": lambda i: get(
                client, {"status": "analyzed", "page": 1 + depth.randrange(20), "page_size": 50}
            ),
            "search": lambda i: get(client, {"q": _QUERIES[i % len(_QUERIES)], "page_size": 50}),
        }
        figures: dict[str, float] = {}
        for name, ask in asks.items():
            cpu = time.process_time()
            latencies = timed(ask, seconds / len(asks))
            figures[f"{name}: a second"] = len(latencies) / sum(latencies) * 1000
            figures[f"{name}: CPU ms"] = (time.process_time() - cpu) / len(latencies) * 1000
            figures[f"{name}: p50 ms"] = percentile(latencies, 0.5)
            figures[f"{name}: p99 ms"] = percentile(latencies, 0.99)
        return figures


def fill(file: Path, count: int) -> None:
    """Add made-up tickets until there are `count`; nine of ten are resolved."""
    with sqlite3.connect(file) as connection:
        (present,) = connection.execute("SELECT count(*) FROM appeals").fetchone()
        for start in range(present, count, _CHUNK):
            numbers = range(start, min(start + _CHUNK, count))
            connection.executemany(
                "INSERT INTO appeals (content, source, resident_name, contact, status, categories,"
                " key_info, sentiment, urgency, summary, analysis_source, tokens_used,"
                " analysis_history, created_at) VALUES (?, '12345转办', ?, '', ?, ?, '{}', 3, 2, ?,"
                " 'rule_fallback', 0, '[]', ?)",
                [row(number) for number in numbers],
            )


def row(number: int) -> tuple[str, ...]:
    """Return the columns of one made-up ticket."""
    where, what = random.choice(_PLACES), random.choice(_MATTERS)
    text = f"{where}{number % 97}号楼{what}，已经{number % 9 + 1}天了，请尽快派人来处理"
    state = "resolved" if random.random() < 0.9 else "analyzed"
    at = datetime(2026, 1, 1) + timedelta(seconds=30 * number)
    label = '["公共设施"]'
    return (text, f"来电人{number}", state, label, f"{where}{what}", f"{at:%Y-%m-%d %H:%M:%S.%f}")


def post(client: Any, number: int) -> None:
    """Take one ticket in."""
    where, what = random.choice(_PLACES), random.choice(_MATTERS)
    body = {"content": f"{where}{number % 97}号楼{what}，请尽快派人来处理", "source": "12345转办"}
    response = client.post("/api/appeals", json=body)
    assert response.status_code == 200, response.text


def get(client: Any, query: dict[str, Any]) -> None:
    """Read one page."""
    response = client.get("/api/appeals", params=query)
    assert response.status_code == 200, response.text


def timed(ask: Callable[[int], Any], seconds: float) -> list[float]:
    """Ask again and again; return the milliseconds of each."""
    latencies = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        ask(len(latencies))
        latencies.append((time.perf_counter() - began) * 1000)
    return latencies


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of them does not exceed."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


if __name__ == "__main__":
    main()
