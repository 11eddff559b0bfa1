"""Environments of any Gymnasium id, stepped one after the other."""

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from a2c.envs.faults import fault


class Sequential:
    """As Gymnasium's SyncVectorEnv in NEXT_STEP autoreset, without its copies and infos, which slow a step down."""

    def __init__(self, env_id: str, kwargs: dict[str, Any], number: int) -> None:
        self._env_id = env_id
        self._environments = [gym.make(env_id, disable_env_checker=True, **kwargs) for _ in range(number)]
        space = self._environments[0].observation_space
        assert space.shape is not None  # a flat Box: `check` has seen to it
        self._shape = (number, *space.shape)

    def reset(self, seed: Sequence[int]) -> tuple[NDArray[np.float32], dict[str, Any]]:
        self._done = np.zeros(self._shape[0], dtype=bool)
        try:
            first = [environment.reset(seed=one)[0] for environment, one in zip(self._environments, seed, strict=True)]
            return np.array(first, dtype=np.float32), {}
        except MemoryError:
            raise
        except Exception as error:
            raise fault(self._env_id, "reset", error) from error

    def step(
        self, actions: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        observations, rewards = np.empty(self._shape, np.float32), np.zeros(self._shape[0])
        terminated, truncated = (np.zeros(self._shape[0], dtype=bool) for _ in range(2))
        for i, (environment, action) in enumerate(zip(self._environments, actions.tolist(), strict=True)):
            try:
                if self._done[i]:
                    observations[i], _ = environment.reset()
                else:
                    observations[i], rewards[i], terminated[i], truncated[i], _ = environment.step(action)
            except MemoryError:
                raise
            except Exception as error:
                raise fault(self._env_id, "reset" if self._done[i] else "step", error) from error
        self._done = terminated | truncated
        return observations, rewards, terminated, truncated, {}

    def close(self) -> None:
        for environment in self._environments:
            environment.close()
