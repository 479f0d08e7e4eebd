"""Intake over HTTP: `jiesu serve` in one process, callers in another, as a city's platform calls.

    python -m benchmarks.intake_load DATABASE_URL [--model MODEL] [--callers 8] [--seconds 8]

benchmarks/store.py measures intake in the same way, beside pages and a peer. DATABASE_URL is filled
before (`python -m benchmarks.store --fill --folder DIR`). Prints tickets a second and the times of
POST /v1/tickets, after a warm-up.
"""

import argparse
import http.client
import json
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PLACES = "望京 天通苑 回龙观 方庄 劲松 双井".split()
_MATTERS = "路灯不亮 井盖松动 暖气不热 夜间施工扰民 垃圾没人清运 电梯停运".split()
_READY_SECONDS = 120


def main() -> None:
    """Start the service, load it, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--callers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=8.0)
    given = parser.parse_args()
    with serving(given.database, given.model) as port:
        load(port, given.callers, min(3.0, given.seconds))
        report(*load(port, given.callers, given.seconds))


@contextmanager
def serving(database: str, model: Path | None = None) -> Iterator[int]:
    """Run `jiesu serve` in a process of its own until the block ends; yields its port.

    Raises:
        SystemExit: when it is not ready within two minutes.
    """
    port = _free_port()
    command = [sys.executable, "-c", "from jiesu.serving.cli import main; main()", "serve"]
    options = ["--port", str(port), "--database-url", database]
    options += ["--model", str(model)] if model else []
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command + options, **quiet) as service:
        try:
            _wait(port)
            yield port
        finally:
            service.terminate()


def load(port: int, callers: int, seconds: float) -> tuple[list[float], float]:
    """Post tickets from several threads; return the seconds of each, rising, and of all."""
    spent: list[float] = []
    threads = [
        threading.Thread(target=_call, args=(port, number, seconds, spent))
        for number in range(callers)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(spent), time.perf_counter() - began


def report(spent: list[float], seconds: float) -> None:
    """Print the figures."""
    print(f"{len(spent) / seconds:.1f} tickets/s, p50 {1000 * spent[len(spent) // 2]:.0f} ms,"
          f" p99 {1000 * spent[int(0.99 * len(spent))]:.0f} ms")  # fmt: skip


def _call(port: int, number: int, seconds: float, spent: list[float]) -> None:
    rng = random.Random(f"{number} {time.time()}")
    line = http.client.HTTPConnection("127.0.0.1", port)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        text = (
            f"朝阳区{rng.choice(_PLACES)}{rng.randint(1, 400)}号楼{rng.choice(_MATTERS)}，"
            f"已经{rng.randint(2, 9)}天了，找过物业没有人管，请尽快派人处理，谢谢"
        )
        began = time.perf_counter()
        line.request("POST", "/v1/tickets", json.dumps({"text": text}),
                     {"content-type": "application/json"})  # fmt: skip
        answer = line.getresponse()
        answer.read()
        if answer.status not in {200, 201}:
            raise SystemExit(f"POST /v1/tickets answered {answer.status}")
        spent.append(time.perf_counter() - began)


def _wait(port: int) -> None:
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end:
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            line.request("GET", "/readyz")
            if line.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.5)
    raise SystemExit("the service did not become ready")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    main()
