"""A PostgreSQL server of our own for tests: made in a temporary folder, reached by a socket.

Needs the server's programs (`apt-get install postgresql`), not a running server. They refuse to
run as root; then they are run as the user that the package made.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

_USER = "postgres"
_SECONDS = 60
_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def quick_folder() -> str | None:
    """Return where files are kept in memory: tests wait for no disk; None where there is none."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def find_programs() -> Path | None:
    """Return the folder of the server's programs; None where they are not installed."""
    if found := shutil.which("postgres"):
        return Path(found).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return max((path.parent for path in installed), default=None)


@contextmanager
def postgres_server(options: str = _FAST) -> Iterator[str]:
    """Run a server until the block ends; yields the address of its first database.

    Args:
        options: of the server; by default nothing is written through to the disk.
    """
    programs = find_programs()
    if programs is None:
        pytest.skip("没有 PostgreSQL 服务程序；请安装：apt-get install postgresql")
    with tempfile.TemporaryDirectory(
        prefix="jiesu-pg-", dir=quick_folder() if options == _FAST else None
    ) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            user = pwd.getpwnam(_USER)
            os.chown(folder, user.pw_uid, user.pw_gid)
        data = folder / "data"
        how = ["-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(
            _as_user([programs / "initdb", "-D", data, *how]), cwd="/", capture_output=True
        )
        assert done.returncode == 0, done.stderr.decode()
        settings = f"-c listen_addresses= -c unix_socket_directories={folder} {options}"
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                _as_user([programs / "postgres", "-D", data, *settings.split()]),
                cwd="/",
                stdout=log,
                stderr=log,
            )
        try:
            _wait_until_ready(programs, folder)
            yield f"postgresql://{_USER}@/postgres?host={folder}"
        finally:
            server.send_signal(signal.SIGQUIT)  # at once, without writing anything out
            server.wait()


def _as_user(command: Sequence[str | Path]) -> list[str]:
    """Run as a user that the server accepts, and no longer than this process lives."""
    words = ["setpriv", "--pdeathsig=QUIT"]
    if os.geteuid() == 0:
        words += [f"--reuid={_USER}", f"--regid={_USER}", "--init-groups"]
    return [*words, *map(str, command)]


def _wait_until_ready(programs: Path, folder: Path) -> None:
    end = time.monotonic() + _SECONDS
    ask = [str(programs / "pg_isready"), "-q", "-h", str(folder)]
    while subprocess.run(ask).returncode != 0:
        assert time.monotonic() < end, (folder / "log").read_text()
        time.sleep(0.1)
