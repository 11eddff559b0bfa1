"""Faults of environments: one line that names the environment and the cause."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from a2c.config.errors import EnvironmentFaultError
from a2c.untrusted import CONTROL

NOT_FAULTS = (KeyboardInterrupt, MemoryError)  # raised in an environment: a signal, and a lack of memory


def fault(env_id: str, call: str, cause: BaseException) -> EnvironmentFaultError:
    """The error for what an environment raised in `call`, such as reset or step."""
    return EnvironmentFaultError(f"{env_id}: {call} raised {summary(cause)} (A2C_TRACEBACK=1 shows where)")


@contextmanager
def same_folder() -> Iterator[None]:
    """Return to the working folder afterwards: paths that the user gave are as seen from there."""
    before = os.open(".", os.O_RDONLY)  # open, as it may be renamed or removed meanwhile
    try:
        yield
    finally:
        os.fchdir(before)
        os.close(before)


@contextmanager
def faults_named(env_id: str, call: str) -> Iterator[None]:
    """EnvironmentFaultError in place of what an environment raises in `call`, but for a lack of memory."""
    try:
        with same_folder():
            yield
    except NOT_FAULTS:
        raise
    except BaseException as error:
        raise fault(env_id, call, error) from error


def broken(env_id: str, call: str, returned: str) -> EnvironmentFaultError:
    """The error for what an environment returned from `call` against Gymnasium's interface, in words."""
    return EnvironmentFaultError(f"{env_id}: {call} returns {returned}")


def kind(value: Any) -> str:
    """A value's type, and how many items a tuple has."""
    return f"a tuple of {len(value)}" if isinstance(value, tuple) else f"one {type(value).__name__}"


def summary(error: BaseException) -> str:
    """Type and message of an error in one line: `ValueError: no such level`; Gymnasium's own without the type.

    Without control characters, which a terminal obeys; without the message if it cannot be made.
    """
    try:
        text = str(error)
    except Exception:
        text = ""
    message = CONTROL.sub("?", " ".join(text.split("\n")[0].split()))
    name = type(error).__name__
    if type(error).__module__.startswith("gymnasium"):
        return message or name
    return f"{name}: {message}" if message else name
