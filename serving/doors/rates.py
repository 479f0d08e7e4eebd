"""How often a caller may ask: a token bucket for each, in the memory of one process.

Several workers each count for themselves: together they allow as many times more. What must be
counted across all of them, failed logins, is counted in the store (`guard`).
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_MOST_CALLERS = 10_000
"""More are not remembered: the one that has been quiet longest is forgotten."""
_BURST_SECONDS = 10


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Rates:
    """Counts the requests of callers."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin to count.

        Args:
            per_minute: requests that a caller may make, as many as 10 seconds' worth at once;
                0 for no limit.
        """
        self._per_second = per_minute / 60
        self._most = max(self._per_second * _BURST_SECONDS, 1.0)
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._guard = threading.Lock()

    def wait(self, caller: str) -> float:
        """Count a request; return 0 where it may go on, else the seconds until it may."""
        if not self._per_second:
            return 0.0
        with self._guard:
            bucket, now = self._bucket(caller), self._clock()
            filled = bucket.tokens + (now - bucket.at) * self._per_second
            bucket.tokens, bucket.at = min(filled, self._most), now
            if bucket.tokens < 1:
                return (1 - bucket.tokens) / self._per_second
            bucket.tokens -= 1
            return 0.0

    def _bucket(self, caller: str) -> _Bucket:
        bucket = self._buckets.setdefault(caller, _Bucket(self._most, self._clock()))
        self._buckets.move_to_end(caller)
        if len(self._buckets) > _MOST_CALLERS:
            self._buckets.popitem(last=False)
        return bucket
