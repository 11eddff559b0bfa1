"""An environment of one's own, in a package that is installed as a user installs it, through every command."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import Command, a2c_says, paused
from tests.pauses import Pause
from tests.processes import ROOT, contents

FIELDS = {
    "env_id": "walks:Walks/Corridor-v0",
    "env_kwargs": {"length": 8},
    "hidden_sizes": [8],
    "total_steps": 2000,
    "eval_episodes": 2,
}
REFUSED = "'walks:Walks/Corridor-v0' is not allowed; allowed: modules that you name"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which pip has installed the package of the example."""
    folder = tmp_path_factory.mktemp("walks")
    shutil.copytree(ROOT / "examples" / "walks", folder / "source")  # pip builds in the folder of the source
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    command += ["--disable-pip-version-check", "--target", str(folder / "site"), str(folder / "source")]
    subprocess.run(command, check=True)
    return folder / "site"


@pytest.fixture(scope="module")
def result(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished training. Do not change it: copy it."""
    folder = tmp_path_factory.mktemp("own") / "seeds-0-1"
    done = a2c_says("train", "-", "--seeds", "0-1", "--out", folder, fields=FIELDS, python_path=site)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_manifest_has_package_version_source_and_arguments(result: Path) -> None:
    environment = json.loads((result / "manifest.json").read_text())["environment"]
    assert len(environment.pop("sources_sha256")) == 64
    assert environment == {
        "id": "Walks/Corridor-v0",
        "kwargs": {"length": 8},
        "package": "a2c-example-walks",
        "version": "1.0.0",
        "reward_threshold": -1.5,
    }


def test_a_killed_training_resumes_to_the_same_bytes(result: Path, site: Path, tmp_path: Path) -> None:
    long, fields, at = tmp_path / "long", {**FIELDS, "total_steps": 4000}, Pause("checkpoint.npz")
    arguments = ("train", "-", "--seeds", "0", "--checkpoint-every", "0", "--out")
    with paused(Command(*arguments, long, told=json.dumps(fields), python_path=site, pause=at)) as killed:
        killed.kill()
    done = a2c_says(*arguments, long, fields=fields, python_path=site)
    assert "going on from agent step" in done.stderr
    whole = a2c_says(*arguments, tmp_path / "whole", fields=fields, python_path=site)
    assert whole.returncode == done.returncode == 0
    assert contents(long) == contents(tmp_path / "whole")


@pytest.mark.parametrize(("command", "code"), [("audit", 1), ("play", 2), ("verify", 2)])
def test_a_result_imports_its_module_only_if_the_user_names_it(
    result: Path, site: Path, tmp_path: Path, command: str, code: int
) -> None:
    shutil.copytree(result, tmp_path / "copy")
    refused = a2c_says(command, tmp_path / "copy", python_path=site)
    assert refused.returncode == code
    assert REFUSED in refused.stderr
    assert "--allow-module walks" in refused.stderr
    assert refused.stderr.count("\n") == 1
    other = a2c_says(command, tmp_path / "copy", "--allow-module", "other", python_path=site)
    assert REFUSED in other.stderr
    allowed = a2c_says(command, tmp_path / "copy", "--allow-module", "walks", python_path=site)
    assert allowed.returncode == 0, allowed.stderr
    assert {
        "audit": "episodes came out as recorded\n",
        "play": "as recorded",
        "verify": "2 runs: 2 identical",
    }[command] in allowed.stdout


@pytest.mark.parametrize("command", [("doctor",), ("tensorboard", "--out")])
def test_commands_that_step_no_environment_need_no_module(result: Path, tmp_path: Path, command: tuple) -> None:
    name, *options = command
    done = a2c_says(name, result, *options, *([tmp_path] if options else []))
    assert done.returncode == 0, done.stderr


def test_changed_code_of_the_environment_is_told_by_every_command(result: Path, site: Path, tmp_path: Path) -> None:
    shutil.copytree(result, tmp_path / "runs" / "seeds-0-1")
    shutil.copytree(site, tmp_path / "site")
    corridor = tmp_path / "site" / "walks" / "corridor.py"
    corridor.write_text(corridor.read_text().replace("SLIP = 0.1", "SLIP = 0.2  # steeper"))
    told = "trained in other code of "
    for seeds in ("0-1", "2-3"):  # the same, and those of an extended study
        out = tmp_path / "runs" / f"seeds-{seeds}"
        done = a2c_says("train", "-", "--seeds", seeds, "--out", out, fields=FIELDS, python_path=tmp_path / "site")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert f"seeds-0-1: {told}Walks/Corridor-v0 (sources " in done.stderr
        assert "allowed: the same code of the environment, or an empty folder" in done.stderr
    allow = ("--allow-module", "walks")
    audited = a2c_says("audit", tmp_path / "runs", *allow, python_path=tmp_path / "site")
    assert (audited.returncode, told in audited.stderr) == (1, True)
    verified = a2c_says("verify", tmp_path / "runs", *allow, python_path=tmp_path / "site")
    assert "environment's sources: " in verified.stdout


def test_the_plan_of_its_paper_knows_the_environment() -> None:
    """The package lies beside the paper."""
    done = a2c_says("plan", ROOT / "examples" / "walks" / "corridor.yaml")
    assert done.returncode == 0, done.stderr
    (row,) = [line.split() for line in done.stdout.splitlines() if line.startswith("learning_rate")]
    assert row[1:3] == ["2", "10"]


def test_a_traceback_is_shown_on_demand(site: Path, tmp_path: Path) -> None:
    (tmp_path / "falls.py").write_text(
        "import gymnasium as gym\n"
        "class Falls(gym.Env):\n"
        "    observation_space, action_space = gym.spaces.Box(0, 1, (1,)), gym.spaces.Discrete(2)\n"
        "    def reset(self, *, seed=None, options=None):\n"
        "        return self.nothing, {}\n"
        "gym.register('Falls-v0', entry_point=Falls, max_episode_steps=5)\n"
    )
    (tmp_path / "falls.yaml").write_text("{env_id: 'falls:Falls-v0', total_steps: 100}")
    command = [sys.executable, "-m", "a2c", "train", tmp_path / "falls.yaml", "--seeds", "0", "--out", tmp_path / "out"]
    lines, traced = (
        subprocess.run(
            command, capture_output=True, text=True, cwd=ROOT, check=False, env={**os.environ, "A2C_TRACEBACK": wanted}
        )
        for wanted in ("", "1")
    )
    assert lines.returncode == traced.returncode == 2
    assert lines.stderr.count("\n") == 1
    assert "reset raised AttributeError: 'Falls' object has no attribute 'nothing'" in lines.stderr
    assert 'falls.py", line 5, in reset' in traced.stderr
    assert traced.stderr.endswith(lines.stderr)


def test_an_environment_that_prints_and_moves_disturbs_neither_the_json_nor_the_folder(tmp_path: Path) -> None:
    (tmp_path / "noisy.py").write_text(NOISY)
    (tmp_path / "config.yaml").write_text(json.dumps({**FIELDS, "env_id": "noisy:Noisy-v0", "env_kwargs": {}}))
    command = [sys.executable, "-m", "a2c", "train", "config.yaml", "--seeds", "0", "--out", "out", "--json"]
    path = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["finished"] == [0]
    assert "printed by Python" in done.stderr
    assert "written by C" in done.stderr
    assert (tmp_path / "out" / "manifest.json").exists()


NOISY = """
import os
import gymnasium as gym
from gymnasium.envs.classic_control import CartPoleEnv

os.chdir("/")

class Noisy(CartPoleEnv):
    def __init__(self, **options):
        os.chdir("/")
        super().__init__(**options)

    def close(self):
        os.chdir("/")

    def reset(self, **options):
        print("printed by Python")
        os.write(1, b"written by C\\n")
        os.chdir("/")
        return super().reset(**options)

gym.register("Noisy-v0", entry_point=Noisy, max_episode_steps=100)
"""
