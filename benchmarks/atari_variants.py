"""Measure variants that were tried to make Atari faster, each beside the code that is used."""

import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import conv2d

from a2c.config import Configuration
from a2c.envs.atari import PROTOCOLS, Screen, game_of
from a2c.envs.games import Games
from a2c.learn.networks.cnn import KERNELS, STRIDES
from a2c.planning.times import quickest

FRAMES, SIDE = 4, 84


class Tried(NamedTuple):
    """Milliseconds per update of a part of the work: with the code that is used, and with a variant."""

    work: str
    done: float
    variant: str
    instead: float


def measure(configuration: Configuration) -> list[Tried]:
    """Measure all variants on the core that this process is pinned to (one variant uses two cores)."""
    last, planes, half = (
        Convolutions(configuration, memory, dtype)
        for memory, dtype in (
            (torch.channels_last, torch.float32),
            (torch.contiguous_format, torch.float32),
            (torch.channels_last, torch.bfloat16),
        )
    )
    size = configuration.n_envs * configuration.n_steps
    everything = milliseconds(last.update)
    lockstep, overlapped = stepping(configuration)
    own_loop, vector = emulators(configuration)
    tried = [
        Tried("emulators, a loop of our own", own_loop, "ALE's vector environment", vector),
        Tried(
            "convolutions, channels last", everything, "planes first (PyTorch's default)", milliseconds(planes.update)
        ),
        Tried("convolutions, float32", everything, "bfloat16", milliseconds(half.update)),
        Tried("activations kept for the update", 0.0, "computed again", milliseconds(lambda: last.forward(size))),
        Tried("playing in step, one core", lockstep[0], "half plays while half acts", overlapped[0]),
    ]
    if len(lockstep) > 1:
        tried.append(Tried("playing in step, two cores", lockstep[1], "half plays while half acts", overlapped[1]))
    return tried


def table(tried: list[Tried]) -> list[str]:
    """Lines of text."""
    lines = [f"{'tried: milliseconds of an update':36}{'as done':>9}   {'variant':34}{'':>8}"]
    return lines + [f"{one.work:36}{one.done:9.1f}   {one.variant:34}{one.instead:8.1f}" for one in tried]


def milliseconds(call: Callable[[], object]) -> float:
    return 1e3 * quickest(call)


class Convolutions:
    """The network's convolutions in plain PyTorch, with any memory format and data type."""

    def __init__(self, configuration: Configuration, memory: torch.memory_format, dtype: torch.dtype) -> None:
        self.n_envs, self.n_steps = configuration.n_envs, configuration.n_steps
        self.memory, self.dtype = memory, dtype
        channels = (FRAMES, *configuration.conv_channels)
        self.weights = [
            torch.randn(outputs, inputs, kernel, kernel).mul_(0.05).to(dtype=dtype, memory_format=memory)
            for inputs, outputs, kernel in zip(channels, channels[1:], KERNELS, strict=False)
        ]
        self.biases = [torch.zeros(len(weight), dtype=dtype) for weight in self.weights]

    def forward(self, rows: int) -> list[Tensor]:
        """Inputs of all convolutions, and the output of the last one."""
        images = torch.zeros(rows, FRAMES, SIDE, SIDE, dtype=torch.uint8)
        x = images.to(dtype=self.dtype, memory_format=self.memory).div_(255)
        kept = [x]
        for weight, bias, stride in zip(self.weights, self.biases, STRIDES, strict=True):
            x = conv2d(x, weight, bias, stride).relu_()
            kept.append(x)
        return kept

    def update(self) -> None:
        """Forward passes of every step and of the bootstrap values, then the backward pass over all steps."""
        with torch.inference_mode():
            for _ in range(self.n_steps + 1):
                self.forward(self.n_envs)
            kept = self.batch()
            d = torch.ones_like(kept[-1])
            for layer in reversed(range(len(STRIDES))):
                d, _, _ = torch.ops.aten.convolution_backward(
                    d,
                    kept[layer],
                    self.weights[layer],
                    [len(self.weights[layer])],
                    [STRIDES[layer]] * 2,
                    [0, 0],
                    [1, 1],
                    False,
                    [0, 0],
                    1,
                    [layer > 0, True, True],
                )

    def batch(self) -> list[Tensor]:
        """Activations of a whole rollout. They are computed once, because their computation is not measured."""
        if not hasattr(self, "_batch"):
            self._batch = self.forward(self.n_envs * self.n_steps)
        return self._batch


def emulators(configuration: Configuration) -> tuple[float, float]:
    """Milliseconds of a rollout's emulator steps with random actions: our loop, and ALE's vector environment."""
    n, env_id, protocol = configuration.n_envs, configuration.env_id, configuration.atari_protocol
    ours, theirs = Games(env_id, protocol, configuration.env_kwargs, n), vector_environment(configuration, n)
    ours.reset(range(n))
    theirs.reset(seed=np.arange(n))
    random = np.random.default_rng(0)
    n_actions = int(theirs.single_action_space.n)

    def rollout(step: Callable[[NDArray[np.int64]], object]) -> Callable[[], None]:
        def steps() -> None:
            for _ in range(configuration.n_steps):
                step(random.integers(0, n_actions, n))

        return steps

    return milliseconds(rollout(ours.step)), milliseconds(rollout(theirs.step))


def vector_environment(configuration: Configuration, n: int) -> Any:
    """ALE's vector environment of `n` games."""
    from ale_py.vector_env import AtariVectorEnv

    own = {"num_threads": 1, "reward_clipping": False, **PROTOCOLS[configuration.atari_protocol]}
    screen = Screen(**configuration.env_kwargs)  # type: ignore[arg-type]
    return AtariVectorEnv(game_of(configuration.env_id), n, **own, **screen.model_dump())


def stepping(configuration: Configuration) -> tuple[list[float], list[float]]:
    """Wall milliseconds of a rollout, emulator and network in turn or at once, on one core and if possible on two."""
    own = os.sched_getaffinity(0)
    found: tuple[list[float], list[float]] = ([], [])
    for cores in (own, set(range(os.cpu_count() or 1))):
        if len(cores) > 2 or len(cores) == len(found[0]):
            continue
        os.sched_setaffinity(0, cores)
        for times, halves in zip(found, (1, 2), strict=True):
            times.append(_rollout(configuration, halves))
    os.sched_setaffinity(0, own)
    return found


def _rollout(configuration: Configuration, halves: int) -> float:
    """Milliseconds of a rollout with all environments together, or in two halves that alternate with the network."""
    n = configuration.n_envs // halves
    convolutions = Convolutions(configuration, torch.channels_last, torch.float32)
    parts = [vector_environment(configuration, n) for _ in range(halves)]
    actions = np.zeros(n, dtype=np.int64)
    for seed, part in enumerate(parts):
        part.reset(seed=np.arange(seed * n, (seed + 1) * n))
        part.send(actions)
    best = float("inf")
    for _ in range(20):
        begun = time.perf_counter()
        for _ in range(configuration.n_steps):
            for part in parts:
                part.recv()
                convolutions.forward(n)
                part.send(actions)
        best = min(best, time.perf_counter() - begun)
    for part in parts:
        part.recv()
    return 1e3 * best
