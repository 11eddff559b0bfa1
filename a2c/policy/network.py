"""The network of one trained policy, computed as it was trained: by the native core or by PyTorch."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.learn.trainer import uses_core
from a2c.play.player import Player

Floats = NDArray[np.float32]
# Observations [rows, ...] as the network takes them, normalised where they are; outputs [rows, width], values [rows].
Forward = Callable[[NDArray[Any]], tuple[Floats, Floats]]


def forward_of(player: Player) -> Forward:
    """The outputs of the policy's network. PyTorch is imported only if it trained the policy."""
    return _CoreForward(player) if uses_core(player.configuration) else _torch_forward(player)


class _CoreForward:
    """By the core: the bits that training had. The core is set up for a number of rows, again when it changes."""

    def __init__(self, player: Player) -> None:
        from a2c.core.choose import load
        from a2c.core.settings import settings_of

        self._player, self._core = player, load()
        settings = settings_of(player.configuration, player.facts)
        self._settings = replace(settings, env_id=None, n_steps=1, init="torch", algorithm="a2c", snapshots=())
        self._lane = self._lane_of(1)

    def _lane_of(self, n_rows: int) -> Any:
        lane = self._core.lane(replace(self._settings, n_envs=n_rows, total_steps=n_rows), self._player.seed)
        lane.set_weights(self._player.weights)
        return lane

    def __call__(self, observations: NDArray[Any]) -> tuple[Floats, Floats]:
        if len(observations) != self._lane.settings.n_envs:
            self._lane = self._lane_of(len(observations))
        outputs, values = self._lane.forward(observations)
        return outputs, values


def _torch_forward(player: Player) -> Forward:
    import torch

    from a2c.learn.policy import policy_of

    policy = policy_of(player.configuration, player.facts, player.seed, player.weights)

    @torch.inference_mode()
    def forward(observations: NDArray[Any]) -> tuple[Floats, Floats]:
        output = policy.forward(observations[None])
        return output.logits[0].cpu().numpy(), output.values[0].cpu().numpy()

    return forward
