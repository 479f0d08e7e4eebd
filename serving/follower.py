"""Follows the stored tickets and tells the watch for mass complaints of each, in order.

It reads what is committed, so a ticket can be lost neither by a crash between store and watch nor
by coming in through another process. Of all processes on one database one holds the lease and
watches; when it dies another rebuilds the watch from the tickets of the last weeks. What breaks
here degrades the alerts and never the intake.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from jiesu.router.decision import Decision
from jiesu.router.mass.alert import Alert
from jiesu.router.mass.message import Message, with_decision
from jiesu.serving.alert_desk import AlertDesk
from jiesu.serving.log import LOGGER
from jiesu.serving.store import history, leases, tickets
from jiesu.serving.store.database import Database
from jiesu.serving.store.records import StoredTicket
from jiesu.serving.suggestions import Clock

MASS = "mass"
_BATCH = 200
_LEASE = timedelta(seconds=30)
_POLL_SECONDS = 2.0
_SCAN_EVERY = timedelta(minutes=10)
"""A scan shuffles the days of all alerts' calls; in between, alerts keep their last p-value."""
_GAP = timedelta(seconds=60)
"""On PostgreSQL a number may be committed after a later one; so long it is still waited for."""

log = logging.getLogger(LOGGER)


class Watch(Protocol):
    """What the follower needs of `MassWatch`."""

    def add(self, message: Message) -> list[Alert]:
        """Take the next message in and return the alerts that it changed."""
        ...

    def alerts(self, *, scanned: bool = True) -> list[Alert]:
        """Return every alert."""
        ...


class Follower:
    """Keeps the alerts of the store up to date with its tickets."""

    def __init__(
        self,
        database: Database,
        desk: AlertDesk,
        make_watch: Callable[[], Watch],
        clock: Clock,
        days: int,
    ) -> None:
        """Put the follower together; nothing is read yet.

        Args:
            make_watch: returns a watch that has seen nothing.
            days: how far back tickets are read when the watch is rebuilt.
        """
        self.problem = ""
        self._database = database
        self._desk = desk
        self._make_watch = make_watch
        self._clock = clock
        self._days = timedelta(days=days)
        self._holder = uuid.uuid4().hex
        self._held_at: datetime | None = None
        self._watch: Watch | None = None
        self._spare: Watch | None = None
        self._scanned_at: datetime | None = None
        self._is_changed = False
        self._seen = 0
        self._missing: dict[int, datetime] = {}
        self._stored_as: dict[str, str] = {}
        self._nudged = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=MASS, daemon=True)

    def start(self) -> None:
        """Follow in a thread of its own until stopped."""
        self._thread.start()

    def nudge(self) -> None:
        """Say that there is a new ticket; without it the follower looks every two seconds."""
        self._nudged.set()

    def stop(self) -> None:
        """End the thread and let another process watch."""
        self._stopped.set()
        self._nudged.set()
        if self._thread.is_alive():
            self._thread.join()
        self.release()

    def release(self) -> None:
        """Give the lease back."""
        self._watch = self._held_at = None
        with suppress(Exception), self._database.write() as connection:
            leases.drop_lease(connection, MASS, self._holder)

    def catch_up(self) -> bool:
        """Tell the watch of all tickets that it has not seen.

        Returns:
            False where another process watches.
        """
        if not self._hold():
            self._watch = None
            # To learn the city's language takes seconds: done now, a successor starts at once.
            self._spare = self._spare or self._make_watch()
            return False
        if self._watch is None:
            self._rebuild()
        while batch := self._next():
            self._tell(batch)
            self._hold()
        self._scan_if_due()
        return True

    def _scan_if_due(self) -> None:
        """Give alerts their p-values, where tickets came in since the last scan."""
        now = self._clock()
        is_due = self._scanned_at is None or now - self._scanned_at >= _SCAN_EVERY
        if not (is_due and self._is_changed):
            return
        assert self._watch is not None  # `catch_up` has made it
        self._keep(self._watch.alerts(scanned=True))
        self._scanned_at, self._is_changed = now, False

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self.catch_up()
                self.problem = ""
            except Exception as error:
                # The worker loop: alerts are late, intake goes on, and the next round tries again.
                if str(error) not in self.problem:  # told once
                    log.exception("degraded: mass")
                self.problem = f"群体诉求预警不可用：{error}"
                self._watch = None
            self._nudged.wait(_POLL_SECONDS if not self.problem else 10 * _POLL_SECONDS)
            self._nudged.clear()

    def _hold(self) -> bool:
        now = self._clock()
        if self._held_at is not None and now - self._held_at < _LEASE / 3:
            return True
        with self._database.write(durable=False) as connection:
            held = leases.take_lease(connection, MASS, self._holder, now, _LEASE)
        self._held_at = now if held else None
        return held

    def _rebuild(self) -> None:
        """Let a new watch see the last weeks; what it then says of its alerts is kept."""
        watch, self._spare = self._spare or self._make_watch(), None
        with self._database.read() as connection:
            first = tickets.first_seq_since(connection, self._clock() - self._days)
        self._watch, self._stored_as, self._missing = watch, {}, {}
        self._seen = max(first - 1, 0)
        while batch := self._next():
            for message in batch:
                watch.add(message)
            self._hold()
        self._keep(watch.alerts(scanned=False))
        self._scanned_at, self._is_changed = None, True

    def _next(self) -> list[Message]:
        """Return the next messages in order; empty when all have been seen."""
        with self._database.read() as connection:
            late = tickets.tickets_by_seq(connection, list(self._missing))
            fresh = tickets.tickets_after(connection, self._seen, _BATCH)
            found = [*late.values(), *fresh]
            decisions = {t.seq: history.last_decision(connection, t.seq).decision for t in found}
        self._note_gaps([ticket.seq for ticket in fresh], late)
        return [message_of(ticket, decisions[ticket.seq]) for ticket in found]

    def _note_gaps(self, fresh: list[int], late: Collection[int]) -> None:
        now = self._clock()
        self._missing = {
            seq: since
            for seq, since in self._missing.items()
            if seq not in late and now - since < _GAP
        }
        if fresh:
            numbers = range(self._seen + 1, fresh[-1])
            self._missing |= dict.fromkeys(set(numbers).difference(fresh), now)
            self._seen = fresh[-1]

    def _tell(self, batch: list[Message]) -> None:
        assert self._watch is not None  # `catch_up` has made it
        changed: dict[str, Alert] = {}
        for message in batch:
            changed |= {alert.id: alert for alert in self._watch.add(message)}
        self._keep(list(changed.values()))
        self._is_changed = self._is_changed or bool(changed)

    def _keep(self, changed: list[Alert]) -> None:
        if not changed:
            return
        known = [self._named(alert) for alert in changed]
        others = set(self._stored_as.values()) - {alert.id for alert in known}
        self._stored_as |= self._desk.watch(known, others)

    def _named(self, alert: Alert) -> Alert:
        return replace(
            alert,
            id=self._stored_as.get(alert.id, alert.id),
            merged=tuple(self._stored_as.get(gone, gone) for gone in alert.merged),
        )


def message_of(stored: StoredTicket, decision: Decision) -> Message:
    """Return what the watch sees of a ticket and of its suggestion."""
    ticket = stored.ticket
    message = Message(
        id=ticket.id,
        # One date in the future would end every open event: for the watch, now is the latest date.
        at=min(ticket.received_at or stored.stored_at, stored.stored_at),
        text=ticket.text,
        title=ticket.title,
        caller=ticket.caller,
    )
    return with_decision(message, decision)
