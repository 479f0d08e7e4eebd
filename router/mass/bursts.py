"""How unusual each event is: the scan statistic and the surprise, with events for places.

An event stands for a place: its messages against those of all others, day by day. What the scan
asks is the same as for subdistricts: are place and day independent?
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from jiesu.router.mass.cells import Cell, cell_of
from jiesu.router.mass.event import Event
from jiesu.router.mass.pace import Pace
from jiesu.router.mass.scan import ScanSettings, scan, single_zones
from jiesu.router.mass.surprise import surprise

_WEEK = 7
_SETTINGS = ScanSettings(lengths=(1, 3, 7, 14, 30), replicas=199)
_MOST = 50
_SHARED = 0.3
_REST = 1
_ENOUGH = 100_000
"""So many other messages tell how they spread over the days; of more, a part is taken."""


def scan_events(events: Sequence[Event], pace: Pace) -> dict[str, float]:
    """Return event id → p-value of its strongest run of days among all messages.

    Only the largest events are scanned: each more makes every p-value larger.
    """
    events = sorted(events, key=lambda event: (-len(event.callers), event.id))[:_MOST]
    if not events:
        return {}
    first = min(pace.daily)
    days = [_days(event, first) for event in events]
    rest = Counter({(day - first).days: n for day, n in pace.daily.items()})
    rest.subtract(day for listed in days for day in listed)
    part = max(rest.total() // _ENOUGH, 1)
    days.append([day for day, n in rest.items() for _ in range(max(n, 0) // part)])
    places = np.repeat(np.arange(len(days)), [len(listed) for listed in days])
    zones = single_zones(len(days))[:-_REST]
    bursts = scan(places, np.concatenate([np.array(d, np.int64) for d in days]), zones, _SETTINGS)
    return {events[burst.zone].id: burst.p_value for burst in bursts}


def peak_surprise(event: Event, pace: Pace) -> float:
    """Return the surprise of the busiest seven days, if its callers came like all others."""
    heard = Counter(_first_days(event))
    best = 0.0
    for start in heard:
        end = start + timedelta(days=_WEEK - 1)
        observed = sum(heard[start + timedelta(days=i)] for i in range(_WEEK))
        expected = heard.total() * pace.share(start, end)
        best = max(best, surprise(observed, expected))
    return best


def cell_of_event(event: Event) -> Cell | None:
    """Return the subdistrict and class that most members share; None where few know theirs."""
    cells = Counter(cell_of(member.features.message) for member in event)
    del cells[None]
    best = cells.most_common(1)
    return best[0][0] if best and best[0][1] >= _SHARED * len(event) else None


def _days(event: Event, first: date) -> list[int]:
    return [(member.features.message.at.date() - first).days for member in event]


def _first_days(event: Event) -> list[date]:
    heard: dict[str, date] = {}
    for member in event:
        message = member.features.message
        heard.setdefault(message.who, message.at.date())
    return list(heard.values())
