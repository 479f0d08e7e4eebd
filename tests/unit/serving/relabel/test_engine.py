from collections.abc import Iterator
from datetime import datetime

import pytest
from tiny_relabel import BrokenFactory, TinyFactory

from jiesu.serving.relabel.engine import InlineEngine, LocalEngine
from jiesu.serving.relabel.labels import Task
from jiesu.serving.relabel.rows import Fields
from jiesu.serving.times import CHINA_TIME
from jiesu.taxonomy.errors import ArtefactError

NOW = datetime(2026, 11, 28, 9, tzinfo=CHINA_TIME)


def tasks(count: int, seen: list[int] | None = None) -> Iterator[Task]:
    for number in range(count):
        if seen is not None:
            seen.append(number)
        yield Task((number,), (Fields(text="路灯" * (number % 3) + "楼道灯"),))


def test_inline_engine_labels_each_task() -> None:
    done = list(InlineEngine(TinyFactory(), NOW).label(tasks(3)))
    assert [labelled.rows[0][0] for labelled in done] == ["010102", "010101", "010101"]


@pytest.mark.slow
def test_processes_give_the_same_in_the_same_order() -> None:
    done = list(LocalEngine(TinyFactory(), NOW, workers=2).label(tasks(40)))
    assert done == list(InlineEngine(TinyFactory(), NOW).label(tasks(40)))


@pytest.mark.slow
def test_few_tasks_are_read_ahead() -> None:
    seen: list[int] = []
    results = LocalEngine(TinyFactory(), NOW, workers=2).label(tasks(1000, seen))
    next(results)
    results.close()
    assert len(seen) <= 6


@pytest.mark.slow
def test_error_while_loading_reaches_the_caller() -> None:
    with pytest.raises(ArtefactError, match="模型文件夹 model 不存在"):
        list(LocalEngine(BrokenFactory(), NOW, workers=2).label(tasks(3)))
