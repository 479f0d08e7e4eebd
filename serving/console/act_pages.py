"""What people do with a ticket: each form of the ticket page, and where it leads next."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from jiesu.serving.api.state import OpenWorkplace, ReadyEngine
from jiesu.serving.choices import Choice, ChoiceError, Decided
from jiesu.serving.console.desk_pages import next_page
from jiesu.serving.console.ticket_page import ticket_page
from jiesu.serving.doors.access import CurrentCaller, require
from jiesu.serving.doors.callers import Caller
from jiesu.serving.doors.shown import check_seen
from jiesu.serving.engine import Engine
from jiesu.serving.store.errors import StoreConflict, UnknownTicket
from jiesu.serving.store.queues import QUEUES
from jiesu.serving.store.records import CallBack, TicketView
from jiesu.serving.times import CHINA_TIME
from jiesu.serving.workplace import Workplace
from jiesu.taxonomy.errors import InputError

router = APIRouter(prefix="/tickets/{ticket_id}", include_in_schema=False)

Short = Annotated[str, Form(max_length=100)]
Words = Annotated[str, Form(max_length=2000)]
Version = Annotated[int, Form(ge=1)]
Many = Annotated[list[str], Form(max_length=100)]


class Seat:
    """Who acts on which ticket, and how a refusal is shown."""

    def __init__(
        self,
        request: Request,
        ticket_id: str,
        engine: ReadyEngine,
        workplace: OpenWorkplace,
        caller: CurrentCaller,
        queue: Short = "",
    ) -> None:
        check_seen(workplace.desk.view(ticket_id).stored, caller)
        self.request, self.id = request, ticket_id
        self.engine: Engine = engine
        self.workplace: Workplace = workplace
        self.caller: Caller = caller
        self.queue = queue if queue in QUEUES else ""

    @property
    def by(self) -> str:
        """Under which name it is done."""
        return self.caller.name

    def do(self, act: Callable[[], object], *, onward: bool = False) -> Response:
        """Do it, then show the ticket again, or with `onward` the next one of the queue."""
        try:
            act()
        except UnknownTicket:
            raise
        except (StoreConflict, InputError) as error:
            return self.refused(str(error))
        if onward and self.queue in QUEUES:
            return next_page(self.workplace, self.caller, self.queue, self.id)
        return self.back()

    def back(self) -> Response:
        """Show the ticket."""
        tail = f"?queue={self.queue}" if self.queue else ""
        return RedirectResponse(f"/tickets/{self.id}{tail}", 303)

    def refused(self, problem: str) -> Response:
        """Show the ticket with what could not be done."""
        view: TicketView = self.workplace.desk.view(self.id)
        return ticket_page(
            self.request,
            self.engine,
            self.workplace,
            self.caller,
            view,
            queue=self.queue,
            problem=problem,
        )


AtTicket = Annotated[Seat, Depends()]


@router.post("/claim", dependencies=[require("work_tickets")])
def claim(at: AtTicket, version: Version) -> Response:
    """Take this ticket to work on it."""
    return at.do(lambda: at.workplace.desk.claim(at.id, version, at.by))


@router.post("/release", dependencies=[require("work_tickets")])
def release(at: AtTicket) -> Response:
    """Let go of it and return to the queue."""
    at.workplace.queues.release(at.id, at.by)
    return RedirectResponse(f"/desk?queue={at.queue or 'confirm'}", 303)


@router.post("/decide", dependencies=[require("work_tickets")])
def decide(
    at: AtTicket,
    version: Version,
    outcome: Annotated[Decided, Form()] = "dispatch",
    code: Short = "",
    unit_id: Short = "",
    kind: Short = "",
    place: Short = "",
    due: Short = "",
    why: Words = "",
    also: Many = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Decide it, and near copies with it; then on to the next of the queue."""
    choice = Choice(outcome, code=code, unit_id=unit_id, kind=kind, why=why.strip())
    failed: dict[str, str] = {}

    def act() -> None:
        stored = at.workplace.desk.view(at.id).stored
        # Place and deadline are this ticket's own: near copies keep theirs.
        own = replace(choice, place_code=place, due_at=_new_due(due, stored.standing.due_at))
        at.workplace.desk.decide(at.id, version, at.by, own)
        failed.update(at.workplace.queues.decide_all(also, at.by, choice)[1])

    answer = at.do(act, onward=not also)
    if failed:
        return at.refused("本件已处理；下列相近工单没有处理成：" + "；".join(failed.values()))
    return answer


def _new_due(typed: str, held: datetime | None) -> datetime | None:
    """Return the deadline that was typed; None where it is empty or the one that holds.

    Raises:
        ChoiceError: it is no time.
    """
    if not typed:
        return None
    try:
        due = datetime.fromisoformat(typed)
    except ValueError:
        raise ChoiceError("due", f"时限 {typed!r} 看不懂；请写成 2026-11-28T18:00") from None
    due = due if due.tzinfo else due.replace(tzinfo=CHINA_TIME)
    # The field shows whole minutes.
    return None if held and held.replace(second=0, microsecond=0) == due else due


@router.post("/undo", dependencies=[require("work_tickets")])
def undo(at: AtTicket) -> Response:
    """Take back one's own last decision."""
    return at.do(lambda: at.workplace.queues.undo(at.id, at.by))


@router.post("/consult", dependencies=[require("work_tickets")])
def consult(at: AtTicket, version: Version, units: Many, why: Words = "") -> Response:
    """Call units together on it."""
    return at.do(lambda: at.workplace.queues.consult(at.id, version, at.by, units, why.strip()))


@router.post("/reopen", dependencies=[require("work_tickets")])
def reopen(at: AtTicket, version: Version, reason: Words) -> Response:
    """Put it back to those that wait."""
    return at.do(lambda: at.workplace.desk.reopen(at.id, version, at.by, reason.strip()))


@router.post("/return", dependencies=[require("return_tickets")])
def send_back(at: AtTicket, version: Version, reason: Words, right_unit_id: Short = "") -> Response:
    """Return it to the desk, with the reason and the right unit if known."""

    def act() -> None:
        if not reason.strip():
            raise InputError("退单要写明理由")
        at.workplace.desk.send_back(at.id, version, at.by, reason.strip(), right_unit_id)

    return at.do(act)


@router.post("/review", dependencies=[require("review_disputes")])
def review(
    at: AtTicket, version: Version, accept: Annotated[bool, Form()], why: Words = ""
) -> Response:
    """Rule on a return."""
    return at.do(lambda: at.workplace.answers.review(at.id, version, at.by, accept=accept, why=why))


@router.post("/answer", dependencies=[require("answer_tickets")])
def answer(
    at: AtTicket, version: Version, text: Words, close: Annotated[bool, Form()] = False
) -> Response:
    """Record what the unit did."""
    return at.do(lambda: at.workplace.answers.answer(at.id, version, at.by, text, close=close))


@router.post("/ask-time", dependencies=[require("answer_tickets")])
def ask_time(
    at: AtTicket, version: Version, until: Annotated[datetime, Form()], reason: Words
) -> Response:
    """Ask for a later deadline."""
    aware = until if until.tzinfo else until.replace(tzinfo=CHINA_TIME)
    return at.do(lambda: at.workplace.answers.ask_time(at.id, version, at.by, aware, reason))


@router.post("/rule-time", dependencies=[require("review_disputes")])
def rule_on_time(
    at: AtTicket, version: Version, grant: Annotated[bool, Form()], why: Words = ""
) -> Response:
    """Grant or refuse more time."""
    return at.do(
        lambda: at.workplace.answers.rule_on_time(at.id, version, at.by, grant=grant, why=why)
    )


@router.post("/call-back", dependencies=[require("call_back")])
def call_back(
    at: AtTicket,
    version: Version,
    contacted: Annotated[bool, Form()],
    resolved: Annotated[bool | None, Form()] = None,
    satisfied: Annotated[bool | None, Form()] = None,
    note: Words = "",
) -> Response:
    """Record what the caller said when called back."""
    call = CallBack(datetime.now(CHINA_TIME), at.by, contacted, resolved, satisfied, note.strip())
    if not contacted:
        call = CallBack(call.at, at.by, False, None, None, note.strip())
    return at.do(lambda: at.workplace.desk.record_outcome(at.id, version, call))
