"""The same engine on a Ray cluster; needs the extra `ray`."""

import itertools
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import Any

from jiesu.serving.relabel.engine import RouterFactory
from jiesu.serving.relabel.labels import Labelled, Labeller, Task
from jiesu.taxonomy.errors import InputError

_WAITING_PER_WORKER = 2


@dataclass(frozen=True)
class RayEngine:
    """Labels in actors of a Ray cluster, or of this machine when there is none.

    Attributes:
        address: of the cluster; None starts Ray on this machine for the run.
    """

    factory: RouterFactory
    now: datetime
    workers: int
    address: str | None = None

    def label(self, tasks: Iterable[Task]) -> Generator[Labelled, None, None]:
        """Yield the labels of each task, in the order of the tasks.

        Raises:
            InputError: Ray is not installed.
        """
        require_ray()
        import ray  # large; only this engine needs it

        started_here = not ray.is_initialized()
        if started_here:
            ray.init(address=self.address, include_dashboard=False, log_to_driver=False)
        try:
            yield from self._label(ray, tasks)
        finally:
            if started_here:
                ray.shutdown()

    def _label(self, ray: Any, tasks: Iterable[Task]) -> Iterator[Labelled]:  # Any: no types
        actor = ray.remote(num_cpus=1)(_Worker)
        workers = [actor.remote(self.factory, self.now) for _ in range(self.workers)]
        waiting: deque[Any] = deque()
        for task, worker in zip(tasks, itertools.cycle(workers), strict=False):
            waiting.append(worker.label.remote(task))
            if len(waiting) > self.workers * _WAITING_PER_WORKER:
                yield ray.get(waiting.popleft())
        while waiting:
            yield ray.get(waiting.popleft())


class _Worker:
    """One actor with its own router."""

    def __init__(self, factory: RouterFactory, now: datetime) -> None:
        self._labeller = Labeller(*factory(), now)

    def label(self, task: Task) -> Labelled:
        """Label one chunk."""
        return self._labeller.label(task)


def require_ray() -> None:
    """Raise when Ray is missing.

    Raises:
        InputError: says how to install it.
    """
    if find_spec("ray") is None:
        raise InputError(
            "没有安装 Ray，不能用 --engine ray；请先 pip install 'jiesu[ray]'，"
            "或改用 --engine local（默认）"
        )
