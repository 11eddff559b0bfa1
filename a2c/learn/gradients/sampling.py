"""A frozen policy at play in many environments, observed from stationarity on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from a2c import streams
from a2c.config import Configuration
from a2c.core.choose import load
from a2c.core.gradients import Sample, Sampler, empty_sample
from a2c.core.settings import settings_of
from a2c.envs import Environments, Facts
from a2c.learn.native import as_logged
from a2c.learn.returns import n_step_returns

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

BURN_IN = 4  # time limits that pass before anything is recorded
PART = 256  # rows of a sample at a time


class Plays(Protocol):
    """A frozen policy at play: each call goes on where the last one ended."""

    def sample(self, rows: int) -> Sample:
        """The next `rows` steps of every environment."""


class _Stepped:
    """Environments that are stepped in Python; the core acts."""

    def __init__(
        self,
        configuration: Configuration,
        facts: Facts,
        weights: Mapping[str, Floats],
        seed: int,
        n_envs: int,
        purpose: str,
    ) -> None:
        settings = replace(settings_of(configuration, facts), env_id=None, n_envs=n_envs)
        self._lane = Sampler(load(), settings, weights, seed, purpose)
        self._space = facts.action_space
        self._environments = Environments(configuration, [seed], n_envs, purpose)
        self._observations = np.asarray(self._environments.reset()[0], np.float32)
        self._reset_row = np.zeros(n_envs, dtype=bool)

    def sample(self, rows: int) -> Sample:
        into = empty_sample(self._lane.settings, rows)
        for t in range(rows):
            into.observations[t], into.values[t] = self._observations, self._lane.forward(self._observations)[1]
            into.actions[t] = self._lane.act(self._observations)
            logged = as_logged(into.actions[t], self._space)
            row = self._environments.step(self._space.from_log(logged[None]))
            into.rewards[t], into.terminated[t], into.truncated[t] = row.rewards[0], row.terminated[0], row.truncated[0]
            into.valid[t] = ~self._reset_row
            self._observations, self._reset_row = np.asarray(row.observations[0], np.float32), row.done[0]
        into.observations[rows], into.values[rows] = self._observations, self._lane.forward(self._observations)[1]
        return into


def play(
    configuration: Configuration, facts: Facts, weights: Mapping[str, Floats], seed: int, n_envs: int, purpose: str
) -> Plays:
    """The policy with these weights in `n_envs` fresh environments; all streams are those of (seed, purpose)."""
    settings = settings_of(configuration, facts)
    if settings.env_id is None:
        return _Stepped(configuration, facts, weights, seed, n_envs, purpose)
    return Sampler(load(), replace(settings, n_envs=n_envs), weights, seed, purpose)


@dataclass(frozen=True)
class Window:
    """`rows` rows of every environment that begin at a random phase, [rows, environments]; values have a row more.

    The returns to go are those of whole episodes: the environments were stepped on until each episode had ended.
    """

    observations: Floats
    actions: Floats
    values: Floats
    rewards: Floats  # as the learner sees them
    terminated: Bools
    ended: Bools
    valid: Bools  # false on reset rows
    discounts: Floats
    returns: Floats  # to go; at a time limit bootstrapped, if the configuration does so
    cut_returns: Floats  # to go; nothing follows a time limit

    @property
    def rows(self) -> int:
        return len(self.ended)

    def part(self, start: int, stop: int) -> "Window":
        """The rows from `start` to `stop`."""
        cut = {name: array[start:stop] for name, array in vars(self).items()}
        return Window(**{**cut, "values": self.values[start : stop + 1]})


class Recording:
    """Windows of a policy at play, one after the other, each with what follows until its episodes have ended."""

    def __init__(self, plays: Plays, configuration: Configuration, time_limit: int, phases: NDArray[np.int64]) -> None:
        self._plays, self._configuration = plays, configuration
        self._length = time_limit + 1  # rows of the longest episode, its reset row included
        self._phases = phases  # [environments]
        left = BURN_IN * self._length
        while left > 0:
            self._held = plays.sample(min(left, PART))
            left -= PART
        self._held = plays.sample(2 * self._length)

    def next(self, rows: int) -> Window:
        """The next `rows` rows, and behind them as many as an episode may still need."""
        held = _joined([self._held, *(self._plays.sample(size) for size in _parts(rows))])
        window = self._aligned(held, rows + self._length)
        self._held = Sample._make(array[rows:] for array in held)
        return window

    def _aligned(self, held: Sample, rows: int) -> Window:
        """The rows from each environment's phase on, with returns to go by what follows."""
        configuration = self._configuration
        clip = configuration.reward_clip
        rewards = (held.rewards if clip is None else held.rewards.clip(-clip, clip)).astype(np.float32)
        ended = held.terminated | held.truncated
        terminal = ended if configuration.time_limit == "terminal" else held.terminated
        discounts = (configuration.gamma * ~terminal).astype(np.float32)
        index = self._phases + np.arange(rows + 1)[:, None]
        columns = np.arange(len(self._phases))
        aligned = {
            "observations": held.observations, "actions": held.actions, "rewards": rewards,
            "terminated": held.terminated, "ended": ended, "valid": held.valid, "discounts": discounts,
            "returns": returns_to_go(rewards, discounts, held.values, ended),
            "cut_returns": returns_to_go(rewards, discounts * ~ended, held.values, ended),
        }  # fmt: skip
        taken = {name: array[index[:-1], columns] for name, array in aligned.items()}
        return Window(**taken, values=held.values[index, columns])


def returns_to_go(rewards: Floats, discounts: Floats, values: Floats, ended: Bools) -> Floats:
    """The discounted rewards of each step's episode from there on, [rows, environments].

    Where a discount is not 0 at an episode's end, the value of the final observation follows. The returns of the
    episodes that have not ended by the last row are not whole.
    """
    return n_step_returns(rewards, discounts, values, ended)


def phases(seed: int, purpose: str, n_envs: int, time_limit: int) -> NDArray[np.int64]:
    """Where each environment's recording begins, uniform over the rows of the longest episode.

    Environments that all play episodes of one length would else stay in step for ever.
    """
    generator = streams.generator(seed, f"{purpose} phases")
    return generator.integers(0, time_limit + 1, n_envs)


def _parts(rows: int) -> list[int]:
    return [min(PART, rows - start) for start in range(0, rows, PART)]


def _joined(samples: list[Sample]) -> Sample:
    """Samples that follow each other as one; the last row of one is the first of the next."""
    whole: dict[str, Any] = {}
    for name in Sample._fields:
        arrays = [getattr(sample, name) for sample in samples]
        if name in ("observations", "values"):
            arrays = [*(array[:-1] for array in arrays[:-1]), arrays[-1]]
        whole[name] = np.concatenate(arrays)
    return Sample(**whole)
