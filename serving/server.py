"""Run the HTTP server: check first, then hand over to uvicorn."""

import errno
import os
import socket
import tempfile
from contextlib import AbstractContextManager, nullcontext

import typer
import uvicorn

from jiesu.serving.api.metrics import MULTIPROCESS_ENV
from jiesu.serving.log import configure_logging
from jiesu.serving.settings import Settings, environment_of
from jiesu.taxonomy.errors import InputError

_GRACE_SECONDS = 30
"""What a worker has begun it may finish within this time when it is told to stop."""

_HUNG_SECONDS = 60
"""A worker that gives no sign of life for so long is replaced. The server's own 5 seconds would
kill workers that load a model on a busy machine, again and again."""


def run_server(settings: Settings) -> None:
    """Serve until interrupted.

    Raises:
        InputError: the city folder is wrong.
    """
    from jiesu.taxonomy.city import load_city

    load_city(settings.city)  # a quarter of a second that spares a server which can never answer
    check_address(settings.host, settings.port)
    configure_logging(settings.log_level)
    typer.echo(f"接诉 HTTP 服务：http://{settings.host}:{settings.port}/docs（按 Ctrl-C 停止）")
    typer.echo(who_may_come_in(settings))
    with _shared_counts(settings.workers) as counts:
        os.environ.update(worker_environment(settings, counts))
        uvicorn.run(
            "jiesu.serving.api.app:worker_app",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers if settings.workers > 1 else None,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies or None,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            timeout_worker_healthcheck=_HUNG_SECONDS,
        )


def who_may_come_in(settings: Settings) -> str:
    """Say whether callers must sign in, and what to do where nobody could."""
    if settings.lets_everybody_in:
        return "警告：免登录（auth=open），本机上的任何人和程序都能看到、改动全部数据。"
    if settings.api_keys or _has_anybody(settings):
        return "人要登录，程序要带密钥；用户和密钥用 jiesu user、jiesu key 管理。"
    make = "jiesu user add admin --role admin"
    if settings.may_be_open:
        return f"尚无用户：只有本机能访问，不必登录。建立第一个管理员：{make}（此后都要登录）"
    return f"尚无用户和密钥，谁也进不来。请先建立管理员：{make}"


def _has_anybody(settings: Settings) -> bool:
    from jiesu.serving.doors.guard import Doors
    from jiesu.serving.store.database import open_database
    from jiesu.serving.store.errors import StoreUnavailable
    from jiesu.serving.workplace import china_now

    try:
        database = open_database(settings.database_url)
    except StoreUnavailable:
        return True  # the workers say what is wrong with it
    try:
        return Doors(database, china_now).has_anybody()
    finally:
        database.close()


def _shared_counts(workers: int) -> AbstractContextManager[str | None]:
    """Return a folder for the counts of several workers; nothing for one."""
    return tempfile.TemporaryDirectory(prefix="jiesu-metrics-") if workers > 1 else nullcontext()


def check_address(host: str, port: int) -> None:
    """Find out early whether the server will be able to listen there.

    Raises:
        InputError: the port is taken or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # The standard function sets SO_REUSEADDR, as the server will: a port of a server that
        # stopped a moment ago is free.
        socket.create_server((host.strip("[]"), port), family=family).close()
    except OSError as error:
        reason = "已被占用" if error.errno == errno.EADDRINUSE else f"不能监听（{error.strerror}）"
        raise InputError(f"地址 {host}:{port} {reason}；请用 --host 或 --port 换一个") from None


def worker_environment(settings: Settings, counts_folder: str | None) -> dict[str, str]:
    """Return the variables from which a worker process reads the same settings.

    Several workers share their counts through files in `counts_folder`; None for one worker.
    """
    variables = environment_of(settings)
    if counts_folder is not None:
        variables[MULTIPROCESS_ENV] = counts_folder
    return variables
