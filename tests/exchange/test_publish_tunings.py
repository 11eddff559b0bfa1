"""Publishing tunings: the repeats that all tuners have finished."""

from pathlib import Path
from typing import Any

import pytest

from a2c.config import Paper, expand
from a2c.exchange.publish import publish, published_part
from a2c.runs.files import DamagedError
from a2c.tuning.job import tune
from a2c.tuning.records import read_tests
from tests.tuning.small import ENTRY, written

KEYS: dict[str, Any] = {"tuners": ["grid", "random"], "test_seeds": "100-101", "small_budgets": []}


@pytest.fixture
def paper() -> Paper:
    return expand({"title": "t", "results": "results/t", "tunings": [{**ENTRY, **KEYS}]}, "test", Path())


def published(paper: Paper, results: Path, target: Path) -> list[int]:
    """Publish; the number of repeats of each tuning that is published."""
    list(publish(paper, ["small"], results / "runs", target))
    return [tuning.repeats for tuning in published_part(paper, target).tunings]


def test_repeats_are_published_as_far_as_all_tuners_have_come(tmp_path: Path, paper: Paper) -> None:
    _, folder = written(tmp_path, **KEYS)
    target = tmp_path / "published"
    tune(folder, "grid", 0, print)
    tune(folder, "grid", 1, print)
    tune(folder, "random", 0, print)
    assert published(paper, tmp_path, target) == []
    tune(folder, "references", 0, print)
    assert published(paper, tmp_path, target) == [1]
    (part,) = published_part(paper, target).tunings
    assert read_tests(part, target / "tunings" / "small").to_pandas().groupby("tuner")["repeat"].max().to_dict() == {
        "grid": 0,
        "random": 0,
    }
    tune(folder, "random", 1, print)
    assert published(paper, tmp_path, target) == [2]
    held = target / "tunings" / "small" / "random" / "repeat-1" / "trials.parquet"
    assert held.read_bytes() == (folder / "random" / "repeat-1" / "trials.parquet").read_bytes()


def test_a_tuning_is_published_beside_a_study_that_is_not_trained(tmp_path: Path) -> None:
    study = {"name": "later", "grid": {"gamma": [0.9, 0.99]}, "seeds": "200-201"}
    keys = {"title": "t", "results": "results/t", "studies": [study], "tunings": [{**ENTRY, **KEYS}]}
    paper, (_, folder) = expand(keys, "test", Path()), written(tmp_path, **KEYS)
    for tuner in ("grid", "random", "references"):
        tune(folder, tuner, 0, print)
    target = tmp_path / "published"
    assert published(paper, tmp_path, target) == [1]
    assert published_part(paper, target).studies == []
    with pytest.raises(DamagedError, match="not trained yet"):
        list(publish(paper, ["later", "small"], tmp_path / "runs", target))


def test_a_damaged_table_is_not_published(tmp_path: Path, paper: Paper) -> None:
    _, folder = written(tmp_path, **KEYS)
    for tuner in ("grid", "random", "references"):
        tune(folder, tuner, 0, print)
    (folder / "grid" / "repeat-0" / "trials.parquet").write_bytes(b"x")
    with pytest.raises(DamagedError, match=r"trials\.parquet: damaged"):
        published(paper, tmp_path, tmp_path / "published")
