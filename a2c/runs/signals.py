"""Stopping a training by a signal, with a checkpoint."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TrainingInterruptedError(Exception):
    """A training was stopped by a signal, after a checkpoint. `code` is the exit code of the process."""

    def __init__(self, number: int) -> None:
        super().__init__(f"interrupted by {signal.Signals(number).name}; run the same command again to go on")
        self.code = 128 + number


@contextmanager
def stop_signals() -> Iterator[list[int]]:
    """A list to which SIGINT and SIGTERM are appended while the context lasts, instead of ending the process.

    Python lets only the main thread handle signals; in another one the list stays empty.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def append(number: int, frame: FrameType | None) -> None:
        received.append(number)

    previous = {number: signal.signal(number, append) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
