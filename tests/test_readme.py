"""Every command of the README is known to the tests; the short ones run in a fresh clone, and the long ones on demand.

`tests/readme_commands.py` says how each is tried, and why some are tried otherwise than they are typed.
"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands import a2c_says
from tests.processes import ROOT
from tests.readme import block, of_table, typed
from tests.readme_commands import FIRST, OTHERS, TESTED, TINY, Trial
from tests.tuning.small import ENTRY
from tests.workflow.test_gradient_pipeline import PAPER

SHORT = ("plan --effect", "plan config/paper", "new", "schema")  # commands of a2c that take seconds
TUNING = {**ENTRY, "tuners": ["tpe"], "repeats": 1, "small_budgets": []}
HOURS = 3  # the most that one command may take, on a busy machine


def test_every_command_of_the_readme_is_tried() -> None:
    assert {*typed(), *of_table()} == FIRST.keys() | OTHERS.keys()


def test_every_command_of_a2c_exists_with_its_options() -> None:
    commands = [shlex.split(line)[1:] for line in [*typed(), *of_table()] if line.startswith(".venv/bin/a2c ")]
    assert len(commands) > 15
    for words in commands:
        if words[0] == "COMMAND":
            continue
        told = a2c_says(words[0], "--help")
        assert told.returncode == 0, words
        for option in (word for word in words if word.startswith("--")):
            assert option in told.stdout, words


def test_every_target_of_make_exists() -> None:
    commands = [shlex.split(line) for line in typed() if line.startswith("make")]
    assert len(commands) > 5
    for words in commands:
        target = [word for word in words[1:] if "=" not in word]
        done = subprocess.run(["make", "-n", *target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (target, done.stderr)


def cloned(folder: Path) -> Path:
    """A clone of this checkout's last commit."""
    subprocess.run(["git", "clone", "--quiet", "--shared", str(ROOT), str(folder)], check=True)
    return folder


def run(line: str, clone: Path, **variables: str) -> None:
    """Run a line of shell in the clone; it has to succeed."""
    environment = {**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, **variables}
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        timeout=HOURS * 3600,
        check=False,
    )
    assert done.returncode == 0, (line, done.stdout[-4000:], done.stderr[-4000:])


@pytest.mark.slow
def test_short_commands_and_make_smoke_run_in_a_fresh_clone(tmp_path: Path) -> None:
    """With the environment of the tests. The study of ten lines has a test of its own."""
    clone = cloned(tmp_path / "clone")
    (clone / ".venv").symlink_to(Path(sys.executable).parent.parent)
    package = {"PYTHONPATH": str(clone)}
    run(f"{shlex.quote(sys.executable)} -m a2c.core.build", clone, **package)
    for line in of_table():
        if line.removeprefix(".venv/bin/a2c ").startswith(SHORT):
            run(OTHERS[line].line.replace(".venv/bin/a2c", f"{shlex.quote(sys.executable)} -m a2c"), clone, **package)
    run(FIRST["make smoke"].line.replace("make", "make -o .venv/installed", 1), clone, **package)


TEST = {
    "id": "tanh", "says": "Tanh learns more.", "where": "Here", "why": "To see.", "study": "activation",
    "measure": "final_return", "subject": {"activation": "tanh"}, "test": "higher", "reference": "others", "margin": 1,
}  # fmt: skip


def tiny_paper() -> dict[str, Any]:
    """A gradient study and a tuning, on other seeds."""
    parts = {key: [{**one, "seeds": "200-201"} for one in PAPER[key]] for key in ("studies", "gradients")}
    return {"title": "Tiny", "results": "results/tiny", "tunings": [TUNING], **parts}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone after `make setup`, with the README's study and a tiny paper; or the one that A2C_CLONE names."""
    clone = (
        Path(os.environ["A2C_CLONE"]) if "A2C_CLONE" in os.environ else cloned(tmp_path_factory.mktemp("readme") / "c")
    )
    run("make setup", clone)
    study = block("yaml", "Save this as `config/activation.yaml`")
    (clone / "config" / "activation.yaml").write_text(study)
    (clone / TESTED).write_text(
        yaml.safe_dump({**yaml.safe_load(study.replace("0-4", "1000-1004")), "claims": "test.yaml"})
    )
    (clone / TESTED).with_name("test.yaml").write_text(yaml.safe_dump({"claims": [TEST]}))
    (clone / TINY).write_text(yaml.safe_dump(tiny_paper()))
    return clone


@pytest.fixture(scope="module")
def trained(installed: Path) -> Path:
    """The clone with the runs of the README's Python block, the smoke paper, and the tiny one."""
    code = block("python", "## A trained policy in your own code")
    run(f".venv/bin/python - <<'PYTHON'\n{code}\nPYTHON\ntest -s policy.onnx", installed)
    run(f"make smoke && .venv/bin/snakemake --cores all --configfile {TINY}", installed)
    return installed


def try_in(clone: Path, trial: Trial) -> None:
    if trial.needs not in ("", "network") and shutil.which(trial.needs) is None:
        pytest.skip(f"{trial.needs} is not installed")
    run(trial.line, clone)


@pytest.mark.on_demand
@pytest.mark.timeout(HOURS * 3600)
@pytest.mark.parametrize("command", FIRST)
def test_a_command_works_in_a_fresh_clone(command: str, installed: Path) -> None:
    try_in(installed, FIRST[command])


@pytest.mark.on_demand
@pytest.mark.timeout(HOURS * 3600)
@pytest.mark.parametrize("command", OTHERS)
def test_a_command_works_in_a_clone_with_runs(command: str, trained: Path) -> None:
    try_in(trained, OTHERS[command])
