"""The same engine on a Ray cluster; needs the extra `ray`."""

import itertools
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import Any

from jiesu.serving.relabel.engine import RouterFactory, WorkerDied, spare_what_is_loaded
from jiesu.serving.relabel.labels import Labelled, Labeller, Task
from jiesu.taxonomy.errors import InputError

_WAITING_PER_WORKER = 2
_LOOPBACK = "127.0.0.1"


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

        if ray.is_initialized():
            yield from self._label(ray, tasks)
            return
        own = {} if self.address else {"include_dashboard": False, "_node_ip_address": _LOOPBACK}
        ray.init(address=self.address, log_to_driver=False, **own)
        try:
            yield from self._label(ray, tasks)
        finally:
            ray.shutdown()

    def _label(self, ray: Any, tasks: Iterable[Task]) -> Iterator[Labelled]:  # Any: no types
        actor = ray.remote(num_cpus=1)(_Worker)
        workers = [actor.remote(self.factory, self.now) for _ in range(self.workers)]
        waiting: deque[Any] = deque()
        for task, worker in zip(tasks, itertools.cycle(workers), strict=False):
            waiting.append(worker.label.remote(task))
            if len(waiting) > self.workers * _WAITING_PER_WORKER:
                yield _result(ray, waiting.popleft())
        while waiting:
            yield _result(ray, waiting.popleft())


def _result(ray: Any, reference: Any) -> Labelled:  # Any: no types
    try:
        labelled: Labelled = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None  # Ray's own text is a traceback
    except ray.exceptions.RayActorError as error:
        raise WorkerDied(
            f"一个 Ray 工作进程中止（{type(error).__name__}），多半是内存不够或节点离线；"
            "请检查集群，再用 --resume 续跑"
        ) from None
    return labelled


class _Worker:
    """One actor with its own router, which is built when first needed: so its errors are told."""

    def __init__(self, factory: RouterFactory, now: datetime) -> None:
        self._factory = factory
        self._now = now
        self._labeller: Labeller | None = None

    def label(self, task: Task) -> Labelled:
        """Label one chunk."""
        if self._labeller is None:
            self._labeller = Labeller(*self._factory(), self._now)
            spare_what_is_loaded()
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
