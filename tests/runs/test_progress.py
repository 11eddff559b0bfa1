"""The progress file of a training."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from a2c.config import Configuration
from a2c.envs import Ended
from a2c.learn.trainer import Progress
from a2c.runs.progress import ProgressWriter, bin_of, read_progress, read_steps
from a2c.runs.watching import Begun

CONFIGURATION = Configuration(total_steps=2000, hidden_sizes=(8,))
BEFORE = [Ended(0, 0, 20, 5.0, 5), Ended(1, 3, 21, 7.0, 7)]


def begun(folder: Path) -> ProgressWriter:
    """A writer for seeds 4 and 5, of which episodes have ended before."""
    writer = ProgressWriter(folder)
    writer.begin(Begun(CONFIGURATION, [4, 5], 40, BEFORE, []))
    return writer


def test_progress_is_written_at_most_once_a_second(tmp_path: Path) -> None:
    writer = begun(tmp_path)
    writer.see(80, Progress([], [], []))
    writer.see(120, Progress([], [], []))
    assert json.loads((tmp_path / "progress.json").read_text())["steps"] == 80
    assert read_steps(tmp_path) == 80


def test_progress_is_utf_8_whatever_the_locale_is(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from a2c.config import Configuration;"
        "from a2c.learn.trainer import Progress; from a2c.runs.progress import ProgressWriter;"
        "from a2c.runs.watching import Begun; writer = ProgressWriter(Path(sys.argv[1]));"
        "writer.begin(Begun(Configuration(env_kwargs={'x': '\\u00e9\\u2192'}), [0], 0, [], []));"
        "writer.see(40, Progress([], [], []))"
    )
    ascii_alone = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=ascii_alone, check=True)
    progress = read_progress(tmp_path)
    assert progress is not None
    assert progress.configuration.env_kwargs == {"x": "é→"}


def test_episodes_are_counted_by_seed_and_part_of_the_budget(tmp_path: Path) -> None:
    writer = begun(tmp_path)
    writer.see(2000, Progress([], [Ended(1, 0, 30, 11.0, 11), Ended(1, 1, 2000, 13.0, 13)], []))
    progress = read_progress(tmp_path)
    assert progress is not None
    assert progress.configuration == CONFIGURATION
    first, second = progress.bins[4], progress.bins[5]
    assert (first.episodes, first.returns) == ([1] + 99 * [0], [5.0] + 99 * [0.0])
    assert (second.episodes, second.returns) == ([0, 2] + 97 * [0] + [1], [0.0, 18.0] + 97 * [0.0] + [13.0])


@pytest.mark.parametrize(("step", "place"), [(1, 0), (20, 0), (21, 1), (40, 1), (1981, 99), (2000, 99), (2008, 99)])
def test_a_part_of_the_budget_has_its_last_step_and_not_its_first(step: int, place: int) -> None:
    assert bin_of(step, 2000) == place


@pytest.mark.parametrize("text", ["{", "[]", '{"steps": 3}', '{"steps": -1, "configuration": {}, "bins": {}}'])
def test_an_unreadable_progress_file_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "progress.json").write_text(text)
    assert read_progress(tmp_path) is None


def test_an_unreadable_progress_file_counts_as_no_steps(tmp_path: Path) -> None:
    (tmp_path / "progress.json").write_text("{")
    assert read_steps(tmp_path) == 0
