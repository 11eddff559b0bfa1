"""Processes that work for a command. They end with it, also if it is killed."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection
from typing import Any, TypeVar

from a2c.envs.registry import allow_modules
from a2c.runs.files import DamagedError
from a2c.runs.signals import TrainingInterruptedError

T = TypeVar("T")


@contextmanager
def worker_processes(count: int, modules: Sequence[str], work: str) -> Iterator[ProcessPoolExecutor]:
    """`count` processes, whose environments may import `modules`.

    If the command fails or is interrupted, they get SIGTERM: a training then leaves its checkpoint. DamagedError, with
    the name of the `work`, if one of them is killed, as the kernel does where memory does not suffice.
    """
    with _Workers(count, initializer=_begin, initargs=(modules,)) as pool:
        try:
            yield pool
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            if isinstance(error, BrokenProcessPool):
                raise DamagedError(f"{work} was killed, perhaps because memory ran out") from None
            raise


class _Workers(ProcessPoolExecutor):
    def submit(self, work: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        return super().submit(_stoppable, work, *args, **kwargs)


def _stoppable(work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Do the work. A training that a signal has stopped then ends its process, as the signal would have done."""
    try:
        return work(*args, **kwargs)
    except TrainingInterruptedError as error:
        signal.raise_signal(error.number)
        raise


def _begin(modules: Sequence[str]) -> None:
    """What a worker does first. Ctrl-C reaches all processes; the command alone reports it and ends the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    allow_modules(modules)


def _end_with_parent() -> None:
    """Wait until the command has ended, in whatever way, and end this process."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)
