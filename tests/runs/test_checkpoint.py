"""Checkpoints whose parts do not fit each other, though all checksums do: no training goes on from what they say."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from a2c.config import Configuration
from a2c.envs import check
from a2c.learn.trainer import Progress, Trainer, make_trainer
from a2c.runs import checkpoint
from a2c.runs.files import DamagedError, read_arrays, write_arrays
from a2c.runs.training import train
from a2c.runs.watching import Begun
from tests.processes import contents

pytestmark = pytest.mark.usefixtures("unsettled")
SCREEN = {"img_height": 36, "img_width": 36, "stack_num": 1, "max_num_frames_per_episode": 120}
BREAKOUT = {"env_id": "ALE/Breakout-v5", "atari_protocol": "classic", "env_kwargs": SCREEN, "network": "cnn"}
SMALL = {"conv_channels": (2, 2, 2), "hidden_sizes": (4,), "n_envs": 2, "total_steps": 120, "eval_episodes": 1}
CONFIGURATION, SEEDS = Configuration(**BREAKOUT, **SMALL), [0, 1]


class Interrupt:
    """A watcher that ends a training late in its budget."""

    def begin(self, begun: Begun) -> None:
        pass

    def see(self, steps: int, progress: Progress) -> None:
        if steps > 100:
            raise KeyboardInterrupt


def trained(folder: Path, *watchers: Interrupt) -> str:
    """What a training in `folder` says."""
    said: list[str] = []
    train(CONFIGURATION, SEEDS, check(CONFIGURATION, "test"), folder, 0.0, said.append, watchers=watchers)
    return " ".join(said)


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a checkpoint. Do not change it."""
    folder = tmp_path_factory.mktemp("interrupted") / "block"
    with pytest.raises(KeyboardInterrupt):
        trained(folder, Interrupt())
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole") / "block"
    trained(folder)
    return contents(folder)


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    return make_trainer(CONFIGURATION, SEEDS, check(CONFIGURATION, "test"))


@pytest.fixture
def copy(interrupted: Path, tmp_path: Path) -> Path:
    return shutil.copytree(interrupted, tmp_path / "block")


def edit(folder: Path, name: str, change: Callable[[Any], Any]) -> None:
    arrays = read_arrays(folder / checkpoint.NAME)
    arrays[name] = change(arrays[name])
    write_arrays(folder / checkpoint.NAME, arrays, compress=False)


def with_one(at: tuple[int, ...], value: float) -> Callable[[Any], Any]:
    def put(array: Any) -> Any:
        array = array.copy()
        array[at] = value
        return array

    return put


def refused(folder: Path, trainer: Trainer) -> str:
    """Why no training goes on from the folder's checkpoint."""
    with pytest.raises(DamagedError) as error:
        checkpoint.check_fits(folder, checkpoint.load(folder, 10**8), trainer)
    return str(error.value).removeprefix(f"{folder / checkpoint.NAME}: ")


def test_a_checkpoint_as_it_was_written_is_used(interrupted: Path, trainer: Trainer) -> None:
    saved = checkpoint.load(interrupted, 10**8)
    assert len(saved.ended)
    checkpoint.check_fits(interrupted, saved, trainer)


@pytest.mark.parametrize("change", [lambda start: start[:100], lambda start: 255 - start], ids=["cut", "inverted"])
def test_a_game_that_ale_cannot_read_is_replayed_from_the_log(
    change: Callable[[Any], Any], copy: Path, whole: dict[str, bytes]
) -> None:
    edit(copy, "state.environments.start.0", change)
    assert "going on from agent step 100" in trained(copy)
    assert contents(copy) == whole


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        *(("state.environments.games", (0,), value) for value in (0, -3, 10**12)),
        ("state.environments.actions.0", (0,), 255),
        ("ended", (0, 0), 2),
        ("ended", (0, 1), 0.5),
        ("ended", (0, 2), 10**9),
        ("ended", (0, 3), np.nan),
        ("ended", (0, 4), -1),
        ("metrics", (0, 0), 7),
        ("metrics", (0, 1), np.inf),
    ],
)
def test_numbers_that_no_training_writes_are_named(
    name: str, at: tuple[int, ...], value: float, copy: Path, trainer: Trainer
) -> None:
    edit(copy, name, with_one(at, value))
    assert refused(copy, trainer) == f"damaged ({name.partition('.')[0]}: not those of this training)"


def test_games_that_have_played_for_longer_than_the_log_are_not_used(copy: Path, trainer: Trainer) -> None:
    edit(copy, "state.environments.actions.1", lambda taken: np.zeros(1000, np.uint8))
    assert refused(copy, trainer) == "damaged (state: not those of this training)"


@pytest.mark.parametrize("ended", ["diverged", "stopped"])
def test_a_lane_that_ended_after_the_log_is_named(ended: str, copy: Path, trainer: Trainer) -> None:
    def change(header: Any) -> Any:
        content = json.loads(header.tobytes()) | {ended: {"1": (10**9, "loss") if ended == "diverged" else 10**9}}
        return np.frombuffer(json.dumps(content).encode(), np.uint8)

    edit(copy, "header", change)
    assert refused(copy, trainer) == f"damaged ({ended}: not those of this training)"
