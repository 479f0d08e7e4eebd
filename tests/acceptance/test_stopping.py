"""A server that is told to stop finishes what it has begun, and does not wait for streams."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

_SECONDS = 90


def ask(port: int, method: str, path: str, body: object = None) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json"}
    try:
        connection.request(method, path, json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        response.read()
        return response.status
    except OSError:
        return 0
    finally:
        connection.close()


@pytest.mark.slow
def test_what_has_begun_is_finished_and_streams_end(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from jiesu.serving.cli import main; main()", "serve"]
    address = f"sqlite:///{tmp_path}/house.db"
    server = subprocess.Popen(
        [*command, "--no-auth", "--port", str(port), "--database-url", address],
        env=os.environ | {"JIESU_LOG_LEVEL": "error"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + _SECONDS
        while ask(port, "GET", "/v1/tickets") != 200:
            assert time.monotonic() < end
            time.sleep(0.1)
        stream = HTTPConnection("127.0.0.1", port, timeout=60)
        stream.request("GET", "/desk/events")
        events = stream.getresponse()
        assert events.status == 200

        items = [{"text": f"望京西园{n}区的暖气片是凉的"} for n in range(300)]
        answers: list[int] = []
        slow = threading.Thread(
            target=lambda: answers.append(ask(port, "POST", "/v1/route", {"items": items}))
        )
        slow.start()
        time.sleep(0.3)  # it is under way
        server.send_signal(signal.SIGTERM)
        slow.join()
        began = time.monotonic()
        server.wait(timeout=_SECONDS)
        took = time.monotonic() - began
        events.close()
        stream.close()
    finally:
        server.kill()
        server.wait()
    assert answers == [200]
    assert took < 25, "the stream held the server until its grace had run out"
