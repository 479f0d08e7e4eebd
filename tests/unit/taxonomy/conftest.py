"""The city that comes with the package, read once, and a small city to break."""

import shutil
from pathlib import Path

import pytest

from jiesu.taxonomy.city import City, load_city

TINY = Path(__file__).parents[2] / "cities" / "tiny"


@pytest.fixture(scope="session")
def packaged_city() -> City:
    return load_city()


@pytest.fixture
def tiny_folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))
