"""Publishing tunings: the repeats that all tuners have finished."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from a2c.cli import main
from a2c.config import ConfigError, Paper, expand
from a2c.exchange.publish import publish, published_part
from a2c.runs.files import DamagedError
from a2c.runs.tuning_study import FOLDER
from a2c.tuning.job import tune
from a2c.tuning.records import read_tests
from tests.tuning.small import ENTRY, written

QUICK: dict[str, Any] = {
    "tuners": ["random"],
    "trials": 1,
    "seeds_per_trial": 1,
    "test_seeds": "100-101",
    "small_budgets": [],
    "references": {},
}
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
    with pytest.raises(
        DamagedError, match="small: no repeat that all tuners and the references have finished; `a2c plan"
    ):
        published(paper, tmp_path, target)
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


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results with two repeats of a small tuning."""
    results = tmp_path_factory.mktemp("tuned")
    _, folder = written(results, **QUICK)
    for repeat in (0, 1):
        tune(folder, "random", repeat, print)
    return results


def with_keys(**keys: Any) -> Paper:
    return expand({"title": "t", "results": "results/t", "tunings": [{**ENTRY, **QUICK, **keys}]}, "test", Path())


def test_repeats_of_another_tuning_are_neither_published_nor_counted(tuned: Path, tmp_path: Path) -> None:
    changed = with_keys(trials=2)
    results = tmp_path / "results"
    shutil.copytree(tuned, results)
    with pytest.raises(DamagedError, match="small: no repeat that all tuners have finished"):
        published(changed, results, tmp_path / "published")
    _, folder = written(tmp_path / "other", **{**QUICK, "trials": 2})
    tune(folder, "random", 0, print)
    shutil.copytree(
        folder / "random" / "repeat-0", results / FOLDER / "small" / "random" / "repeat-0", dirs_exist_ok=True
    )
    assert published(changed, results, tmp_path / "published") == [1]


@pytest.mark.parametrize(("keys", "place"), [({"trials": 2}, "repeat-0"), ({"repeats": 1}, "repeat-1")])
def test_published_repeats_that_the_paper_does_not_have_are_refused(
    tuned: Path, tmp_path: Path, keys: dict[str, Any], place: str
) -> None:
    target = tmp_path / "published"
    assert published(with_keys(), tuned, target) == [2]
    before = (target / "published.json").read_bytes()
    with pytest.raises(ConfigError, match=f"random/{place}: of another tuning; allowed: jobs of this paper's tunings"):
        published(with_keys(**keys), tuned, target)
    assert (target / "published.json").read_bytes() == before
    assert published(with_keys(repeats=3), tuned, target) == [2]


def test_the_command_tells_how_many_repeats_are_published(
    tuned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    keys = {"title": "t", "results": "results/mine", "tunings": [{**ENTRY, **QUICK, "repeats": 3}]}
    Path("mine.yaml").write_text(yaml.safe_dump(keys, sort_keys=False), encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["publish", "mine.yaml"])
    assert ended.value.code == 1
    assert "results/mine/tunings/small: no repeat that all tuners have finished" in capsys.readouterr().err
    shutil.copytree(tuned, "results/mine")
    main(["publish", "mine.yaml"])
    told = capsys.readouterr().out.splitlines()[0]
    assert told == "results/published/mine: 2 of 3 repeats of tuning small"


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
