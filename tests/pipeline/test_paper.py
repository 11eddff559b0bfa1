"""What the rules of the workflow ask of a paper: studies, paths and names of its two folders of results."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from a2c.config import ConfigError
from a2c.config.registration import hash_of, paper_tests
from a2c.pipeline.paper import Results
from a2c.pipeline.reading import read_folders
from a2c.report import kinds
from a2c.runs.files import DamagedError, sealed
from a2c.runs.study import read_study_record
from tests.config.test_registration import paper
from tests.processes import ROOT

STUDIES: list[dict[str, Any]] = [
    {"name": "gamma", "title": "Discount", "grid": {"gamma": [0.9, 0.99]}, "seeds": "0-4"},
    {"name": "envs", "grid": {"env_id": ["CartPole-v1", "Acrobot-v1"]}, "seeds": "0-1"},
]
PAPER: dict[str, Any] = {"title": "T", "results": "out", "seeds_per_job": 3, "studies": STUDIES}


def registered(folder: Path) -> None:
    """A paper with one test in the folder, and its registration."""
    tests = paper_tests(paper(folder))
    entry = {"date": "2026-11-01", "commit": "a" * 40, "tests_sha256": hash_of(tests), "tests": tests}
    (folder / "paper.registered.json").write_text(json.dumps({"paper": "paper.yaml", "registrations": [entry]}))


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Results, Results]:
    monkeypatch.chdir(tmp_path)
    Path("paper.yaml").write_text(yaml.safe_dump(PAPER), encoding="utf-8")
    return read_folders(["paper.yaml"], PAPER, "paper.yaml")


def test_a_paper_has_a_folder_that_is_trained_into_and_one_of_published_runs(folders: tuple[Results, Results]) -> None:
    assert [(results.folder, results.is_published) for results in folders] == [
        ("out", False),
        ("results/published/paper", True),
    ]
    assert [list(results.studies) for results in folders] == [["gamma", "envs"], ["gamma", "envs"]]
    assert [[results.rule_name("draw", batch) for batch in results.batches] for results in folders] == [
        ["draw__gamma", "draw__envs"],
        ["draw_published__1"],
    ]


def test_every_study_is_in_one_batch(folders: tuple[Results, Results], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("a2c.pipeline.paper.TOGETHER", 1)
    for results in folders:
        assert [name for names in results.batches.values() for name in names] == ["gamma", "envs"]
    assert folders[1].batches == {"1": ["gamma"], "2": ["envs"]}
    both = folders[0].manifests("gamma", "envs")
    assert both == list(dict.fromkeys(folders[0].manifests("gamma") + folders[0].manifests("envs")))


def test_the_published_folder_has_the_published_studies_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("paper.yaml").write_text(yaml.safe_dump(PAPER), encoding="utf-8")
    Path("results/published/paper").mkdir(parents=True)
    listed = Path("results/published/paper/published.json")
    listed.write_text(sealed({"studies": ["envs"]}), encoding="utf-8")
    trained, published = read_folders(["paper.yaml"], PAPER, "paper.yaml")
    assert (list(trained.studies), list(published.studies)) == (["gamma", "envs"], ["envs"])
    assert published.record.studies == ["envs"]
    listed.write_text("{}", encoding="utf-8")
    with pytest.raises(DamagedError, match=r"published\.json: damaged"):
        read_folders(["paper.yaml"], PAPER, "paper.yaml")


def test_a_study_names_its_manifests_data_and_drawings(folders: tuple[Results, Results]) -> None:
    trained, _ = folders
    blocks = [path.split("/")[-2] for path in trained.manifests("gamma")]
    assert blocks == ["seeds-0-2", "seeds-3-4"] * 2
    assert all(path.startswith("out/runs/CartPole-v1/") for path in trained.manifests("gamma"))
    assert {
        path.removeprefix("out/runs/").removesuffix("/manifest.json") for path in trained.manifests("gamma")
    } <= set(trained.blocks)
    last = ["out/studies/gamma/claims.csv", "out/studies/gamma/lineage.json"]
    assert trained.data_files(kinds.STUDIES, "gamma")[-2:] == last
    drawn = trained.drawn_files(kinds.STUDIES, "gamma")
    assert {"out/studies/gamma/sensitivity.png", "out/studies/gamma/final.md"} <= set(drawn)
    assert drawn[-1] == "out/studies/gamma/drawn.json"
    assert set(drawn[:-1]) < {*trained.figure_files(), *trained.table_files()}
    assert trained.table_files()[-1] == "out/claims.csv"
    records = {f"out/studies/{name}/drawn.json" for name in trained.studies}
    drawings = {*trained.figure_files(), *trained.table_files()} - {"out/claims.csv"}
    assert set(trained.all_drawn_files()) == drawings | records


def test_a_film_is_of_the_first_study_that_has_the_environment(folders: tuple[Results, Results]) -> None:
    trained, _ = folders
    assert trained.films == {"CartPole-v1": "gamma", "Acrobot-v1": "envs"}
    assert trained.film_inputs("Acrobot-v1")[:2] == ["out/studies/envs/study.json", "out/studies/envs/runs.csv"]
    assert "out/films/Acrobot-v1/films.json" in trained.film_files()


def test_pictures_are_marked_with_their_own_captions(folders: tuple[Results, Results], tmp_path: Path) -> None:
    marks = folders[0].marks(kinds.STUDIES, "gamma")
    assert set(marks) == {path for path in folders[0].drawn_files(kinds.STUDIES, "gamma") if path.endswith(".png")}
    mark = marks["out/studies/gamma/sensitivity.png"]
    assert (mark.category, mark.labels) == ("01 Discount", {"figure": "Sensitivity"})
    assert mark.caption == str(tmp_path / "out/studies/gamma/sensitivity.txt")


def test_a_key_that_is_written_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "paper.yaml").write_text("title: T\ntitle: U\n")
    with pytest.raises(ConfigError, match="title: written twice"):
        read_folders([str(tmp_path / "paper.yaml")], PAPER, "paper.yaml")


def test_a_file_in_the_place_of_the_results_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("paper.yaml").write_text(yaml.safe_dump(PAPER), encoding="utf-8")
    Path("file").touch()
    with pytest.raises(ConfigError, match=r"results: 'file/out' is not allowed; allowed: a folder; file is a file"):
        read_folders(["paper.yaml"], {**PAPER, "results": "file/out"}, "paper.yaml")


def test_jobs_find_modules_beside_the_paper_and_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:/nowhere:")
    own = {"name": "own", "base": {"modules": ["walks"]}, "grid": {"gamma": [0.9, 0.99]}, "seeds": "0-1"}
    examples = ROOT / "examples" / "walks"
    for studies, modules, folders in (
        ([own], ["walks"], [str(examples), str(tmp_path)]),
        (STUDIES, [], []),
    ):
        content = {**PAPER, "studies": studies}
        trained, _ = read_folders([str(examples / "corridor.yaml")], content, "paper.yaml")
        assert (list(trained.modules), list(trained.module_folders)) == (modules, folders)


def test_a_registered_paper_is_described_with_its_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    registered(tmp_path)
    content = yaml.safe_load(Path("paper.yaml").read_text(encoding="utf-8"))
    trained, _ = read_folders(["paper.yaml"], content, "paper.yaml")
    assert trained.registration == str(tmp_path / "paper.registered.json")
    registration = trained.studies["rate"].registration
    assert registration is not None
    assert registration.history[0].tests == registration.tests
    Path("study.json").write_text(trained.studies["rate"].text, encoding="utf-8")
    assert read_study_record(tmp_path).registration == registration


def test_no_two_rules_have_one_name_whatever_studies_are_called(folders: tuple[Results, Results]) -> None:
    trained, published = folders
    names = [trained.rule_name("draw", name) for name in ("published_1", "published__1", "tuning_x", "gradients_x")]
    names += [trained.rule_name("draw_tuning", "x"), trained.rule_name("draw_gradients", "x")]
    names += [published.rule_name("draw", "1"), published.rule_name("draw_tuning", "x")]
    assert len(set(names)) == len(names)


def test_a_record_that_cannot_be_read_is_outdated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("paper.yaml").write_text(yaml.safe_dump(PAPER), encoding="utf-8")
    _, published = read_folders(["paper.yaml"], PAPER, "paper.yaml")
    path = Path(published.folder, "studies", "gamma", "study.json")
    path.parent.mkdir(parents=True)
    for content, outdated in ((published.studies["gamma"].text.encode(), []), (b"\xff\xfe{}", [str(path)])):
        path.write_bytes(content)
        assert published.outdated_records() == outdated
