"""Live updates: server-sent events that say that something has changed."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from jiesu.serving.api.state import AppState, OpenWorkplace, State
from jiesu.serving.doors.access import require
from jiesu.serving.queue_desk import QueueDesk

router = APIRouter(include_in_schema=False)

_POLL_SECONDS = 1.0
_PING_EVERY = 15
"""So many rounds without news a comment is sent, so that a gone reader is noticed."""
_LONGEST_ROUNDS = 1800
"""After half an hour the browser connects anew, and its session is looked at again."""


@router.get("/desk/events", dependencies=[require("read_tickets")])
async def events(request: Request, state: State, workplace: OpenWorkplace) -> StreamingResponse:
    """Tell of every change; several processes on one database all see the same."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _changes(request, state, workplace.queues), 200, headers, "text/event-stream"
    )


async def _changes(request: Request, state: AppState, queues: QueueDesk) -> AsyncIterator[str]:
    known = await asyncio.to_thread(queues.last_change)
    yield "retry: 2000\n\n"
    for number in range(_LONGEST_ROUNDS):
        if state.stopping.is_set() or await request.is_disconnected():
            return
        await asyncio.sleep(_POLL_SECONDS)
        now = await asyncio.to_thread(queues.last_change)
        if now != known:
            known = now
            yield f"event: change\ndata: {now[0]}.{now[1]}\n\n"
        elif number % _PING_EVERY == 0:
            yield ": still here\n\n"
