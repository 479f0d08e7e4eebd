import hashlib
import socket
from pathlib import Path

import pytest

from jiesu.serving.server import check_address, worker_environment
from jiesu.serving.settings import load_settings
from jiesu.taxonomy.errors import InputError

KEYS = ",".join(hashlib.sha256(key).hexdigest() for key in (b"a", b"b"))


def test_workers_read_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(
        host="0.0.0.0", api_keys=KEYS, workers=3, city=Path("/data/city"), max_items=7
    )
    for name, value in worker_environment(settings, "/tmp/counts").items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


def test_only_several_workers_share_counts_through_files() -> None:
    assert "PROMETHEUS_MULTIPROC_DIR" not in worker_environment(load_settings(), None)
    several = worker_environment(load_settings(workers=2), "/tmp/counts")
    assert several["PROMETHEUS_MULTIPROC_DIR"] == "/tmp/counts"


def test_taken_port_is_named_with_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(InputError, match=rf"127\.0\.0\.1:{port} 已被占用；请用 --host"):
            check_address("127.0.0.1", port)


def test_address_of_another_machine_is_refused() -> None:
    with pytest.raises(InputError, match=r"192\.0\.2\.1:0 不能监听"):
        check_address("192.0.2.1", 0)
