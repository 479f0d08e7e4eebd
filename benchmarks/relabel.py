"""How fast and how large `jiesu relabel` is on a file of 200,000 rows in GB18030.

    python benchmarks/relabel.py              with the fast model, through the command line
    python benchmarks/relabel.py --overhead   reading, carrying and writing alone: no model

The rows are windows of about 100 characters over the evaluation texts. The file lies in a
temporary folder and is gone afterwards. Prints JSON: rows a second, CPU microseconds a row, peak
memory of all processes together, and whether all rows came out in order.
"""

import argparse
import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jiesu.classifier.scores import RankedClass
from jiesu.router.decision import NO_PLACE, Candidate, Decision, Reason, Versions
from jiesu.serving.relabel.labels import TicketRouter
from jiesu.serving.relabel.options import RelabelOptions
from jiesu.serving.relabel.run import run_relabel
from jiesu.taxonomy.ticket import Ticket
from jiesu.taxonomy.tree import Label, LabelTree, tree_of

SOURCES = ("hot_issues/messages.jsonl", "citizen_messages/train.jsonl", "complaints_dev.jsonl")
WINDOW_CHARS = (80, 120)
MAX_EQUAL = 0.05
POLL_SECONDS = 0.2


CLASSES = tuple(RankedClass(f"01010{j}", (0.9, 0.8, 0.5 / j)) for j in range(1, 6))
CANDIDATES = (Candidate("u1", "单位", "角色", "lead", 0.5, (Reason("model", "由事项默认"),)),)
VERSIONS = Versions("none", "none", "none")


@dataclass(frozen=True)
class ConstantRouter:
    """Gives every ticket the same decision, at almost no cost: what is left is the overhead."""

    def route(self, tickets: Sequence[Ticket], now: datetime) -> list[Decision]:
        """Decide on each ticket."""
        return [
            Decision(
                ticket_id=ticket.id,
                outcome="confirm",
                classes=CLASSES,
                kind="投诉",
                urgency="一般",
                limit="7d",
                deadline=None,
                place=NO_PLACE,
                candidates=CANDIDATES,
                versions=VERSIONS,
                reasons=("概率较大",),
            )
            for ticket in tickets
        ]


@dataclass(frozen=True)
class ConstantFactory:
    """Builds the constant router."""

    def identity(self) -> dict[str, str]:
        """Return what the labels depend on: nothing."""
        return {"model": "none"}

    def __call__(self) -> tuple[TicketRouter, LabelTree]:
        """Build the router and its few classes."""
        labels = [Label("01", "一", 1), Label("0101", "二", 2, "01")]
        labels += [Label(f"01010{j}", f"三{j}", 3, "0101") for j in range(1, 6)]
        return ConstantRouter(), tree_of("none", labels)


def windows(folder: Path, rows: int) -> list[str]:
    """Cut the texts into pieces, no more than a few of them equal."""
    texts = [
        json.loads(line)["text"]
        for name in SOURCES
        for line in (folder / name).read_text(encoding="utf-8").splitlines()
    ]
    chance = random.Random(7)
    step = max(1, sum(map(len, texts)) // (rows * 14 // 10))
    pieces = [
        text[start : start + chance.randint(*WINDOW_CHARS)]
        for text in texts
        for start in range(0, max(1, len(text) - WINDOW_CHARS[0]), step)
    ]
    pieces = [piece for piece in dict.fromkeys(pieces) if piece.strip()]
    chance.shuffle(pieces)
    pieces = (pieces * (rows // len(pieces) + 1))[:rows]
    equal = 1 - len(set(pieces)) / rows
    assert equal <= MAX_EQUAL, f"{equal:.1%} of the rows are equal"
    return pieces


def write_tickets(path: Path, texts: list[str]) -> None:
    """Write the input file."""
    with path.open("w", encoding="gb18030", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["工单编号", "内容", "受理时间", "备注"])
        for number, text in enumerate(texts):
            day = f"2026-{number % 12 + 1:02}-{number % 28 + 1:02} 08:{number % 60:02}"
            rows.writerow([f"T{number:07}", text, day, f'第"{number}"件'])


def tree_of_processes(root: int) -> Iterator[int]:
    """Yield a process and all below it."""
    yield root
    try:
        children = Path(f"/proc/{root}/task/{root}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from tree_of_processes(int(child))


def memory_mb(root: int) -> float:
    """Return the memory of a tree of processes; shared pages count once (PSS)."""
    total = 0
    for process in tree_of_processes(root):
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def run_and_watch(command: list[str]) -> tuple[float, float, float]:
    """Run a command; return wall seconds, CPU seconds and the peak of its memory in MB."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(command)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, memory_mb(process.pid))
        time.sleep(POLL_SECONDS)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        sys.exit(f"{command[:3]} ended with {process.returncode}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, peak


def in_order(source: Path, out: Path) -> bool:
    """Say whether each input row starts the output row at the same place."""
    with (
        source.open(encoding="gb18030", newline="") as given,
        out.open(encoding="gb18030", newline="") as written,
    ):
        pairs = zip(csv.reader(given), csv.reader(written), strict=True)
        return all(row[: len(before)] == before for before, row in pairs)


def main() -> None:
    """Make the file, run, measure, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--overhead", action="store_true")
    parser.add_argument("--run", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        run_relabel(RelabelOptions(*given.run, workers=given.workers), ConstantFactory())
        return
    default = Path(__file__).parents[2] / "shared" / "eval"
    texts = windows(Path(os.environ.get("JIESU_EVAL_DIR", default)), given.rows)
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder, "in.csv"), Path(folder, "out.csv")
        write_tickets(source, texts)
        jiesu = [str(Path(sys.executable).with_name("jiesu")), "relabel", str(source), str(out)]
        own = [sys.executable, __file__, "--run", str(source), str(out)]
        command = [*(own if given.overhead else jiesu), "--workers", str(given.workers)]
        wall, cpu, peak = run_and_watch(command)
        found = {
            "rows": given.rows,
            "rows_per_second": round(given.rows / wall),
            "cpu_microseconds_per_row": round(cpu / given.rows * 1e6, 1),
            "peak_memory_mb": round(peak),
            "same_rows_in_order": in_order(source, out),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
