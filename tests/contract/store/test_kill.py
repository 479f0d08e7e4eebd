"""A server that is killed outright loses nothing that it has accepted."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from typing import Any

import pytest
from stories import ASPHALT

_SECONDS = 300
"""Far more than it takes, for machines that do much else."""


class Server:
    """`jiesu serve` on a port of its own."""

    def __init__(self, address: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-c", "from jiesu.serving.cli import main; main()", "serve"]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port)],
            env=os.environ | {"JIESU_DATABASE_URL": address, "JIESU_LOG_LEVEL": "error"},
            stdout=subprocess.DEVNULL,
        )
        wait_for(lambda: self.ask("GET", "/v1/alerts")[0] == 200)

    def ask(self, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        """Return status and body; (0, None) where nobody answers."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        try:
            connection.request(method, path, body and json.dumps(body).encode(), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, HTTPException):
            return 0, None
        finally:
            connection.close()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def wait_for(is_done: Callable[[], bool]) -> None:
    end = time.monotonic() + _SECONDS
    while not is_done():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def servers(address: str) -> Iterator[Callable[[], Server]]:
    started: list[Server] = []

    def start() -> Server:
        started.append(Server(address))
        return started[-1]

    yield start
    for server in started:
        server.kill()


def tell(server: Server, number: int) -> None:
    title, text = ASPHALT[number]
    body = {"id": f"A{number}", "title": title, "text": text, "caller": f"人{number}"}
    assert server.ask("POST", "/v1/tickets", body)[0] == 201


def alerts(server: Server) -> list[Any]:
    status, body = server.ask("GET", "/v1/alerts")
    return list(body["items"]) if status == 200 else []


def members(server: Server, path: str) -> list[str]:
    """Return the members of an alert; none while the server is busy or starts."""
    status, body = server.ask("GET", path)
    return list(body["members"]) if status == 200 else []


@pytest.mark.slow
def test_alerts_and_acts_outlive_the_server(servers: Callable[[], Server]) -> None:
    server = servers()
    for number in range(5):
        tell(server, number)
    wait_for(lambda: bool(alerts(server)))
    (alert,) = alerts(server)
    act = {"operator": "王", "version": alert["version"], "reason": "已派人"}
    assert server.ask("POST", f"/v1/alerts/{alert['id']}/acknowledge", act)[0] == 200

    server.kill()
    server = servers()
    tell(server, 5)

    path = f"/v1/alerts/{alert['id']}"
    try:
        wait_for(lambda: len(members(server, path)) == 6)
    except AssertionError:
        pytest.fail(f"the alert does not grow: {server.ask('GET', '/readyz')}")
    after = server.ask("GET", path)[1]
    assert (after["state"], len(alerts(server))) == ("acknowledged", 1)
    assert [step["what"] for step in after["history"]] == ["watch", "acknowledge"]


@pytest.mark.slow
def test_every_accepted_ticket_is_there_once(servers: Callable[[], Server]) -> None:
    server, accepted = servers(), set[str]()

    def load(worker: int) -> None:
        for i in range(10_000):
            name = f"{worker}-{i}"
            status, _ = server.ask("POST", "/v1/tickets", {"id": name, "text": "路灯不亮"}, name)
            if status == 0:
                return
            assert status == 201
            accepted.add(name)

    threads = [threading.Thread(target=load, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(accepted) >= 40)
    server.kill()
    for thread in threads:
        thread.join()

    server, found, path = servers(), list[str](), "/v1/tickets?limit=200"
    while path:
        page = server.ask("GET", path)[1]
        found += [ticket["id"] for ticket in page["items"]]
        path = page["next"] and f"/v1/tickets?limit=200&cursor={page['next']}"
    assert len(found) == len(set(found))
    assert accepted <= set(found)
