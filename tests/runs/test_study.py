"""The records of study.json and paper.json: the same bytes back, damage named, and nobody else reads the files."""

import gc
import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from a2c.config import Configuration
from a2c.config.claims import parse_claim
from a2c.runs.files import DamagedError, sealed
from a2c.runs.study import (
    PAPER,
    STUDY,
    ConfigurationRecord,
    PaperRecord,
    StudyRecord,
    read_paper_record,
    read_study_record,
)

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "results" / "published"
CLAIM = parse_claim(
    {"id": "c", "says": "It is so.", "where": "there", "study": "s", "why": "because", "measure": "final_return",
     "subject": {"gamma": 0.9}, "test": "at_least", "value": 1},
    "test",
)  # fmt: skip


def record(points: list[dict[str, Any]], baseline: dict[str, Any], **changes: Any) -> StudyRecord:
    """A study of these points; a configuration is named after its place in the list."""
    ones = [
        ConfigurationRecord(str(k), point.get("env_id", "CartPole-v1"), point, 475.0, {"gamma": 0.99}, ["place"])
        for k, point in enumerate(points)
    ]
    axes = {axis: list(dict.fromkeys(point[axis] for point in points)) for axis in points[0]}
    made = StudyRecord("s", "Title", "", {}, axes, baseline, {}, 1000, [0, 1], [], ones, [CLAIM])
    return replace(made, **changes)


GAMMAS = record([{"gamma": 0.99}, {"gamma": 0.9}], {"gamma": 0.99})


@pytest.mark.parametrize("path", sorted(PUBLISHED.glob("*/studies/*/study.json")), ids=lambda path: path.parent.name)
def test_a_published_study_gives_back_its_bytes(path: Path) -> None:
    assert read_study_record(path.parent).text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(PUBLISHED.glob("*/paper.json")), ids=lambda path: path.parent.name)
def test_a_published_paper_gives_back_its_bytes(path: Path) -> None:
    assert read_paper_record(path.parent).text == path.read_text(encoding="utf-8")


def test_a_record_that_was_written_is_read_as_it_was(tmp_path: Path) -> None:
    whole = replace(GAMMAS.configurations[0], reward_threshold=200, env_id="LunarLander-v3")
    study = replace(GAMMAS, configurations=[whole, replace(whole, reward_threshold=None)])
    (tmp_path / STUDY).write_text(study.text)
    assert read_study_record(tmp_path) == study
    assert '"reward_threshold": 200,' in study.text
    paper = PaperRecord("Title", "", ["s"], [CLAIM], source="A chapter.", known_before="Ten runs.")
    (tmp_path / PAPER).write_text(paper.text)
    assert read_paper_record(tmp_path) == paper


def changed(**changes: Any) -> dict[str, Any]:
    content = {key: value for key, value in json.loads(GAMMAS.text).items() if key != "sha256"}
    return {key: value for key, value in {**content, **changes}.items() if value != "left out"}


FIRST = changed()["configurations"][0]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"axes": "left out"}, "axes: Field required"),
        ({"seeds": "0-9"}, "seeds: Input should be a valid list"),
        ({"seeds": [0, "1"]}, "seeds.1: Input should be a valid integer"),
        ({"total_steps": 1e6}, "total_steps: Input should be a valid integer"),
        ({"more": 1}, "more: Unexpected keyword argument"),
        ({"configurations": [{**FIRST, "env_id": 7}]}, "configurations.0.env_id: Input should be a valid string"),
        ({"configurations": [{**FIRST, "blocks": None}]}, "configurations.0.blocks: Input should be a valid list"),
        ({"claims": [{"id": "c"}]}, "claims.0: Unable to extract tag using discriminator 'test'"),
    ],
)
def test_damage_is_named_by_file_and_key_in_one_line(changes: dict[str, Any], reason: str, tmp_path: Path) -> None:
    (tmp_path / STUDY).write_text(sealed(changed(**changes)))
    with pytest.raises(DamagedError) as caught:
        read_study_record(tmp_path)
    assert str(caught.value) == f"{tmp_path / STUDY}: damaged ({reason})"


def test_fields_that_are_no_configuration_are_named_by_file_and_key(tmp_path: Path) -> None:
    (tmp_path / STUDY).write_text(sealed(changed(configurations=[{**FIRST, "fields": {"gamma": 2}}])))
    with pytest.raises(DamagedError, match=r"study\.json: configurations\[0\]\.fields\.gamma: 2 is not allowed"):
        read_study_record(tmp_path)


def test_a_damaged_paper_is_named(tmp_path: Path) -> None:
    (tmp_path / PAPER).write_text(sealed({"title": "T", "description": "", "claims": []}))
    with pytest.raises(DamagedError, match=r"paper\.json: damaged \(studies: Field required\)"):
        read_paper_record(tmp_path)


def test_thousands_of_configurations_are_read_in_a_moment(tmp_path: Path) -> None:
    """Validation takes no longer than the checksum and the JSON do."""
    fields = Configuration().model_dump(mode="json")
    many = record([{"gamma": k / 2000} for k in range(2000)], {"gamma": 0.99})
    many = replace(many, configurations=[replace(one, fields=fields) for one in many.configurations])
    (tmp_path / STUDY).write_text(many.text)
    gc.disable()  # a collection takes as long as all that other tests have left in memory
    try:
        started = time.process_time()
        assert len(json.loads((tmp_path / STUDY).read_text())["configurations"]) == 2000
        parsed = time.process_time()
        assert len(read_study_record(tmp_path).settings) == 2000
        assert time.process_time() - parsed < 30 * (parsed - started)
    finally:
        gc.enable()


def test_settings_are_points_without_the_environment() -> None:
    points = [{"gamma": gamma, "env_id": env_id} for gamma in (0.9, 0.99) for env_id in ("A-v1", "B-v1")]
    study = record(points, {"gamma": 0.99})
    assert [(s.name, s.label, s.value, s.is_baseline) for s in study.settings] == [
        ("gamma 0.9", "discount γ 0.9", "0.9", False),
        ("gamma 0.99", "discount γ 0.99", "0.99", True),
    ]
    assert study.settings[1].configurations == {"A-v1": "2", "B-v1": "3"}
    assert study.placed["3"] == (study.settings[1], "B-v1")
    assert (study.setting_axes, study.environments) == (["gamma"], ["A-v1", "B-v1"])
    assert study.settings is study.settings  # computed once


def test_a_study_over_environments_alone_has_one_setting_with_its_title() -> None:
    study = record([{"env_id": "A-v1"}, {"env_id": "B-v1"}], {})
    assert [(s.name, s.label, s.is_baseline) for s in study.settings] == [("Title", "Title", False)]
    assert (study.compares, study.baseline_label) == (False, "")


def test_a_named_point_stands_under_its_name_on_an_axis_of_numbers() -> None:
    study = record([{"gamma": 0.9}, {"gamma": 0.99}, {"gamma": "falling"}], {"gamma": 0.99})
    assert [s.label for s in study.settings] == ["discount γ 0.9", "discount γ 0.99", "falling"]
    assert study.axis_values("gamma") == [0.9, 0.99, "falling"]
    assert study.is_numeric("gamma")


def test_nobody_else_reads_a_study_as_a_mapping() -> None:
    mapping = re.compile(r"""\b(study|entry|paper)(\[|\.get\()["']""")
    sources = [*(ROOT / "a2c").rglob("*.py"), *(ROOT / "workflow").rglob("*.smk"), ROOT / "Snakefile"]
    assert len(sources) > 100
    assert [str(path) for path in sources if mapping.search(path.read_text(encoding="utf-8"))] == []
