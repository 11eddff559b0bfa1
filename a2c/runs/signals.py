"""What SIGINT, SIGTERM and SIGHUP do. A training stops with a checkpoint; other commands remove what is temporary."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

END = (signal.SIGTERM, signal.SIGHUP)  # Python has SIGINT raise KeyboardInterrupt


class TrainingInterruptedError(Exception):
    """A training was stopped by a signal, after a checkpoint. `code` is the exit code of the process."""

    def __init__(self, number: int) -> None:
        super().__init__(f"interrupted by {signal.Signals(number).name}; run the same command again to go on")
        self.number, self.code = number, 128 + number


class InterruptedBySignalError(KeyboardInterrupt):
    """A command was stopped by SIGTERM or SIGHUP. `code` is the exit code of the process."""

    def __init__(self, number: int) -> None:
        super().__init__(f"interrupted by {signal.Signals(number).name}")
        self.code = 128 + number


@contextmanager
def stop_signals() -> Iterator[list[int]]:
    """A list to which SIGINT, SIGTERM and SIGHUP are appended while the context lasts; they end nothing."""
    received: list[int] = []

    def append(number: int, frame: FrameType | None) -> None:
        received.append(number)

    previous = {number: signal.signal(number, append) for number in _received(signal.SIGINT, *END)}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def signals_raise() -> Iterator[None]:
    """SIGTERM and SIGHUP raise an error, so that what is temporary is removed; a second one ends the process."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        signal.signal(number, signal.SIG_DFL)
        raise InterruptedBySignalError(number)

    previous = {number: signal.signal(number, stop) for number in _received(*END)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _received(*numbers: signal.Signals) -> list[signal.Signals]:
    """The signals that this thread receives: only the main one does, and `nohup` has SIGHUP ignored."""
    if threading.current_thread() is not threading.main_thread():
        return []
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
