"""The watch in a process of its own: it finds what the thread finds, and is begun anew."""

import os
import signal
import time
from collections.abc import Callable

import pytest
from handclock import Clock
from stories import ASPHALT, messages

from jiesu.serving.alert_desk import AlertDesk
from jiesu.serving.mass_process import FollowerProcess
from jiesu.serving.reception import Reception
from jiesu.serving.settings import load_settings
from jiesu.taxonomy.ticket import Ticket

pytestmark = pytest.mark.slow


def becomes_true(holds: Callable[[], object], seconds: float = 120) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.1)
    return bool(holds())


def test_process_watches_and_is_begun_anew_when_it_dies(
    address: str, reception: Reception, alert_desk: AlertDesk, clock: Clock
) -> None:
    for message in messages(ASPHALT, prefix="沥青")[:5]:
        clock.now = message.at
        reception.receive(Ticket(message.id, message.text, message.title), "网关")
    follower = FollowerProcess(load_settings(database_url=address, mass_days=3650))
    follower.start()
    try:
        assert becomes_true(lambda: alert_desk.page("", None, 10).items)
        first = follower.process_id
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert becomes_true(lambda: "意外结束" in follower.problem)
        assert becomes_true(lambda: follower.process_id not in (None, first))
    finally:
        follower.stop()
    assert follower.process_id is None
