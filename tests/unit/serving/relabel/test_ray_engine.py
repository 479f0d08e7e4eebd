from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import pytest
import tiny_relabel
from tiny_relabel import BrokenFactory, TinyFactory

from jiesu.serving.relabel.engine import InlineEngine
from jiesu.serving.relabel.labels import Task
from jiesu.serving.relabel.ray_engine import RayEngine
from jiesu.serving.relabel.rows import Fields
from jiesu.serving.times import CHINA_TIME
from jiesu.taxonomy.errors import ArtefactError, InputError

NOW = datetime(2026, 11, 28, 9, tzinfo=CHINA_TIME)
HAS_RAY = find_spec("ray") is not None
TASKS = [Task((j,), (Fields(text=f"路灯{j}"),)) for j in range(20)]


@pytest.mark.skipif(HAS_RAY, reason="Ray is installed")
def test_missing_ray_is_told() -> None:
    with pytest.raises(InputError, match=r"没有安装 Ray.*pip install 'jiesu\[ray\]'"):
        list(RayEngine(TinyFactory(), NOW, workers=1).label(TASKS))


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Ray's processes find the module that the factory comes from."""
    monkeypatch.setenv("PYTHONPATH", str(Path(tiny_relabel.__file__).parent))


@pytest.mark.slow
@pytest.mark.skipif(not HAS_RAY, reason="needs the extra ray")
@pytest.mark.filterwarnings("ignore")  # Ray's own
@pytest.mark.usefixtures("importable")
def test_ray_gives_the_same_in_the_same_order() -> None:
    done = list(RayEngine(TinyFactory(), NOW, workers=2).label(TASKS))
    assert done == list(InlineEngine(TinyFactory(), NOW).label(TASKS))


@pytest.mark.slow
@pytest.mark.skipif(not HAS_RAY, reason="needs the extra ray")
@pytest.mark.filterwarnings("ignore")  # Ray's own
@pytest.mark.usefixtures("importable")
def test_error_while_loading_in_ray_reaches_the_caller() -> None:
    with pytest.raises(ArtefactError, match=r"^模型文件夹 model 不存在$"):
        list(RayEngine(BrokenFactory(), NOW, workers=1).label(TASKS))
