"""What all tests share: no database in the folder that they run in, and time enough."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes is the machine's business.
settings.register_profile("jiesu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("jiesu")

# Seconds; a model may take its time too: a ticket that waits too long is taken in without one.
_SUGGEST_SECONDS = "120"


@pytest.fixture(scope="session", autouse=True)
def settings_of_tests() -> Iterator[None]:
    """Keep the default database in a folder that is deleted, and wait long for a model."""
    with TemporaryDirectory(prefix="jiesu-test-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIESU_DATABASE_URL", f"sqlite:///{Path(folder) / 'jiesu.db'}")
        patch.setenv("JIESU_SUGGEST_SECONDS", _SUGGEST_SECONDS)
        yield
