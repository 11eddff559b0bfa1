"""The progress file of a training."""

import json
from pathlib import Path

from a2c.runs.progress import ProgressWriter, read_steps


def test_progress_is_written_at_most_once_a_second(tmp_path: Path) -> None:
    writer = ProgressWriter(tmp_path)
    writer.write(1)
    writer.write(2)
    assert json.loads((tmp_path / "progress.json").read_text()) == {"steps": 1}
    assert read_steps(tmp_path) == 1


def test_an_unreadable_progress_file_counts_as_no_steps(tmp_path: Path) -> None:
    (tmp_path / "progress.json").write_text("{")
    assert read_steps(tmp_path) == 0
