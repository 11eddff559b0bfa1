"""The memory of a group of lanes that stays where it is: CUDA graphs read and write it, and so do copies."""

from typing import Any

import torch
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.config.metrics import metrics_of
from a2c.envs import Facts
from a2c.learn.cuda.estimates import Rollout

REWARDS, TERMINAL, CUTS, VALID = range(4)  # the first axis of `Buffers.numbers`, in the order of `Rollout`


class Mirror:
    """An array of the host (pinned, so that copies run beside the host) and a tensor of the device, of one shape."""

    def __init__(self, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> None:
        self._pinned = torch.zeros(shape, dtype=dtype, pin_memory=device.type == "cuda")
        self.host: NDArray[Any] = self._pinned.numpy()
        self.device = torch.zeros(shape, dtype=dtype, device=device)

    def to_device(self) -> None:
        """Begin to copy the host's numbers to the device."""
        self.device.copy_(self._pinned, non_blocking=True)

    def to_host(self) -> None:
        """Begin to copy the device's numbers to the host; call `wait` before reading them."""
        self._pinned.copy_(self.device, non_blocking=True)


class Buffers:
    """A rollout of `n_lanes` lanes, and what goes to the device and back."""

    def __init__(self, configuration: Configuration, facts: Facts, n_lanes: int, n_steps: int) -> None:
        self._device = torch.device(configuration.device)
        rows, steps = (n_lanes, configuration.n_envs), (n_lanes, n_steps, configuration.n_envs)
        pixels = torch.uint8 if configuration.network == "cnn" else torch.float32
        self.row = Mirror((*rows, *facts.observation_shape), pixels, self._device)  # the latest observations
        self.logits = Mirror((*rows, facts.action_space.width), torch.float32, self._device)  # of these
        numbers = torch.float32 if facts.action_space.kind == "gaussian" else torch.int64
        self.actions = Mirror((*steps, *facts.action_space.shape), numbers, self._device)
        self.numbers = Mirror((4, *steps), torch.float32, self._device)
        self.metrics = Mirror((n_lanes, len(metrics_of("a2c"))), torch.float32, self._device)
        self.learning_rate = torch.zeros((), device=self._device)
        self._observations = torch.zeros(
            n_lanes, n_steps + 1, configuration.n_envs, *facts.observation_shape, dtype=pixels, device=self._device
        )

    def keep_row(self, t: int) -> None:
        """Make the latest observations those of step `t`."""
        self._observations[:, t].copy_(self.row.device)

    def rollout(self, lane: int, n_steps: int) -> Rollout:
        """The first steps of a lane, as views."""
        numbers = self.numbers.device[:, lane, :n_steps]
        return Rollout(
            self._observations[lane, : n_steps + 1].flatten(0, 1)[None],
            self.actions.device[lane, :n_steps].reshape(1, n_steps * self.actions.device.shape[2], -1),
            *numbers.unbind(),
        )

    def wait(self) -> None:
        """Wait until the device has done all that it was given."""
        if self._device.type == "cuda":
            torch.cuda.current_stream(self._device).synchronize()
