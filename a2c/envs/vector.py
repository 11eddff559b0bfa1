"""The environments of all lanes, stepped together: [lanes, environments] in, [lanes, environments] out."""

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import EnvSpec
from numpy.typing import NDArray

from a2c import streams
from a2c.config import Configuration
from a2c.config.errors import mistake
from a2c.envs.atari import LIFE_LOST, Atari, is_atari, n_actions, screen
from a2c.envs.cartpole import StreamedCartPole
from a2c.envs.sequential import OneByOne


@dataclass(frozen=True)
class Facts:
    """What must be known of an environment before a network can be built for it."""

    observation_shape: tuple[int, ...]  # (numbers,), or (frames, height, width) of Atari's images
    n_actions: int
    reward_threshold: float | None
    time_limit: int  # agent steps of the longest episode


Observations = NDArray[np.float32] | NDArray[np.uint8]  # numbers, or the grey levels of images


class Row(NamedTuple):
    """One step of every environment, arrays [lanes, environments, ...]."""

    observations: Observations
    rewards: NDArray[np.float32]
    terminated: NDArray[np.bool_]  # nothing is to be expected of what follows: a game's end, or a lost life
    truncated: NDArray[np.bool_]  # the time limit
    done: NDArray[np.bool_]  # the episode is over: the next row resets


class Environments:
    """`n_envs` environments in each of `len(seeds)` lanes, in Gymnasium's NEXT_STEP autoreset.

    Environment i of a lane has the random stream (seed, purpose, i): it knows nothing of other lanes.
    """

    def __init__(self, configuration: Configuration, seeds: Sequence[int], n_envs: int, purpose: str) -> None:
        self.shape = (len(seeds), n_envs)
        self._seeds = [streams.environment_seed(seed, purpose, i) for seed in seeds for i in range(n_envs)]
        self._vector = _vector(configuration, len(self._seeds))

    def reset(self) -> Observations:
        """Freshly seeded environments' first observations, [lanes, environments, observation]."""
        observations, _ = self._vector.reset(seed=self._seeds)
        return self._by_lane(observations)

    def step(self, actions: NDArray[np.int64]) -> Row:
        """Step all by `actions` [lanes, environments]; the row after an episode's end resets and ignores its action."""
        observations, rewards, terminated, truncated, infos = self._vector.step(actions.reshape(-1))
        done = terminated | truncated
        if LIFE_LOST in infos:
            terminated = terminated | infos[LIFE_LOST]
        return Row(
            self._by_lane(observations),
            rewards.astype(np.float32, copy=False).reshape(self.shape),
            terminated.reshape(self.shape),
            truncated.reshape(self.shape),
            done.reshape(self.shape),
        )

    def close(self) -> None:
        self._vector.close()

    def _by_lane(self, observations: NDArray[Any]) -> Observations:
        if observations.dtype != np.uint8:
            observations = observations.astype(np.float32, copy=False)
        return observations.reshape(*self.shape, *observations.shape[1:])


def _vector(configuration: Configuration, number: int) -> StreamedCartPole | OneByOne | Atari:
    kwargs: dict[str, Any] = configuration.env_kwargs
    if is_atari(configuration.env_id):
        return Atari(configuration.env_id, configuration.atari_protocol, kwargs, number)
    spec = gym.spec(configuration.env_id)
    if "CartPoleVectorEnv" in str(spec.vector_entry_point) and set(kwargs) <= {"sutton_barto_reward"}:
        assert spec.max_episode_steps is not None  # registered with both CartPoles
        return StreamedCartPole(number, max_episode_steps=spec.max_episode_steps, **kwargs)
    return OneByOne(configuration.env_id, kwargs, number)


def check(configuration: Configuration, source: str, at: str = "") -> Facts:
    """Facts of the environment; ConfigError unless it exists, acts by Discrete and observes what the network takes.

    That is a flat Box for the mlp, and Atari's images for the cnn. `source` and `at` tell where the configuration
    stands, for the message.
    """
    prefix = f"{at}." if at else ""
    needed = "cnn" if is_atari(configuration.env_id) else "mlp"
    if configuration.network != needed:
        raise mistake(source, f"{prefix}network", configuration.network, f"{needed} with {configuration.env_id}")
    if is_atari(configuration.env_id):
        seen = screen(configuration, source, prefix)
        shape = (seen.stack_num, seen.img_height, seen.img_width)
        return Facts(shape, n_actions(configuration.env_id, seen.full_action_space), None, seen.time_limit)
    try:
        return _facts(configuration.env_id, json.dumps(configuration.env_kwargs, sort_keys=True))
    except _UnfitError as unfit:
        value = getattr(configuration, unfit.field)
        raise mistake(source, f"{prefix}{unfit.field}", value, unfit.allowed) from None


class _UnfitError(Exception):
    def __init__(self, field: str, allowed: str) -> None:
        super().__init__(field, allowed)
        self.field = field
        self.allowed = allowed


@cache
def _facts(env_id: str, kwargs: str) -> Facts:
    spec = _spec(env_id)
    try:
        environment = gym.make(env_id, disable_env_checker=True, **json.loads(kwargs))  # as OneByOne does
    except gym.error.DependencyNotInstalled as error:
        raise _UnfitError("env_id", f"environments whose libraries are installed ({error})") from None
    except (TypeError, AssertionError, ValueError, gym.error.Error) as error:
        raise _UnfitError("env_kwargs", f"what {env_id} takes ({error})") from None
    observation, action = environment.observation_space, environment.action_space
    environment.close()
    if not isinstance(action, gym.spaces.Discrete) or action.start != 0 or not 2 <= action.n <= 256:
        raise _UnfitError("env_id", f"environments with 2 to 256 Discrete actions from 0; this one has {action}")
    if not isinstance(observation, gym.spaces.Box) or len(observation.shape) != 1:
        raise _UnfitError("env_id", f"environments with a flat Box observation; this one has {observation}")
    time_limit = json.loads(kwargs).get("max_episode_steps", spec.max_episode_steps)
    if time_limit is None:
        raise _UnfitError("env_id", "environments with a time limit (env_kwargs can give max_episode_steps)")
    return Facts(observation.shape, int(action.n), spec.reward_threshold, time_limit)


def _spec(env_id: str) -> EnvSpec:
    try:
        return gym.spec(env_id)
    except (gym.error.Error, ModuleNotFoundError, ValueError) as error:
        near = difflib.get_close_matches(env_id, gym.registry, n=3, cutoff=0.5)
        hint = f", such as {' or '.join(near)}" if near else ""
        reason = str(error).splitlines()[0]
        raise _UnfitError("env_id", f"an id that Gymnasium knows{hint} ({reason})") from None
