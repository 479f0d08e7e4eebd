from datetime import datetime
from importlib.util import find_spec

import pytest
from tiny_relabel import TinyFactory

from jiesu.serving.relabel.engine import InlineEngine
from jiesu.serving.relabel.labels import Task
from jiesu.serving.relabel.ray_engine import RayEngine
from jiesu.serving.relabel.rows import Fields
from jiesu.serving.times import CHINA_TIME
from jiesu.taxonomy.errors import InputError

NOW = datetime(2026, 11, 28, 9, tzinfo=CHINA_TIME)
HAS_RAY = find_spec("ray") is not None
TASKS = [Task((j,), (Fields(text=f"路灯{j}"),)) for j in range(20)]


@pytest.mark.skipif(HAS_RAY, reason="Ray is installed")
def test_missing_ray_is_told() -> None:
    with pytest.raises(InputError, match=r"没有安装 Ray.*pip install 'jiesu\[ray\]'"):
        list(RayEngine(TinyFactory(), NOW, workers=1).label(TASKS))


@pytest.mark.slow
@pytest.mark.skipif(not HAS_RAY, reason="needs the extra ray")
@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_ray_gives_the_same_in_the_same_order() -> None:
    done = list(RayEngine(TinyFactory(), NOW, workers=2).label(TASKS))
    assert done == list(InlineEngine(TinyFactory(), NOW).label(TASKS))
