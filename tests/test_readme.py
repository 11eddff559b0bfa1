"""What the README tells a reader to type: every command is there, and the short ones run in a fresh clone."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import a2c_says

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHORT = ("plan --effect", "plan config", "new", "schema")  # commands of a2c that take seconds


def typed() -> list[list[str]]:
    """The commands in blocks and in the text, as words."""
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`((?:make|snakemake|\.venv/bin/\S+) [^`]+)`", README)
    parts = [part for line in lines for part in line.partition("#")[0].split("&&")]
    return [words for part in parts if (words := shlex.split(part))]


def of_table() -> list[list[str]]:
    """The commands of a2c in the table."""
    table = README.partition("## Commands")[2].partition("\n\n## ")[0]
    return [shlex.split(found) for found in re.findall(r"^\| `([^`]+)` \|", table, flags=re.MULTILINE)]


def test_every_command_of_a2c_exists_with_its_options() -> None:
    commands = [words[1:] for words in typed() if words[0] == ".venv/bin/a2c"] + of_table()
    assert len(commands) > 15
    for words in commands:
        if words[0] == "COMMAND":
            continue
        told = a2c_says(words[0], "--help")
        assert told.returncode == 0, words
        for option in (word for word in words if word.startswith("--")):
            assert option in told.stdout, words


def test_every_target_of_make_exists() -> None:
    targets = [[word for word in words[1:] if "=" not in word] for words in typed() if words[0] == "make"]
    assert len(targets) > 5
    for target in targets:
        done = subprocess.run(["make", "-n", *target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (target, done.stderr)


def test_all_other_commands_are_known() -> None:
    others = {words[0] for words in typed()} - {"make", ".venv/bin/a2c"}
    assert others == {"git", "cd", ".venv/bin/snakemake", "snakemake", "conda"} & others


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readme") / "clone"
    subprocess.run(["git", "clone", "--quiet", "--shared", str(ROOT), str(folder)], check=True)
    (folder / ".venv").symlink_to(Path(sys.executable).parent.parent)
    return folder


@pytest.mark.slow
def test_short_commands_and_make_smoke_run_in_a_fresh_clone(clone: Path, tmp_path: Path) -> None:
    """`make` and `make full` take minutes and are run on demand; the study of ten lines has a test of its own."""
    environment = {**os.environ, "PYTHONPATH": str(clone)}

    def run(*command: str) -> None:
        done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])

    run(sys.executable, "-m", "a2c.core.build")
    for words in of_table():
        if " ".join(words).startswith(SHORT):
            run(sys.executable, "-m", "a2c", *(str(tmp_path / "new") if word == "DIR" else word for word in words))
    run("make", "-o", ".venv/installed", "smoke")
    assert (clone / "results" / "smoke" / "index.html").exists()
