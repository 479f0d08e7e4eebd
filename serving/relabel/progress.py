"""The progress bar on stderr: rows, rows a second, time left; silent when nobody watches."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

_SCALE = 1000


@dataclass(slots=True)
class ProgressBar:
    """A bar that shows how much of the input is labelled."""

    bar: Progress
    task: TaskID
    rows: int = 0
    started: float = field(default_factory=monotonic)

    def advance(self, rows: int, fraction: float) -> None:
        """Show that more rows are done, and which part of the input that makes."""
        self.rows += rows
        speed = self.rows / max(1e-6, monotonic() - self.started)
        self.bar.update(
            self.task,
            completed=fraction * _SCALE,
            description="标注",
            rows=f"{self.rows:,} 行",
            speed=f"{speed:,.0f} 行/秒",
        )

    def say(self, stage: str) -> None:
        """Show what is being done."""
        self.bar.update(self.task, description=stage)


@contextmanager
def progress_bar() -> Iterator[ProgressBar]:
    """Show a progress bar on stderr while the block runs, if stderr is a terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]}"),
        TextColumn("{task.fields[speed]}"),
        TextColumn("剩余"),
        TimeRemainingColumn(compact=True),
    )
    shown = console.is_terminal and sys.stderr.isatty()
    with Progress(*columns, console=console, transient=True, disable=not shown) as bar:
        yield ProgressBar(bar, bar.add_task("装载模型", total=_SCALE, rows="", speed=""))
