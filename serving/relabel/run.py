"""One batch run from file to file: read this first.

    reader ─► chunks ─► engine ─► labels ─► encoder ─► OUT.part ─► OUT
                                     └─► OUT.errors.csv, OUT.journal, OUT.report.html

Rows gather in OUT.part; about once a second the journal vouches for what is on disk. OUT gets
its name when it is complete, so a file of that name is never half done.
"""

import os
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from threading import Event
from time import monotonic
from typing import Any

from jiesu.serving.relabel.engine import (
    Engine,
    InlineEngine,
    LocalEngine,
    RouterFactory,
    WorkerDied,
)
from jiesu.serving.relabel.factory import CityRouterFactory
from jiesu.serving.relabel.job import Job
from jiesu.serving.relabel.journal import Journal
from jiesu.serving.relabel.labels import Labelled, Task
from jiesu.serving.relabel.options import OutputPaths, RelabelOptions, RelabelResult
from jiesu.serving.relabel.outputs import PROBLEM_PROLOGUE, GrowingFile, problem_lines
from jiesu.serving.relabel.progress import ProgressBar, progress_bar
from jiesu.serving.relabel.ray_engine import RayEngine, require_ray
from jiesu.serving.relabel.report import write_report
from jiesu.serving.relabel.rows import Chunk
from jiesu.serving.relabel.signals import stop_requests
from jiesu.serving.relabel.tally import Tally
from jiesu.serving.times import CHINA_TIME
from jiesu.taxonomy.errors import InputError, RunInterrupted

_CHECKPOINT_SECONDS = 1.0
_INLINE_BYTES = 100_000
"""A smaller input is labelled before further processes would have loaded the model."""


def run_relabel(options: RelabelOptions, factory: RouterFactory | None = None) -> RelabelResult:
    """Label every row of a file.

    Args:
        factory: builds the router; None takes city, model and gazetteer from the options.

    Raises:
        InputError: something about files or options is wrong; nothing was written.
        RunInterrupted: stopped by a signal; the message holds the command that goes on.
    """
    try:
        return _run(options, factory or CityRouterFactory.of(options))
    except KeyboardInterrupt:
        raise _interrupted(options) from None


def _run(options: RelabelOptions, factory: RouterFactory) -> RelabelResult:
    started = monotonic()
    paths = OutputPaths(options.output)
    _refuse_taken(options, paths)
    if options.engine == "ray":
        require_ray()
    job = Job.open(options)
    with closing(_open_journal(options, paths, job.task() | factory.identity())) as journal:
        before = journal.progress.tally.rows
        if not journal.progress.finished:
            engine = _engine(options, factory, journal.started_at)
            try:
                _complete(job, paths, journal, engine)
            except BaseException:
                if journal.progress.chunks == 0:
                    _remove_beginnings(paths)  # there is nothing to go on with
                raise
        rows = journal.progress.tally.rows - before
        return _result(job, paths, journal, rows=rows, seconds=monotonic() - started)


def _refuse_taken(options: RelabelOptions, paths: OutputPaths) -> None:
    """Raise when the output is the input, is there already, or has no folder."""
    if options.input.resolve() == options.output.resolve():
        raise InputError(f"输入和输出是同一个文件 {options.input}；请换一个输出文件名")
    if not paths.output.parent.is_dir():
        raise InputError(f"输出文件夹 {paths.output.parent} 不存在；请先建立")
    if options.resume and options.overwrite:
        raise InputError("--resume（续跑）和 --overwrite（重做）不能同时用；请选一个")
    if options.resume or options.overwrite:
        return
    taken = [path for path in (paths.output, paths.journal, paths.part) if path.exists()]
    if taken:
        raise InputError(
            f"输出文件已存在：{taken[0]}；上次没跑完请用 --resume 续跑，要重做请用 --overwrite"
        )


def _open_journal(options: RelabelOptions, paths: OutputPaths, task: Mapping[str, Any]) -> Journal:
    if options.resume and paths.journal.exists():
        return Journal.resume(paths.journal, task)
    if options.resume and paths.output.exists():
        raise InputError(
            f"没有续跑日志 {paths.journal}，而 {paths.output.name} 已存在；要重做请用 --overwrite"
        )
    return Journal.start(paths.journal, task, datetime.now(CHINA_TIME))


def _remove_beginnings(paths: OutputPaths) -> None:
    for path in (paths.part, paths.errors, paths.journal):
        path.unlink(missing_ok=True)


def _engine(options: RelabelOptions, factory: RouterFactory, now: datetime) -> Engine:
    workers = options.workers or _cores()
    if options.engine == "ray":
        return RayEngine(factory, now, workers, options.ray_address)
    if workers == 1 or options.input.stat().st_size < _INLINE_BYTES:
        return InlineEngine(factory, now)
    return LocalEngine(factory, now, workers)


def _cores() -> int:
    """Return how many cores this process may use; not every system limits them."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _complete(job: Job, paths: OutputPaths, journal: Journal, engine: Engine) -> None:
    """Label the rows that are not labelled yet, and give the output its name."""
    named = paths.output.is_file() and not paths.part.exists()
    if not (journal.progress.chunks and named):  # else only the journal's last line was missing
        with progress_bar() as bar:
            with stop_requests() as stop, closing(Run(job, paths, journal, bar)) as run:
                run.label(engine, stop)
            bar.say("写出结果")
            job.encoder.finish(paths.part, paths.output)
    journal.finish()


@dataclass
class Run:
    """A run under way: the open files, and what was counted since the last checkpoint."""

    job: Job
    paths: OutputPaths
    journal: Journal
    bar: ProgressBar
    waiting: deque[Chunk] = field(default_factory=deque)
    since: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        lengths = self.journal.progress.lengths
        prologue = self.job.encoder.prologue()
        self.part = GrowingFile(self.paths.part, prologue, lengths.get("part"))
        self.errors = GrowingFile(self.paths.errors, PROBLEM_PROLOGUE, lengths.get("errors"))
        self.done = self.journal.progress.chunks

    def label(self, engine: Engine, stop: Event) -> None:
        """Label the remaining chunks, with a checkpoint now and then and one at the end.

        Raises:
            RunInterrupted: a stop was asked for.
        """
        last = monotonic()
        with closing(engine.label(self._tasks())) as results:
            for labelled in _until_stopped(results, stop):
                self._write(self.waiting.popleft(), labelled)
                if monotonic() - last >= _CHECKPOINT_SECONDS:
                    self._checkpoint()
                    last = monotonic()
        self._checkpoint()
        if stop.is_set():
            raise _interrupted(self.job.options)

    def close(self) -> None:
        """Close the files."""
        self.part.close()
        self.errors.close()

    def _tasks(self) -> Iterator[Task]:
        for chunk in islice(self.job.chunks(), self.done, None):
            self.waiting.append(chunk)
            yield Task(chunk.numbers, chunk.entries)

    def _write(self, chunk: Chunk, labelled: Labelled) -> None:
        unfit = self.job.problems(chunk)
        for problem in unfit:
            labelled.tally.count_problem(problem)
        self.part.write(self.job.encoder.encode(chunk.body, labelled.rows))
        self.errors.write(problem_lines([*labelled.problems, *unfit]))
        self.since.merge(labelled.tally)
        self.done += 1
        self.bar.advance(len(labelled.rows), self.job.reader.fraction())

    def _checkpoint(self) -> None:
        lengths = {"part": self.part.flush(), "errors": self.errors.flush()}
        self.journal.record(self.done, lengths, self.since)
        self.since = Tally()


def _until_stopped(results: Iterator[Labelled], stop: Event) -> Iterator[Labelled]:
    """Yield results until a stop is asked for; the signal may have ended the workers as well."""
    try:
        for labelled in results:
            yield labelled
            if stop.is_set():
                return
    except WorkerDied:
        if not stop.is_set():
            raise


def _interrupted(options: RelabelOptions) -> RunInterrupted:
    """Say how to go on."""
    return RunInterrupted(f"已中断，做完的部分已保存；续跑命令：\n  {options.resume_command()}")


def _result(
    job: Job, paths: OutputPaths, journal: Journal, *, rows: int, seconds: float
) -> RelabelResult:
    tally = journal.progress.tally
    listed = tally.bad + tally.notes > 0
    if not listed:
        paths.errors.unlink(missing_ok=True)
    result = RelabelResult(
        output=paths.output,
        report=paths.report,
        journal=paths.journal,
        errors=paths.errors if listed else None,
        rows=tally.rows,
        bad_rows=tally.bad,
        noted_rows=tally.notes,
        seconds=seconds,
        rows_per_second=rows / max(seconds, 1e-6),
        notes=job.notes(),
    )
    write_report(result, tally, job.options.input, journal.started_at)
    return result
