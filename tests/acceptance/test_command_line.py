"""The installed command in processes of its own: speed, pipes, signals, exit codes."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

JIESU = Path(sys.executable).with_name("jiesu")
TEXT = "朝阳区望京街道望京西园四区的路灯不亮三天了，请尽快修"


def run(*args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([JIESU, *args], input=stdin, capture_output=True, timeout=60)


def cpu_seconds(*command: str | Path) -> float:
    """CPU time of one call: unlike wall time it does not depend on what else the machine does."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def against_libraries(*args: str) -> float:
    """CPU time of one call of jiesu as a multiple of loading the libraries that it stands on.

    Both are measured by turns on this very machine, whose speed must not decide a test.
    """
    libraries = (sys.executable, "-c", "import numpy, scipy.sparse, pydantic, typer, yaml")
    yards, calls = zip(
        *((cpu_seconds(*libraries), cpu_seconds(JIESU, *args)) for _ in range(3)), strict=True
    )
    return min(calls) / min(yards)


@pytest.mark.slow
def test_help_answers_before_the_libraries_would_be_loaded() -> None:
    assert against_libraries("--help") < 1.2


@pytest.mark.slow
def test_cold_route_costs_a_few_times_its_libraries() -> None:
    """1.4 s on a machine that loads them in 0.3 s; other work on the machine may add to it."""
    assert against_libraries("route", TEXT) < 8


def test_route_decides_a_ticket_from_the_pipe() -> None:
    result = run("route", "-", "--json", "--time", "2026-11-27 09:05", stdin=TEXT.encode("gb18030"))

    assert (result.returncode, result.stderr) == (0, b"")
    decision = json.loads(result.stdout)
    assert decision["classes"][0]["path"][0]
    assert (decision["place"]["district"], decision["place"]["subdistrict"]) == (
        "朝阳区",
        "望京街道",
    )
    assert decision["outcome"] in {"confirm", "human"}
    assert decision["deadline"] > "2026-11-27"
    assert decision["degraded"] == []


def test_route_without_a_model_still_takes_the_ticket(tmp_path: Path) -> None:
    result = run("route", TEXT, "--json", "--model", str(tmp_path))
    decision = json.loads(result.stdout)
    assert (decision["outcome"], decision["degraded"]) == ("human", ["model"])
    assert decision["place"]["subdistrict"] == "望京街道"


def test_reader_that_has_gone_makes_no_noise() -> None:
    result = subprocess.run(f"{JIESU} --help | true", shell=True, capture_output=True, timeout=60)
    assert result.stderr == b""


@pytest.fixture
def service() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [JIESU, "serve", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"JIESU_MAX_ITEMS": "2"},
    )
    yield process, port
    process.kill()
    process.communicate()


def ask(port: int, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    sent = json.dumps(body).encode() if body is not None else None
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request(method, path, sent, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def wait_until_ready(port: int) -> Any:
    for _ in range(300):
        try:
            status, body = ask(port, "GET", "/readyz")
        except OSError:
            status = 0
        if status == 200:
            return body
        time.sleep(0.1)
    raise TimeoutError("service did not get ready")


@pytest.mark.slow
def test_service_answers_and_stops_when_told(
    service: tuple[subprocess.Popen[bytes], int],
) -> None:
    process, port = service
    assert wait_until_ready(port) == {"status": "ready", "degraded": {}}

    status, body = ask(port, "POST", "/v1/route", {"items": [{"id": "1", "text": TEXT}]})
    assert (status, body["items"][0]["ticket_id"]) == (200, "1")
    status, body = ask(port, "POST", "/v1/route", {"items": [{"text": TEXT}] * 3})
    assert (status, body["detail"]) == (422, "items：应有 1 到 2 项，现有 3 项")

    process.send_signal(signal.SIGTERM)
    _, stderr = process.communicate(timeout=20)
    assert all(json.loads(line)["time"] for line in stderr.splitlines())
    assert "路灯".encode() not in stderr


@pytest.mark.slow
def test_second_service_on_the_port_is_told_so(
    service: tuple[subprocess.Popen[bytes], int],
) -> None:
    _, port = service
    wait_until_ready(port)
    result = run("serve", "--port", str(port))
    assert result.returncode == 2
    assert f"127.0.0.1:{port} 已被占用".encode() in result.stderr
