"""Environments of any Gymnasium id, stepped one after the other."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.envs.faults import NOT_FAULTS, broken, fault
from a2c.envs.single import Single, close_all
from a2c.envs.spaces import MisfitError, actions_of, encoding_of


class Sequential:
    """As Gymnasium's SyncVectorEnv in NEXT_STEP autoreset, without its copies and infos, which slow a step down.

    Observations are encoded for the configured network; actions come as a policy draws them.
    """

    def __init__(self, configuration: Configuration, number: int) -> None:
        self._env_id: str = configuration.env_id
        arguments = configuration.env_id, configuration.env_kwargs, configuration.max_episode_steps
        self._environments = [Single(*arguments) for _ in range(number)]
        first = self._environments[0].environment
        self._actions = actions_of(first.action_space)
        self._encoding = encoding_of(first.observation_space, configuration.network)
        self._shape = (number, *self._encoding.shape)
        self._resting = [False] * number

    def rest(self, numbers: Iterable[int]) -> None:
        """Step these environments no more: from now on they give zeros and no ends."""
        for number in numbers:
            self._resting[number] = True

    def reset(self, seed: Sequence[int]) -> tuple[NDArray[Any], dict[str, Any]]:
        self._done = np.zeros(self._shape[0], dtype=bool)
        seeded = zip(self._environments, seed, strict=True)
        first = [self._encoded(environment.reset(one), "reset") for environment, one in seeded]
        return np.array(first, dtype=self._encoding.dtype), {}

    def step(
        self, actions: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        observations, rewards = np.zeros(self._shape, self._encoding.dtype), np.zeros(self._shape[0])
        terminated, truncated = (np.zeros(self._shape[0], dtype=bool) for _ in range(2))
        taken, done = self._actions.to_environment(actions), self._done.tolist()
        for i, (environment, action) in enumerate(
            zip(self._environments, taken if self._actions.shape else taken.tolist(), strict=True)
        ):
            if self._resting[i]:
                continue
            if done[i]:
                observations[i] = self._encoded(environment.reset(), "reset")
            else:
                seen, rewards[i], terminated[i], truncated[i] = environment.step(action)
                observations[i] = self._encoded(seen, "step")
        self._done = terminated | truncated
        return observations, rewards, terminated, truncated, {}

    def _encoded(self, seen: Any, call: str) -> NDArray[Any]:
        try:
            return self._encoding.encode(seen)
        except MisfitError as error:
            raise broken(self._env_id, call, f"an observation {error}") from error
        except NOT_FAULTS:
            raise
        except BaseException as error:  # of a space or an observation of the environment's own kind
            raise fault(self._env_id, call, error) from error

    def close(self) -> None:
        close_all(self._environments)
