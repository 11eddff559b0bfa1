"""Retraining of published runs: what is not accepted, failures, damage, and the end of a stopped command."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from a2c.config import ConfigError, configuration
from a2c.planning import memory
from a2c.runs import manifest
from a2c.runs.files import DamagedError
from a2c.verify.retraining import train_again
from a2c.verify.selection import choose, read_published
from tests.commands import a2c_says
from tests.processes import ROOT, SMALL
from tests.runs.other_runs import by_another_arithmetic, relabelled


def test_runs_of_another_arithmetic_are_not_accepted_as_retrained(trained: Path, tmp_path: Path) -> None:
    chosen = choose(read_published(trained), "*", [0, 1], None)
    relabelled(trained, tmp_path / chosen[0].block.path, {0: 0, 1: 1}, by_another_arithmetic)
    with pytest.raises(ConfigError, match="is of other code, machine or seeds; allowed: an empty folder"):
        train_again(chosen, tmp_path, 1)


def test_published_runs_are_not_accepted_as_retrained(trained: Path, tmp_path: Path) -> None:
    place = tmp_path / "CartPole-v1" / manifest.read(trained)["name"] / "seeds-0-2"
    shutil.copytree(trained, place)
    with pytest.raises(ConfigError, match="holds the published runs; allowed: another folder"):
        train_again(choose(read_published(tmp_path), "*", [0, 1, 2], None), tmp_path, 1)


def test_a_training_that_does_not_fit_into_memory_is_not_begun(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 1000)  # its workers are forked
    with pytest.raises(ConfigError, match=r"training failed: .*configuration\..* is not allowed; .*one seed needs"):
        train_again(choose(read_published(trained), "*", [0], None), tmp_path, 1)


def test_a_failed_training_is_reported_with_its_own_message(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "CartPole-v1").write_text("in the way")
    with pytest.raises(DamagedError, match=r"training failed: .*Not a directory"):
        train_again(choose(read_published(trained), "*", [0], None), tmp_path, 1)


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
    long = {**SMALL, "total_steps": 50_000_000}
    short = tmp_path / "short"
    a2c_says("train", "-", "--seeds", "0", "--out", short, fields=SMALL).check_returncode()
    made = configuration(long, "here")

    def lengthen(held: dict[str, object]) -> None:
        held.update(name=made.name, configuration=made.model_dump(mode="json"))

    relabelled(short, tmp_path / "published", {0: 0}, lengthen)
    command = [sys.executable, "-m", "a2c", "verify", str(tmp_path / "published"), "--out", str(tmp_path / "out")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    folder = tmp_path / "out" / "CartPole-v1" / made.name / "seeds-0-0"
    try:
        while not (folder / "progress.json").exists():
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in told
    assert (folder / "checkpoint.npz").exists()
