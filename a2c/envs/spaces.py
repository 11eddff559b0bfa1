"""What an environment observes and how it acts, as networks and action logs need to know it."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.config.errors import mistake
from a2c.envs.atari import is_atari, n_actions, screen
from a2c.envs.faults import summary
from a2c.envs.registry import UnknownIdError, find_spec, import_modules

Floats = NDArray[np.float32]


class ActionSpace(Protocol):
    """How the outputs of a policy become actions, and how actions are logged and replayed."""

    @property
    def width(self) -> int:
        """Numbers that the policy puts out for one action."""

    @property
    def draws(self) -> int:
        """Numbers drawn from the stream "actions" for one action."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers in an action log."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one action in an action log."""

    @property
    def bits(self) -> float:
        """Information in one action, in bits: what the size of an action log is estimated from."""

    def noise(self, generators: Sequence[np.random.Generator], shape: tuple[int, ...]) -> Floats:
        """Noise for actions of `shape`, [lanes, *shape, draws]; each lane draws from its own generator."""

    def sample(self, outputs: Floats, noise: Floats) -> NDArray[Any]:
        """Actions [..., *shape] drawn by `noise` [..., draws] from the policy's `outputs` [..., width]."""

    def greedy(self, outputs: Floats) -> NDArray[Any]:
        """The likeliest actions [..., *shape] by the policy's `outputs` [..., width]."""

    def from_log(self, log: NDArray[Any]) -> NDArray[Any]:
        """Logged actions as `Environments.step` takes them."""

    def accepts(self, log: NDArray[Any]) -> bool:
        """Whether all logged actions are actions of this space."""


@dataclass(frozen=True)
class DiscreteActions:
    """The actions 0 to n - 1, drawn from the softmax of n logits by the Gumbel-max trick."""

    n: int

    dtype = np.dtype(np.uint8)
    shape = ()

    @property
    def width(self) -> int:
        return self.n

    @property
    def draws(self) -> int:
        return self.n

    @property
    def bits(self) -> float:
        return math.log2(self.n)

    def noise(self, generators: Sequence[np.random.Generator], shape: tuple[int, ...]) -> Floats:
        """Standard Gumbel noise, -log(-log(u)) of one uniform number u for each logit."""
        uniform = np.stack([generator.random((*shape, self.n)) for generator in generators])
        with np.errstate(divide="ignore"):  # u = 0 gives minus infinity: that action is not taken
            return (-np.log(-np.log(uniform))).astype(np.float32)

    def sample(self, outputs: Floats, noise: Floats) -> NDArray[np.int64]:
        """The largest of logit plus Gumbel noise is a draw from the softmax (Maddison et al. 2014)."""
        return (outputs + noise).argmax(axis=-1)

    def greedy(self, outputs: Floats) -> NDArray[np.int64]:
        return outputs.argmax(axis=-1)

    def from_log(self, log: NDArray[np.uint8]) -> NDArray[np.int64]:
        return log.astype(np.int64)

    def accepts(self, log: NDArray[np.uint8]) -> bool:
        return bool(log.max(initial=0) < self.n)


@dataclass(frozen=True)
class Facts:
    """What must be known of an environment before a network can be built for it."""

    observation_shape: tuple[int, ...]  # (numbers,), or (frames, height, width) of Atari's images
    action_space: ActionSpace
    reward_threshold: float | None  # the mean return at which the environment counts as solved
    time_limit: int  # agent steps of the longest episode


def check(configuration: Configuration, source: str, at: str = "") -> Facts:
    """Facts of the environment of a configuration.

    ConfigError unless the environment exists, its actions are Discrete, and its observations fit the network: a flat
    Box for the mlp, Atari's images for the cnn. `source` and `at` name the place of the configuration in the message.
    """
    prefix = f"{at}." if at else ""
    import_modules(configuration, source, prefix)
    seen = screen(configuration, source, prefix) if is_atari(configuration.env_id) else None
    needed = "cnn" if seen else "mlp"
    if configuration.network != needed:
        raise mistake(source, f"{prefix}network", configuration.network, f"{needed} with {configuration.env_id}")
    if seen:
        shape = (seen.stack_num, seen.img_height, seen.img_width)
        actions = DiscreteActions(n_actions(configuration.env_id, seen.full_action_space))
        return Facts(shape, actions, None, seen.time_limit)
    try:
        return _facts(configuration.env_id, json.dumps(configuration.env_kwargs, sort_keys=True))
    except _UnfitError as unfit:
        value = getattr(configuration, unfit.field)
        raise mistake(source, f"{prefix}{unfit.field}", value, unfit.allowed) from unfit.__cause__


class _UnfitError(Exception):
    def __init__(self, field: str, allowed: str) -> None:
        super().__init__(field, allowed)
        self.field = field
        self.allowed = allowed


@cache
def _facts(env_id: str, kwargs: str) -> Facts:
    try:
        spec = find_spec(env_id)
    except UnknownIdError as error:
        raise _UnfitError("env_id", str(error)) from None
    if json.loads(kwargs).get("render_mode") == "human":
        allowed = "arguments without render_mode: human, as training shows no window; `a2c play` films a trained policy"
        raise _UnfitError("env_kwargs", allowed)
    try:
        environment = gym.make(env_id, disable_env_checker=True, **json.loads(kwargs))  # as in `Sequential`
    except gym.error.DependencyNotInstalled as error:
        raise _UnfitError("env_id", f"environments whose libraries are installed ({error})") from None
    except Exception as error:
        if kwargs != "{}" and isinstance(error, TypeError | AssertionError | ValueError | gym.error.Error):
            raise _UnfitError("env_kwargs", f"what {env_id} takes ({summary(error)})") from error
        raise _UnfitError("env_id", f"environments that can be made; this one raised {summary(error)}") from error
    observation, action = environment.observation_space, environment.action_space
    environment.close()
    if not isinstance(action, gym.spaces.Discrete) or action.start != 0 or not 2 <= action.n <= 256:
        raise _UnfitError("env_id", f"environments with 2 to 256 Discrete actions from 0; this one has {action}")
    if not isinstance(observation, gym.spaces.Box) or len(observation.shape) != 1:
        raise _UnfitError("env_id", f"environments with a flat Box observation; this one has {observation}")
    time_limit = json.loads(kwargs).get("max_episode_steps", spec.max_episode_steps)
    if time_limit is None:
        raise _UnfitError("env_id", "environments with a time limit (env_kwargs can give max_episode_steps)")
    return Facts(observation.shape, DiscreteActions(int(action.n)), spec.reward_threshold, time_limit)
