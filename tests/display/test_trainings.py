"""Several trainings together: what is done, how fast, what is left."""

import json
from pathlib import Path

import pytest

from a2c.display.trainings import Job, Trainings


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def write(folder: Path, steps: int) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "progress.json").write_text(json.dumps({"steps": steps}))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def trainings(tmp_path: Path, clock: Clock) -> Trainings:
    """Two trainings: of 2 runs that take 10 seconds, and of 3 runs that take 30, both of 100 agent steps."""
    jobs = {"a": Job(tmp_path / "a", 2, 100, 10.0), "b": Job(tmp_path / "b", 3, 100, 30.0)}
    return Trainings(jobs, clock)


def test_before_anything_is_measured_the_time_left_is_the_estimate(trainings: Trainings) -> None:
    assert trainings.status() == (0, 5, 0.0, 40.0)


def test_the_steps_of_all_seeds_count(trainings: Trainings, tmp_path: Path, clock: Clock) -> None:
    trainings.start("a")
    write(tmp_path / "a", 50)
    clock.now = 4.0
    assert trainings.status().steps_per_second == 2 * 50 / 4
    assert trainings.share("a") == 0.5


def test_the_time_left_is_corrected_by_what_was_measured(trainings: Trainings, tmp_path: Path, clock: Clock) -> None:
    trainings.start("a")
    write(tmp_path / "a", 50)
    clock.now = 20.0  # for work that was estimated to last 5 seconds
    assert trainings.status().seconds_left == (5 + 30) * 4
    clock.now = 30.0
    trainings.finish("a")  # for 10 seconds
    assert trainings.status()[:2] == (2, 5)
    assert trainings.status().seconds_left == 30 * 3


def test_steps_from_an_earlier_session_are_no_speed(trainings: Trainings, tmp_path: Path, clock: Clock) -> None:
    write(tmp_path / "a", 80)
    trainings.start("a")
    write(tmp_path / "a", 90)
    clock.now = 1.0
    assert trainings.status().steps_per_second == 2 * 10
    assert trainings.status().seconds_left == pytest.approx(1 + 30)


def test_the_speed_is_that_of_the_last_seconds(trainings: Trainings, tmp_path: Path, clock: Clock) -> None:
    trainings.start("a")
    for second in range(1, 61):
        clock.now = float(second)
        write(tmp_path / "a", min(second, 30))
        status = trainings.status()
        assert status.steps_per_second == pytest.approx(2 if second <= 30 else max(0.0, 2 * (50 - second) / 20))


def test_a_training_that_failed_starts_again(trainings: Trainings, tmp_path: Path) -> None:
    trainings.start("a")
    trainings.fail("a")
    assert trainings.status().runs_done == 0
    trainings.start("a")
    trainings.finish("a")
    assert trainings.status().runs_done == 2
