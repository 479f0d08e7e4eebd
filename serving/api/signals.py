"""What a worker does when it is told to stop, or to take the model up again.

The server's own handlers go on to work: ours comes first and calls them.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

Act = Callable[[], None]


@contextmanager
def on_signals(stop: Act, reload: Act) -> Iterator[None]:
    """Call `stop` on SIGTERM and SIGINT, and `reload` on SIGHUP, until the block ends.

    Does nothing outside the main thread, where no signal arrives.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: _put_first(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    before[signal.SIGHUP] = signal.signal(signal.SIGHUP, lambda *_: reload())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _put_first(number: signal.Signals, act: Act) -> Any:  # Any: as signal.signal returns it
    def handle(given: int, frame: FrameType | None) -> None:
        act()
        if callable(before):
            before(given, frame)

    before = signal.signal(number, handle)
    return before
