"""The watch for mass complaints in a process of its own, so that it takes no time from intake.

In a thread it held the interpreter for a third of each intake. The process reads the settings
from the environment, follows the tickets of the same database, and ends when whoever began it is
gone: it then reads the end of its input. A process that dies is begun anew.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

import orjson

from jiesu.serving.follower import MASS, Follower
from jiesu.serving.log import LOGGER, configure_logging
from jiesu.serving.settings import Settings, environment_of, load_settings

_AGAIN_SECONDS = 5.0
_STOP_SECONDS = 20.0
_TELL_SECONDS = 2.0
_NICENESS = 5
"""Whoever calls now goes before what is noticed a few seconds later."""

log = logging.getLogger(LOGGER)


class FollowerProcess:
    """Keeps a process that follows the tickets."""

    def __init__(self, settings: Settings) -> None:
        self.problem = ""
        self._environment = os.environ | environment_of(settings)
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name=MASS, daemon=True)

    @property
    def process_id(self) -> int | None:
        """Number of the process; None where none is running."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Begin the process, and again whenever it ends."""
        self._thread.start()

    def nudge(self) -> None:
        """Do nothing: it looks for new tickets every two seconds."""

    def stop(self) -> None:
        """End the process and let another one watch."""
        self._stopping.set()
        process = self._process
        if process is not None:
            _end(process)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            with self._begin() as process:
                self._process, self.problem = process, ""
                if self._stopping.is_set():  # said while it began
                    _end(process)
                assert process.stdout is not None  # a pipe, see `_begin`
                for line in process.stdout:
                    self.problem = str(orjson.loads(line))
            if not self._stopping.is_set():
                self.problem = f"群体诉求预警的进程意外结束（{process.returncode}），正在重启"
                log.error("degraded: mass: the process ended with %s", process.returncode)
            self._stopping.wait(_AGAIN_SECONDS)

    def _begin(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "jiesu.serving.mass_process"]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self._environment, stdin=pipe, stdout=pipe)


def _end(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None  # a pipe, see `_begin`
    with suppress(OSError):
        process.stdin.close()


def main() -> None:
    """Follow the tickets until the input ends; tell every problem as a line of JSON."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever began it
    os.nice(_NICENESS)
    settings = load_settings()
    configure_logging(settings.log_level)
    follower = _follower(settings)
    if follower is None:
        return
    ended = threading.Event()
    threading.Thread(target=_tell, args=(follower, ended), daemon=True).start()
    follower.start()
    sys.stdin.buffer.read()
    follower.stop()
    ended.set()


def _follower(settings: Settings) -> Follower | None:
    from jiesu.serving.alert_desk import AlertDesk
    from jiesu.serving.store.database import open_database
    from jiesu.serving.workplace import china_now, make_follower
    from jiesu.taxonomy.city import load_city

    database = open_database(settings.database_url)
    desk = AlertDesk(database, china_now)
    return make_follower(settings, load_city(settings.city), database, desk, china_now)


def _tell(follower: Follower, ended: threading.Event) -> None:
    told = ""
    while not ended.wait(_TELL_SECONDS):
        if follower.problem != told:
            told = follower.problem
            sys.stdout.buffer.write(orjson.dumps(told) + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
