"""The desk for mass alerts: what the watch finds and what people do about it.

Every transaction on alerts begins and ends here. The version of an alert grows with what people
do and with its state, not with every new member: else nobody could act on a growing one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection

from jiesu.router.mass.alert import Alert, alert_row
from jiesu.router.mass.states import ACTS, STATE_NAMES, State
from jiesu.serving.store import alerts, history
from jiesu.serving.store.database import Database
from jiesu.serving.store.errors import UnknownAlert, VersionConflict, WrongState
from jiesu.serving.store.records import Act, Actor, AlertState, StoredAlert
from jiesu.serving.store.tickets import Mark
from jiesu.serving.suggestions import Clock

WATCH = Actor("model", "群体诉求预警")
_NAMES: Mapping[str, str] = {
    **{str(state): name for state, name in STATE_NAMES.items()},
    "merged": "已并入其他预警",
}
_ACTIVE: tuple[State, ...] = ("new", "acknowledged", "in_hand", "reopened")


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert with its members and its history."""

    stored: StoredAlert
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class AlertPage:
    """One page of alerts, and where the next begins; None at the end."""

    items: tuple[StoredAlert, ...]
    next: Mark | None


class AlertDesk:
    """The use cases of alerts."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def watch(self, changed: Sequence[Alert], live: Collection[str] = ()) -> dict[str, str]:
        """Keep what the watch says of its alerts; a closed one that grows is open again.

        Args:
            changed: alerts as they are now.
            live: ids under which other alerts of the same watch are stored.

        Returns:
            Id in the watch → id in the store. They differ where the watch was rebuilt from a
            part of the history and gave a story that is known already another id.
        """
        stored_ids: dict[str, str] = {}
        with self._database.write() as connection:
            for alert in changed:
                if alerts.find_alert(connection, alert.id) is not None:
                    stored_ids[alert.id] = alert.id
            for alert in changed:
                if alert.id not in stored_ids:
                    taken = {*live, *stored_ids.values()}
                    stored_ids[alert.id] = self._known_as(connection, alert, taken)
            for alert in changed:
                self._keep(connection, alert, stored_ids)
        return stored_ids

    @staticmethod
    def _known_as(connection: Connection, alert: Alert, taken: Collection[str]) -> str:
        holding = alerts.alerts_holding(connection, alert.members)
        return next((found for found in holding if found not in taken), alert.id)

    def _keep(self, connection: Connection, alert: Alert, stored_ids: dict[str, str]) -> None:
        alert_id = stored_ids[alert.id]
        stored = alerts.find_alert(connection, alert_id)
        if stored is None:
            seq = alerts.add_alert(connection, alert_id, self._values(alert, {}))
            detail = {"messages": alert.messages, "callers": alert.callers}
            self._note(connection, seq, Act(self._clock(), WATCH, "watch", alert.summary, detail))
        else:
            seq = stored.seq
            alerts.change_alert(connection, seq, self._values(alert, stored.body))
        added = alerts.set_members(connection, seq, alert.members)
        root = (stored and stored.merged_into) or alert_id
        self._join_gone(connection, alert, root)
        if added:
            self._reopen_if_closed(connection, root, added)

    def _values(self, alert: Alert, before: Any) -> dict[str, Any]:  # Any: JSON, column values
        body = alert_row(alert, 0)
        del body["rank"], body["members"]  # of the list, and in a table of their own
        if alert.unusual.p_value is None and before:  # not scanned this time
            body["unusual"]["p_value"] = before["unusual"]["p_value"]
        return {
            "title": alert.title,
            "heat": alert.heat,
            "urgent": alert.is_urgent,
            "first_at": alert.first,
            "last_at": alert.last,
            "changed_at": self._clock(),
            "body": orjson.dumps(body).decode(),
        }

    def _join_gone(self, connection: Connection, alert: Alert, root: str) -> None:
        """Merge the alerts whose events the watch took into this one."""
        for gone in alert.merged:
            found = alerts.find_alert(connection, gone)
            if found is None or gone == root or found.state == "merged":
                continue
            self._join(connection, found, root, WATCH, "两个事件说的是同一件事")

    def _join(
        self, connection: Connection, gone: StoredAlert, into: str, by: Actor, why: str
    ) -> None:
        now = self._clock()
        alerts.join_alerts(connection, gone.id, into, now)
        self._note(connection, gone.seq, Act(now, by, "merge", why, {"into": into}))
        root = alerts.find_alert(connection, into)
        assert root is not None  # the caller has just seen it
        self._note(connection, root.seq, Act(now, by, "merge", why, {"from": gone.id}))

    def _reopen_if_closed(self, connection: Connection, alert_id: str, added: int) -> None:
        stored = alerts.find_alert(connection, alert_id)
        if stored is not None and stored.state == "closed":
            act = Act(self._clock(), WATCH, "reopen", f"关闭后又有 {added} 件诉求")
            self._change(connection, stored, "reopened", act)

    def acknowledge(self, alert_id: str, version: int, by: str, why: str = "") -> AlertView:
        """Say that somebody has seen the alert and deals with it.

        Raises:
            UnknownAlert, VersionConflict, WrongState: nothing was changed.
        """
        act = Act(self._clock(), Actor("person", by), "acknowledge", why)
        return self._act(alert_id, version, "acknowledged", act)

    def take(self, alert_id: str, version: int, by: str, why: str = "") -> AlertView:
        """Say that the units are at work on it.

        Raises:
            UnknownAlert, VersionConflict, WrongState: nothing was changed.
        """
        act = Act(self._clock(), Actor("person", by), "take", why)
        return self._act(alert_id, version, "in_hand", act)

    def reply(self, alert_id: str, version: int, by: str, text: str) -> AlertView:
        """Give one reply to all members that have none yet; it is in the history of each.

        Raises:
            UnknownAlert, VersionConflict, WrongState: nothing was changed.
        """
        person = Actor("person", by)
        with self._database.write() as connection:
            stored = self._found(connection, alert_id, version, (*_ACTIVE, "closed"), "统一答复")
            members = alerts.members_of(connection, alert_id)
            waiting = [member.seq for member in members if not member.answered]
            act = Act(self._clock(), person, "reply", text, {"alert": alert_id})
            for seq in waiting:
                history.add_act(connection, seq, act)
            alerts.mark_answered(connection, waiting)
            noted = Act(act.at, person, "reply", text, {"tickets": len(waiting)})
            self._change(connection, stored, stored.state, noted)
            return self._view(connection, alert_id)

    def close(self, alert_id: str, version: int, by: str, reason: str) -> AlertView:
        """Close an alert; it opens again when more people call.

        Raises:
            UnknownAlert, VersionConflict, WrongState: nothing was changed.
        """
        act = Act(self._clock(), Actor("person", by), "close", reason)
        return self._act(alert_id, version, "closed", act)

    def reopen(self, alert_id: str, version: int, by: str, reason: str) -> AlertView:
        """Open a closed alert again.

        Raises:
            UnknownAlert, VersionConflict, WrongState: nothing was changed.
        """
        act = Act(self._clock(), Actor("person", by), "reopen", reason)
        return self._act(alert_id, version, "reopened", act)

    def merge(self, alert_id: str, into: str, version: int, by: str, reason: str) -> AlertView:
        """Say that an alert tells the story of another one; return that other.

        Raises:
            UnknownAlert, VersionConflict, WrongState: nothing was changed.
        """
        with self._database.write() as connection:
            stored = self._found(connection, alert_id, version, _ACTIVE, "并入其他预警")
            target = alerts.find_alert(connection, into)
            if target is None:
                raise UnknownAlert(into)
            if target.state not in _ACTIVE or target.id == stored.id:
                why = "就是它自己" if target.id == stored.id else _NAMES[target.state]
                raise WrongState(f"不能并入预警 {into}：{why}；请另选一个")
            self._join(connection, stored, into, Actor("person", by), reason)
            alerts.change_alert(connection, target.seq, {"version": target.version + 1})
            return self._view(connection, into)

    def view(self, alert_id: str) -> AlertView:
        """Return one alert with its members and its history.

        Raises:
            UnknownAlert: there is none.
        """
        with self._database.read() as connection:
            return self._view(connection, alert_id)

    def page(self, state: str, after: Mark | None, limit: int) -> AlertPage:
        """Return one page of alerts, those with the latest call first."""
        with self._database.read() as connection:
            found = alerts.page_of_alerts(connection, state, after, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        rest = Mark(last.last_at, last.seq) if last else None
        return AlertPage(tuple(found[:limit]), rest)

    def _act(self, alert_id: str, version: int, state: State, act: Act) -> AlertView:
        allowed = [before for before, after in ACTS.items() if state in after]
        with self._database.write() as connection:
            stored = self._found(connection, alert_id, version, allowed, f"改为“{_NAMES[state]}”")
            self._change(connection, stored, state, act)
            return self._view(connection, alert_id)

    @staticmethod
    def _found(
        connection: Connection,
        alert_id: str,
        version: int,
        allowed: Sequence[AlertState],
        aim: str,
    ) -> StoredAlert:
        stored = alerts.find_alert(connection, alert_id)
        if stored is None:
            raise UnknownAlert(alert_id)
        if stored.version != version:
            raise VersionConflict(f"预警 {alert_id}", version, stored.version)
        if stored.state not in allowed:
            raise WrongState(
                f"预警 {alert_id} 现为“{_NAMES[stored.state]}”，不能{aim}；请刷新后再操作"
            )
        return stored

    def _change(
        self, connection: Connection, stored: StoredAlert, state: AlertState, act: Act
    ) -> None:
        values = {"state": state, "version": stored.version + 1, "changed_at": act.at}
        alerts.change_alert(connection, stored.seq, values)
        self._note(connection, stored.seq, act)

    @staticmethod
    def _note(connection: Connection, seq: int, act: Act) -> None:
        history.add_alert_act(connection, seq, act)

    @staticmethod
    def _view(connection: Connection, alert_id: str) -> AlertView:
        stored = alerts.get_alert(connection, alert_id)
        return AlertView(stored, tuple(history.alert_acts_of(connection, stored.seq)))
