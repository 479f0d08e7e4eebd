"""Ctrl-C and the system's request to end: noticed between two chunks, not in the middle of one."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_requests() -> Iterator[threading.Event]:
    """Collect requests to stop while the block runs; a second one interrupts at once.

    Only the main thread of a program may handle signals; elsewhere the event is never set.
    """
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return
    before = {number: signal.getsignal(number) for number in _STOP_SIGNALS}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def notice(number: int, frame: object) -> None:
        event.set()
        restore()

    for number in _STOP_SIGNALS:
        signal.signal(number, notice)
    try:
        yield event
    finally:
        restore()
