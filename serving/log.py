"""Structured logs: one JSON object a line on stderr, masked, without texts of citizens.

A field is passed as `extra={"fields": {...}}`; free messages and tracebacks are masked, because
an exception's text may quote what it failed on.
"""

import logging
import sys
from datetime import datetime
from typing import Any

import orjson

from jiesu.serving.masking import mask
from jiesu.serving.times import CHINA_TIME

LOGGER = "jiesu"


class JsonFormatter(logging.Formatter):
    """A log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; `fields` are kept as they are, everything else is masked."""
        line: dict[str, Any] = {  # Any: JSON values
            "time": datetime.fromtimestamp(record.created, CHINA_TIME).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": mask(record.getMessage()),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = mask(self.formatException(record.exc_info))
        return orjson.dumps(line, default=str).decode()


def configure_logging(level: str) -> None:
    """Send the logs of jiesu and of the HTTP server to stderr as JSON lines.

    The server's own access log stays off: its lines hold query strings.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    for name in (LOGGER, "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(level.upper())
    logging.getLogger("uvicorn.access").disabled = True
