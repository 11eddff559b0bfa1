"""Code that changed after a training: another environment is refused, another version of this package is told."""

import shutil
from pathlib import Path

import pytest

from a2c.config import ConfigError, Configuration
from a2c.runs import manifest
from a2c.runs.changes import check_environment_beside, check_same_environment
from tests.commands import a2c_says
from tests.processes import SMALL
from tests.runs.other_runs import seal

LANDER = Configuration(env_id="LunarLander-v3")


def test_a_result_by_other_code_is_kept_and_told(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "old")
    seal(tmp_path / "old", lambda content: content["code"].update(sources_sha256="0" * 64))
    done = a2c_says("train", "-", "--seeds", "0-2", "--out", tmp_path / "old", fields=SMALL)
    assert done.returncode == 0
    assert f"{tmp_path / 'old'}: already trained by other code (sources 000000000000, here " in done.stderr
    assert "remove the folder to train it again" in done.stderr


def test_a_result_by_the_same_code_is_only_named(trained: Path) -> None:
    done = a2c_says("train", "-", "--seeds", "0-2", "--out", trained, fields=SMALL)
    assert (done.returncode, done.stderr) == (0, f"{trained}: already trained\n")


def test_another_source_of_the_environment_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^here: trained in other code of LunarLander-v3 \(sources 1111"):
        check_same_environment({"environment": {"sources_sha256": "1" * 64}}, LANDER, "here")


@pytest.mark.parametrize("content", [{}, {"environment": None}, {"environment": {"sources_sha256": None}}])
def test_a_manifest_without_the_source_is_not_compared(content: dict) -> None:
    check_same_environment(content, LANDER, "here")


def test_new_seeds_are_not_trained_beside_those_of_another_source(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "seeds-0-2")

    def of_lander(content: dict) -> None:
        content["name"] = LANDER.name
        content["environment"]["sources_sha256"] = "1" * 64

    seal(tmp_path / "seeds-0-2", of_lander)
    with pytest.raises(ConfigError, match=r"seeds-0-2: trained in other code of LunarLander-v3"):
        check_environment_beside(tmp_path / "seeds-3-4", LANDER)
    (tmp_path / "seeds-0-2" / manifest.NAME).write_text("{}")  # damaged: its study will say so
    check_environment_beside(tmp_path / "seeds-3-4", LANDER)
