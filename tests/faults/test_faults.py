"""Try each fault a few times; `benchmarks/faults.py` tries them many times."""

import random
import resource
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.commands import paused
from tests.faults import fault_trials as trials
from tests.faults.catalogue import FAULTS, KILLS, PIPELINE_KILLED, Scenes, make_scenes
from tests.faults.fault_trials import FIELDS, Scene, make_scene, training
from tests.faults.outcomes import Outcome
from tests.pauses import Pause
from tests.processes import contents

OF_TRAININGS = [
    trials.out_of_memory,
    trials.file_too_large,
    trials.disk_full,
    trials.damaged_result,
    # also in tests/runs/test_training.py, at moments that are not random
    pytest.param(trials.two_at_once, marks=pytest.mark.slow),
    pytest.param(trials.damaged_checkpoint, marks=pytest.mark.slow),
]
SEVERAL = {"a damaged file of a paper": 8, **dict.fromkeys((f"killed: {name}" for name in KILLS), 2)}
OF_PAPERS = [PIPELINE_KILLED, "two pipelines in one folder", "times of a paper's files years off"]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return make_scene(tmp_path_factory.mktemp("scene"), with_paper=False)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    return make_scenes(tmp_path_factory.mktemp("scenes"))


@pytest.mark.parametrize("fault", OF_TRAININGS)
def test_a_training_survives(fault: trials.Trial, scene: Scene, tmp_path: Path) -> None:
    try:
        assert fault(scene, random.Random(fault.__name__), tmp_path) is Outcome.SURVIVED
    except subprocess.CalledProcessError as error:
        pytest.skip(error.stderr.decode())  # not every user may mount


def test_a_checkpoint_larger_than_any_of_this_training_is_refused_and_training_starts_over(
    scene: Scene, tmp_path: Path
) -> None:
    bomb = zipfile.ZipFile(tmp_path / "checkpoint.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with bomb, bomb.open("actions.npy", "w") as member:
        for _ in range(400):
            member.write(bytes(2**20))
    done = training(scene, tmp_path, {resource.RLIMIT_AS: 350 * 2**20}).wait()
    assert f"{tmp_path / 'checkpoint.npz'}: 419,430,400 bytes once unpacked; allowed: at most" in done.stderr
    assert done.returncode == 0


def test_a_training_that_runs_out_of_memory_leaves_a_checkpoint(scene: Scene, tmp_path: Path) -> None:
    """The rollouts are larger than what a new process has free without asking for more."""
    large = scene._replace(fields=tmp_path / "fields.yaml", block=tmp_path / "uninterrupted")
    large.fields.write_text(yaml.safe_dump(FIELDS | {"n_envs": 4096, "n_steps": 64, "total_steps": 2 * 4096 * 64}))
    assert training(large, large.block).wait().returncode == 0
    block = tmp_path / "block"
    with paused(training(large, block, pause=Pause("checkpoint.npz"))) as first:
        first.kill()
    assert training(large, block, {resource.RLIMIT_AS: 0}).wait().returncode != 0
    again = training(large, block).wait()
    assert (again.returncode, "going on from agent step" in again.stderr) == (0, True)
    assert contents(block) == contents(large.block)


@pytest.mark.slow
@pytest.mark.parametrize("fault", [*SEVERAL, *OF_PAPERS])
def test_a_command_or_a_paper_survives(fault: str, scenes: Scenes, tmp_path: Path) -> None:
    for number in range(SEVERAL.get(fault, 1)):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert FAULTS[fault].trial(scenes, random.Random(f"{fault} {number}"), folder) is Outcome.SURVIVED
