"""Kills workers outright under load and counts what is lost: nothing may be.

    python -m benchmarks.kill_workers [--kills 50] [--workers 2] [--database-url URL]
        [--finish-seconds 90] [--json FILE]

Starts `jiesu serve --workers N` and posts tickets from several callers while one worker after
another is killed with SIGKILL. A caller whose answer is lost sends the request again with the same
Idempotency-Key, as a gateway does. At the same time operators claim tickets and write down until
when each claim holds. At the end every accepted ticket must be there exactly once; a claim that
was granted must have held until its end and no longer.
"""

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from typing import Any

CALLERS, OPERATORS = 4, 2
TRIES = 5
LEASE_SECONDS = 5
START_SECONDS = 300
TEXT = "望京西园四区的暖气片是凉的"
Answer = tuple[int, Any]  # status and JSON; (0, None) where nobody answered


@dataclass
class Load:
    """What callers and operators saw; each list is only ever added to."""

    port: int
    stopped: threading.Event = field(default_factory=threading.Event)
    accepted: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    claims: dict[str, datetime] = field(default_factory=dict)
    unexpected: Counter[str] = field(default_factory=Counter)

    def ask(self, method: str, path: str, body: Any = None, key: str = "") -> Answer:
        """Send one request over a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        try:
            connection.request(method, path, body and json.dumps(body).encode(), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, HTTPException, ValueError):
            return 0, None
        finally:
            connection.close()

    def post(self, caller: int) -> None:
        """Send tickets until stopped; those without an answer are sent again in between."""
        pending: list[str] = []
        for number in count():
            if self.stopped.is_set():
                self.pending += pending
                return
            name = f"K{caller}-{number}"
            if not self.accept(name):
                pending.append(name)
                time.sleep(0.05)
            if pending and number % 10 == 9:
                pending = [one for one in pending if not self.accept(one)]

    def finish(self, seconds: float) -> None:
        """Send what is pending until it is accepted; a dead request holds its key for a minute."""
        end = time.monotonic() + seconds
        while self.pending and time.monotonic() < end:
            self.pending = [name for name in self.pending if not self.accept(name)]
            time.sleep(0.5)

    def accept(self, name: str) -> bool:
        """Send a ticket once; return whether its acceptance came back."""
        status, _ = self.ask("POST", "/v1/tickets", {"id": name, "text": TEXT}, name)
        if status == 201:
            self.accepted.append(name)
            return True
        if status not in (0, 409, 503):  # nobody there, the first try is still at work, loading
            self.unexpected[f"POST {status}"] += 1
        return False

    def claim(self, operator: str) -> None:
        """Claim accepted tickets until stopped, each at most once by anybody."""
        while not self.stopped.is_set():
            time.sleep(0.05)
            name = random.choice(self.accepted) if self.accepted else ""
            if name and name not in self.claims:
                self.claim_one(name, operator)

    def claim_one(self, name: str, operator: str) -> None:
        """Claim a ticket and note until when."""
        path = f"/v1/tickets/{name}"
        status, ticket = self.ask("GET", path)
        if status != 200:
            return
        act = {"operator": operator, "version": ticket["version"]}
        status, ticket = self.ask("POST", f"{path}/claim", act)
        if status == 200:
            self.claims[name] = datetime.fromisoformat(ticket["claim"]["until"])


@contextmanager
def server(url: str, workers: int) -> Iterator[tuple[int, int]]:
    """Run the service; yields its port and the number of its first process."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from jiesu.serving.cli import main; main()", "serve"]
    settings = {"JIESU_CLAIM_SECONDS": str(LEASE_SECONDS), "JIESU_LOG_LEVEL": "error"}
    process = subprocess.Popen(
        [*command, "--port", str(port), "--database-url", url, "--workers", str(workers)],
        env=os.environ | settings | {"JIESU_AUTH": "open"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_ready(Load(port))
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def wait_until_ready(load: Load) -> None:
    """Wait for the first answer of the store."""
    end = time.monotonic() + START_SECONDS
    while load.ask("GET", "/v1/tickets?limit=1")[0] != 200:
        if time.monotonic() > end:
            raise SystemExit("the service does not start")
        time.sleep(0.1)


def workers_of(parent: int) -> list[int]:
    """Return the worker processes of a server."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    lines = {int(pid): Path(f"/proc/{pid}/cmdline") for pid in children}
    return [pid for pid, line in lines.items() if b"spawn_main" in line.read_bytes()]


def kill_workers(parent: int, kills: int, load: Load) -> None:
    """Kill one worker after another, each while tickets come in."""
    done = 0
    while done < kills:
        wait_for_more(load, 20)
        if victims := workers_of(parent):
            os.kill(random.choice(victims), signal.SIGKILL)
            done += 1


def wait_for_more(load: Load, tickets: int) -> None:
    """Wait until so many more tickets have been accepted."""
    wanted, end = len(load.accepted) + tickets, time.monotonic() + START_SECONDS
    while len(load.accepted) < wanted:
        if time.monotonic() > end:
            raise SystemExit("no tickets come in any more")
        time.sleep(0.02)


def stored(load: Load) -> list[str]:
    """Return the ids of all tickets, page by page."""
    found: list[str] = []
    path: str | None = "/v1/tickets?limit=200"
    while path:
        status, page = load.ask("GET", path)
        if status != 200:
            time.sleep(0.1)
            continue
        found += [ticket["id"] for ticket in page["items"]]
        path = page["next"] and f"/v1/tickets?limit=200&cursor={page['next']}"
    return found


def held_too_short(load: Load) -> int:
    """Claim what others still hold; return how many let go too early."""
    early = 0
    for name, until in list(load.claims.items()):
        if (until - datetime.now(until.tzinfo)).total_seconds() < 1:
            continue
        status, ticket = load.ask("GET", f"/v1/tickets/{name}")
        act = {"operator": "另一人", "version": ticket["version"] if status == 200 else 1}
        early += load.ask("POST", f"/v1/tickets/{name}/claim", act)[0] == 200
    return early


def held_too_long(load: Load) -> int:
    """Wait until every claim has ended; return how many tickets nobody else can claim."""
    ends = load.claims.values()
    if ends:
        last = max(ends)
        time.sleep(max((last - datetime.now(last.tzinfo)).total_seconds(), 0) + 0.1)
    return sum(not can_take_over(load, name) for name in load.claims)


def can_take_over(load: Load, name: str) -> bool:
    """Tell whether somebody else can claim a ticket now.

    A worker that is just being started anew may answer 503, and is asked again for a moment; a
    claim that still holds answers 409 each time.
    """
    answers = []
    for _ in range(TRIES):
        status, ticket = load.ask("GET", f"/v1/tickets/{name}")
        act = {"operator": "接手人", "version": ticket["version"] if status == 200 else 1}
        answers.append(load.ask("POST", f"/v1/tickets/{name}/claim", act)[0])
        if answers[-1] == 200:
            return True
        time.sleep(0.2)
    print(f"{name}: {answers}", file=sys.stderr)
    return False


def run(url: str, kills: int, workers: int, finish_seconds: float) -> dict[str, Any]:
    """Kill workers under load and return what was found."""
    with server(url, workers) as (port, parent):
        load = Load(port)
        threads = [threading.Thread(target=load.post, args=(n,)) for n in range(CALLERS)]
        threads += [threading.Thread(target=load.claim, args=(f"员{n}",)) for n in range(OPERATORS)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        try:
            kill_workers(parent, kills, load)
        finally:
            load.stopped.set()
            for thread in threads:
                thread.join()
        seconds = time.monotonic() - began
        wait_until_ready(load)
        early = held_too_short(load)
        load.finish(finish_seconds)
        counts = Counter(stored(load))
        return {
            "kills": kills,
            "seconds": round(seconds, 1),
            "accepted": len(load.accepted),
            "never accepted": len(load.pending),
            "missing": sum(counts[name] == 0 for name in load.accepted),
            "there more than once": sum(count > 1 for count in counts.values()),
            "claims": len(load.claims),
            "claims that let go early": early,
            "claims that outlived their lease": held_too_long(load),
            "unexpected answers": dict(load.unexpected),
        }


def main() -> None:
    """Run, print, and leave with 1 where something was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--database-url")
    parser.add_argument("--finish-seconds", type=float, default=90)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jiesu-kill-") as folder:
        url = args.database_url or f"sqlite:///{folder}/kill.db"
        figures = run(url, args.kills, args.workers, args.finish_seconds)
    for name, value in figures.items():
        print(f"{name:<34}{value}")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2))
    bad = ("missing", "there more than once", "claims that let go early")
    bad += ("claims that outlived their lease",)
    if args.finish_seconds:
        bad += ("never accepted",)
    sys.exit(any(figures[name] for name in bad) or bool(figures["unexpected answers"]))


if __name__ == "__main__":
    main()
