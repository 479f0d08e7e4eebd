"""A server with a filled desk and a real Chromium; without a browser these tests are skipped."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from house import PASSWORD, House
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

expect.set_options(timeout=20_000)  # a slow machine is no failure
JIESU = Path(sys.executable).with_name("jiesu")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"没有找到浏览器（{'、'.join(NAMES)}），跳过控制台的浏览器测试")
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database = tmp_path_factory.mktemp("console") / "demo.db"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [JIESU, "demo", "--port", str(port), "--keep", str(database)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/readyz", process)
        _add_users(f"sqlite:///{database}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(45)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        assert process.poll() is None, "the server did not start"
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.3)
    raise AssertionError("the server did not become ready")


def _add_users(database: str) -> None:
    from jiesu.serving.doors.register import Register, plain_user
    from jiesu.serving.store.database import open_database
    from jiesu.serving.workplace import china_now

    store = open_database(database)
    register = Register(store, china_now)
    register.add_user("测试", plain_user("wang", "王一", "operator"), PASSWORD, ())
    register.add_user("测试", plain_user("li", "李二", "supervisor"), PASSWORD, ())
    store.close()


def is_trouble(line: ConsoleMessage) -> bool:
    """Tell an error from a search that was given up because more was typed."""
    given_up = ("htmx:afterRequest", "htmx:sendAbort")
    return line.type == "error" and not line.text.startswith(given_up)


def told(line: ConsoleMessage) -> str:
    """Return an error with the address that it concerns."""
    return f"{line.text} {line.location.get('url', '')}".strip()


@pytest.fixture
def house(browser: Browser, server: str) -> Iterator[House]:
    contexts = []

    def new_page() -> Page:
        context = browser.new_context(
            viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(told(line)) if is_trouble(line) else None)
        return page

    errors: list[str] = []
    yield House(server, new_page)
    for context in contexts:
        context.close()
    assert errors == [], "the pages complained in the browser's console"
