"""The memory that a training needs, and the check that the machine has it.

Counted is what grows with the configuration: observations and activations of a rollout and of the evaluation,
emulators, weights with their gradients and optimiser states, the action log. It comes on top of what the process uses
before the training (PyTorch and Gymnasium, about 280 MB; about 90 MB where the core trains). Not counted are the
episodes, whose number is not known, and what an allocator reserves: the check refuses only what certainly does not fit.
"""

import math
from bisect import bisect_right
from dataclasses import replace
from typing import NamedTuple

from a2c.config import ConfigError, Configuration
from a2c.config.configuration import longest_rollout
from a2c.config.errors import mistake
from a2c.core.settings import MOST_LAYERS
from a2c.envs import Facts
from a2c.envs.atari import is_atari
from a2c.learn.trainer import OWN_CLOCKS, same_bits_anywhere, uses_core, weight_shapes
from a2c.planning.free_memory import free_memory
from a2c.planning.work import acting_envs, rollout_rows

BASE_BYTES = 130_000_000  # of any training: modules that are imported late, PyTorch's buffers
EMULATOR_BYTES = 1_500_000  # of an Atari emulator, without its observation: measured with 128 of them
CORE_BYTES = 60_000_000  # of any training by the core, which does without PyTorch
FLOAT_BYTES, DOUBLE_BYTES = 4, 8
OPTIMIZER_STATES = {"adam": 2, "rmsprop": 1, "rmsprop_tf": 1}  # numbers that the optimiser keeps for each weight


class Memory(NamedTuple):
    """Bytes of main memory of a training by purpose."""

    base: int
    rollouts: int
    environments: int
    evaluation: int  # its own environments, beside those of the training
    parameters: int
    actions: int

    @property
    def total(self) -> int:
        """Bytes at the peak. The evaluation begins when the last rollout is freed."""
        lasting = self.environments + self.parameters + self.actions
        return self.base + lasting + max(self.rollouts, self.evaluation)


def required_memory(configuration: Configuration, n_lanes: int, facts: Facts) -> Memory:
    """The memory that training `n_lanes` seeds needs at its peak, beside what the process uses already."""
    if uses_core(configuration):
        return _memory_of_core(configuration, n_lanes, facts)
    from a2c.learn.networks import build  # imported here, as the core does without PyTorch

    network = build(configuration, facts)
    n_parameters = sum(map(math.prod, network.shapes.values()))
    on_cpu = configuration.device == "cpu"  # with CUDA, rollouts and parameters are in the device's memory
    kept = network.kept_bytes if on_cpu else 0
    copies = _copies(configuration) if on_cpu else 0
    environment = _environment_bytes(configuration, facts)
    evaluated = 1 if configuration.algorithm in OWN_CLOCKS else n_lanes  # lanes at a time
    return Memory(
        base=BASE_BYTES,
        rollouts=_rollout_bytes(configuration, n_lanes, facts, kept) if on_cpu else 0,
        environments=n_lanes * configuration.n_envs * environment,
        evaluation=evaluated * configuration.eval_episodes * (environment + kept),
        parameters=n_lanes * n_parameters * FLOAT_BYTES * (copies + len(configuration.snapshots)),
        actions=2 * n_lanes * configuration.total_steps * facts.action_space.log_bytes,  # and a copy for the file
    )


def _observation_bytes(configuration: Configuration, facts: Facts) -> int:
    """Bytes of an observation as environments give it: grey levels of images, other numbers in float32."""
    return math.prod(facts.observation_shape) * (1 if configuration.network == "cnn" else FLOAT_BYTES)


def _environment_bytes(configuration: Configuration, facts: Facts) -> int:
    """Bytes of an environment: the emulator, and its observations before a step and after it."""
    emulator = EMULATOR_BYTES if is_atari(configuration.env_id) else 0
    return emulator + 2 * _observation_bytes(configuration, facts)


def _rollout_bytes(configuration: Configuration, n_lanes: int, facts: Facts, kept: int) -> int:
    """Bytes of rollouts at the peak. `kept`: of the activations of one observation."""
    n_envs, most = acting_envs(configuration), _most_rows(configuration, facts)
    rows, seen = most * n_envs, _observation_bytes(configuration, facts)
    # When a rollout's rows are joined, the memory holds the rows, the joined rollout, the one before and the bootstrap.
    joined = n_lanes * (rows * (3 * kept + 2 * seen) + n_envs * kept)
    if configuration.algorithm == "ppo":  # a minibatch's activations, beside those of the rollout
        joined += n_lanes * n_envs * math.ceil(most / configuration.n_minibatches) * kept
    # When it is measured: this rollout and the one before, its observations once more, those of one lane in float64.
    in_double = rows * (seen + DOUBLE_BYTES * math.prod(facts.observation_shape))
    return max(joined, n_lanes * rows * (2 * kept + 3 * seen) + in_double)


def _most_rows(configuration: Configuration, facts: Facts) -> int:
    """Rows of the longest rollout."""
    if configuration.algorithm != "reinforce":
        return rollout_rows(configuration)
    return longest_rollout(configuration.episodes_per_update, facts.time_limit, configuration.total_steps)


def _copies(configuration: Configuration) -> int:
    """Arrays of the size of the weights: themselves, gradients, optimiser, and those that a checkpoint copies.

    With A3C those of the worker and a copy of each worker, too; a checkpoint then copies all twice.
    """
    of_model = 2 + OPTIMIZER_STATES[configuration.optimizer]
    if configuration.algorithm == "a3c":
        return 2 * of_model + configuration.n_envs + 2 * checkpoint_copies(configuration)
    return of_model + checkpoint_copies(configuration)


def checkpoint_copies(configuration: Configuration) -> int:
    """Arrays of the size of the weights in a checkpoint: themselves, optimiser; with A3C those of the workers."""
    of_workers = configuration.n_envs if configuration.algorithm == "a3c" else 0
    return 1 + OPTIMIZER_STATES[configuration.optimizer] + of_workers


def _memory_of_core(configuration: Configuration, n_lanes: int, facts: Facts) -> Memory:
    """The memory of a training by the core, by `a2c_lane_bytes`."""
    from a2c.core.choose import load
    from a2c.core.settings import settings_of

    settings = settings_of(configuration, facts)

    def one_row_bytes(n_envs: int) -> int:
        return load().lane_bytes(replace(settings, algorithm="a2c", n_envs=n_envs, n_steps=1))

    weights = one_row_bytes(1)
    if configuration.algorithm == "a3c":
        trained = weights + configuration.n_envs * load().lane_bytes(settings.of_worker)
    else:
        trained = load().lane_bytes(settings)
    return Memory(
        base=CORE_BYTES,
        rollouts=n_lanes * (trained - weights),
        environments=0,
        evaluation=one_row_bytes(configuration.eval_episodes) - weights,  # of one lane at a time
        parameters=n_lanes * weights,
        actions=2 * n_lanes * configuration.total_steps * facts.action_space.log_bytes,
    )


def check_memory(configuration: Configuration, n_lanes: int, facts: Facts, source: str, at: str = "") -> None:
    """ConfigError if training `n_lanes` seeds needs more memory than is free, or has too many layers.

    No check of memory if the system does not say how much is free. `source` and `at` name the place of the
    configuration in the message.
    """
    if uses_core(configuration) and len(configuration.hidden_sizes) > MOST_LAYERS:
        allowed = f"at most {MOST_LAYERS} layers"
        raise mistake(source, _key(at, "hidden_sizes"), list(configuration.hidden_sizes), allowed)
    free = free_memory()
    if free is None or required_memory(configuration, n_lanes, facts).total <= free:
        return
    one_seed = required_memory(configuration, 1, facts)
    fewer = range(1, n_lanes)
    if n_fitting := bisect_right(fewer, free, key=lambda n: required_memory(configuration, n, facts).total):
        raise ConfigError(
            f"seeds: {n_lanes} are too many; allowed: at most {n_fitting} in one process (a paper's "
            f"seeds_per_job); one alone needs {_gib(one_seed.total)} of memory, and {_gib(free)} are free"
        )
    raise _too_much(configuration, facts, one_seed, "one seed", free, source, at)


def check_replay(configuration: Configuration, n_lanes: int, facts: Facts, source: str, at: str = "") -> None:
    """ConfigError if replaying the actions of `n_lanes` seeds needs more memory than is free."""
    needed = required_memory(configuration, n_lanes, facts)._replace(base=0, rollouts=0, evaluation=0, parameters=0)
    if same_bits_anywhere(configuration):  # the core makes one lane at a time, whole
        needed = needed._replace(rollouts=_lane_of_core(configuration, facts))
    _check(configuration, facts, needed, "its replay", source, at)


def check_evaluation(configuration: Configuration, facts: Facts, source: str, at: str = "") -> None:
    """ConfigError if the evaluation of one seed needs more memory than is free."""
    evaluation = required_memory(configuration, 1, facts).evaluation
    needed = Memory(base=0, rollouts=0, environments=0, evaluation=evaluation, parameters=0, actions=0)
    _check(configuration, facts, needed, "its evaluation", source, at)


def _check(configuration: Configuration, facts: Facts, needed: Memory, what: str, source: str, at: str) -> None:
    free = free_memory()
    if free is not None and needed.total > free:
        raise _too_much(configuration, facts, needed, what, free, source, at)


def _lane_of_core(configuration: Configuration, facts: Facts) -> int:
    """Bytes of a lane of the core."""
    from a2c.core.choose import load
    from a2c.core.settings import settings_of

    return load().lane_bytes(settings_of(configuration, facts))


def _too_much(
    configuration: Configuration, facts: Facts, needed: Memory, what: str, free: int, source: str, at: str
) -> ConfigError:
    """The error about the field that most of the memory grows with. `what` needs it."""
    field = _largest_field(configuration, facts, needed)
    value = configuration.model_dump(mode="json")[field]
    allowed = f"what fits into this machine; {what} needs {_gib(needed.total)} of memory, and {_gib(free)} are free"
    return mistake(source, _key(at, field), value, allowed)


def _key(at: str, field: str) -> str:
    return f"{at}.{field}" if at else field


def _largest_field(configuration: Configuration, facts: Facts, memory: Memory) -> str:
    """The field that the largest part of the memory grows with."""
    largest = max(memory._fields, key=lambda part: getattr(memory, part))
    return {
        "base": "total_steps",
        "rollouts": _field_of_rollouts(configuration),
        "environments": "n_envs",
        "evaluation": "eval_episodes",
        "parameters": _field_of_parameters(configuration, facts),
        "actions": "total_steps",
    }[largest]


def _field_of_rollouts(configuration: Configuration) -> str:
    if configuration.algorithm == "reinforce":
        return "episodes_per_update"
    return "n_steps" if rollout_rows(configuration) > configuration.n_envs else "n_envs"


def _field_of_parameters(configuration: Configuration, facts: Facts) -> str:
    sizes = {name: math.prod(shape) for name, shape in weight_shapes(configuration, facts).items()}
    of_convolutions = sum(size for name, size in sizes.items() if name.startswith("conv."))
    return "conv_channels" if 2 * of_convolutions > sum(sizes.values()) else "hidden_sizes"


def _gib(n_bytes: int) -> str:
    return f"{n_bytes / 2**30:.3g} GiB" if n_bytes < 2**40 else f"{n_bytes / 2**40:,.0f} TiB"
