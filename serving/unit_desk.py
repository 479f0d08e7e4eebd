"""What happens to a dispatched ticket: the unit answers, asks for time, closes; a supervisor rules.

Like every act of the desk each leaves who, what, when and why in the history.
"""

from collections.abc import Mapping
from datetime import datetime

from jiesu.serving.desk import Desk
from jiesu.serving.store import acts_search, tickets
from jiesu.serving.store.acts_search import FoundAct
from jiesu.serving.store.errors import WrongState
from jiesu.serving.store.records import Act, Actor, StoredTicket, TicketState, TicketView
from jiesu.serving.suggestions import Clock
from jiesu.taxonomy.errors import InputError

ASK, GRANT, REFUSE = "ask_time", "grant_time", "refuse_time"


class AnswerError(InputError):
    """An answer, a reason or a new deadline is missing or makes no sense."""


class UnitDesk:
    """The use cases of units and of supervisors."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock

    def answer(
        self, ticket_id: str, version: int, by: str, text: str, *, close: bool = False
    ) -> TicketView:
        """Record what the unit did; with `close` the matter is done.

        Raises:
            AnswerError: there is no text.
            UnknownTicket, VersionConflict, ClaimedByOther, WrongState: nothing was changed.
        """
        text = _said(text, "答复内容")
        state: TicketState = "closed" if close else "dispatched"
        what = "close" if close else "answer"
        return self._act(ticket_id, version, by, ("dispatched",), what, text, {"state": state})

    def ask_time(
        self, ticket_id: str, version: int, by: str, until: datetime, reason: str
    ) -> TicketView:
        """Ask for a later deadline; a supervisor grants it or not.

        Raises:
            AnswerError: no reason, or a time that is not after the deadline.
            UnknownTicket, VersionConflict, ClaimedByOther, WrongState: nothing was changed.
        """
        reason = _said(reason, "延期理由")
        due = self._desk.view(ticket_id).stored.standing.due_at
        if until <= max(due or until.min.replace(tzinfo=until.tzinfo), self._clock()):
            raise AnswerError("延期要晚于现在和原定时限；请改一个时间")
        detail = {"until": until}
        return self._act(ticket_id, version, by, ("dispatched",), ASK, reason, {}, detail)

    def rule_on_time(
        self, ticket_id: str, version: int, by: str, *, grant: bool, why: str = ""
    ) -> TicketView:
        """Grant or refuse the last request for time.

        Raises:
            WrongState: nothing was asked, or it has been ruled on.
            UnknownTicket, VersionConflict, ClaimedByOther: nothing was changed.
        """
        asked = open_request(self._desk.view(ticket_id))
        if asked is None:
            raise WrongState(f"工单 {ticket_id} 没有待批的延期申请")
        until = datetime.fromisoformat(str(asked.detail["until"]))
        values = {"due_at": until, "turn_at": until} if grant else {}
        what = GRANT if grant else REFUSE
        return self._act(
            ticket_id, version, by, ("dispatched",), what, why, values, {"until": until}
        )

    def review(
        self, ticket_id: str, version: int, by: str, *, accept: bool, why: str
    ) -> TicketView:
        """Rule on a return (异议审核): accept it, and the desk sends it elsewhere; or send it back.

        Raises:
            AnswerError: a refusal without a reason.
            UnknownTicket, VersionConflict, ClaimedByOther, WrongState: nothing was changed.
        """
        state: TicketState = "waiting" if accept else "dispatched"
        why = why.strip() if accept else _said(why, "不予退单的理由")
        detail = {"accepted": accept}
        return self._act(
            ticket_id, version, by, ("returned",), "review", why, {"state": state}, detail
        )

    def requests(self, limit: int = 100) -> list[tuple[StoredTicket, FoundAct]]:
        """Return requests for time that nobody has ruled on, the latest first."""
        with self._desk.database.read() as connection:
            found = acts_search.latest_acts(connection, (ASK, GRANT, REFUSE), limit)
            waiting = {act.ticket_seq: act for act in found if act.what == ASK}
            stored = tickets.tickets_by_seq(connection, list(waiting))
        return [
            (stored[seq], act)
            for seq, act in waiting.items()
            if seq in stored and stored[seq].state == "dispatched"
        ]

    def _act(
        self,
        ticket_id: str,
        version: int,
        by: str,
        allowed: tuple[TicketState, ...],
        what: str,
        why: str,
        values: tickets.Values,
        detail: Mapping[str, object] | None = None,
    ) -> TicketView:
        with self._desk.database.write() as connection:
            stored = self._desk.opened(connection, ticket_id, by, allowed, _NAMES[what])
            act = Act(self._clock(), Actor("person", by), what, why, detail or {})
            return self._desk.changed(connection, stored, version, values, act)


_NAMES = {
    "answer": "答复",
    "close": "办结",
    ASK: "申请延期",
    GRANT: "准予延期",
    REFUSE: "不准延期",
    "review": "审核退单",
}


def open_request(view: TicketView) -> Act | None:
    """Return the request for time that nobody has ruled on; None when there is none."""
    asked = None
    for act in view.acts:
        if act.what == ASK:
            asked = act
        elif act.what in (GRANT, REFUSE, "return", "close"):
            asked = None
    return asked


def _said(text: str, what: str) -> str:
    text = text.strip()
    if not text:
        raise AnswerError(f"{what}不能为空")
    return text
