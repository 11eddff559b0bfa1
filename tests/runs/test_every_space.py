"""Environments of every kind of space train, are audited, and play their evaluation again from the result's files."""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pyarrow.parquet as pq
import pytest

from a2c.config import Configuration
from a2c.envs import check
from a2c.learn.evaluation import MODES
from a2c.play.episodes import play_episodes
from a2c.play.player import read_player
from a2c.runs import manifest
from a2c.runs.audit import audit
from a2c.runs.files import DamagedError, read_arrays, write_arrays
from a2c.runs.result import read_result
from a2c.runs.training import train
from tests.envs import kinds  # noqa: F401  registers environments

NORMALISED = {"normalize_observations": True, "normalize_rewards": True}
IMAGES: dict[str, Any] = {"network": "cnn", "conv_channels": (2, 2, 2), "hidden_sizes": (8,), "total_steps": 120}
RUNS: dict[str, dict[str, Any]] = {
    "a native Box": {"env_id": "Pendulum-v1", **NORMALISED},
    "Discrete": {"env_id": "FrozenLake-v1", "max_episode_steps": 20},
    "Discrete, 500 values": {"env_id": "Taxi-v4", "max_episode_steps": 40},
    "Tuple, without a limit of its own": {"env_id": "Blackjack-v1", "max_episode_steps": 9},
    "Dict": {"env_id": "DiscreteParts-v0"},
    "MultiDiscrete actions": {"env_id": "MultiDiscreteParts-v0", **NORMALISED},
    "MultiBinary actions": {"env_id": "MultiBinaryNumbers-v0", "normalize_observations": True},
    "Box actions": {"env_id": "BoxNumbers-v0", "normalize_rewards": True, "log_std_init": -0.5},
    "images as numbers": {"env_id": "BoxImage-v0", "total_steps": 100},
    "images, Box actions": {"env_id": "BoxImage-v0", "normalize_rewards": True, **IMAGES},
    "images, MultiDiscrete actions": {"env_id": "MultiDiscreteImage-v0", **IMAGES},
    "MuJoCo": {"env_id": "HalfCheetah-v5", "max_episode_steps": 60, **NORMALISED},
    "MiniGrid": {"env_id": "MiniGridImage-v0", "max_episode_steps": 30},
}
NEEDED = {"MuJoCo": "mujoco", "MiniGrid": "minigrid"}


def minigrid() -> gym.Env:
    """MiniGrid's image alone: its observations also have a sentence, which is no number of numbers."""
    import minigrid.wrappers

    return minigrid.wrappers.ImgObsWrapper(gym.make("MiniGrid-Empty-5x5-v0"))


@pytest.fixture(scope="module", autouse=True)
def _minigrid() -> Iterator[None]:
    gym.register("MiniGridImage-v0", minigrid)
    yield
    del gym.registry["MiniGridImage-v0"]


def trained(folder: Path, **fields: Any) -> Path:
    small = {"total_steps": 400, "n_envs": 2, "n_steps": 8, "hidden_sizes": (8,), "eval_episodes": 2}
    configuration = Configuration(**{**small, **fields})
    train(configuration, [1, 4], check(configuration, "test"), folder, 60, lambda _: None)
    return folder


def recorded(folder: Path, seed: int, mode: str) -> list[float]:
    rows = pq.read_table(folder / "evaluation.parquet").to_pylist()
    return [row["return"] for row in rows if (row["seed"], row["mode"]) == (seed, mode)]


@pytest.mark.usefixtures("unsettled")
@pytest.mark.filterwarnings("ignore:.*deprecated")
@pytest.mark.parametrize("run", RUNS)
def test_a_run_is_audited_and_played_again(run: str, tmp_path: Path) -> None:
    if find_spec(NEEDED.get(run, "gymnasium")) is None:
        pytest.skip(f"{NEEDED[run]} is not installed: pip install a2c-bench[{NEEDED[run]}]")
    folder = trained(tmp_path, **RUNS[run])
    assert audit(folder) == len(pq.read_table(folder / "episodes.parquet")) > 1
    for mode in MODES:
        played = play_episodes(read_player(read_result(folder), 4), mode, 2, lambda: None)
        # Gymnasium's Pendulum differs from the core's in last bits.
        expected = pytest.approx(recorded(folder, 4, mode), rel=1e-9 if run == "a native Box" else 0)
        assert [episode.total_reward for episode in played] == expected


@pytest.mark.parametrize("env_id", ["Pendulum-v1", "BoxNumbers-v0"])
def test_an_action_of_a_box_that_differs_in_its_last_bit_is_found(env_id: str, tmp_path: Path) -> None:
    """The first one that the bounds do not cut, in the first episode of a run whose checksums fit again."""
    folder = trained(tmp_path, env_id=env_id, log_std_init=-1.0)
    actions = read_arrays(folder / "actions.npz")
    assert actions["1"].dtype == np.float32
    numbers = actions["1"][:, 0, 0]
    first = int(np.flatnonzero(np.abs(numbers) < 0.5)[0])
    numbers[first] = np.nextafter(numbers[first], np.float32(1))
    write_arrays(folder / "actions.npz", actions, compress=True)
    held = json.loads((folder / "manifest.json").read_text())
    manifest.write(folder, list(held["files"]), {key: value for key, value in held.items() if key != "sha256"})
    with pytest.raises(DamagedError, match="replaying the actions gives"):
        audit(folder)
