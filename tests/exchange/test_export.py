"""Export of a paper as a Workflow Run RO-Crate: valid by the standard's own validator, reproducible bytes."""

import hashlib
import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from rocrate.rocrate import ROCrate

from a2c.config import ConfigError
from a2c.exchange.export import export
from a2c.runs import manifest
from a2c.runs.files import SEAL, DamagedError, sealed
from a2c.runs.study import PaperRecord, read_study_record
from tests.commands import a2c_says
from tests.oracle.ro_crate import findings
from tests.processes import ROOT

PUBLISHED = ROOT / "results" / "published" / "paper"
NEEDS_A_PUBLIC_ADDRESS = {
    "process-run-crate-0.5_3.2",  # a URL of the software
    "process-run-crate-0.5_5.1",  # its id a URL
    "ro-crate-1.1_31.2",  # a URL of the authors
    "ro-crate-1.1_22.3",  # a publisher
    "workflow-ro-crate-1.0_8.1",  # conformance to Bioschemas, which asks for such URLs
}


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the published paper: one study and two of its configurations, trained by an earlier version."""
    folder = tmp_path_factory.mktemp("paper")
    for name in ("paper.json", "claims.csv", "claims.md", "studies/max_grad_norm_article"):
        copy = shutil.copytree if (PUBLISHED / name).is_dir() else shutil.copyfile
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy(PUBLISHED / name, folder / name)
    for runs in sorted(PUBLISHED.glob("runs/CartPole-v1/a2c_max-grad-norm-[05]*")):
        shutil.copytree(runs, folder / "runs" / "CartPole-v1" / runs.name)
    for path in folder.rglob(manifest.NAME):
        content = {key: value for key, value in json.loads(path.read_text()).items() if key != SEAL}
        content["code"]["sources_sha256"] = "ab" * 32
        path.write_text(sealed(content, sort_keys=True))
    return folder


@pytest.fixture(scope="module")
def crate(paper: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("crate") / "crate.zip"
    export(paper, out, None)
    return out


@pytest.fixture
def trained_paper(trained: Path, tmp_path: Path) -> Path:
    """A paper of runs that were trained by the present code."""
    folder = tmp_path / "paper"
    shutil.copytree(trained, folder / "runs" / "CartPole-v1" / "configuration" / "seeds-0-2")
    (folder / "paper.json").write_text(PaperRecord("Three runs", "", [], []).text)
    return folder


def entities(crate: Path, kind: str) -> list[Any]:
    return ROCrate(crate).get_by_type(kind)


def test_the_standards_validator_finds_nothing_that_is_required(crate: Path, tmp_path: Path) -> None:
    assert findings(crate, "REQUIRED", tmp_path / "cache") == []


@pytest.mark.slow
def test_what_is_recommended_and_missing_needs_a_public_address(crate: Path, tmp_path: Path) -> None:
    assert {check for check, _ in findings(crate, "RECOMMENDED", tmp_path / "cache")} <= NEEDS_A_PUBLIC_ADDRESS


def test_the_validator_would_find_an_action_without_its_instrument(crate: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(crate, tmp_path / "crate")
    path = tmp_path / "crate" / "ro-crate-metadata.json"
    path.write_text(path.read_text().replace('"instrument"', '"participant"'))
    messages = " ".join(message for _, message in findings(tmp_path / "crate", "REQUIRED", tmp_path / "cache"))
    assert "instrument" in messages


def test_every_file_of_the_paper_is_in_the_crate_byte_for_byte(paper: Path, crate: Path) -> None:
    read = ROCrate(crate)
    for path in paper.rglob("*"):
        if path.is_file():
            entity = read.get(f"results/{path.relative_to(paper).as_posix()}")
            data = Path(read.source, entity.id).read_bytes()
            assert data == path.read_bytes()
            assert entity["sha256"] == hashlib.sha256(data).hexdigest(), path


def test_the_action_of_a_training_has_code_configuration_and_files(paper: Path, crate: Path) -> None:
    manifests = {path: json.loads(path.read_text()) for path in paper.glob("runs/*/*/*/manifest.json")}
    trainings = {action["name"]: action for action in entities(crate, "CreateAction") if "#train" in action.id}
    assert len(trainings) == len(manifests) > 1
    for path, content in manifests.items():
        place = path.parent.relative_to(paper).as_posix()
        action = trainings[f"training of {place}"]
        assert action["instrument"]["sha256"] == content["code"]["sources_sha256"]
        assert json.loads(action["object"][0]["value"]) == content["configuration"]
        kept = {*content["files"], "manifest.json"} - {"weights.npz"}  # which was not published
        assert {entity.id for entity in action["result"]} == {f"results/{place}/{name}" for name in kept}
        assert action["startTime"] == content["timings"]["sessions"][0]["started"]


def test_the_action_of_the_workflow_has_the_paper_and_its_tables(crate: Path) -> None:
    (action,) = [action for action in entities(crate, "CreateAction") if action.id == "#workflow-run"]
    assert action["instrument"].id == "code/Snakefile"
    assert "results/paper.json" in [entity.id for entity in action["object"]]
    assert "results/studies/max_grad_norm_article/summary.csv" in [entity.id for entity in action["result"]]


def test_runs_of_an_earlier_version_are_not_attributed_to_the_code_in_the_crate(crate: Path) -> None:
    (sources,) = [entity for entity in entities(crate, "SoftwareSourceCode") if entity.id.startswith("#sources")]
    assert sources.get("hasPart") is None


def test_runs_of_this_version_are_attributed_to_the_code_in_the_crate(trained_paper: Path, tmp_path: Path) -> None:
    export(trained_paper, tmp_path / "crate", None)
    (sources,) = [
        entity for entity in entities(tmp_path / "crate", "SoftwareSourceCode") if entity.id.startswith("#sources")
    ]
    assert "code/a2c/learn/learner.py" in [part.id for part in sources["hasPart"]]


def test_the_same_results_give_the_same_bytes(paper: Path, crate: Path, tmp_path: Path) -> None:
    shutil.copytree(paper, tmp_path / "elsewhere")
    for path in (tmp_path / "elsewhere").rglob("*"):
        os.utime(path, (0, 0))
    export(tmp_path / "elsewhere", tmp_path / "again.zip", None)
    assert (tmp_path / "again.zip").read_bytes() == crate.read_bytes()


def test_the_author_option_replaces_the_authors_of_the_citation_file(trained_paper: Path, tmp_path: Path) -> None:
    export(trained_paper, tmp_path / "crate", "Ada Lovelace")
    assert ROCrate(tmp_path / "crate").root_dataset["author"]["name"] == "Ada Lovelace"


@pytest.mark.slow
def test_a_container_is_recorded_by_its_digest_and_the_crate_is_valid(trained_paper: Path, tmp_path: Path) -> None:
    (folder,) = trained_paper.glob("runs/*/*/*")
    content = manifest.read(folder)
    del content["sha256"]
    manifest.write(folder, list(content["files"]), {**content, "container": f"sha256:{'ab' * 32}"})
    export(trained_paper, tmp_path / "crate", None)
    (image,) = entities(tmp_path / "crate", "ContainerImage")
    assert image["sha256"] == "ab" * 32
    assert findings(tmp_path / "crate", "REQUIRED", tmp_path / "cache") == []


def test_unfinished_trainings_are_left_out(trained_paper: Path, tmp_path: Path) -> None:
    unfinished = trained_paper / "runs" / "CartPole-v1" / "other" / "seeds-0-2"
    unfinished.mkdir(parents=True)
    (unfinished / "checkpoint.npz").write_bytes(b"half")
    export(trained_paper, tmp_path / "crate", None)
    assert not list((tmp_path / "crate").rglob("checkpoint.npz"))


def test_a_damaged_file_is_named_and_nothing_is_left_behind(trained_paper: Path, tmp_path: Path) -> None:
    (metrics,) = trained_paper.rglob("metrics.parquet")
    metrics.write_bytes(metrics.read_bytes()[:-1])
    (tmp_path / "out").mkdir()
    with pytest.raises(DamagedError, match=r"metrics\.parquet: damaged"):
        export(trained_paper, tmp_path / "out" / "crate", None)
    assert not list((tmp_path / "out").iterdir())


def test_a_sparse_file_among_the_tables_is_refused_at_once(trained_paper: Path, tmp_path: Path) -> None:
    with (trained_paper / "claims.md").open("wb") as file:  # found by benchmarks.fuzz, file 385
        file.truncate(10 << 30)
    with pytest.raises(DamagedError, match=r"claims\.md: larger than 268,435,456 bytes"):
        export(trained_paper, tmp_path / "crate.zip", None)


def test_files_over_the_limit_of_the_plain_format_can_be_zipped(
    trained_paper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)  # in place of 2 GiB
    export(trained_paper, tmp_path / "crate.zip", None)
    with zipfile.ZipFile(tmp_path / "crate.zip") as archive:
        assert archive.testzip() is None


def test_a_folder_without_a_paper_is_refused_in_one_line(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    shutil.copytree(trained, tmp_path / "runs" / "block")
    done = a2c_says("export", tmp_path, "--out", tmp_path.parent / f"{tmp_path.name}-crate")
    assert done.returncode == 1
    assert done.stderr.startswith(f"a2c: {tmp_path / 'paper.json'}: missing")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("out", ["taken", "paper/crate"])
def test_an_output_that_exists_or_lies_in_the_results_is_refused(trained_paper: Path, tmp_path: Path, out: str) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(ConfigError, match=r"--out: .* allowed: a"):
        export(trained_paper, tmp_path / out, None)


def test_a_paper_of_tunings_alone_is_refused_in_one_line(tmp_path: Path) -> None:
    content = json.loads((PUBLISHED / "paper.json").read_text())
    changed = {**content, "studies": [], "gradients": [], "claims": [], "tunings": ["cartpole"]}
    (tmp_path / "paper.json").write_text(sealed({key: value for key, value in changed.items() if key != SEAL}))
    with pytest.raises(ConfigError, match="a paper of tunings alone; allowed: one with studies"):
        export(tmp_path, tmp_path.parent / "crate.zip", None)


def test_a_paper_that_takes_published_runs_is_refused(paper: Path, tmp_path: Path) -> None:
    results = shutil.copytree(paper, tmp_path / "results" / "paper")
    path = results / "studies" / "max_grad_norm_article" / "study.json"
    study = read_study_record(path.parent)
    for one in study.configurations:
        one.blocks[0] = f"../../published/paper/runs/{one.blocks[0]}"
    path.write_text(study.text)
    published = tmp_path / "results" / "published" / "paper"
    with pytest.raises(ConfigError, match=rf"takes runs from {published}; allowed: a paper that is trained whole"):
        export(results, tmp_path / "crate", None)
