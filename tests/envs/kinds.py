"""A small environment with every kind of action and observation, registered when this module is imported."""

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete

ACTIONS: dict[str, gym.Space[Any]] = {
    "Discrete": Discrete(3, start=5),
    "MultiDiscrete": MultiDiscrete([[2, 3], [1, 4]]),
    "MultiBinary": MultiBinary((2, 2)),
    "Box": Box(np.array([-0.5, 0.25]), np.array([np.inf, 0.75]), dtype=np.float64),
}
PLACES = Box(-1, 1, (3,), np.float32)
OBSERVATIONS: dict[str, gym.Space[Any]] = {
    "Numbers": PLACES,
    "Parts": Dict({"where": PLACES, "sign": Discrete(2)}),
    "Image": Box(0, 255, (36, 40, 3), np.uint8),
}


class Aim(gym.Env[Any, Any]):
    """Three places between -1 and 1, drawn anew in each step: the larger the first one, the more a large action earns.

    An episode ends where the second place is above 0.8.
    """

    def __init__(self, actions: str, observes: str) -> None:
        self.action_space, self.observation_space = ACTIONS[actions], OBSERVATIONS[observes]
        self.observes = observes

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return self._observed(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        assert self.action_space.contains(action), action
        reward = float(np.sum(action)) * float(self.places[0])
        return self._observed(), reward, bool(self.places[1] > 0.8), False, {}

    def _observed(self) -> Any:
        self.places = self.np_random.uniform(-1, 1, 3).astype(np.float32)
        if self.observes == "Numbers":
            return self.places
        if self.observes == "Parts":
            return {"where": self.places, "sign": int(self.places[0] > 0)}
        return np.broadcast_to((127 + 127 * self.places).astype(np.uint8), (36, 40, 3))


for actions in ACTIONS:
    for observes in OBSERVATIONS:
        kwargs = {"actions": actions, "observes": observes}
        gym.register(f"{actions}{observes}-v0", Aim, kwargs=kwargs, max_episode_steps=30, disable_env_checker=True)
