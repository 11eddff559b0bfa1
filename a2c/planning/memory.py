"""The memory that a training needs, and the check that the machine has it.

Counted is what grows with the configuration: activations kept for the update, emulators, weights with their gradients
and optimiser states, the action log. It comes on top of what the process uses before the training (PyTorch and
Gymnasium, about 280 MB; about 90 MB where the core trains). Not counted are the episodes, whose number is not known,
and what an allocator reserves: the check refuses only what certainly does not fit.
"""

import math
from bisect import bisect_right
from dataclasses import replace
from typing import NamedTuple

from a2c.config import ConfigError, Configuration
from a2c.config.errors import mistake
from a2c.core.settings import MOST_LAYERS
from a2c.envs import Facts
from a2c.envs.atari import is_atari
from a2c.learn.trainer import uses_core
from a2c.planning.free_memory import free_memory
from a2c.planning.work import acting_envs

BASE_BYTES = 130_000_000  # of any training: modules that are imported late, PyTorch's buffers
EMULATOR_BYTES = 1_500_000  # of an Atari emulator, without its observation: measured with 128 of them
CORE_BYTES = 60_000_000  # of any training by the core, which does without PyTorch
FLOAT_BYTES = 4
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
    emulator = EMULATOR_BYTES if is_atari(configuration.env_id) else 0
    n_parameters = sum(map(math.prod, network.shapes.values()))
    on_cpu = configuration.device == "cpu"  # with CUDA, rollouts and parameters are in the device's memory
    # When a rollout's rows are joined, the memory holds the rows, the joined rollout, the one before and the bootstrap.
    rows = 3 * _most_rows(configuration, facts) + 1 if on_cpu else 0
    if on_cpu and configuration.algorithm == "ppo":  # a minibatch's activations, beside those of the rollout
        rows += math.ceil(configuration.n_steps / configuration.n_minibatches)
    copies = _copies(configuration) if on_cpu else 0
    return Memory(
        base=BASE_BYTES,
        rollouts=n_lanes * acting_envs(configuration) * rows * network.kept_bytes,
        environments=n_lanes * configuration.n_envs * (emulator + math.prod(facts.observation_shape)),
        evaluation=n_lanes * configuration.eval_episodes * emulator,
        parameters=n_lanes * n_parameters * FLOAT_BYTES * (copies + len(configuration.snapshots)),
        actions=2 * n_lanes * configuration.total_steps * facts.action_space.log_bytes,  # and a copy for the file
    )


def _most_rows(configuration: Configuration, facts: Facts) -> int:
    """Rows of the longest rollout; a reset row stands before each of REINFORCE's episodes."""
    if configuration.algorithm != "reinforce":
        return configuration.n_steps
    return min(configuration.episodes_per_update * (facts.time_limit + 1), configuration.total_steps)


def _copies(configuration: Configuration) -> int:
    """Arrays of the size of the weights: themselves, gradients, optimiser; with A3C those of the worker, and copies."""
    of_model = 2 + OPTIMIZER_STATES[configuration.optimizer]
    return 2 * of_model + configuration.n_envs if configuration.algorithm == "a3c" else of_model


def _memory_of_core(configuration: Configuration, n_lanes: int, facts: Facts) -> Memory:
    """The memory of a training by the core, whose lanes say themselves how much they take."""
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


def check_memory(configuration: Configuration, n_lanes: int, facts: Facts, source: str) -> None:
    """ConfigError if training `n_lanes` seeds needs more memory than is free, or has too many layers.

    No check of memory if the system does not say how much is free. `source` names the config file in the message.
    """
    if uses_core(configuration) and len(configuration.hidden_sizes) > MOST_LAYERS:
        raise mistake(source, "hidden_sizes", list(configuration.hidden_sizes), f"at most {MOST_LAYERS} layers")
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
    field = _largest_field(configuration, one_seed)
    value = configuration.model_dump(mode="json")[field]
    allowed = f"what fits into this machine; one seed needs {_gib(one_seed.total)} of memory, and {_gib(free)} are free"
    raise mistake(source, field, value, allowed)


def _largest_field(configuration: Configuration, memory: Memory) -> str:
    """The field that the largest part of the memory grows with."""
    largest = max(memory._fields, key=lambda part: getattr(memory, part))
    return {
        "base": "total_steps",
        "rollouts": _field_of_rollouts(configuration),
        "environments": "n_envs",
        "evaluation": "eval_episodes",
        "parameters": "hidden_sizes",
        "actions": "total_steps",
    }[largest]


def _field_of_rollouts(configuration: Configuration) -> str:
    if configuration.algorithm == "reinforce":
        return "episodes_per_update"
    return "n_steps" if configuration.n_steps > configuration.n_envs else "n_envs"


def _gib(n_bytes: int) -> str:
    return f"{n_bytes / 2**30:.3g} GiB" if n_bytes < 2**40 else f"{n_bytes / 2**40:,.0f} TiB"
