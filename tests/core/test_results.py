"""What a training leaves on disk is the same for every build of the core, and for any variable of the environment."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from a2c.core.choose import available
from tests.commands import Command, paused, training
from tests.pauses import Pause
from tests.processes import ROOT, contents

BUILDS = available()
ONCE: dict[str, Any] = {"hidden_sizes": [16, 16], "total_steps": 1600, "eval_episodes": 2}
CASES: dict[str, dict[str, Any]] = {
    "article": {"hidden_sizes": [256, 256], "total_steps": 800},
    "width-1-7-33": {"hidden_sizes": [2, 7, 33]},
    "one-environment": {"n_envs": 1, "n_steps": 7},
    "long-rollouts": {"n_envs": 2, "n_steps": 128},
    "one-step": {"n_steps": 1},
    "rmsprop": {"optimizer": "rmsprop", "lr_schedule": "linear"},
    "rmsprop-tf": {"optimizer": "rmsprop_tf", "optimizer_eps": 1e-5, "init": "orthogonal", "activation": "tanh"},
    "separate-trunks": {"shared_trunk": False, "advantage_estimator": "n_step", "max_grad_norm": None},
    "clipped-rewards": {"reward_clip": 0.5, "time_limit": "terminal", "normalize_advantage": False},
    "diverging": {"learning_rate": 1e30},
    "Acrobot-v1": {"env_id": "Acrobot-v1"},
    "MountainCar-v0": {"env_id": "MountainCar-v0"},
    "LunarLander-v3": {"env_id": "LunarLander-v3", "eval_episodes": 1, "total_steps": 800},
}


TRAIN = """
import json, sys
from pathlib import Path
from a2c.cli import main
out = Path(sys.argv[1])
for name, fields in json.loads(sys.argv[2]).items():
    config = out / f"{name}.json"
    config.write_text(json.dumps(fields))
    main(["train", str(config), "--seeds", "0-1", "--out", str(out / name)])
"""


def train_cases(folder: Path, cases: dict[str, dict[str, Any]], **variables: str) -> None:
    """Train the cases in a process of their own, which is started with these variables."""
    folder.mkdir()
    fields = json.dumps({name: {**ONCE, **case} for name, case in cases.items()})
    subprocess.run(
        [sys.executable, "-c", TRAIN, str(folder), fields], env={**os.environ, **variables}, cwd=ROOT, check=True
    )


def recorded(folder: Path) -> dict[str, bytes]:
    """The files of a result; the manifest without its timings and its platform, which names the build."""
    files = contents(folder)
    manifest = json.loads(files["manifest.json"])
    del manifest["platform"]
    return {**files, "manifest.json": json.dumps(manifest).encode()}


@pytest.fixture(scope="module")
def by_build(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of all cases for each build."""
    folders = {build: tmp_path_factory.mktemp("builds") / build for build in BUILDS}
    for build, folder in folders.items():
        train_cases(folder, CASES, A2C_CORE=build)
    return folders


@pytest.mark.parametrize("case", CASES)
def test_every_build_leaves_the_same_files(case: str, by_build: dict[str, Path]) -> None:
    first = recorded(by_build[BUILDS[0]] / case)
    for build, folder in by_build.items():
        assert recorded(folder / case) == first, build
        assert json.loads((folder / case / "manifest.json").read_text())["platform"]["core_build"] == build


VARIABLES = {
    "OMP_NUM_THREADS": "2",
    "MKL_CBWR": "COMPATIBLE",
    "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2_Usable,-FMA_Usable",
}


def test_variables_of_the_environment_change_nothing(by_build: dict[str, Path], tmp_path: Path) -> None:
    cases = {case: CASES[case] for case in ("article", "rmsprop-tf")}
    train_cases(tmp_path / "set", cases, **VARIABLES)
    for case in cases:
        assert recorded(tmp_path / "set" / case) == recorded(by_build[BUILDS[-1]] / case)


def test_a_training_goes_on_with_another_build(tmp_path: Path) -> None:
    whole, folder, fields = tmp_path / "whole", tmp_path / "block", {**ONCE, "total_steps": 12_000}
    assert training(whole, "0-1", fields).wait().returncode == 0

    def start(build: str, pause: Pause | None = None) -> Command:
        arguments = ("train", "-", "--seeds", "0-1", "--out", folder, "--checkpoint-every", "0")
        return Command(*arguments, told=json.dumps(fields), environment={"A2C_CORE": build}, pause=pause)

    with paused(start(BUILDS[0], Pause("checkpoint.npz"))) as first:
        first.kill()
    assert "going on from agent step" in start(BUILDS[-1]).wait().stderr
    assert recorded(folder) == recorded(whole)


@pytest.mark.parametrize("build", ["sse9", "neon" if "avx2" in BUILDS else "avx2"])
def test_a_build_that_does_not_run_here_is_one_line(build: str) -> None:
    command = [sys.executable, "-m", "a2c", "train", "-", "--seeds", "0", "--out", "nowhere"]
    done = subprocess.run(
        command, input=json.dumps(ONCE), env={**os.environ, "A2C_CORE": build}, cwd=ROOT, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(f"a2c: A2C_CORE={build}: ")
    assert done.stderr.count("\n") == 1
