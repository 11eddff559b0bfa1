"""Registering a paper in a real git repository."""

import json
import subprocess
from pathlib import Path

import pytest

from a2c.config import ConfigError
from a2c.config.registration import file_of, history_of, paper_tests
from a2c.planning.registration import check_registered, register, registered_papers
from tests.commands import a2c_says
from tests.config.test_registration import CLAIM, paper


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository in which a paper is committed."""
    git(tmp_path, "init", "--quiet")
    paper(tmp_path)
    commit(tmp_path)
    return tmp_path


def commit(folder: Path) -> str:
    git(folder, "add", "paper.yaml", "claims.yaml")
    git(folder, "commit", "--quiet", "--message", "tests")
    return git(folder, "rev-parse", "HEAD")


def test_a_registration_has_the_commit_that_fixed_the_tests(repository: Path) -> None:
    fixed = git(repository, "rev-parse", "HEAD")
    (repository / "else").touch()
    git(repository, "add", "else")
    git(repository, "commit", "--quiet", "--message", "something else")
    assert f"1 test registered, of commit {fixed[:12]}" in register(repository / "paper.yaml", [])
    (one,) = history_of(repository / "paper.yaml")
    assert (one.commit, one.date) == (fixed, git(repository, "log", "-1", "--format=%cs", fixed))
    assert one.tests == paper_tests(paper(repository))


def test_the_same_tests_are_registered_once_and_changed_ones_beside_them(repository: Path) -> None:
    path = repository / "paper.yaml"
    register(path, [])
    before = file_of(path).read_bytes()
    assert "1 test as registered on " in register(path, [])
    assert file_of(path).read_bytes() == before
    paper(repository, {**CLAIM, "margin": 30})
    second = commit(repository)
    register(path, [])
    first, last = history_of(path)
    assert (last.commit, first.tests == last.tests) == (second, False)
    assert json.loads(file_of(path).read_text())["registrations"][0] == json.loads(before)["registrations"][0]


def test_what_is_not_committed_is_not_registered(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    paper(repository, {**CLAIM, "margin": 30})
    with pytest.raises(ConfigError, match=r"claims\.yaml: has changes that are not committed; allowed: none"):
        register(repository / "paper.yaml", [])
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    paper(elsewhere)
    with pytest.raises(ConfigError, match=r"paper\.yaml: not in a git repository; allowed: a file that is committed"):
        register(elsewhere / "paper.yaml", [])


def test_the_check_names_each_claim_that_is_not_as_registered(repository: Path) -> None:
    path = repository / "paper.yaml"
    assert check_registered(path) == [f"{path}: not registered"]
    assert a2c_says("register", path).returncode == 0
    assert check_registered(path) == []
    paper(repository, {**CLAIM, "margin": 30})
    checked = a2c_says("register", "--check", path)
    assert checked.returncode == 1
    assert checked.stderr.startswith(f"a2c: {path}: claims.worse: changed after ")


def test_papers_are_found_by_the_names_in_their_registrations(repository: Path) -> None:
    (repository / "paper.yaml").rename(repository / "paper.yml")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "renamed")
    register(repository / "paper.yml", [])
    assert registered_papers(repository) == [repository / "paper.yml"]


def test_a_check_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"register: no registered paper in .*; allowed: CONFIG, or a folder with"):
        registered_papers(tmp_path)
