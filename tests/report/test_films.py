"""The films of a paper: which seeds are shown, where the films come from, how the page shows them."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from a2c.report import films
from a2c.report.films import _cast, write_films
from a2c.report.page.page import page
from a2c.runs import manifest
from a2c.runs.files import DamagedError, sealed
from tests.report.page.test_page import Elements, own_script, words_of
from tests.report.synthetic_study import write_tables

ENVIRONMENT, CONFIGURATION = "CartPole-v1", "a2c_small"
pytestmark = pytest.mark.usefixtures("unsettled")


@pytest.fixture(scope="module")
def filmed(trained: Path, drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drawn studies, with the baseline of the first one trained and filmed. Do not change it: copy it."""
    results = tmp_path_factory.mktemp("filmed")
    shutil.copytree(drawn, results, dirs_exist_ok=True)
    shutil.copytree(trained, results / "runs" / "place")
    add_study(results)
    write_films(results / "studies" / "played", ENVIRONMENT)
    return results


def add_study(results: Path) -> None:
    """A study of the configuration `trained`, with the files that films need."""
    evaluation = {0: 9.0, 1: 30.0, 2: 20.0}
    study = {
        "name": "played", "title": "Played", "axes": {"learning_rate": [7e-4]}, "baseline": {"learning_rate": 7e-4},
        "seeds": [0, 1, 2],
        "configurations": [{"configuration": CONFIGURATION, "env_id": ENVIRONMENT, "point": {"learning_rate": 7e-4},
                            "blocks": ["place"]}],
    }  # fmt: skip
    folder = results / "studies" / "played"
    folder.mkdir()
    (folder / "study.json").write_text(sealed(study))
    rows = [(CONFIGURATION, seed, "finished", value) for seed, value in evaluation.items()]
    write_tables(folder, study, {"runs": pd.DataFrame(rows, columns=films.RUN)})


def told(results: Path) -> list[dict[str, Any]]:
    held: list[dict[str, Any]] = json.loads((results / "films" / ENVIRONMENT / "films.json").read_text())["films"]
    return held


def html_of(results: Path, paper: dict[str, Any]) -> str:
    page(results, paper, results / "index.html")
    return (results / "index.html").read_text(encoding="utf-8")


def test_the_best_and_the_median_seed_are_filmed_and_the_film_is_the_recorded_episode(filmed: Path) -> None:
    best, median = told(filmed)
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
    cast = _cast(pd.DataFrame(rows, columns=films.RUN), "c", range(len(returns)))
    assert [one["seed"] for one in cast.values()] == seeds
    assert all(one["n_seeds"] == len(returns) for one in cast.values())


def test_a_second_time_gives_the_same_bytes(filmed: Path, tmp_path: Path) -> None:
    shutil.copytree(filmed, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "films")
    write_films(tmp_path / "studies" / "played", ENVIRONMENT)
    for path in (filmed / "films").rglob("*.*"):
        assert (tmp_path / path.relative_to(filmed)).read_bytes() == path.read_bytes()


def test_without_weights_films_of_the_same_runs_are_kept_and_others_go(filmed: Path, tmp_path: Path) -> None:
    shutil.copytree(filmed, tmp_path, dirs_exist_ok=True)
    run = tmp_path / "runs" / "place"
    (run / "weights.npz").unlink()
    manifest.leave_out(run, manifest.read(run), ["weights.npz"])
    write_films(tmp_path / "studies" / "played", ENVIRONMENT)
    assert told(tmp_path) == told(filmed)
    (tmp_path / "films" / ENVIRONMENT / "best.gif").write_bytes(b"another")
    write_films(tmp_path / "studies" / "played", ENVIRONMENT)
    assert [one["role"] for one in told(tmp_path)] == ["median"]
    shutil.rmtree(tmp_path / "films")
    write_films(tmp_path / "studies" / "played", ENVIRONMENT)
    assert told(tmp_path) == []


def test_a_film_is_kept_if_seeds_are_added(filmed: Path, tmp_path: Path) -> None:
    shutil.copytree(filmed, tmp_path, dirs_exist_ok=True)
    run = tmp_path / "runs" / "place"
    (run / "weights.npz").unlink()
    manifest.leave_out(run, manifest.read(run), ["weights.npz"])
    listed = tmp_path / "films" / ENVIRONMENT / "films.json"
    before = json.loads(listed.read_text())
    fewer = {**before, "films": [{**one, "n_seeds": 2} for one in before["films"]]}
    listed.write_text(sealed({key: value for key, value in fewer.items() if key != "sha256"}))
    write_films(tmp_path / "studies" / "played", ENVIRONMENT)
    assert told(tmp_path) == told(filmed)


def test_the_page_shows_stills_with_captions_and_plays_on_request_only(filmed: Path, paper: dict[str, Any]) -> None:
    html = html_of(filmed, paper)
    found = Elements(html)
    assert [a["id"] for tag, a in found.elements if tag == "h2"][:3] == ["in-short", "verdicts", "films"]
    shown = [a for tag, a in found.elements if a.get("class") == "film"]
    assert [a["id"] for a in shown] == ["film-CartPole-v1-best", "film-CartPole-v1-median"]
    assert all(a["data-film"].startswith("data:image/gif;base64,") for a in shown)
    assert not any(a["src"].startswith("data:image/gif") for tag, a in found.elements if tag == "img")
    assert "The best of 3 seeds by mean return of the sampled evaluation episodes (30.0): seed 1." in words_of(found)
    assert f"return {told(filmed)[0]['return']:.1f} in " in words_of(found)
    for tag, attributes in found.elements:
        if tag == "a" and attributes["href"].startswith("films/"):
            assert (filmed / attributes["href"]).is_file()
    assert not re.search(r"https?:", own_script(html))


def test_films_beyond_the_size_limit_of_the_page_are_linked(
    filmed: Path, paper: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(filmed, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(films, "EMBEDDED", (filmed / "films" / ENVIRONMENT / "best.gif").stat().st_size)
    found = Elements(html_of(tmp_path, paper))
    assert ["data-film" in a for _, a in found.elements if a.get("class") == "film"] == [True, False]
    assert sum(tag == "a" and a["href"] == "films/CartPole-v1/median.gif" for tag, a in found.elements) == 2


def test_a_paper_without_films_has_no_section_of_films(drawn: Path, paper: dict[str, Any], tmp_path: Path) -> None:
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    assert 'id="films"' not in html_of(tmp_path, paper)
    (tmp_path / "films" / ENVIRONMENT).mkdir(parents=True)
    (tmp_path / "films" / ENVIRONMENT / "films.json").write_text(
        sealed({"env_id": ENVIRONMENT, "study": "again", "title": "", "setting": "", "mode": "sampled", "films": []})
    )
    assert 'id="films"' not in html_of(tmp_path, paper)


def test_a_damaged_film_is_named(filmed: Path, paper: dict[str, Any], tmp_path: Path) -> None:
    shutil.copytree(filmed, tmp_path, dirs_exist_ok=True)
    victim = tmp_path / "films" / ENVIRONMENT / "median.gif"
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(DamagedError, match=r"median\.gif: damaged"):
        html_of(tmp_path, paper)
    victim.unlink()
    with pytest.raises(DamagedError, match=r"median\.gif: missing"):
        html_of(tmp_path, paper)
