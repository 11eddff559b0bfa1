"""Read exported event files with TensorBoard's own reader."""

import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from a2c.analysis.curves import learning_curve
from a2c.config.metrics import CLOSE, OLDER, all_metrics, metrics_of
from a2c.exchange.tensorboard import TAGS, mean_return, seed_points, write_event_files
from a2c.runs.files import DamagedError
from a2c.runs.records import read_table
from tests.commands import a2c_says, paused, training
from tests.pauses import Pause
from tests.processes import SMALL

ARTICLE = {"reward/mean", "loss/policy", "loss/value", "entropy", "advantage/mean", "advantage/std", "gradient_norm"}


@pytest.fixture(scope="module")
def exported(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tensorboard")
    write_event_files(trained, out)
    return out


@pytest.fixture(scope="module")
def read(exported: Path) -> EventAccumulator:
    """Seed 1 as TensorBoard reads it, with all points of a tag instead of a sample."""
    return EventAccumulator(str(exported / "seed-1"), size_guidance={"scalars": 0}).Reload()


def of_seed(table: Path, seed: int) -> pd.DataFrame:
    frame = read_table(table).to_pandas()
    return frame[frame["seed"] == seed]


def test_there_is_a_folder_for_each_seed(exported: Path) -> None:
    assert sorted(path.name for path in exported.iterdir()) == ["seed-0", "seed-1", "seed-2"]


def test_the_tags_of_the_article_exist(read: EventAccumulator) -> None:
    assert set(read.Tags()["scalars"]) >= ARTICLE


@pytest.mark.parametrize(("column", "tag"), [(column, TAGS[column]) for column in metrics_of("a2c")])
def test_a_metric_has_its_recorded_steps_and_values(
    column: str, tag: str, read: EventAccumulator, trained: Path
) -> None:
    recorded = of_seed(trained / "metrics.parquet", 1)
    if column in CLOSE:
        recorded = recorded.dropna(subset=column)
        assert len(recorded) == 4
    events = read.Scalars(tag)
    assert [event.step for event in events] == recorded["step"].tolist()
    np.testing.assert_array_equal([event.value for event in events], recorded[column].to_numpy(float))


@pytest.mark.parametrize(("column", "tag"), [("return", "reward/episode"), ("length", "episode/length")])
def test_every_episode_is_exported(column: str, tag: str, read: EventAccumulator, trained: Path) -> None:
    recorded = of_seed(trained / "episodes.parquet", 1)
    events = read.Scalars(tag)
    assert [(event.step, event.value) for event in events] == list(
        zip(recorded["step"], recorded[column].astype(float), strict=True)
    )


def test_every_metric_has_a_tag_and_one_that_an_older_result_lacks_is_left_out() -> None:
    assert set(TAGS) == set(all_metrics())
    metrics = pd.DataFrame({"step": [40, 80], **{name: [1.0, 2.0] for name in OLDER["a2c"]}})
    episodes = pd.DataFrame({"step": [79], "return": [9.0], "length": [9]})
    tags = {tag for tag, _, _ in seed_points(episodes, metrics, 80)}
    assert tags == {*(TAGS[name] for name in OLDER["a2c"]), "reward/mean", "reward/episode", "episode/length"}


def test_mean_reward_is_the_learning_curve(read: EventAccumulator, trained: Path) -> None:
    recorded = of_seed(trained / "episodes.parquet", 1)
    curve = learning_curve(recorded["step"].to_numpy(), recorded["return"].to_numpy(), 4000)
    exported = {event.step: event.value for event in read.Scalars("reward/mean")}
    values = [exported.get(step, np.nan) for step in range(40, 4001, 40)]
    np.testing.assert_allclose(values, curve, rtol=1e-6)


def test_the_mean_return_is_over_the_preceding_window_and_carried_forward() -> None:
    ended, returns = np.array([10, 20, 30]), np.array([1.0, 3.0, 8.0])
    means = mean_return(ended, returns, np.array([5, 10, 20, 29, 30, 40, 99]), 15)
    np.testing.assert_array_equal(means, [np.nan, 1.0, 2.0, 3.0, 5.5, 8.0, 8.0])


def test_the_line_to_start_tensorboard_can_be_pasted(trained: Path, tmp_path: Path) -> None:
    done = a2c_says("tensorboard", trained, "--out", tmp_path / "two words")
    count, advice = done.stdout.splitlines()
    assert count == f"{tmp_path / 'two words'}: 3 event files"
    assert shlex.split(advice.removeprefix("next: ")) == ["tensorboard", "--logdir", str(tmp_path / "two words")]


def test_the_same_result_gives_the_same_bytes(exported: Path, trained: Path, tmp_path: Path) -> None:
    for again in write_event_files(trained, tmp_path):
        assert again.read_bytes() == (exported / again.relative_to(tmp_path)).read_bytes()


def test_a_damaged_table_is_named(trained: Path, tmp_path: Path) -> None:
    for file in trained.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "metrics.parquet").write_bytes(b"PAR1")
    with pytest.raises(DamagedError, match=r"metrics\.parquet"):
        write_event_files(tmp_path, tmp_path / "out")


def test_a_training_writes_the_same_points_while_it_goes_on(tmp_path: Path) -> None:
    live, after = tmp_path / "live", tmp_path / "after"
    fields = {**SMALL, "total_steps": 20_000}
    options = ("--tensorboard", str(live), "--checkpoint-every", "0")  # a checkpoint after the first part
    with paused(training(tmp_path / "run", "0-1", fields, *options, pause=Pause("checkpoint.npz"))) as command:
        begun = EventAccumulator(str(live / "seed-1")).Reload()
        assert max(event.step for event in begun.Scalars("entropy")) < 20_000
        command.go_on()
        assert command.wait().returncode == 0
    write_event_files(tmp_path / "run", after)
    for seed in ("seed-0", "seed-1"):
        found, expected = (
            EventAccumulator(str(folder / seed), size_guidance={"scalars": 0}).Reload() for folder in (live, after)
        )
        assert sorted(found.Tags()["scalars"]) == sorted(expected.Tags()["scalars"])
        for tag in expected.Tags()["scalars"]:
            points = [[(event.step, event.value) for event in read.Scalars(tag)] for read in (found, expected)]
            assert [step for step, _ in points[0]] == [step for step, _ in points[1]]
            np.testing.assert_allclose([value for _, value in points[0]], [value for _, value in points[1]], rtol=1e-6)


def test_after_a_kill_the_event_files_are_whole_again(tmp_path: Path) -> None:
    live, fields = tmp_path / "live", {**SMALL, "total_steps": 20_000}
    options = ("--tensorboard", str(live), "--checkpoint-every", "0")
    with paused(training(tmp_path / "run", "0", fields, *options, pause=Pause("checkpoint.npz", 2))) as first:
        first.kill()
    again = training(tmp_path / "run", "0", fields, "--tensorboard", str(live)).wait()
    assert again.returncode == 0
    read = EventAccumulator(str(live / "seed-0"), size_guidance={"scalars": 0}).Reload()
    recorded = of_seed(tmp_path / "run" / "episodes.parquet", 0)
    assert [event.step for event in read.Scalars("reward/episode")] == recorded["step"].tolist()


def test_where_nothing_is_trained_the_command_that_writes_the_events_is_named(tmp_path: Path) -> None:
    fields, live = {**SMALL, "total_steps": 400}, tmp_path / "live"
    assert training(tmp_path / "run", "0", fields).wait().returncode == 0
    again = training(tmp_path / "run", "0", fields, "--tensorboard", str(live)).wait()
    assert again.returncode == 0
    assert (
        f"--tensorboard {live}: nothing is written, as nothing was trained; "
        f"a2c tensorboard {tmp_path / 'run'} --out {live} does"
    ) in again.stdout + again.stderr
    assert not live.exists()
