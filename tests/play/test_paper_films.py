"""The films of a paper: which seeds are filmed, and which films are kept."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from a2c.play.paper_films import COLUMNS, chosen_seeds, write_films
from a2c.runs import manifest
from a2c.runs.files import sealed
from a2c.runs.study import STUDY, ConfigurationRecord, StudyRecord
from tests.report.synthetic_study import write_tables

ENVIRONMENT, CONFIGURATION = "CartPole-v1", "a2c_small"
pytestmark = pytest.mark.usefixtures("unsettled")


@pytest.fixture(scope="module")
def filmed(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with a study whose baseline is trained and filmed. Do not change it: copy it."""
    results = tmp_path_factory.mktemp("filmed")
    add_films(results, trained)
    return results


def add_films(results: Path, trained: Path) -> None:
    """Add a study of one configuration, `trained`, as far as films need it, and its films."""
    shutil.copytree(trained, results / "runs" / "place")
    one = ConfigurationRecord(CONFIGURATION, ENVIRONMENT, {"learning_rate": 7e-4}, 475.0, {}, ["place"])
    study = StudyRecord(
        name="played", title="Played", description="", base={}, axes={"learning_rate": [7e-4]}, scales={},
        baseline={"learning_rate": 7e-4}, total_steps=4000, seeds=[0, 1, 2], tuning_seeds=[], configurations=[one],
        claims=[])  # fmt: skip
    folder = results / "studies" / study.name
    folder.mkdir(parents=True)
    (folder / STUDY).write_text(study.text)
    rows = [(CONFIGURATION, seed, "finished", value) for seed, value in enumerate([9.0, 30.0, 20.0])]
    write_tables(folder, study, {"runs": pd.DataFrame(rows, columns=COLUMNS)})
    write_films(folder, ENVIRONMENT)


def films_of(results: Path) -> list[dict[str, Any]]:
    """The entries of films.json."""
    films: list[dict[str, Any]] = json.loads((results / "films" / ENVIRONMENT / "films.json").read_text())["films"]
    return films


def test_the_best_and_the_median_seed_are_filmed_and_the_film_is_the_recorded_episode(filmed: Path) -> None:
    best, median = films_of(filmed)
    assert [(one["role"], one["seed"], one["n_seeds"]) for one in (best, median)] == [("best", 1, 3), ("median", 2, 3)]
    for one in (best, median):
        assert one["return"] == one["recorded"] > 0
        assert (filmed / "films" / ENVIRONMENT / one["file"]).stat().st_size < 500_000


@pytest.mark.parametrize(
    ("returns", "seeds"),
    [([1, 3, 2, 4], [3, 2]), ([5, 5, 5], [0, 1]), ([2, 1], [0, 1]), ([7], [0]), ([None, 4], [1]), ([None], [])],
)
def test_the_first_of_tied_seeds_is_filmed_and_failed_seeds_are_not(returns: list[Any], seeds: list[int]) -> None:
    rows = [("c", seed, "diverged" if one is None else "finished", one) for seed, one in enumerate(returns)]
    rows.append(("c", 99, "finished", 1e9))  # a tuning seed
    chosen = chosen_seeds(pd.DataFrame(rows, columns=COLUMNS), "c", range(len(returns)))
    assert [one["seed"] for one in chosen.values()] == seeds
    assert all(one["n_seeds"] == len(returns) for one in chosen.values())


def test_a_second_time_gives_the_same_bytes(filmed: Path, tmp_path: Path) -> None:
    shutil.copytree(filmed, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "films")
    write_films(tmp_path / "studies" / "played", ENVIRONMENT)
    films = list((filmed / "films").rglob("*.*"))
    assert films
    for path in films:
        assert (tmp_path / path.relative_to(filmed)).read_bytes() == path.read_bytes()


def test_without_weights_films_of_the_same_runs_are_kept_and_others_go(filmed: Path, tmp_path: Path) -> None:
    shutil.copytree(filmed, tmp_path, dirs_exist_ok=True)
    run = tmp_path / "runs" / "place"
    (run / "weights.npz").unlink()
    manifest.leave_out(run, manifest.read(run), ["weights.npz"], {})
    write_films(tmp_path / "studies" / "played", ENVIRONMENT)
    assert films_of(tmp_path) == films_of(filmed)
    (tmp_path / "films" / ENVIRONMENT / "best.gif").write_bytes(b"another")
    write_films(tmp_path / "studies" / "played", ENVIRONMENT)
    assert [one["role"] for one in films_of(tmp_path)] == ["median"]
    shutil.rmtree(tmp_path / "films")
    write_films(tmp_path / "studies" / "played", ENVIRONMENT)
    assert films_of(tmp_path) == []


def test_a_film_is_kept_if_seeds_are_added(filmed: Path, tmp_path: Path) -> None:
    shutil.copytree(filmed, tmp_path, dirs_exist_ok=True)
    run = tmp_path / "runs" / "place"
    (run / "weights.npz").unlink()
    manifest.leave_out(run, manifest.read(run), ["weights.npz"], {})
    listed = tmp_path / "films" / ENVIRONMENT / "films.json"
    before = json.loads(listed.read_text())
    fewer = {**before, "films": [{**one, "n_seeds": 2} for one in before["films"]]}
    listed.write_text(sealed({key: value for key, value in fewer.items() if key != "sha256"}))
    write_films(tmp_path / "studies" / "played", ENVIRONMENT)
    assert films_of(tmp_path) == films_of(filmed)
