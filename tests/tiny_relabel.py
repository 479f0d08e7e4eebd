"""Batch runs with the small router of tests/tiny.py; as a program, one run from the shell."""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tiny import tiny_engine

from jiesu.router.decision import Decision
from jiesu.serving.relabel.labels import TicketRouter
from jiesu.serving.relabel.options import RelabelOptions
from jiesu.serving.relabel.run import run_relabel
from jiesu.taxonomy.errors import ArtefactError, InputError, RunInterrupted
from jiesu.taxonomy.ticket import Ticket
from jiesu.taxonomy.tree import LabelTree

POISON = "让程序出错的内容"


@dataclass(frozen=True)
class PausingRouter:
    """A router that takes its time, and fails on one text."""

    router: TicketRouter
    pause_seconds: float

    def route(self, tickets: Sequence[Ticket], now: datetime) -> list[Decision]:
        time.sleep(self.pause_seconds)
        if any(POISON in ticket.text for ticket in tickets):
            raise ZeroDivisionError("除以零")
        return self.router.route(tickets, now)


@dataclass(frozen=True)
class TinyFactory:
    """Builds the small router in whichever process wants it."""

    pause_seconds: float = 0.0

    def identity(self) -> dict[str, str]:
        return {"城市": "tiny"}

    def __call__(self) -> tuple[TicketRouter, LabelTree]:
        engine = tiny_engine()
        return PausingRouter(engine.router, self.pause_seconds), engine.city.tree


@dataclass(frozen=True)
class BrokenFactory:
    """There is no model."""

    def identity(self) -> dict[str, str]:
        return {}

    def __call__(self) -> tuple[TicketRouter, LabelTree]:
        raise ArtefactError("模型文件夹 model 不存在")


def main() -> int:
    """Run once; exit as the command does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("input", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pause", type=float, default=0.0)
    given = parser.parse_args()
    options = RelabelOptions(given.input, given.output, resume=given.resume, workers=given.workers)
    try:
        return run_relabel(options, TinyFactory(given.pause)).exit_code
    except RunInterrupted as error:
        print(error, file=sys.stderr)  # noqa: T201  # a program
        return 130
    except InputError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2


if __name__ == "__main__":
    sys.exit(main())
