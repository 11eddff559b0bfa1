"""Environments with one fault each, registered under `faulty/NAME-v0`."""

import sys
from typing import Any

import gymnasium as gym
import numpy as np


class Sound(gym.Env[Any, Any]):
    """Episodes of ten steps; nothing is wrong."""

    observation_space: gym.Space[Any] = gym.spaces.Box(-1, 1, (2,), np.float32)
    action_space: gym.Space[Any] = gym.spaces.Discrete(2)

    def seen(self):
        return self.np_random.uniform(-1, 1, 2).astype(np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self.seen(), {}

    def step(self, action):
        self.steps += 1
        return self.seen(), 0.5, self.steps == 10, False, {}


class ResetWithoutSeed(Sound):
    def reset(self):
        return super().reset()


class ResetWithoutInfo(Sound):
    def reset(self, *, seed=None, options=None):
        return super().reset(seed=seed)[0]


class StepOfFour(Sound):
    def step(self, action):
        observation, reward, terminated, _, info = super().step(action)
        return observation, reward, terminated, info


class WrongShape(Sound):
    def seen(self):
        return np.zeros(3, np.float32)


class ShapeThatBroadcasts(Sound):
    def seen(self):
        return np.zeros(1, np.float32)


class NotANumber(Sound):
    def seen(self):
        return np.array([np.nan, 0], np.float32)


class TwoRewards(Sound):
    def step(self, action):
        observation, _, *rest = super().step(action)
        return observation, (0.5, 0.5), *rest


class RewardIsNoNumber(Sound):
    def step(self, action):
        observation, _, *rest = super().step(action)
        return observation, np.nan, *rest


class InfiniteRewards(Sound):
    """A share of the rewards is infinite, whatever the actions are. It raises some steps after: its run has ended."""

    left = np.inf  # steps until it raises

    def __init__(self, share=0.0):
        self.share = share

    def step(self, action):
        self.left -= 1
        if self.left < 0:
            raise ZeroDivisionError("stepped on")
        observation, reward, *rest = super().step(action)
        if self.np_random.uniform() < self.share:
            self.left, reward = min(self.left, 20), np.inf
        return observation, reward, *rest


class InfiniteRewardsOfImages(InfiniteRewards):
    observation_space = gym.spaces.Box(0, 255, (36, 36), np.uint8)

    def seen(self):
        return self.np_random.integers(0, 256, (36, 36), np.uint8)


class RaisesAtOnce(Sound):
    def step(self, action):
        raise ZeroDivisionError("no way\nout")


class EndsTheProcess(Sound):
    def step(self, action):
        sys.exit(0)


class RaisesLate(Sound):
    total = 0

    def step(self, action):
        self.total += 1
        if self.total > 100:
            raise ZeroDivisionError("no way")
        return super().step(action)


class Unreadable:
    """A thing that NumPy asks for its numbers."""

    def __array__(self, *_, **__):
        raise LookupError("no numbers")


class BreaksLate(Sound):
    """`change` is made to what a step returns, from the hundredth on."""

    total = 0

    def __init__(self, change="none"):
        self.change = CHANGES[change]

    def step(self, action):
        self.total += 1
        return self.change(*super().step(action)) if self.total > 100 else super().step(action)


class _Panic(BaseException):
    """As libraries of other languages raise it."""


class WithoutWordsError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def _raise(error):
    raise error


CHANGES = {
    "panic": lambda *row: _raise(_Panic("rust panicked")),
    "without words": lambda *row: _raise(WithoutWordsError()),
    "colours": lambda *row: _raise(ValueError("a\x1b[31mred\x07")),
    "complex": lambda seen, reward, *others: (seen, np.complex128(1 + 5j), *others),
    "number in words": lambda seen, reward, *others: (seen, np.str_("1.5"), *others),
    "none": lambda *row: row,
    "four": lambda *row: row[:4],
    "reward": lambda seen, reward, *others: (seen, None, *others),
    "end": lambda seen, reward, end, *others: (seen, reward, "no", *others),
    "shape": lambda seen, *others: (seen[None], *others),
    "thing": lambda seen, *others: (Unreadable(), *others),
    "text": lambda seen, *others: (["0.5", "0.5"], *others),
}


class TextAsEnd(Sound):
    def step(self, action):
        observation, reward, _, *others = super().step(action)
        return observation, reward, "no", *others


class BelowItsSpace(Sound):
    observation_space = gym.spaces.Discrete(3)

    def seen(self):
        return -1


class FractionsAsImage(Sound):
    observation_space = gym.spaces.Box(0, 255, (36, 36), np.uint8)

    def seen(self):
        return np.full((36, 36), 0.5)


class WrappedWrongly(gym.Wrapper[Any, Any, Any, Any]):
    """A wrapper of the user's, which changes the shape that it declares."""

    def __init__(self):
        super().__init__(Sound())

    def reset(self, **arguments):
        seen, info = super().reset(**arguments)
        return seen[None], info


class CannotBeMade(Sound):
    def __init__(self):
        raise RuntimeError("no licence")


class CannotBeMadeAgain(Sound):
    made = 0

    def __init__(self):
        type(self).made += 1
        if self.made > 3:
            raise RuntimeError("no licence")


class CloseRaises(Sound):
    def close(self):
        raise RuntimeError("still busy")


class Counted(Sound):
    """It knows how many of it are open. It raises at the step `lasts`, counted from its making."""

    opened = 0

    def __init__(self, lasts=10**9):
        type(self).opened += 1
        self.lasts = lasts

    def step(self, action):
        self.lasts -= 1
        if self.lasts < 0:
            raise ZeroDivisionError("no way")
        return super().step(action)

    def close(self):
        type(self).opened -= 1


class Spaceless(gym.Env[Any, Any]):
    """It has no spaces."""

    closed = 0

    def close(self):
        type(self).closed += 1


class NoisyReset(Sound):
    """Its first observation comes from a global generator."""

    def reset(self, *, seed=None, options=None):
        _, info = super().reset(seed=seed)
        return np.random.uniform(-1, 1, 2).astype(np.float32), info  # noqa: NPY002


class NoisyReward(Sound):
    def step(self, action):
        observation, _, *rest = super().step(action)
        return observation, float(np.random.random()), *rest  # noqa: NPY002


class SecondEpisodeByCounter(Sound):
    """What it does depends on how many episodes the process has had."""

    episodes = 0

    def reset(self, *, seed=None, options=None):
        _, info = super().reset(seed=seed)
        type(self).episodes += 1
        return np.full(2, self.episodes % 7 / 7, np.float32), info


for kind in [*Sound.__subclasses__(), InfiniteRewardsOfImages, WrappedWrongly, Spaceless, Sound]:
    gym.register(f"faulty/{kind.__name__}-v0", entry_point=kind, max_episode_steps=20)
