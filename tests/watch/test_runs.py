"""What the page of `a2c watch` gets: blocks in every state, and their curves."""

import json
import os
import shutil
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from a2c.analysis.curves import learning_curve
from a2c.analysis.summary import thin_runs
from a2c.config import Configuration
from a2c.envs import Ended
from a2c.learn.trainer import Progress as Part
from a2c.runs.parts import write_thin_part
from a2c.runs.progress import ProgressWriter, read_progress
from a2c.runs.result import read_result
from a2c.runs.watching import Begun
from a2c.watch.runs import Blocks, live_curve
from tests.commands import paused, training
from tests.pauses import Pause

BUDGET = 20_000


def write_progress(folder: Path, steps: int, ended: list[Ended]) -> None:
    """What a training of seeds 4 and 5 leaves after some agent steps."""
    folder.mkdir()
    writer = ProgressWriter(folder)
    writer.begin(Begun(Configuration(total_steps=BUDGET), [4, 5], 0, [], []))
    writer.see(steps, Part([], ended, []))


def as_floats(curve: Sequence[float | None]) -> list[float]:
    return [np.nan if value is None else value for value in curve]


@pytest.mark.parametrize("seed", range(4))
def test_the_curve_of_a_running_training_is_that_of_a_finished_one_as_far_as_it_came(tmp_path: Path, seed: int) -> None:
    generator = np.random.default_rng(seed)
    steps = np.sort(generator.integers(1, BUDGET // 2, size=[3, 40, 400, 4000][seed]))
    returns = generator.normal(100, 50, len(steps))
    ended = [Ended(1, 0, int(step), float(value), 1) for step, value in zip(steps, returns, strict=True)]
    write_progress(tmp_path / "block", BUDGET // 2, ended)
    progress = read_progress(tmp_path / "block")
    assert progress is not None
    curve = live_curve(progress.bins[5], progress)
    np.testing.assert_allclose(curve[:50], learning_curve(steps, returns, BUDGET)[:50])
    assert np.isnan(curve[50:]).all()
    assert np.isnan(live_curve(progress.bins[4], progress)).all()


def test_a_finished_block_has_the_curves_of_its_episodes(trained: Path) -> None:
    blocks = Blocks([trained])
    (entry,) = blocks.entries()
    assert (entry["state"], entry["seeds"], entry["fields"]["gamma"]) == ("finished", [0, 1, 2], 0.99)
    episodes = read_result(trained).episodes.to_pandas()
    own = episodes[episodes["seed"] == 1]
    expected = learning_curve(own["step"].to_numpy(), own["return"].to_numpy(), 4000)
    curve = blocks.curves(entry["id"])[1]
    np.testing.assert_allclose(as_floats(curve), expected, rtol=1e-4)


def test_thin_runs_have_their_curves(trained: Path, tmp_path: Path) -> None:
    result = read_result(trained)
    write_thin_part(result, [1, 2], thin_runs(result, 475.0), tmp_path / "thin")
    whole, thin = Blocks([trained]), Blocks([tmp_path])
    curves = [blocks.curves(blocks.entries()[0]["id"]) for blocks in (whole, thin)]
    assert curves[1].keys() == {1, 2}
    for seed, curve in curves[1].items():
        np.testing.assert_allclose(as_floats(curve), as_floats(curves[0][seed]), rtol=1e-3)


def test_a_training_shows_how_far_it_is_and_then_its_result(tmp_path: Path) -> None:
    fields = {"hidden_sizes": [16, 16], "total_steps": 20_000, "eval_episodes": 1}
    folder = tmp_path / "block"
    blocks = Blocks([tmp_path])
    with paused(training(folder, "0-1", fields, pause=Pause("progress.json"))) as command:
        os.utime(folder / "progress.json")
        (running,) = blocks.entries()
        assert (running["state"], running["seeds"], running["total_steps"]) == ("running", [0, 1], 20_000)
        assert 0 < running["steps"] < 20_000
        assert len(blocks.curves(running["id"])[0]) == 100
        command.go_on()
        assert command.wait().returncode == 0
    (finished,) = blocks.entries()
    assert (finished["state"], finished["id"]) == ("finished", running["id"])
    assert finished["version"] != running["version"]


def test_a_training_without_progress_for_a_while_has_stopped(tmp_path: Path) -> None:
    write_progress(tmp_path / "block", 10_000, [])
    blocks = Blocks([tmp_path])
    assert blocks.entries()[0]["state"] == "running"
    past = time.time() - 60
    os.utime(tmp_path / "block" / "progress.json", (past, past))
    assert blocks.entries()[0]["state"] == "stopped"


@pytest.mark.parametrize("name", ["manifest.json", "progress.json"])
def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(json.dumps({"steps": "many"}))
    (entry,) = Blocks([tmp_path]).entries()
    assert entry["state"] == "damaged"
    assert entry["problem"].startswith(f"{tmp_path / name}: ")


def test_a_block_that_was_removed_is_gone(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "block")
    blocks = Blocks([tmp_path])
    assert len(blocks.entries()) == 1
    shutil.rmtree(tmp_path / "block")
    assert blocks.entries() == []


def test_a_block_may_be_found_while_the_curves_of_another_are_asked_for(tmp_path: Path) -> None:
    """Two windows of a browser ask at once, each in a thread of the server."""
    write_progress(tmp_path / "first", 10_000, [])
    blocks, looks, is_found = Blocks([tmp_path]), threading.Event(), threading.Event()

    class Slow(dict[Path, int]):
        """Numbers of blocks that are looked at slowly."""

        def items(self) -> Any:
            for item in super().items():
                yield item
                looks.set()
                is_found.wait(0.5)

    blocks._numbers = Slow()
    (entry,) = blocks.entries()
    write_progress(tmp_path / "second", 10_000, [])
    with ThreadPoolExecutor() as threads:
        curves = threads.submit(blocks.curves, entry["id"])
        looks.wait()
        assert [block["id"] for block in blocks.entries()] == [0, 1]
        is_found.set()
        assert curves.result().keys() == {4, 5}
