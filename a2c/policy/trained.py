"""The trained policy of one run: observations in, actions out."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from a2c import streams
from a2c.config import Configuration
from a2c.envs.atari import is_atari
from a2c.envs.single import Single, closing
from a2c.envs.spaces import Encoding, Facts, encoding_of, encoding_of_frames
from a2c.learn.normalization import Normalizer
from a2c.learn.trainer import MODES
from a2c.play.player import Player
from a2c.policy.batches import rows_of
from a2c.policy.network import forward_of

if TYPE_CHECKING:
    from a2c.policy.module import PolicyModule

Floats = NDArray[np.float32]


class Outputs(NamedTuple):
    """What the network puts out: for one observation, or with an axis for the batch in front."""

    policy: Floats  # [width]: see docs/policy.md for each kind of action
    value: Floats  # []


class TrainedPolicy:
    """The trained policy of one run, made by `a2c.load`.

    Observations are those of the Gymnasium environment, actions are what its `step` takes. In Atari an observation is
    the stack of grey images that `ale_py.vector_env.AtariVectorEnv` gives.
    """

    def __init__(self, player: Player, rng: np.random.Generator | None = None) -> None:
        """`rng`: what sampled actions are drawn from, see `a2c.load`."""
        self.configuration: Configuration = player.configuration
        self.facts: Facts = player.facts
        self.seed: int = player.seed
        self.weights: dict[str, Floats] = player.weights  # by name, see docs/policy.md
        self.observation_space = observation_space(player.configuration, player.facts)
        self._rng = streams.generator(player.seed, "evaluation actions") if rng is None else rng
        self._encoding = _encoding(player.configuration, self.observation_space)
        self._normalizer = Normalizer(player.configuration, 1, player.facts)
        self._normalizer.set_weights(0, player.weights)
        self._forward = forward_of(player)

    def act(self, observation: Any, mode: Literal["sampled", "greedy"] = "sampled") -> Any:
        """The action for an observation, or an array of actions for a batch of them.

        `mode`: sampled from the policy, or greedy: the likeliest value of each number, the mean of a real one.
        ValueError if the observation has another shape than the environment's, or numbers that are not finite.
        """
        if mode not in MODES:
            raise ValueError(f"mode: {mode!r} is not allowed; allowed: {' or '.join(MODES)}")
        rows, is_batch = self._rows(observation)
        outputs = self._compute(rows).policy
        space = self.facts.action_space
        if mode == "greedy":
            chosen = space.greedy(outputs)
        else:
            chosen = space.sample(outputs, space.noise([self._rng], (len(outputs),))[0])
        actions = space.to_environment(chosen)
        return actions if is_batch else actions[0]

    def outputs(self, observation: Any) -> Outputs:
        """The network's outputs for an observation or a batch of them: the bits that training computes."""
        rows, is_batch = self._rows(observation)
        computed = self._compute(rows)
        return computed if is_batch else Outputs(computed.policy[0], computed.value[0])

    def encode(self, observation: Any) -> NDArray[Any]:
        """An observation or a batch of them as `module()` and the ONNX file take it, always [n, ...].

        Flat numbers in float32, or images [n, channels, height, width] in uint8. Not normalised: they do that.
        """
        return self._rows(observation)[0]

    def module(self) -> "PolicyModule":
        """A new `torch.nn.Module` with these weights, for `encode`d observations."""
        from a2c.policy.module import PolicyModule

        return PolicyModule(self.configuration, self.facts, self.weights)

    def to_onnx(self, path: str | Path) -> Path:
        """Write the network as an ONNX file, for `encode`d observations. The same policy gives the same bytes."""
        from a2c.policy.onnx_file import write_onnx

        return write_onnx(Path(path), self.configuration, self.facts, self.weights, self.seed)

    def _rows(self, observation: Any) -> tuple[NDArray[Any], bool]:
        rows, is_batch = rows_of(self.observation_space, observation)
        encoding = self._encoding
        if not rows:
            return np.empty((0, *encoding.shape), encoding.dtype), is_batch
        encoded = np.stack([encoding.encode(row) for row in rows])
        if not np.isfinite(encoded).all():
            raise ValueError("observation: has numbers that are not finite; allowed: finite numbers")
        return encoded, is_batch

    def _compute(self, rows: NDArray[Any]) -> Outputs:
        if not len(rows):
            return Outputs(np.empty((0, self.facts.action_space.width), np.float32), np.empty(0, np.float32))
        return Outputs(*self._forward(self._normalizer.observations(rows[None], count=False)[0]))


@closing()
def observation_space(configuration: Configuration, facts: Facts) -> gym.Space[Any]:
    """What the configuration's environment observes."""
    if is_atari(configuration.env_id):
        return gym.spaces.Box(0, 255, facts.observation_shape, np.uint8)
    made = Single(configuration.env_id, configuration.env_kwargs, configuration.max_episode_steps)
    return made.environment.observation_space


def _encoding(configuration: Configuration, space: gym.Space[Any]) -> Encoding:
    """How observations become the network's inputs. A game may stack more frames than other images have channels."""
    if is_atari(configuration.env_id):
        assert isinstance(space, gym.spaces.Box)
        return encoding_of_frames(space)
    return encoding_of(space, configuration.network)
