"""Which published runs are trained again, and reports of failed or stopped trainings."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from a2c.config import ConfigError, Configuration, configuration
from a2c.runs import manifest
from a2c.runs.files import DamagedError, sealed
from a2c.verify.retraining import choose, of_study, train_again
from a2c.verify.sameness import Result, published_below
from tests.commands import a2c_says
from tests.processes import ROOT, SMALL
from tests.runs.other_runs import on_another_machine, relabelled


def published(**blocks: list[list[int]]) -> dict[str, list[Result]]:
    """Results of the named configurations with blocks of these seeds."""
    found = {}
    for name, seeds in blocks.items():
        made = Configuration(gamma=float(name.removeprefix("gamma_")) / 100)
        found[f"CartPole-v1/{made.name}"] = [Result(Path(name), {"seeds": block}, made) for block in seeds]
    return found


PAPER = published(gamma_90=[[0, 1, 2, 3], [4, 5, 6]], gamma_95=[list(range(10))], gamma_99=[list(range(10))])


def blocks(
    pattern: str = "*", seeds: list[int] | None = None, sample: int | None = None
) -> list[tuple[float, int, int]]:
    chosen = choose(PAPER, pattern, seeds, sample)
    return [(one.block.configuration.gamma, one.block.first, one.block.last) for one in chosen]


def test_the_first_five_seeds_of_each_configuration_are_chosen_in_their_published_blocks() -> None:
    assert sorted(blocks()) == [(0.9, 0, 3), (0.9, 4, 4), (0.95, 0, 4), (0.99, 0, 4)]


def test_selected_seeds_with_gaps_are_divided_into_blocks() -> None:
    assert blocks("*gamma-0.95*", [0, 1, 7]) == [(0.95, 0, 1), (0.95, 7, 7)]


def test_a_sample_is_the_same_every_time() -> None:
    assert len({gamma for gamma, _, _ in blocks(sample=2)}) == 2
    assert blocks(sample=2) == blocks(sample=2)


def test_a_pattern_that_fits_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"--configuration: 'nothing' is not allowed; allowed: what fits one of Cart"):
        blocks("nothing")


def test_a_seed_that_was_not_published_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"--seeds: 9 is not allowed; allowed: those of CartPole-v1/.*gamma-0.9_"):
        blocks("*gamma-0.9_*", [0, 9])


def test_a_study_has_its_configurations_only(tmp_path: Path) -> None:
    first, *others = PAPER
    write_study(tmp_path, [PAPER[first][0].configuration.name])
    assert list(of_study(PAPER, tmp_path, "gamma")) == [first]
    assert others


def test_an_unknown_study_is_refused(tmp_path: Path) -> None:
    write_study(tmp_path, [])
    with pytest.raises(ConfigError, match="--study: 'delta' is not allowed; allowed: gamma"):
        of_study(PAPER, tmp_path, "delta")


def test_a_study_whose_file_is_damaged_is_named(tmp_path: Path) -> None:
    write_study(tmp_path, [])
    (tmp_path / "studies" / "gamma" / "study.json").write_text("[]")
    with pytest.raises(DamagedError, match=r"study\.json: damaged"):
        of_study(PAPER, tmp_path, "gamma")


def write_study(folder: Path, names: list[str]) -> None:
    (folder / "studies" / "gamma").mkdir(parents=True)
    entries = [{"configuration": name} for name in names]
    (folder / "studies" / "gamma" / "study.json").write_text(sealed({"configurations": entries}))


def test_runs_of_another_machine_are_not_accepted_as_retrained(trained: Path, tmp_path: Path) -> None:
    chosen = choose(published_below(trained), "*", [0, 1], None)
    relabelled(trained, tmp_path / chosen[0].block.place, {0: 0, 1: 1}, on_another_machine)
    with pytest.raises(ConfigError, match="is of other code, machine or seeds; allowed: an empty folder"):
        train_again(chosen, tmp_path, 1)


def test_published_runs_are_not_accepted_as_retrained(trained: Path, tmp_path: Path) -> None:
    place = tmp_path / "CartPole-v1" / manifest.read(trained)["name"] / "seeds-0-2"
    shutil.copytree(trained, place)
    with pytest.raises(ConfigError, match="holds the published runs; allowed: another folder"):
        train_again(choose(published_below(tmp_path), "*", [0, 1, 2], None), tmp_path, 1)


def test_a_failed_training_is_reported_with_its_own_message(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "CartPole-v1").write_text("in the way")
    with pytest.raises(DamagedError, match=r"training failed: .*Not a directory"):
        train_again(choose(published_below(trained), "*", [0], None), tmp_path, 1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--sample", "0"], "a2c: --sample: 0 is not allowed; allowed: a whole number of at least 1\n"),
        (["--margin", "0"], "a2c: --margin: 0.0 is not allowed; allowed: a number above 0\n"),
    ],
)
def test_a_mistake_is_reported_in_one_line(trained: Path, arguments: list[str], told: str) -> None:
    done = a2c_says("verify", trained, *arguments)
    assert (done.returncode, done.stderr) == (2, told)


def test_a_damaged_file_is_named_before_anything_is_trained(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "copy")
    data = bytearray((tmp_path / "copy" / "episodes.parquet").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "copy" / "episodes.parquet").write_bytes(data)
    done = a2c_says("verify", tmp_path / "copy", "--out", tmp_path / "out")
    told = f"a2c: {tmp_path / 'copy' / 'episodes.parquet'}: damaged (its checksum is not the manifest's)\n"
    assert (done.returncode, done.stderr) == (1, told)
    assert not (tmp_path / "out").exists()


def test_after_sigterm_verify_leaves_checkpoints_and_no_process(tmp_path: Path) -> None:
    """The published run has few steps, but its configuration has many, so that training it again takes long."""
    long = {**SMALL, "total_steps": 2_000_000}
    short = tmp_path / "short"
    a2c_says("train", "-", "--seeds", "0", "--out", short, fields=SMALL).check_returncode()
    made = configuration(long, "here")

    def lengthen(held: dict[str, object]) -> None:
        held.update(name=made.name, configuration=made.model_dump(mode="json"))

    relabelled(short, tmp_path / "published", {0: 0}, lengthen)
    command = [sys.executable, "-m", "a2c", "verify", str(tmp_path / "published"), "--out", str(tmp_path / "out")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    folder = tmp_path / "out" / "CartPole-v1" / made.name / "seeds-0-0"
    while not (folder / "progress.json").exists():
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in told
    assert (folder / "checkpoint.npz").exists()
