"""Copies a database to a file while it is in use, and puts such a copy back.

SQLite copies itself (its online backup); PostgreSQL is copied by its own pg_dump and put back by
pg_restore. A copy appears under its name only when it is complete and has been checked.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL, inspect

from jiesu.serving.store.database import connect, open_database
from jiesu.serving.store.errors import StoreUnavailable
from jiesu.taxonomy.errors import InputError

_PAGES = 4096
"""Pages that SQLite copies before it lets writers in."""


def back_up(address: str, to: Path) -> None:
    """Copy a database to a file.

    Raises:
        InputError: the file exists.
        StoreUnavailable: the database cannot be read, or its tools are missing.
    """
    if to.exists():
        raise InputError(f"文件已存在：{to}；备份不覆盖旧文件，请换一个文件名")
    engine = connect(address)
    engine.dispose()
    part = to.with_name(f"{to.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        if engine.dialect.name == "sqlite":
            _copy(_file_of(engine.url), part)
            _check(part)
        else:
            _run("pg_dump", engine.url, "--format=custom", "--no-owner", f"--file={part}")
        os.replace(part, to)
    finally:
        part.unlink(missing_ok=True)


def restore(copy: Path, address: str, *, overwrite: bool) -> None:
    """Put a copy back, and bring it up to date where it is from an older version.

    Args:
        overwrite: replace what the database holds; otherwise it must be empty or not there.

    Raises:
        InputError: the copy cannot be used, or the database holds something.
        StoreUnavailable: the database cannot be written, or its tools are missing.
    """
    if not copy.is_file():
        raise InputError(f"备份文件不存在：{copy}")
    engine = connect(address)
    try:
        if not overwrite and _is_filled(engine.url):
            raise InputError("数据库里已有数据；确要用备份替换，请停止服务，再加 --overwrite")
    finally:
        engine.dispose()
    if engine.dialect.name == "sqlite":
        _check(copy)
        _copy(copy, _file_of(engine.url))
    else:
        tidy = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
        _run("pg_restore", engine.url, *tidy, str(copy))
    open_database(address).close()


def _file_of(url: URL) -> Path:
    return Path(str(url.database))


def _is_filled(url: URL) -> bool:
    if url.get_backend_name() == "sqlite":
        file = _file_of(url)
        return file.exists() and file.stat().st_size > 0
    engine = connect(url.render_as_string(hide_password=False))
    try:
        return bool(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def _copy(source: Path, target: Path) -> None:
    if not source.exists() or not source.stat().st_size:
        raise StoreUnavailable(f"数据库文件 {source} 不存在或是空的；请检查 JIESU_DATABASE_URL")
    try:
        with _opened(source) as old, _opened(target) as new:
            old.backup(new, pages=_PAGES)
    except sqlite3.Error as error:
        raise StoreUnavailable(f"从 {source} 复制到 {target} 失败：{error}") from None


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        yield connection


def _check(copy: Path) -> None:
    """Make sure that a copy is whole and ours.

    Raises:
        InputError: it is damaged, or something else.
    """
    try:
        with _opened(copy) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise InputError(f"{copy} 不是 jiesu 的备份，或已损坏：{error}") from None
    if found != "ok":
        raise InputError(f"{copy} 已损坏：{found}")


def _run(program: str, url: URL, *options: str) -> None:
    """Run a tool of PostgreSQL; the password goes by environment, where no list shows it."""
    path = shutil.which(program)
    if path is None:
        raise StoreUnavailable(
            f"找不到 {program}；请安装 PostgreSQL 客户端（apt-get install postgresql-client），"
            "版本不低于服务器"
        )
    environment = dict(os.environ)
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    done = subprocess.run(
        [path, f"--dbname={plain}", *options], env=environment, capture_output=True, text=True
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["没有说明"])[-1]
        raise StoreUnavailable(f"{program} 失败：{reason}")
