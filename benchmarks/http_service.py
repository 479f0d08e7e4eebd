"""Latency and throughput of the HTTP service with the default model, as a caller sees them.

    python benchmarks/http_service.py [--seconds 10] [--clients 4] [--json FILE]

Starts `jiesu serve` on a free loopback port, waits until it is ready, and measures POST /v1/route
with tickets from examples/tickets.csv: one at a time, one at a time from several clients at once,
and in batches of 100. The client runs on the same machine and takes its share of the cores.
(Not called http.py: that would hide the standard library's http from every script beside it.)
"""

import argparse
import csv
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path
from typing import Any

TICKETS = Path(__file__).parents[1] / "examples" / "tickets.csv"
START_SECONDS = 60


def main() -> None:
    """Measure, print a table, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    texts = read_texts()
    with server() as port:
        figures = {
            "single": measure(port, texts, 1, 1, args.seconds),
            f"single x{args.clients} clients": measure(port, texts, 1, args.clients, args.seconds),
            "batch 100": measure(port, texts, 100, 1, args.seconds),
        }
    print_table(figures)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2))


def read_texts() -> list[str]:
    """Return the texts of the sample tickets."""
    with TICKETS.open(encoding="utf-8-sig", newline="") as file:
        return [row["内容"] for row in csv.DictReader(file)]


@contextmanager
def server() -> Iterator[int]:
    """Run the service on a free port until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from jiesu.serving.cli import main; main()"]
    process = subprocess.Popen(
        [*command, "serve", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"JIESU_LOG_LEVEL": "warning"},
    )
    try:
        wait_until_ready(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def wait_until_ready(port: int) -> None:
    """Ask until the service has loaded its model."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            response = connection.getresponse()
            body = json.loads(response.read())
        except OSError:
            time.sleep(0.1)
            continue
        if response.status == 200:
            if "model" in body["degraded"]:
                sys.exit(f"service has no model: {body['degraded']['model']}")
            return
        time.sleep(0.1)
    sys.exit("service did not get ready")


def measure(
    port: int, texts: list[str], batch: int, clients: int, seconds: float
) -> dict[str, float]:
    """Return latency percentiles in milliseconds and tickets a second."""
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        runs = [pool.submit(ask, port, texts, batch, seconds, i) for i in range(clients)]
        latencies = sorted(ms for run in runs for ms in run.result())
    elapsed = time.perf_counter() - began
    return {
        "requests": len(latencies),
        "p50_ms": latencies[len(latencies) // 2],
        "p95_ms": latencies[int(len(latencies) * 0.95)],
        "p99_ms": latencies[int(len(latencies) * 0.99)],
        "tickets_per_second": len(latencies) * batch / elapsed,
    }


def ask(port: int, texts: list[str], batch: int, seconds: float, offset: int) -> list[float]:
    """Send requests over one connection until the time is up; return milliseconds of each."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    source = islice(cycle(texts), offset, None)
    latencies = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        body = json.dumps({"items": [{"text": text} for text in islice(source, batch)]})
        began = time.perf_counter()
        answer = post(connection, body)
        latencies.append((time.perf_counter() - began) * 1000)
        if len(answer["items"]) != batch:
            sys.exit("an answer is not complete")
    return latencies


def post(connection: HTTPConnection, body: str) -> Any:
    """Send one request and return the parsed answer."""
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/v1/route", body.encode(), headers)
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        sys.exit(f"{response.status}: {content.decode()}")
    return json.loads(content)


def print_table(figures: dict[str, dict[str, float]]) -> None:
    """Print the figures, one kind of load a line."""
    print(f"{'load':<22}{'requests':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'tickets/s':>11}")
    for name, row in figures.items():
        print(
            f"{name:<22}{row['requests']:>9.0f}{row['p50_ms']:>9.1f}{row['p95_ms']:>9.1f}"
            f"{row['p99_ms']:>9.1f}{row['tickets_per_second']:>11.0f}"
        )


if __name__ == "__main__":
    main()
