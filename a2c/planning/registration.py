"""Registering the tests of a paper: its files have to be committed, so that everybody can see what was fixed when."""

import subprocess
from pathlib import Path

from a2c.config import ConfigError, load_paper
from a2c.config.registration import (
    ENDING,
    Registration,
    RegistrationFile,
    check_registrable,
    differences,
    file_of,
    hash_of,
    history_of,
    paper_tests,
    read_registrations,
)
from a2c.planning.reach import check_reach
from a2c.runs.files import write_text
from a2c.words import counted


def register(path: Path, pilots: list[Path]) -> str:
    """Register the tests of the paper in `path`: write or extend the file beside it; returns a line for the user.

    ConfigError if a test cannot be decided (`check_reach`), a reporting seed is below 1000, or the paper's files are
    not committed.
    """
    paper, source = load_paper(path), str(path)
    check_registrable(paper, source)
    check_reach(paper, pilots, source)
    tests, history = paper_tests(paper), history_of(path)
    if history and history[-1].tests == tests:
        return f"{file_of(path)}: {counted(len(tests), 'test')} as registered on {history[-1].date}"
    others = [*([paper.claims_file] if paper.claims_file else []), *paper.centre_files]
    commit, date = _commit_of([path, *(path.parent / file for file in others)])
    entry = Registration(date=date, commit=commit, tests_sha256=hash_of(tests), tests=tests)
    content = RegistrationFile(paper=path.name, registrations=[*history, entry])
    write_text(file_of(path), content.model_dump_json(indent=1) + "\n")
    done = f"{counted(len(tests), 'test')} registered, of commit {commit[:12]}"
    return f"{file_of(path)}: {done}; commit this file before the runs"


def check_registered(path: Path) -> list[str]:
    """In what the tests of the paper in `path` are not as registered last, a line each; none if they are."""
    history = history_of(path)
    if not history:
        return [f"{path}: not registered"]
    return [
        f"{path}: claims.{line} after {history[-1].date}"
        for line in differences(paper_tests(load_paper(path)), history[-1].tests)
    ]


def registered_papers(folder: Path) -> list[Path]:
    """The papers in a folder that have a file of registrations. ConfigError if there is none."""
    papers = [path.with_name(read_registrations(path).paper) for path in sorted(folder.glob(f"*{ENDING}"))]
    if not papers:
        raise ConfigError(f"register: no registered paper in {folder}; allowed: CONFIG, or a folder with *{ENDING}")
    return papers


def _commit_of(files: list[Path]) -> tuple[str, str]:
    """The last commit that changed one of the files, and its date. ConfigError unless all are committed as they are."""
    folder, names = files[0].resolve().parent, [str(file.resolve()) for file in files]
    for file in names:
        tracked = _git(folder, "ls-files", "--error-unmatch", "--", file)
        if tracked.returncode != 0:
            raise ConfigError(
                f"{file}: not in a git repository; allowed: a file that is committed ({_reason(tracked)})"
            )
    if changed := _git(folder, "status", "--porcelain", "--", *names).stdout.split():
        raise ConfigError(
            f"{changed[-1]}: has changes that are not committed; allowed: none, as the commit is registered"
        )
    commit, date = _git(folder, "log", "-1", "--format=%H %cs", "--", *names).stdout.split()
    return commit, date


def _git(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["git", "-C", str(folder), *arguments]
    try:
        return subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
    except FileNotFoundError:
        raise ConfigError("register: the command git is not installed; a registration names a commit") from None


def _reason(done: "subprocess.CompletedProcess[str]") -> str:
    return " ".join(done.stderr.split("\n")[0].split())
