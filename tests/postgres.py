"""A PostgreSQL server of our own for tests: made in a temporary folder, reached by a socket.

Needs the server's programs (`apt-get install postgresql`), not a running server. They refuse to
run as root; then they are run as the user that the package made.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

_USER = "postgres"
_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def find_programs() -> Path | None:
    """Return the folder of initdb and pg_ctl; None where they are not installed."""
    if found := shutil.which("pg_ctl"):
        return Path(found).parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")
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
    with tempfile.TemporaryDirectory(prefix="jiesu-pg-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            user = pwd.getpwnam(_USER)
            os.chown(folder, user.pw_uid, user.pw_gid)
        data = folder / "data"
        how = ["-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        _run([programs / "initdb", "-D", data, *how])
        settings = f"-c listen_addresses= -c unix_socket_directories={folder} {options}"
        control = [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
        _run([*control, "-o", settings, "start"])
        try:
            yield f"postgresql://{_USER}@/postgres?host={folder}"
        finally:
            _run([*control, "-m", "immediate", "stop"])


def _run(command: Sequence[str | Path]) -> None:
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--init-groups", *words]
    done = subprocess.run(
        words, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert done.returncode == 0, done.stderr
