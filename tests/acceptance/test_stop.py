"""A server with live lists open stops when told to, without waiting for its grace time."""

import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

JIESU = Path(sys.executable).with_name("jiesu")


@pytest.mark.slow
def test_live_updates_end_with_the_server(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    database = f"sqlite:///{tmp_path / 'desk.db'}"
    process = subprocess.Popen(
        [JIESU, "serve", "--port", url.rpartition(":")[2], "--database-url", database],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with _stream(f"{url}/desk/events") as stream:
            assert stream.readline() == b"retry: 2000\n"
            process.terminate()
            began = time.monotonic()
            assert process.wait(25) in (0, -15)
            assert time.monotonic() - began < 20  # the grace time is 30 seconds
    finally:
        process.kill()
        process.wait()


def _stream(url: str):  # type: ignore[no-untyped-def]  # urllib's answer has no public type
    end = time.monotonic() + 90
    while time.monotonic() < end:
        try:
            return urlopen(url, timeout=30)
        except OSError:
            time.sleep(0.3)
    raise AssertionError("the server did not become ready")
