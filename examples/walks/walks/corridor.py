"""A walk along a corridor with slippery ground."""

from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

SLIP = 0.1  # probability that a step goes the other way
CELL = 16  # pixels


class Corridor(gym.Env[NDArray[np.float32], np.int64]):
    """Reach the right end. Actions: 0 left, 1 right. Reward: -0.1 per step. Observation: the place, from 0 to 1."""

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array"], "render_fps": 10}

    def __init__(self, length: int = 10, render_mode: str | None = None) -> None:
        self.length, self.render_mode = length, render_mode
        self.observation_space = gym.spaces.Box(0.0, 1.0, (1,), np.float32)
        self.action_space = gym.spaces.Discrete(2)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start in a random cell of the left half. All random numbers come from `np_random`, which `seed` sets."""
        super().reset(seed=seed)
        self.cell = int(self.np_random.integers(self.length // 2))
        return self._observation(), {}

    def step(self, action: np.int64) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Move by a cell. The episode ends in the last one."""
        slips = self.np_random.random() < SLIP
        self.cell += 1 if (action == 1) != slips else -1
        self.cell = min(max(self.cell, 0), self.length - 1)
        return self._observation(), -0.1, self.cell == self.length - 1, False, {}

    def render(self) -> NDArray[np.uint8]:
        """The corridor from above, RGB, [height, width, 3]."""
        image = np.full((CELL, CELL * self.length, 3), 255, dtype=np.uint8)
        image[:, CELL * self.cell : CELL * (self.cell + 1)] = (31, 119, 180)
        return image

    def _observation(self) -> NDArray[np.float32]:
        return np.array([self.cell / (self.length - 1)], dtype=np.float32)
