"""Results below a folder that the user names."""

import os
from pathlib import Path

import pytest

from a2c.config import ConfigError
from a2c.runs.files import DamagedError
from a2c.runs.folders import check_one, folders_with
from tests.commands import a2c_says


def test_folders_are_found_at_any_depth_in_order(tmp_path: Path) -> None:
    for name in ("b/c", "a"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "it").touch()
    assert folders_with(tmp_path, "it") == [tmp_path / "a", tmp_path / "b" / "c"]
    assert folders_with(tmp_path / "a", "it") == [tmp_path / "a"]


def test_a_folder_that_cannot_be_read_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An audit of what is left would say that all passed."""
    (tmp_path / "locked").mkdir()
    real = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(PermissionError, match="locked"):
        folders_with(tmp_path, "it")


def test_a_file_in_place_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DamagedError, match="is a file; allowed: a folder"):
        folders_with(tmp_path / "file", "it")


def test_where_one_is_wanted_those_below_are_listed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"the folder of one thing; there is none below it \(no it\)"):
        check_one(tmp_path, "it", "thing")
    for number in range(7):
        (tmp_path / f"at-{number}").mkdir()
        (tmp_path / f"at-{number}" / "it").touch()
    with pytest.raises(ConfigError, match="below it: at-0, at-1, at-2, at-3, at-4 and 2 more"):
        check_one(tmp_path, "it", "thing")


@pytest.mark.parametrize(("command", "file"), [("gradients", "gradients.json"), ("tune --tuner tpe", "tuning.json")])
def test_a_command_for_one_study_lists_those_that_are_there(command: str, file: str, tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / file).touch()
    name, *options = command.split()
    done = a2c_says(name, tmp_path, *options)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.endswith("those below it: small\n")
