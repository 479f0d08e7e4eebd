"""The city that comes with the package, read once, and a copy of it to break."""

import shutil
from pathlib import Path

import pytest

from jiesu.taxonomy.city import City, default_city_folder, load_city


@pytest.fixture(scope="session")
def packaged_city() -> City:
    return load_city()


@pytest.fixture
def city_copy(tmp_path: Path) -> Path:
    folder = tmp_path / "city"
    shutil.copytree(default_city_folder(), folder)
    return folder
