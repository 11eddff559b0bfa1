"""The monitor shows runs done, agent steps per second and time left."""

import time
from pathlib import Path

import pytest

from a2c.runs import monitor
from a2c.runs.monitor import Job, Monitor
from a2c.runs.progress import ProgressWriter


def test_a_job_counts_the_steps_of_all_its_seeds(tmp_path: Path) -> None:
    job = Job(tmp_path, n_seeds=3, total_steps=100)
    assert (job.steps(), job.is_done) == (0, False)
    ProgressWriter(tmp_path).write(40)
    assert job.steps() == 120
    (tmp_path / "manifest.json").write_text("{}")
    assert (job.steps(), job.is_done) == (300, True)


def test_an_unreadable_progress_file_counts_as_not_begun(tmp_path: Path) -> None:
    (tmp_path / "progress.json").write_text("{")
    assert Job(tmp_path, 3, 100).steps() == 0


def test_the_monitor_shows_runs_rate_and_time_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = [Job(tmp_path / "a", 2, 100), Job(tmp_path / "b", 3, 100)]
    for job in jobs:
        job.folder.mkdir()
    first, second = (job.folder / "manifest.json" for job in jobs)
    naps = iter(
        [
            lambda: ProgressWriter(jobs[0].folder).write(50),
            lambda: first.write_text("{}"),
            lambda: second.write_text("{}"),
        ]
    )
    monkeypatch.setattr(time, "sleep", lambda seconds: next(naps)())
    clock = iter(range(0, 100, 10))
    monkeypatch.setattr(monitor.time, "monotonic", lambda: next(clock))
    Monitor(jobs).run()
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines] == [
        "training: 0 of 5 runs done",
        "training: 2 of 5 runs done",
        "training: 5 of 5 runs done",
    ]
    assert lines[-1].endswith("time left 00:00")
    assert all("agent steps/s" in line for line in lines)
