"""One message in, changed alerts out: read this first.

    message ─► features ─► echo group ─► tracker (join, merge, split) ─► alarm? ─► alert

Pure: no clock and no disk. `now` is the time of the latest message, so a year of history and the
stream of tonight run through the same code and give the same alerts.
"""

from collections.abc import Sequence
from datetime import datetime

from jiesu.router.mass.alert import Alert, Unusual
from jiesu.router.mass.bursts import cell_of_event, peak_surprise, scan_events
from jiesu.router.mass.cells import Cells
from jiesu.router.mass.describe import Deadline, Describer, by_the_clock
from jiesu.router.mass.echoes import Echoes
from jiesu.router.mass.event import Event
from jiesu.router.mass.features import FeatureMaker
from jiesu.router.mass.grams import Rarity
from jiesu.router.mass.message import Message
from jiesu.router.mass.pace import Pace
from jiesu.router.mass.rules import MassRules
from jiesu.router.mass.topics import Embed
from jiesu.router.mass.tracker import Tracker
from jiesu.router.mass.wording import Mask


class MassWatch:
    """Watches a stream of messages for many that tell one story."""

    def __init__(
        self,
        rules: MassRules,
        embed: Embed,
        rarity: Rarity,
        *,
        mask: Mask = str,
        deadline: Deadline = by_the_clock,
    ) -> None:
        """Start with nothing seen.

        Args:
            embed: texts → topics.
            rarity: made from ordinary complaints of the city, to know common words from names.
            mask: takes personal data out of what alerts quote.
            deadline: the city's clocks.
        """
        self._rules = rules
        self._maker = FeatureMaker(rules, embed, rarity.fork())
        self._echoes = Echoes(rules.echo)
        self._tracker = Tracker(rules, self._maker.rarity)
        self._describer = Describer(rules, mask, deadline)
        self._pace = Pace()
        self._cells = Cells(rules.window.cell_days)
        self._raised: set[str] = set()
        self._now: datetime | None = None

    def add(self, message: Message) -> list[Alert]:
        """Take the next message in and return the alerts that it changed, if any."""
        self._now = max(self._now or message.at, message.at)
        self._pace.count(message.at.date())
        self._cells.add(message)
        features = self._maker.make(message)
        change = self._tracker.add(features, self._echoes.group_of(features))
        self._echoes.forget(self._rules.window.max_open)
        if any(event_id in self._raised for event_id in change.gone):
            self._raised.add(change.event.id)
        return [self._alert(e) for e in (change.event, *change.parts) if self._is_raised(e)]

    def alerts(self, *, scanned: bool = True) -> list[Alert]:
        """Return every alert of the whole stream, hottest first.

        Args:
            scanned: also give each its p-value by the space-time permutation scan.
        """
        raised = self.raised
        p_values = self._scan(raised) if scanned else {}
        alerts = [self._alert(event, p_values.get(event.id)) for event in raised]
        return sorted(alerts, key=lambda alert: (-alert.heat, alert.first, alert.id))

    @property
    def raised(self) -> list[Event]:
        """The events that are alerts."""
        return [event for event in self._tracker.events if self._is_raised(event)]

    @property
    def events(self) -> Sequence[Event]:
        """Every event of two or more messages, raised or not."""
        return self._tracker.events

    def _is_raised(self, event: Event) -> bool:
        now = self._now or event.last
        if event.id not in self._raised and self._describer.is_alarm(event, now):
            self._raised.add(event.id)
        return event.id in self._raised

    def _scan(self, events: Sequence[Event]) -> dict[str, float]:
        """Scan each event's class over the subdistricts; without one, events stand for places."""
        found = dict(scan_events(events, self._pace))
        for event in events:
            cell = cell_of_event(event)
            p_value = self._cells.p_value_of(cell, event.last.date()) if cell else None
            found |= {} if p_value is None else {event.id: p_value}
        return found

    def _alert(self, event: Event, p_value: float | None = None) -> Alert:
        cell, surprise = cell_of_event(event), peak_surprise(event, self._pace)
        if cell is not None:
            surprise = max(surprise, self._cells.surprise_of(cell, event.last.date()))
        unusual = Unusual(p_value, round(surprise, 2))
        return self._describer.describe(event, self._now or event.last, unusual)
