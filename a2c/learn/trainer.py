"""What trains a seed block: the native core for flat observations on the CPU, PyTorch for images and on GPUs."""

import math
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.core.settings import is_native
from a2c.envs import ActionLog, Ended, Facts, Logged, Observations

Array = NDArray[Any]
Actor = Callable[[Observations], Array]  # observations to actions, both [lanes, environments, ...]
IN_CORE = ("a2c", "reinforce", "a3c", "ppo")  # algorithms
OWN_CLOCKS = ("reinforce", "a3c")  # whose lanes learn each in its own time
MODES = ("sampled", "greedy")  # of the evaluation
TORCH_BITS, CUDA_BITS = 1, 1001  # the core counts from 2
ENVIRONMENTS = "environments."  # in names of a trainer's state


class Progress(NamedTuple):
    """What a trainer has done since its last progress: one or several iterations of all lanes."""

    actions: list[Logged]  # for the action log
    ended: list[Ended]  # the episodes that ended, with finite returns
    metrics: list[tuple[int, int, NDArray[np.float32]]]  # lane, agent steps, values in the order of `metrics_of`


class Evaluated(NamedTuple):
    """One evaluation episode."""

    lane: int
    mode: str
    episode: int
    total_reward: float
    length: int


class Interrupted(NamedTuple):
    """What an interrupted training left."""

    state: Mapping[str, Array]  # as `Trainer.state` gave it
    log: ActionLog  # of all rows before
    diverged: Mapping[int, tuple[int, str]]
    stopped: Mapping[int, int]

    @property
    def last_rows(self) -> dict[int, int]:
        """The rows of each lane that had ended."""
        ended = {lane: steps for lane, (steps, _) in self.diverged.items()} | dict(self.stopped)
        return {lane: steps // self.log.actions.shape[2] for lane, steps in ended.items()}

    def of_lanes(self, others: Container[str] = ()) -> list[dict[str, Array]]:
        """The state of each lane, from arrays [lanes, ...]; without those that `others` names."""
        return [
            {name: np.asarray(array[lane]) for name, array in self.state.items() if name not in others}
            for lane in range(len(self.log.rows))
        ]


class Trainer(Protocol):
    """A seed block in training, a lane for each seed."""

    configuration: Configuration
    seeds: list[int]
    facts: Facts
    diverged: dict[int, tuple[int, str]]  # lane: agent steps and reason

    @property
    def stopped(self) -> dict[int, int]:
        """Agent steps of each lane that ended on purpose before the budget."""

    @property
    def rows(self) -> int:
        """Steps of every environment so far."""

    @property
    def total_rows(self) -> int:
        """Steps of every environment in the budget."""

    def train(self, record: Callable[[Progress], None]) -> None:
        """Train until the budget is used or every lane has ended; `record` gets what was done, part by part."""

    def state(self) -> dict[str, Array]:
        """Copies of the arrays from which `restore` goes on.

        Names that begin with ENVIRONMENTS are those of the environments; without any, the action log is replayed.
        """

    def accepts(self, state: Mapping[str, Array]) -> bool:
        """Whether `state` has the names, types and shapes of this trainer's."""

    def restore(self, before: Interrupted) -> list[Ended] | None:
        """Go on from where another stopped; the episodes that ended before if the action log was replayed."""

    def weights(self, lane: int) -> dict[str, NDArray[np.float32]]:
        """Copies of one lane's parameters by name."""

    def snapshots(self, lane: int) -> dict[float, dict[str, NDArray[np.float32]]]:
        """Copies of the parameters that a lane had during the run, by share of the budget and name."""

    def evaluate(self) -> list[Evaluated]:
        """`eval_episodes` episodes of the policy of each lane that has not diverged, in each mode."""


class Policy(Protocol):
    """What acts in an evaluation."""

    def actor(self, mode: str) -> Actor:
        """How actions follow observations: drawn ("sampled") from the start of each lane's stream, or "greedy"."""


def finite(ended: Iterable[Ended]) -> list[Ended]:
    """The episodes with finite returns: the others are not recorded, as their runs have diverged."""
    return [episode for episode in ended if math.isfinite(episode.total_reward)]


def not_finite(ended: Iterable[Ended | Evaluated]) -> dict[int, str]:
    """The lanes with an episode whose return is not finite, each with the reason for which it has diverged."""
    returns = ((episode.lane, episode.total_reward) for episode in ended)
    return {lane: f"return is {total_reward}" for lane, total_reward in returns if not math.isfinite(total_reward)}


def same_kinds(state: Mapping[str, Array], other: Mapping[str, Array]) -> bool:
    """Whether two states have the same names, types and shapes. Strings of bytes have any length."""
    return {name: _kind(array) for name, array in state.items()} == {
        name: _kind(array) for name, array in other.items()
    }


def _kind(array: Array) -> tuple[Any, ...]:
    """The type and shape of an array, the number of its dimensions if it is a string of bytes."""
    return array.dtype, array.ndim if array.dtype == np.uint8 and array.ndim == 1 else array.shape


def uses_core(configuration: Configuration) -> bool:
    """Whether the native core trains a configuration: on the CPU, with flat observations."""
    return configuration.algorithm in IN_CORE and configuration.network == "mlp" and configuration.device == "cpu"


def uses_gpu(configuration: Configuration) -> bool:
    """Whether lanes on a GPU train a configuration, each with kernels of its own."""
    return configuration.algorithm == "a2c" and configuration.device == "cuda"


def bits_of(configuration: Configuration) -> int:
    """The number of the arithmetic that trains a configuration; results of different numbers have different bits.

    1 is PyTorch's, 1001 that of lanes on a GPU, where the bits also depend on the kind of GPU. The core's number is
    raised whenever its bits change.
    """
    if uses_gpu(configuration):
        return CUDA_BITS
    if not uses_core(configuration):
        return TORCH_BITS
    from a2c.core.choose import BITS

    return BITS


def same_bits_anywhere(configuration: Configuration) -> bool:
    """Whether every CPU gives the same bits: the core trains, in environments of its own."""
    return uses_core(configuration) and is_native(configuration)


def determinism_of(configuration: Configuration) -> dict[str, object]:
    """What fixes the bits on one machine, for the manifest. Sets PyTorch's flags where PyTorch trains."""
    if uses_core(configuration):
        return {"arithmetic": "core"}
    from a2c.learn.determinism import settle

    return {**settle(), "arithmetic": "lanes on a GPU"} if uses_gpu(configuration) else settle()


def make_trainer(configuration: Configuration, seeds: Sequence[int], facts: Facts, threads: int = 1) -> Trainer:
    """The trainer of a configuration, which the configuration alone decides. PyTorch is imported where it trains.

    `threads`: of the emulators beside a GPU; on the CPU a training has one.
    """
    if uses_core(configuration):
        return _native_trainer(configuration, seeds, facts)
    if uses_gpu(configuration):
        from a2c.learn.cuda.trainer import CudaTrainer

        return CudaTrainer(configuration, seeds, facts, threads)
    return _pytorch_trainer(configuration, seeds, facts)


def _native_trainer(configuration: Configuration, seeds: Sequence[int], facts: Facts) -> Trainer:
    if configuration.algorithm == "a3c":
        from a2c.learn.native_a3c import NativeA3C
        from a2c.learn.own_clocks import OwnClocks

        return OwnClocks(configuration, seeds, facts, NativeA3C)
    from a2c.learn.native import NativeTrainer

    return NativeTrainer(configuration, seeds, facts)


def _pytorch_trainer(configuration: Configuration, seeds: Sequence[int], facts: Facts) -> Trainer:
    if configuration.algorithm in OWN_CLOCKS:
        from a2c.learn.algorithms.a3c import A3C
        from a2c.learn.algorithms.reinforce import Reinforce
        from a2c.learn.own_clocks import LaneTrainer, OwnClocks

        lanes: dict[str, Callable[[Configuration, int, Facts], LaneTrainer]] = {"reinforce": Reinforce, "a3c": A3C}
        return OwnClocks(configuration, seeds, facts, lanes[configuration.algorithm])
    from a2c.learn.learner import Learner

    return Learner(configuration, seeds, facts)


def policy_of(configuration: Configuration, facts: Facts, seed: int, weights: Mapping[str, Array]) -> Policy:
    """The trained policy of one seed from its weights by name, computed as it was trained."""
    if uses_core(configuration):
        from a2c.learn import native

        return native.policy_of(configuration, facts, seed, weights)
    from a2c.learn import policy

    return policy.policy_of(configuration, facts, seed, weights)


def weight_shapes(configuration: Configuration, facts: Facts) -> dict[str, tuple[int, ...]]:
    """Shapes of the weights that a seed's policy has, by name."""
    if uses_core(configuration):
        from a2c.learn import native

        return native.weight_shapes(configuration, facts)
    from a2c.core.layout import MOMENTS
    from a2c.learn.networks import build

    moments = dict.fromkeys(MOMENTS, (1, *facts.observation_shape)) if configuration.normalize_observations else {}
    return build(configuration, facts).shapes | moments
