"""How much memory a training needs, and a refusal in one line where this machine has not got it.

What is counted is what grows with the configuration: activations kept for the update, emulators, weights with their
gradients and optimiser states, the action log. It comes on top of what the process holds when the question is asked
(PyTorch and Gymnasium, about 280 MB). Episodes are left out, as their number is not known, and so is what an allocator
holds in reserve: only what surely cannot work is refused.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from a2c.config import ConfigError, Configuration
from a2c.config.errors import mistake
from a2c.envs import Facts
from a2c.envs.atari import is_atari
from a2c.learn.networks import build
from a2c.learn.networks.network import FLOAT_BYTES

START = 130_000_000  # bytes for any training: modules that come in when they are needed, PyTorch's own buffers
GAME = 1_500_000  # bytes of one Atari emulator: what each of 128 beside each other adds, less what is counted here
STATES = {"adam": 2, "rmsprop": 1, "rmsprop_tf": 1}  # numbers that the optimiser keeps for each weight
MEMINFO, CGROUPS, OWN_CGROUPS = Path("/proc/meminfo"), Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


class Need(NamedTuple):
    """Bytes of a training by what they are for, beside what every one needs."""

    rollouts: int
    environments: int
    evaluation: int  # its own environments, beside the training's
    parameters: int
    actions: int

    @property
    def total(self) -> int:
        """At the peak: the evaluation begins when the last rollout is gone."""
        lasting = self.environments + self.parameters + self.actions
        return START + lasting + max(self.rollouts, self.evaluation)


def refuse_if_too_large(configuration: Configuration, n_lanes: int, facts: Facts, source: str) -> None:
    """ConfigError if the training of so many seeds needs more memory than there is; nothing where that is unknown."""
    has = available()
    if has is None or need(configuration, n_lanes, facts).total <= has:
        return
    alone = need(configuration, 1, facts)
    told = f"{{}} needs {_gib(alone.total)} of memory, and {_gib(has)} are free"
    if fitting := has // alone.total:
        at_most = f"at most {fitting} in one process (a paper's seeds_per_job); {told.format('each')}"
        raise ConfigError(f"--seeds: {n_lanes} seeds is not allowed; allowed: {at_most}")
    key = _culprit(configuration, alone)
    value = configuration.model_dump(mode="json")[key]
    raise mistake(source, key, value, f"what fits into this machine; {told.format('one seed')}")


def _gib(number: int) -> str:
    return f"{number / 2**30:.3g} GiB" if number < 2**40 else f"{number / 2**40:,.0f} TiB"


# ------------------------------------------------------------------------------------------------------------- needed


def need(configuration: Configuration, n_lanes: int, facts: Facts) -> Need:
    """Bytes of main memory that training so many seeds takes at its peak, beside what the process has already."""
    network = build(configuration, facts)
    game = GAME if is_atari(configuration.env_id) else 0
    n_parameters = sum(map(math.prod, network.shapes.values()))
    # While a rollout's rows are joined, the rows themselves are still there, the bootstrap's, and the rollout before.
    # On CUDA all this is the device's memory, about which nothing is said here.
    rows = 3 * configuration.n_steps + 1 if configuration.device == "cpu" else 0
    copies = 2 + STATES[configuration.optimizer] if configuration.device == "cpu" else 0
    return Need(
        rollouts=n_lanes * configuration.n_envs * rows * network.kept_bytes,
        environments=n_lanes * configuration.n_envs * (game + math.prod(facts.observation_shape)),
        evaluation=n_lanes * configuration.eval_episodes * game,
        parameters=n_lanes * n_parameters * FLOAT_BYTES * copies,
        actions=2 * n_lanes * configuration.total_steps,  # a byte each, twice while they are joined for a file
    )


def _culprit(configuration: Configuration, needed: Need) -> str:
    """The field that makes the largest part as large as it is."""
    largest = max(needed._fields, key=lambda part: getattr(needed, part))
    longer = "n_steps" if configuration.n_steps > configuration.n_envs else "n_envs"
    return {
        "rollouts": longer,
        "environments": "n_envs",
        "evaluation": "eval_episodes",
        "parameters": "hidden_sizes",
        "actions": "total_steps",
    }[largest]


# ---------------------------------------------------------------------------------------------------------- available


def available() -> int | None:
    """Bytes that this process can still have: the machine's, or less where a control group sets a limit.

    None where the system does not say (it is not Linux).
    """
    try:
        lines = MEMINFO.read_text(encoding="ascii").splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        free = 1024 * int(fields["MemAvailable"].split()[0])
    except (OSError, KeyError, ValueError):
        return None
    return min([free, *_left_in_groups()])


def _left_in_groups() -> Iterator[int]:
    """What is left of each limit on this process, its group's own and those of the groups round it."""
    try:
        lines = OWN_CGROUPS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":  # version 2
            base, names = CGROUPS, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            base, names = CGROUPS / "memory", ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        inner = Path(path.lstrip("/"))
        for group in (inner, *inner.parents):  # a container may not see the outer ones, or call its own "/"
            left = _left(base / group, *names)
            if left is not None:
                yield left


def _left(group: Path, limit: str, used: str, cache: str) -> int | None:
    """Bytes left in a control group; None where it sets no limit. What only caches files can be had back."""
    try:
        at_most, now = int((group / limit).read_text()), int((group / used).read_text())
        cached = next(
            int(line.split()[1])
            for line in (group / "memory.stat").read_text().splitlines()
            if line.split()[0] == cache
        )
    except (OSError, ValueError, StopIteration):  # "max" is no number
        return None
    return at_most - now + cached
