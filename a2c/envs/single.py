"""One environment of Gymnasium. What it raises, or breaks of the interface, is a fault in one line."""

import numbers
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from a2c.config.errors import EnvironmentFaultError
from a2c.envs.faults import NOT_FAULTS, broken, fault, faults_named, kind, same_folder
from a2c.envs.spaces import make_environment

_open: list[list["Single"]] = []  # of each `closing` around, the environments that it has to close


@contextmanager
def closing() -> Iterator[None]:
    """Close the environments that are made within, also after an error: they may have threads, processes or files.

    EnvironmentFaultError if one raises while it is closed, unless there is an error already.
    """
    _open.append([])
    try:
        yield
    except BaseException:
        with suppress(EnvironmentFaultError):
            close_all(_open.pop())
        raise
    close_all(_open.pop())


def close_all(environments: Iterable["Single"]) -> None:
    """Close all of them. EnvironmentFaultError, about the first that raised, afterwards."""
    faults = []
    for environment in list(environments):
        try:
            with same_folder():
                environment.close()
        except EnvironmentFaultError as error:
            faults.append(error)
    if faults:
        raise faults[0]


class Single:
    """An environment by its id. EnvironmentFaultError, naming it and the cause, where it raises or breaks a rule."""

    def __init__(self, env_id: str, kwargs: dict[str, Any], max_episode_steps: int | None) -> None:
        self.env_id = env_id
        with faults_named(env_id, "__init__"):
            self.environment = make_environment(env_id, kwargs, max_episode_steps)
        if _open:
            _open[-1].append(self)

    def reset(self, seed: int | None = None) -> Any:
        """Begin an episode; the observation."""
        with faults_named(self.env_id, "reset"):
            returned = self.environment.reset() if seed is None else self.environment.reset(seed=seed)
        if not isinstance(returned, tuple | list) or len(returned) != 2:
            raise broken(self.env_id, "reset", f"{kind(returned)}, not an observation and a dictionary")
        return returned[0]

    def step(self, action: Any) -> tuple[Any, float, bool, bool]:
        """Take an action: observation, reward, whether the episode is terminated, whether it is truncated."""
        try:  # as `faults_named`, which would take longer than many a step
            seen, reward, terminated, truncated, _ = self.environment.step(action)
        except NOT_FAULTS:
            raise
        except BaseException as error:
            raise fault(self.env_id, "step", error) from error
        if not isinstance(reward, float):
            reward = self._number(reward)
        if not (terminated is True or terminated is False):
            terminated = self._truth("terminated", terminated)
        if not (truncated is True or truncated is False):
            truncated = self._truth("truncated", truncated)
        return seen, reward, terminated, truncated

    def _number(self, reward: Any) -> float:
        number = as_number(reward)
        if number is None:
            raise broken(self.env_id, "step", f"as the reward {kind(reward)}, not a number")
        return number

    def _truth(self, name: str, value: Any) -> bool:
        truth = as_truth(value)
        if truth is None:
            raise broken(self.env_id, "step", f"as {name} {kind(value)}, not true or false")
        return truth

    def render(self) -> Any:
        """What it draws."""
        with faults_named(self.env_id, "render"):
            return self.environment.render()

    def close(self) -> None:
        """Close it, once: what follows does nothing."""
        for environments in _open:
            if self in environments:
                environments.remove(self)
        if (environment := self.__dict__.pop("environment", None)) is None:
            return
        try:
            environment.close()
        except NOT_FAULTS:
            raise
        except BaseException as error:
            raise fault(self.env_id, "close", error) from error


def as_number(reward: Any) -> float | None:
    """A reward as a number; None if it is none."""
    if isinstance(reward, numbers.Real | np.bool_) or _is_real_scalar(reward):
        with suppress(TypeError, ValueError, OverflowError):
            return float(reward)
    return None


def _is_real_scalar(value: Any) -> bool:
    """Whether this is one number of an array library: neither complex nor text."""
    kind = getattr(getattr(value, "dtype", None), "kind", "f")  # PyTorch's types have no kind
    return getattr(value, "shape", None) == () and kind in "biuf" and not getattr(value, "is_complex", bool)()


def as_truth(value: Any) -> bool | None:
    """The end of an episode as true or false, also where it is 1 or 0; None if it is something else."""
    with suppress(TypeError, ValueError):
        if bool(value) == value:
            return bool(value)
    return None
