"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from jiesu.serving.times import CHINA_TIME

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands for "no deadline" so that an index can order all tickets by deadline."""

BigNumber = BigInteger().with_variant(Integer, "sqlite")
"""A whole number of 64 bits; SQLite counts up by itself only where the type is INTEGER."""


class Moment(TypeDecorator[datetime]):
    """An aware datetime; kept in UTC, given back in China Standard Time.

    SQLite knows no zones: there the column holds UTC without one, which sorts rightly as text.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the value as the database takes it."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the value as the code knows it (Any: what a driver gives)."""
        if value is None:
            return None
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        if moment.year == NEVER.year:
            return NEVER
        return moment.astimezone(CHINA_TIME)  # type: ignore[no-any-return]  # Any, as above
