"""A small certified policy, shared by tests of the gate and of what serves it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from jiesu.router.decision import Versions
from jiesu.router.dispatch_policy import (
    Certificate,
    DispatchPolicy,
    Promised,
    with_version,
)
from jiesu.router.drift import Band, drift_test

MADE = datetime(2026, 11, 1, tzinfo=UTC)
EXPIRES = datetime(2027, 3, 1, tzinfo=UTC)
VERSIONS = Versions("words-1", "tiny-1", "1", "tiny-1")
BANDS = (Band(0.9, 0.02, 0.5), Band(0.95, 0.002, 0.5))


def tiny_policy(threshold: float | None = 0.9, **changes: Any) -> DispatchPolicy:
    """A policy that dispatches from a threshold on; None proves nothing."""
    found = Certificate(threshold, 200, 199, 0.4, 0.981)
    policy = DispatchPolicy(
        version="",
        stage="auto",
        confidence=0.95,
        made_for=VERSIONS,
        made_at=MADE,
        expires_at=EXPIRES,
        auto=Promised(0.98, {"01": found, "": replace(found, threshold=None)}, 0.4),
        confirm=Promised(0.9, {"01": replace(found, threshold=0.4)}, 0.8),
        drift=drift_test(BANDS),
        data={"file": "h.csv", "rows": 500},
    )
    return with_version(replace(policy, **changes))
