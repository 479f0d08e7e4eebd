import logging
import sys
from collections.abc import Iterator

import orjson
import pytest

from jiesu.serving.log import JsonFormatter, configure_logging


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("jiesu.http", logging.INFO, "x.py", 1, message, args, None)
    made.__dict__.update(extra)
    return made


def test_line_is_json_with_fields() -> None:
    line = orjson.loads(JsonFormatter().format(record("request", fields={"status": 200})))
    assert (line["message"], line["level"], line["status"]) == ("request", "info", 200)
    assert line["time"].endswith("+08:00")


def test_message_and_traceback_are_masked() -> None:
    made = record("来电 %s", "13800138000")
    try:
        raise ValueError("联系人：张三")
    except ValueError:
        made.exc_info = sys.exc_info()
    text = JsonFormatter().format(made)
    assert "13800138000" not in text
    assert "张三" not in text
    assert "ValueError" in text


@pytest.fixture
def loggers_restored() -> Iterator[None]:
    """Logging is global: other tests must not write to this test's stream."""
    loggers = [logging.getLogger(name) for name in ("jiesu", "uvicorn", "uvicorn.access")]
    before = [(it.handlers, it.propagate, it.level, it.disabled) for it in loggers]
    yield
    for logger, (handlers, propagate, level, disabled) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate, logger.disabled = handlers, propagate, disabled
        logger.setLevel(level)


@pytest.mark.usefixtures("loggers_restored")
def test_access_log_with_query_strings_stays_off(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info")
    logging.getLogger("uvicorn.access").info("GET /?q=张三")
    logging.getLogger("uvicorn.error").info("started")
    lines = capsys.readouterr().err.splitlines()
    assert [orjson.loads(line)["message"] for line in lines] == ["started"]
