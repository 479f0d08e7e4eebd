"""One database: opening it, bringing it up to date, and transactions.

SQLite runs in WAL mode: readers never wait, and writers take turns. A write begins at once
(BEGIN IMMEDIATE), so two of them never meet half-way; within the process they queue at a lock,
which is fairer than SQLite's own waiting. PostgreSQL needs none of that.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from jiesu.serving.store.errors import StoreUnavailable

T = TypeVar("T")

_BUSY_SECONDS = 30
_CACHE_KIB = 64 * 1024
_POOL = 10
_OVERFLOW = 40
"""As many connections as the HTTP server has threads."""


class _Piece(Generic[T]):
    """Work of one thread that another may do for it."""

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self.is_done = False
        self._work = work
        self._results: list[T] = []
        self._error: BaseException | None = None

    def do(self, connection: Connection) -> None:
        """Do it, or leave nothing of it."""
        try:
            with connection.begin_nested():
                self._results.append(self._work(connection))
        except Exception as error:
            # The border between threads: told to the one that waits for it, and only to it.
            self._error = error

    def fail(self, error: BaseException) -> None:
        """Note that it was not kept."""
        self._error = self._error or error

    def result(self) -> T:
        """Return what came of it, in the thread that asked."""
        if self._error is not None:
            raise self._error
        return self._results[0]


class Database:
    """A database whose tables are up to date."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._waiting: list[_Piece[Any]] = []  # Any: each has its own result

    @property
    def dialect(self) -> str:
        """Either "sqlite" or "postgresql"."""
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the data and changes nothing."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """Open a transaction that changes data: all of it is kept, or nothing after an error.

        Args:
            durable: wait until the data is on the disk. Without it the data survives the end of
                the process, and a power cut only together with the next durable transaction.
        """
        if self.dialect != "sqlite":
            with self.engine.begin() as connection:
                if not durable:
                    connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                yield connection
            return
        with self._turn, self._begun(durable=durable) as connection:
            yield connection

    @contextmanager
    def _begun(self, *, durable: bool) -> Iterator[Connection]:
        """Open SQLite's transaction that changes data; whoever calls it has the turn."""
        with self.engine.connect() as connection:
            connection.execution_options(jiesu_write="durable" if durable else "quick")
            with connection.begin():
                yield connection

    def write_together(self, work: Callable[[Connection], T]) -> T:
        """Do a piece of work that changes data, in one transaction with others that wait.

        On SQLite each commit waits for the disk, and writers take turns: whoever's turn it is does
        the work of all that wait meanwhile, each under a savepoint, and commits once. It returns
        when the data is on the disk. PostgreSQL does the like by itself.
        """
        if self.dialect != "sqlite":
            with self.write() as connection:
                return work(connection)
        piece = _Piece(work)
        with self._guard:
            self._waiting.append(piece)
        with self._turn:
            if not piece.is_done:
                with self._guard:
                    pieces, self._waiting = self._waiting, []
                self._do_all(pieces)
        return piece.result()

    def _do_all(self, pieces: "list[_Piece[Any]]") -> None:  # Any: each has its own result
        try:
            with self._begun(durable=True) as connection:
                for piece in pieces:
                    piece.do(connection)
        except BaseException as error:
            for piece in pieces:
                piece.fail(error)
        for piece in pieces:
            piece.is_done = True

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_database(address: str) -> Database:
    """Open a database and bring its tables up to date.

    Args:
        address: as SQLAlchemy writes it, e.g. `sqlite:///jiesu.db` or
            `postgresql://user@host/name`.

    Raises:
        StoreUnavailable: it cannot be reached, is no database, or is newer than this program.
    """
    from jiesu.serving.store.migrate import upgrade  # alembic takes a moment to import

    engine = connect(address)
    try:
        upgrade(engine)
    except StoreUnavailable:
        engine.dispose()
        raise
    except DBAPIError as error:
        engine.dispose()
        raise StoreUnavailable(
            f"数据库 {_shown(engine.url)} 打不开：{error.orig}；请检查 JIESU_DATABASE_URL"
        ) from None
    return Database(engine)


def connect(address: str) -> Engine:
    """Return an engine; nothing is opened yet.

    Raises:
        StoreUnavailable: the address is not understood or its driver is not installed.
    """
    url = _url(address)
    try:
        if url.get_backend_name() == "sqlite":
            return _sqlite(url)
        return create_engine(url, pool_size=_POOL, max_overflow=_OVERFLOW, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise StoreUnavailable(
            f"缺少数据库驱动 {error.name}；请先安装：pip install 'jiesu[postgres]'"
        ) from None


def _url(address: str) -> URL:
    try:
        url = make_url(address)
        name = url.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError):
        name = ""
    if name not in ("sqlite", "postgresql"):
        # The address is not repeated: it may hold a password.
        raise StoreUnavailable(
            "数据库地址看不懂；请把 JIESU_DATABASE_URL 写成 sqlite:///文件 "
            "或 postgresql://用户:密码@主机/库名"
        )
    if name == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if not url.database or url.database == ":memory:":
        raise StoreUnavailable("数据库要有文件，如 sqlite:///jiesu.db；内存中的库停机即失")
    return url


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _sqlite(url: URL) -> Engine:
    _make_private(Path(str(url.database)))
    engine = create_engine(
        url,
        pool_size=_POOL,
        max_overflow=_OVERFLOW,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _make_private(path: Path) -> None:
    """Make the file, if there is none, so that only its owner reads the citizens' data."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreUnavailable(
            f"数据库文件 {path} 不能写：{error.strerror}；请检查文件夹和权限"
        ) from None


def _prepare(connection: sqlite3.Connection, _: Any) -> None:  # Any: pool bookkeeping, unused
    connection.isolation_level = None  # transactions begin where we say so, in `_begin`
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # an accepted ticket survives a power cut; see `Database.write`
        "foreign_keys = ON",
        f"busy_timeout = {_BUSY_SECONDS * 1000}",
        f"cache_size = -{_CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    kind = connection.get_execution_options().get("jiesu_write", "")
    if kind:
        level = "NORMAL" if kind == "quick" else "FULL"
        connection.exec_driver_sql(f"PRAGMA synchronous = {level}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if kind else "BEGIN")
