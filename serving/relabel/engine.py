"""Engines: chunks in, labelled chunks out, in order, with a bounded number on the way.

The local engine runs one process a core; each builds its own router from a factory that can be
pickled. A small input, or one worker, is labelled in this process: starting others costs
seconds.
"""

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from jiesu.serving.relabel.labels import Labelled, Labeller, Task, TicketRouter
from jiesu.taxonomy.errors import JiesuError
from jiesu.taxonomy.tree import LabelTree

_WAITING_PER_WORKER = 2
"""Chunks on the way for each worker: one at work, one ready; more would only use memory."""


class RouterFactory(Protocol):
    """Builds a router where it is needed; pickled on the way there."""

    def identity(self) -> dict[str, str]:
        """Return what the labels depend on (city, model …); a resumed run must have the same."""
        ...

    def __call__(self) -> tuple[TicketRouter, LabelTree]:
        """Build the router and return it with its classes."""
        ...


class WorkerDied(JiesuError):
    """A worker process ended without an answer."""


class Engine(Protocol):
    """Labels chunks in order."""

    def label(self, tasks: Iterable[Task]) -> Generator[Labelled, None, None]:
        """Yield the labels of each task, in the order of the tasks."""
        ...


@dataclass(frozen=True)
class InlineEngine:
    """Labels in this process."""

    factory: RouterFactory
    now: datetime

    def label(self, tasks: Iterable[Task]) -> Generator[Labelled, None, None]:
        """Yield the labels of each task."""
        labeller = Labeller(*self.factory(), self.now)
        yield from map(labeller.label, tasks)


@dataclass(frozen=True)
class LocalEngine:
    """Labels in several processes of this machine."""

    factory: RouterFactory
    now: datetime
    workers: int

    def label(self, tasks: Iterable[Task]) -> Generator[Labelled, None, None]:
        """Yield the labels of each task, in the order of the tasks.

        Raises:
            WorkerDied: the system ended a worker, as a rule for want of memory.
        """
        # spawn: a fork would copy threads' locks (progress bar, numeric libraries) in any state.
        pool = ProcessPoolExecutor(
            self.workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_prepare_worker,
            initargs=(self.factory, self.now),
        )
        try:
            submitted = (_submit(pool, task) for task in tasks)
            yield from map(_result, _ahead(submitted, self.workers * _WAITING_PER_WORKER))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, task: Task) -> "Future[Labelled]":
    """Hand a task over; a process that this starts never sees Ctrl-C, not even while it loads.

    Ctrl-C reaches the whole process group, and the parent decides what happens then.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows knows no process groups of this kind
        return pool.submit(_label_in_worker, task)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # children inherit it
    try:
        return pool.submit(_label_in_worker, task)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ahead(futures: Iterable["Future[Labelled]"], count: int) -> Iterator["Future[Labelled]"]:
    """Yield futures in order, with up to `count` more submitted ahead."""
    waiting: deque[Future[Labelled]] = deque()
    for future in futures:
        waiting.append(future)
        if len(waiting) > count:
            yield waiting.popleft()
    yield from waiting


def _result(future: "Future[Labelled]") -> Labelled:
    try:
        return future.result()
    except BrokenProcessPool:
        raise WorkerDied(
            "一个工作进程被系统中止，多半是内存不够；请减少 --workers 或关闭其他程序，"
            "再用 --resume 续跑"
        ) from None


# One labeller a process: globals are how a process pool keeps state in its workers.
_factory: RouterFactory | None = None
_now: datetime | None = None
_labeller: Labeller | None = None


def _prepare_worker(factory: RouterFactory, now: datetime) -> None:
    global _factory, _now
    _factory, _now = factory, now
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when the parent is gone: killed, it cannot tell its workers."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _label_in_worker(task: Task) -> Labelled:
    # Built here and not in the initializer, whose errors never reach the caller.
    global _labeller
    if _labeller is None:
        assert _factory is not None
        assert _now is not None
        _labeller = Labeller(*_factory(), _now)
        spare_what_is_loaded()
    return _labeller.label(task)


def spare_what_is_loaded() -> None:
    """Keep the garbage collector off the city and the model, which stay as long as the process.

    Source: docs/log.md, relabel: 12 % of the CPU time of a batch run.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
