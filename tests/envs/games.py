"""Random play of Atari games, for the tests."""

import hashlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.envs import Environments, Row, check
from a2c.envs.atari import n_actions
from a2c.envs.games import Games

SMALL = {"img_height": 36, "img_width": 36, "stack_num": 1}


def game(name: str, protocol: str = "machado", **env_kwargs: Any) -> Configuration:
    """A game's configuration."""
    return Configuration(env_id=f"ALE/{name}-v5", network="cnn", atari_protocol=protocol, env_kwargs=env_kwargs)


def actions_of(configuration: Configuration, seeds: list[int], n_envs: int, n_rows: int) -> NDArray[np.int64]:
    """Random actions [rows, lanes, environments]. They depend on the lane's seed and the environment's index."""
    n_actions = check(configuration, "test").action_space.width
    of_each = [
        [np.random.default_rng([seed, env]).integers(0, n_actions, n_rows) for env in range(n_envs)] for seed in seeds
    ]
    return np.moveaxis(np.array(of_each), -1, 0)


def play(
    configuration: Configuration, seeds: list[int], actions: NDArray[np.int64]
) -> tuple[NDArray[np.uint8] | NDArray[np.float32], Row]:
    """Step the games by `actions`; gives first observations and rows [rows, lanes, environments, ...]."""
    environments = Environments(configuration, seeds, actions.shape[2], "environments")
    first = environments.reset()
    rows = [environments.step(action) for action in actions]
    environments.close()
    return first, Row(*(np.stack(field) for field in zip(*rows, strict=True)))


def play_at_random(
    configuration: Configuration, seeds: list[int], n_envs: int, n_rows: int
) -> tuple[NDArray[np.uint8] | NDArray[np.float32], Row]:
    return play(configuration, seeds, actions_of(configuration, seeds, n_envs, n_rows))


def digest() -> str:
    """A hash of everything that random play returns, for one game under each protocol."""
    hashed = hashlib.sha256()
    for protocol in ("machado", "classic"):
        first, rows = play_at_random(game("Breakout", protocol, max_num_frames_per_episode=240), [3], 1, 80)
        for part in (first, *rows):
            hashed.update(part.tobytes())
    return hashed.hexdigest()


class Going(NamedTuple):
    """Two games that have been played at random for a while."""

    name: str
    protocol: str
    n_rows: int

    @property
    def seeds(self) -> list[int]:
        return [5, 6]

    def made(self) -> Games:
        return Games(f"ALE/{self.name}-v5", self.protocol, {"max_num_frames_per_episode": 2000}, 2)

    def begin(self) -> tuple[Games, NDArray[np.int64]]:
        """The games after `n_rows` rows, and actions for what follows."""
        games, actions = self.made(), self.actions()
        games.reset(self.seeds)
        for row in actions[: self.n_rows]:
            games.step(row)
        return games, actions[self.n_rows :]

    def actions(self) -> NDArray[np.int64]:
        return np.random.default_rng(0).integers(0, n_actions(f"ALE/{self.name}-v5", False), (self.n_rows + 100, 2))


def going_on(games: Games, actions: NDArray[np.int64]) -> str:
    """A hash of what follows."""
    hashed = hashlib.sha256()
    for row in actions:
        for field in games.step(row)[:4]:
            hashed.update(field.tobytes())
    return hashed.hexdigest()


def restored(going: Going, folder: str, number: int) -> str:
    """What follows in games that were saved in a file of `folder`."""
    games = going.made()
    assert games.restore(going.seeds, np.load(f"{folder}/{number}.npz")) is not None
    return going_on(games, going.actions()[going.n_rows :])
