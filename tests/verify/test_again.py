"""Forged results are found by training them again, and docs/provenance.md says which commands find what."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from a2c.planning import memory
from a2c.runs.files import DamagedError
from a2c.runs.result import read_result
from a2c.verify.again import NotMadeAgainError, audit_line, made_again
from tests.commands import a2c_says
from tests.processes import ROOT
from tests.runs.other_runs import seal
from tests.verify.forgeries import COMMANDS, FORGERIES, Scene, forge, make_scene, outcome

ROW = re.compile(r"^\| (?P<name>[^|`]+) \| (?P<said>.+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return make_scene(tmp_path_factory.mktemp("scene"))


def table() -> dict[str, dict[str, str]]:
    """The table in the document: by forgery and command, what the command says."""
    text = (ROOT / "docs" / "provenance.md").read_text(encoding="utf-8")
    part = text.partition("forgeries.py: begin")[2].partition("forgeries.py: end")[0]
    rows = {row["name"]: row["said"].split(" | ") for row in ROW.finditer(part)}
    return {
        name: dict(zip(COMMANDS, said, strict=True)) for name, said in rows.items() if name not in ("forged", "---")
    }


def test_the_table_has_all_forgeries() -> None:
    assert table().keys() == {"nothing", "LunarLander: nothing", *FORGERIES}


def test_training_again_misses_no_forgery() -> None:
    said = {name: row["audit --retrain"] for name, row in table().items()}
    assert {said.pop("nothing"), said.pop("LunarLander: nothing")} == {"-"}
    assert said.pop("LunarLander: evaluation, and another platform declared") == "cannot"
    assert set(said.values()) == {"found"}


@pytest.mark.parametrize("name", FORGERIES)
def test_the_audits_say_what_the_table_says(name: str, scene: Scene, tmp_path: Path) -> None:
    forged = forge(name, scene, tmp_path)
    for command in ("audit", "audit --retrain"):
        assert outcome(command, forged, FORGERIES[name].study) == table()[name][command]


@pytest.mark.parametrize("name", ["metrics: 0.5 everywhere", "thin runs: all numbers of a perfect run"])
def test_verify_and_page_say_what_the_table_says(name: str, scene: Scene, tmp_path: Path) -> None:
    forged = forge(name, scene, tmp_path)
    for command in ("verify", "page"):
        assert outcome(command, forged, FORGERIES[name].study) == table()[name][command]


def test_what_is_not_forged_is_made_again(scene: Scene) -> None:
    done = a2c_says("audit", scene.results, "--retrain", "--cores", "2")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("trained again: every byte of content is the same") == 5


def test_the_message_names_the_files_that_differ(scene: Scene, tmp_path: Path) -> None:
    forged = forge("weights: 0", scene, tmp_path)
    line, passed = audit_line(forged.whole, None, retrain=True)
    assert (line, passed) == (f"{forged.whole}: training seed 0 again gives other weights.npz", False)


def by_the_first_arithmetic(content: dict[str, object]) -> None:
    content["bits"] = 1


@pytest.mark.parametrize("part", ["whole", "thin"])
def test_another_arithmetic_that_is_declared_is_found(part: str, scene: Scene, tmp_path: Path) -> None:
    folder = getattr(forge("", scene, tmp_path), part)
    seal(folder, by_the_first_arithmetic)
    result = read_result(folder)
    with pytest.raises(DamagedError, match=r"manifest\.json: bits: 1 is not allowed; allowed: 2"):
        made_again(result)


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 1000)


@pytest.mark.usefixtures("little_memory")
def test_an_audit_does_not_begin_what_does_not_fit_into_memory(scene: Scene) -> None:
    for folder in (scene.whole, scene.stepped):
        line, passed = audit_line(folder, None, retrain=False)
        assert not passed
        assert line.startswith(f"{folder / 'manifest.json'}: configuration.")
        assert "allowed: what fits into this machine; its replay needs" in line


@pytest.mark.usefixtures("little_memory")
def test_nothing_is_trained_again_that_does_not_fit_into_memory(scene: Scene) -> None:
    line, passed = audit_line(scene.thin, None, retrain=True)
    assert not passed
    assert line.startswith(f"{scene.thin}: cannot be made again here: ")
    assert "what fits into this machine; one seed needs" in line


def on_another_cpu(content: dict[str, object]) -> None:
    content["platform"]["cpu"] = "Another"  # type: ignore[index]


def test_environments_stepped_in_python_are_made_again_on_their_platform_only(scene: Scene, tmp_path: Path) -> None:
    forged = forge("", scene, tmp_path)
    made_again(read_result(forged.stepped))
    seal(forged.stepped, on_another_cpu)
    told = r"cannot be made again here; its manifest declares \(nobody can check this\) cpu: "
    with pytest.raises(NotMadeAgainError, match=told):
        made_again(read_result(forged.stepped))


def test_a_native_environment_is_made_again_whatever_platform_is_declared(scene: Scene, tmp_path: Path) -> None:
    forged = forge("", scene, tmp_path)
    seal(forged.whole, on_another_cpu)
    made_again(read_result(forged.whole))


def test_an_audit_of_thin_runs_says_that_it_proves_little(scene: Scene) -> None:
    line, passed = audit_line(scene.thin, None, retrain=False)
    assert passed
    assert line.endswith(
        "thin runs: whole, and their numbers fit each other; training them again (--retrain) proves them"
    )


def of_no_arithmetic(content: dict[str, Any]) -> None:
    content["bits"] = 7


def ended_early(content: dict[str, Any]) -> None:
    next(iter(content["runs"].values()))["step"] = 40


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (of_no_arithmetic, "bits: 7 is not allowed; allowed: 1 or 2"),
        (ended_early, "step: 40 is not allowed; allowed: null, the budget's end"),
    ],
)
def test_thin_runs_that_cannot_be_are_found_without_training(
    change: Callable[[dict[str, Any]], None], told: str, scene: Scene, tmp_path: Path
) -> None:
    forged = forge("", scene, tmp_path)
    seal(forged.thin, change)
    line, passed = audit_line(forged.thin, None, retrain=False)
    assert not passed
    assert told in line
