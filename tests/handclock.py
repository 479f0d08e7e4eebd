"""A clock for tests that stands until it is moved by hand."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = datetime(2026, 11, 28, 9, tzinfo=timezone(timedelta(hours=8)))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)
