"""CartPole for all lanes at once: Gymnasium's batched dynamics, with a random stream for each environment."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.envs.classic_control.cartpole import CartPoleVectorEnv
from gymnasium.utils.seeding import np_random


class StreamedCartPole(CartPoleVectorEnv):
    """Gymnasium's vector CartPole draws all resets from one generator, so that environments depend on their neighbours.

    Here each environment's resets come from a generator of its own, the one that `gym.make("CartPole-v1")` has after
    `reset(seed=...)`: trajectories equal those of single environments bit for bit.
    """

    def reset(  # type: ignore[override]
        self, *, seed: Sequence[int], options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Reset all; `seed` has one seed per environment."""
        super().reset(seed=0)  # makes the arrays; the states it draws are replaced
        self._generators = [np_random(one)[0] for one in seed]
        self._draw_states(np.arange(self.num_envs))
        return self._observations(), {}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        reset_rows = np.flatnonzero(self.prev_done)
        observations, *rest = super().step(action)
        if len(reset_rows):
            self._draw_states(reset_rows)
            observations = self._observations()
        return observations, *rest  # type: ignore[return-value]

    state: np.ndarray  # type: ignore[assignment]  # [4, environments]

    def _draw_states(self, environments: np.ndarray) -> None:
        for i in environments:
            self.state[:, i] = self._generators[i].uniform(low=self.low, high=self.high, size=(4,))

    def _observations(self) -> np.ndarray:
        return self.state.T.astype(np.float32)
