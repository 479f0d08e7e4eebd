"""Intake rate and latency of queue pages on a filled database, with SQLite or PostgreSQL.

    python -m benchmarks.store [--tickets 10000 1000000] [--url sqlite postgresql] [--seconds 10]
        [--models fast encoder] [--callers 8] [--folder DIR] [--peer PYTHON] [--json FILE]

Fills a database with made-up tickets in bulk, starts `jiesu serve` in one process, and measures
over HTTP, as a city's platform and a desk do: pages of the queues, searches in Chinese, and POST
/v1/tickets with each model (benchmarks/intake_load.py). `sqlite` is a file, `postgresql` a server
of its own whose data are written through to the disk (it needs the server's programs); an address
of a database is taken too.
Filling takes three minutes of processor time a million tickets; `--folder` keeps the SQLite files
for the next run, and `--fill` only makes them. `--peer` is an interpreter that has baisitong2: it
is then given the same work (benchmarks/peer_desk.py), as far as it does it.
The machine's other work shows in the times.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from httpx2 import Client
from sqlalchemy import insert, text

from benchmarks.intake_load import load, serving
from jiesu.classifier.artefact import default_model_folder
from jiesu.router.decision import NO_PLACE, Decision, Versions
from jiesu.serving.store.database import Database, open_database
from jiesu.serving.store.history import decision_body
from jiesu.serving.store.queues import QUEUES
from jiesu.serving.store.tables import ACTS, DECISIONS, TICKETS
from jiesu.serving.store.words import store_words
from jiesu.serving.times import CHINA_TIME
from jiesu.taxonomy.city import load_city

MODELS = {
    "fast": default_model_folder("beijing"),
    "encoder": default_model_folder("beijing").with_name("beijing-encoder"),
}
_CHUNK = 5000
_WARM_UP = 8  # seconds in which the watch for mass complaints begins
_FIRST = datetime(2025, 1, 1, tzinfo=CHINA_TIME)
"""A million tickets end before today: else the watch replays all that seem to have just come."""
_PLACES = "望京 天通苑 回龙观 方庄 劲松 双井 大郊亭 西二旗 上地 马连洼".split()
_MATTERS = "路灯不亮 井盖松动 暖气不热 夜间施工扰民 垃圾没人清运 电梯停运 占道停车 水压太低".split()
_QUERIES = ("路灯", "电梯停运", "望京 暖气不热", "3号楼", "占道停车 回龙观")


def main() -> None:
    """Fill, measure, print, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tickets", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--url", nargs="+", default=["sqlite"])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--callers", type=int, default=8)
    parser.add_argument("--models", nargs="+", choices=list(MODELS), default=list(MODELS))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--fill", action="store_true")
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    figures: dict[str, dict[str, float]] = {}
    with ExitStack() as stack:
        folder = args.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for wanted in args.url:
            url = stack.enter_context(postgres()) if wanted == "postgresql" else wanted
            for count in sorted(args.tickets):
                address = f"sqlite:///{folder}/store-{count}.db" if url == "sqlite" else url
                name = f"{wanted.partition(':')[0]}, {count} tickets"
                figures[name] = prepare(address, count)
                if not args.fill:
                    figures[name] |= run(address, args)
                show(name, figures[name])
        if args.peer:
            figures |= peer(args.peer, args.tickets, args.seconds)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2))


def show(name: str, row: dict[str, float]) -> None:
    """Print the figures of one database."""
    print(name)
    for what, value in row.items():
        print(f"  {what:<52}{value:>10.1f}", flush=True)


def postgres() -> AbstractContextManager[str]:
    """Run a server of our own that writes through to the disk."""
    sys.path.append(str(Path(__file__).parents[1] / "tests"))
    from postgres import postgres_server

    return postgres_server("-c shared_buffers=256MB -c max_wal_size=4GB")


def peer(python: Path, counts: list[int], seconds: float) -> dict[str, dict[str, float]]:
    """Let the other package do the same work with its own interpreter."""
    script = Path(__file__).with_name("peer_desk.py")
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = [str(python), str(script), "--seconds", str(seconds), "--json", out.name]
        subprocess.run([*command, "--tickets", *map(str, sorted(counts))], check=True)
        found = json.loads(Path(out.name).read_bytes())
    return {f"baisitong2, {count} tickets": row for count, row in found.items()}


def prepare(url: str, count: int) -> dict[str, float]:
    """Bring the database to this many tickets and tell how fast."""
    database = open_database(url)
    began = time.perf_counter()
    added = fill(database, count)
    filled = time.perf_counter() - began
    database.close()
    return {"filled, tickets/s": added / filled} if added else {}


def run(url: str, args: argparse.Namespace) -> dict[str, float]:
    """Return the figures of a filled database: pages with the first model, intake with each."""
    figures: dict[str, float] = {}
    for name in args.models:
        with serving(url, MODELS[name]) as port:
            load(port, args.callers, 0.5)
            time.sleep(_WARM_UP)
            if name == args.models[0]:
                with Client(base_url=f"http://127.0.0.1:{port}") as client:
                    figures |= measure_reads(client, args.seconds)
            for callers in (1, args.callers):
                found = measure_intake(port, callers, args.seconds)
                figures |= {f"{name}: {what}": value for what, value in found.items()}
    return figures


def measure_intake(port: int, callers: int, seconds: float) -> dict[str, float]:
    """Return how many tickets a second are taken in from this many callers at a time."""
    spent, elapsed = load(port, callers, seconds)
    name = f"POST, {callers} caller{'s'[: callers > 1]}"
    return {
        f"{name}: tickets/s": len(spent) / elapsed,
        f"{name}: p50 ms": percentile(spent, 0.5) * 1000,
        f"{name}: p99 ms": percentile(spent, 0.99) * 1000,
    }


def fill(database: Database, count: int) -> int:
    """Add made-up tickets until there are `count`; return how many were added."""
    with database.read() as connection:
        present: int = connection.execute(text("SELECT count(*) FROM tickets")).scalar_one()
    random.seed(present)
    city = load_city()
    labels = [[label.code for label in city.tree.path(code)] for code in city.tree.leaves]
    units = list(city.units_by_id)
    for start in range(present, count, _CHUNK):
        numbers = range(start + 1, min(start + _CHUNK, count) + 1)
        add(database, [ticket_row(n, labels, units) for n in numbers])
    with database.write() as connection:
        connection.execute(text("ANALYZE"))
    return max(count - present, 0)


def ticket_row(number: int, labels: list[list[str]], units: list[str]) -> dict[str, Any]:
    """Return the columns of one made-up ticket; nine of ten are closed."""
    at = _FIRST + timedelta(seconds=30 * number)
    codes = random.choice(labels)
    where, what = random.choice(_PLACES), random.choice(_MATTERS)
    return {
        "seq": number,
        "id": f"F{number}",
        "version": 1,
        "state": "closed" if random.random() < 0.9 else random.choice(["waiting", "dispatched"]),
        "text": f"{where}{number % 97}号楼{what}，已经{number % 9 + 1}天了，请尽快派人来处理",
        "title": f"{where}{what}",
        "address": f"{where}{number % 97}号楼",
        "caller": f"来电人{number}",
        "channel": "电话",
        "received_at": at,
        "stored_at": at,
        "outcome": random.choice(["confirm", "human", "human", "auto"]),
        "kind": "投诉",
        "class1": codes[0],
        "class2": codes[1],
        "class_code": codes[2],
        "district": "",
        "unit_id": random.choice(units),
        "due_at": (due := at + timedelta(days=random.choice([1, 7, 15]))),
        "turn_at": due - timedelta(hours=24 * random.random()),
        "degraded": False,
        "claimed_by": "",
    }


def add(database: Database, rows: list[dict[str, Any]]) -> None:
    """Insert tickets with a decision and an act each."""
    body = decision_body(
        Decision("", "human", (), "", "一般", "", None, NO_PLACE, (), Versions("", "", ""))
    )
    fixed = {"model": "", "taxonomy": "", "rules": "", "policy": "", "body": body}
    with database.write() as connection:
        connection.execute(insert(TICKETS), rows)
        decisions = [
            {"ticket_seq": r["seq"], "number": 1, "made_at": r["stored_at"], "top_k": 5, **fixed}
            for r in rows
        ]
        connection.execute(insert(DECISIONS), decisions)
        act = {"by_kind": "person", "by_name": "网关", "what": "receive", "why": "", "detail": "{}"}
        connection.execute(
            insert(ACTS), [{"ticket_seq": r["seq"], "at": r["stored_at"], **act} for r in rows]
        )
        words = [(r["seq"], f"{r['title']} {r['text']} {r['address']}") for r in rows]
        store_words(connection, words)
        if database.dialect == "postgresql":
            sequence = "SELECT setval(pg_get_serial_sequence('tickets', 'seq'), max(seq))"
            connection.execute(text(f"{sequence} FROM tickets"))


def measure_reads(client: Client, seconds: float) -> dict[str, float]:
    """Return latencies of queue pages, of lists by unit and class, and of searches."""
    units = [item["id"] for item in client.get("/v1/units?limit=200").json()["items"]]
    classes = [item["code"] for item in client.get("/v1/taxonomy?limit=1000").json()["items"]]
    queues = pages(client, {"state": "waiting", "order": "deadline"})
    lists: dict[str, Callable[[int], Any]] = {
        "queue page (waiting, by deadline)": lambda _: next(queues),
        "unit's page": lambda _: get(
            client, {"unit": random.choice(units), "state": "waiting", "order": "deadline"}
        ),
        "class's page": lambda _: get(client, {"class": random.choice(classes)}),
        "search": lambda i: get(client, {"text": _QUERIES[i % len(_QUERIES)]}),
        "queue page of the console": lambda i: shown(client, QUEUES[i % len(QUEUES)]),
        "suggestion while a call is typed": lambda i: typed(client, i),
        "one ticket": lambda i: client.get(f"/v1/tickets/F{i + 1}"),
    }
    figures = {}
    for name, ask in lists.items():
        timed(ask, 0.3)  # what a page needs is read from the disk once
        latencies = timed(ask, seconds / len(lists))
        figures[f"{name}: p50 ms"] = percentile(latencies, 0.5)
        figures[f"{name}: p99 ms"] = percentile(latencies, 0.99)
    return figures


def pages(client: Client, query: dict[str, str]) -> Iterator[Any]:
    """Turn page after page of a list, and begin again at its end."""
    cursor: str | None = None
    while True:
        body = get(client, query | ({"cursor": cursor} if cursor else {}))
        cursor = body["next"]
        yield body


def get(client: Client, query: dict[str, str]) -> Any:
    """Return one page."""
    response = client.get("/v1/tickets", params={"limit": "50", **query})
    assert response.status_code == 200, response.text
    return orjson.loads(response.content)


def shown(client: Client, queue: str) -> None:
    """Open a queue in the console: fifty rows, and the counts of all queues beside them."""
    response = client.get("/desk", params={"queue": queue})
    assert response.status_code == 200, response.text


def typed(client: Client, number: int) -> None:
    """Ask what stands beside the intake form after some more characters."""
    text = f"{_PLACES[number % 10]}3号楼{_MATTERS[number % 8]}，已经三天了，请尽快派人来处理"
    response = client.post("/intake/suggest", data={"text": text[: 12 + number % 20]})
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
