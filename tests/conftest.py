"""What all tests share: no test leaves a database in the folder that it runs in."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

# How long an example takes is the machine's business.
settings.register_profile("jiesu", deadline=None)
settings.load_profile("jiesu")

_VARIABLE = "JIESU_DATABASE_URL"


@pytest.fixture(scope="session", autouse=True)
def database_aside() -> Iterator[None]:
    """Let the default database of this session lie in a folder that is deleted at its end."""
    before = os.environ.get(_VARIABLE)
    with TemporaryDirectory(prefix="jiesu-test-") as folder:
        os.environ[_VARIABLE] = f"sqlite:///{Path(folder) / 'jiesu.db'}"
        yield
    if before is None:
        del os.environ[_VARIABLE]
    else:
        os.environ[_VARIABLE] = before
