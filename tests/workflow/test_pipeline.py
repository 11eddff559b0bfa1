"""The pipeline in real processes: what it creates, what it trains again, what it refuses."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from a2c.config import configuration
from a2c.report.drawn import read_drawn, write_drawn
from a2c.runs.layout import SeedBlock
from tests.processes import ROOT, contents, held_up, run_snakemake

STUDY = {
    "name": "learning_rate",
    "base": {"hidden_sizes": [16, 16], "total_steps": 2000, "eval_episodes": 2},
    "grid": {"learning_rate": [1e-2, 7e-4]},
    "seeds": "0-4",
}
TABLES_ONLY = ("--", "data")  # after the config files, whose number is open
CLAIMS = """
claims:
  - {id: best, says: Nothing is better., where: Here, study: learning_rate, why: To see., measure: final_return,
     subject: {learning_rate: 7e-4}, test: higher, reference: others, margin: 1}
  - {id: elsewhere, says: More is better., where: There, study: n_envs, why: To see., measure: auc,
     subject: {n_envs: 8}, test: at_least, value: 1}
"""
PAPER = {"title": "Test", "results": "results", "seeds_per_job": 3, "claims": "claims.yaml", "studies": [STUDY]}


BLOCK = SeedBlock(configuration({**STUDY["base"], "learning_rate": 1e-2}, "the test"), 0, 2).path
HELD_UP = Path("results", "runs", BLOCK)


def start_snakemake(folder: Path, config: str, cores: str) -> subprocess.Popen[bytes]:
    """Start the pipeline up to the tables, and return when its first training, which is held up, has begun."""
    log = folder / "results" / "logs" / "train" / f"{BLOCK}.log"
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    command += ["--profile", str(ROOT / "profiles" / "default"), "--cores", cores, "--configfile", config, *TABLES_ONLY]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=ROOT, stdout=quiet, stderr=quiet, start_new_session=True)
    while not log.exists() or "waiting for it" not in log.read_text():
        assert process.poll() is None
        time.sleep(0.01)
    return process


def write_paper(folder: Path, change: Callable[[dict[str, Any]], None] = lambda paper: None) -> str:
    paper = json.loads(json.dumps(PAPER))
    change(paper)
    (folder / "claims.yaml").write_text(CLAIMS)
    (folder / "paper.yaml").write_text(yaml.safe_dump(paper))
    return str(folder / "paper.yaml")


def runs_and_tables(folder: Path) -> dict[str, bytes]:
    held = contents(folder / "results", ["logs"])
    return {name: data for name, data in held.items() if name.startswith("runs/") or name.endswith("curves.csv")}


def trained_blocks(results: Path) -> dict[str, int]:
    """When each seed block was trained."""
    return {
        path.parent.relative_to(results).as_posix(): path.stat().st_mtime_ns for path in results.rglob("manifest.json")
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished paper, made with one core."""
    folder = tmp_path_factory.mktemp("finished")
    done = run_snakemake(folder, "--cores", "1", "--configfile", write_paper(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def copy_of(finished: Path, tmp_path: Path) -> Path:
    """A copy in which nothing is out of date, because it includes Snakemake's own records."""
    shutil.copytree(finished, tmp_path / "copy", copy_function=shutil.copy2, symlinks=True)
    return tmp_path / "copy"


@pytest.mark.slow
def test_one_core_and_two_give_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    done = run_snakemake(tmp_path, "--cores", "2", "--configfile", write_paper(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert contents(tmp_path / "results", ["logs"]) == contents(finished / "results", ["logs"])


@pytest.mark.slow
def test_a_second_time_there_is_nothing_to_do(finished: Path) -> None:
    done = run_snakemake(finished, "--cores", "1", "--configfile", str(finished / "paper.yaml"))
    assert done.returncode == 0
    assert "Nothing to be done" in done.stdout + done.stderr


@pytest.mark.slow
def test_a_figure_that_only_the_last_drawing_had_is_removed(finished: Path, tmp_path: Path) -> None:
    folder = copy_of(finished, tmp_path)
    study = folder / "results" / "studies" / "learning_rate"
    (study / "old.png").write_text("a figure of an earlier version")
    write_drawn(study, [study / name for name in (*read_drawn(study), "old.png")])
    again = ("--forcerun", "draw__learning_rate", "--cores", "1", "--configfile", str(folder / "paper.yaml"))
    run_snakemake(folder, *again, "--", "figures", timeout=300)
    assert not (study / "old.png").exists()
    assert (study / "learning_curves.png").exists()


@pytest.mark.slow
def test_the_page_shows_every_figure(finished: Path) -> None:
    page = (finished / "results" / "studies" / "learning_rate" / "index.html").read_text()
    figures = [path.stem for path in (finished / "results" / "studies" / "learning_rate").glob("*.png")]
    assert figures
    assert all(figure in page for figure in figures)


@pytest.mark.slow
def test_the_page_shows_a_film_of_the_baseline(finished: Path) -> None:
    films = json.loads((finished / "results" / "films" / "CartPole-v1" / "films.json").read_text())["films"]
    assert [film["role"] for film in films] == ["best", "median"]
    assert all(film["return"] == film["recorded"] for film in films)


@pytest.mark.slow
def test_every_claim_has_a_verdict_or_says_why_not(finished: Path) -> None:
    with open(finished / "results" / "claims.csv", encoding="utf-8", newline="") as file:
        best, elsewhere = csv.DictReader(file)
    assert best["verdict"] in ("supported", "contradicted", "inconclusive")
    assert best["test"].startswith("final return at learning rate 0.0007: higher")
    assert (elsewhere["verdict"], elsewhere["test"]) == (
        "not tested yet",
        "Its study, n_envs, is not in this paper.",
    )


@pytest.mark.slow
def test_adding_a_value_trains_only_that_one(finished: Path, tmp_path: Path) -> None:
    folder = copy_of(finished, tmp_path)
    before = trained_blocks(folder / "results")
    config = write_paper(folder, lambda paper: paper["studies"][0]["grid"]["learning_rate"].append(1e-4))
    done = run_snakemake(folder, "--cores", "2", "--configfile", config, *TABLES_ONLY)
    assert done.returncode == 0, done.stdout + done.stderr
    after = trained_blocks(folder / "results")
    assert {place: after[place] for place in before} == before
    assert {place.split("/")[2].rsplit("_", 1)[0] for place in after.keys() - before.keys()} == {
        "a2c_hidden-sizes-16-16-learning-rate-0.0001-total-steps-2000-eval-episodes-2"
    }


@pytest.mark.slow
def test_adding_seeds_trains_only_those(finished: Path, tmp_path: Path) -> None:
    folder = copy_of(finished, tmp_path)
    before = trained_blocks(folder / "results")
    config = write_paper(folder, lambda paper: paper["studies"][0].update(seeds="0-6"))
    done = run_snakemake(folder, "--cores", "2", "--configfile", config, *TABLES_ONLY)
    assert done.returncode == 0, done.stdout + done.stderr
    after = trained_blocks(folder / "results")
    assert {place: after[place] for place in before} == before
    assert {place.rsplit("/", 1)[1] for place in after.keys() - before.keys()} == {"seeds-5-6"}
    runs = (folder / "results" / "studies" / "learning_rate" / "runs.csv").read_text()
    assert len(runs.splitlines()) == 1 + 2 * 7


@pytest.mark.slow
def test_a_study_that_shares_configurations_trains_nothing(finished: Path, tmp_path: Path) -> None:
    folder = copy_of(finished, tmp_path)
    before = trained_blocks(folder / "results")
    config = write_paper(folder, lambda paper: paper["studies"].append({**STUDY, "name": "again", "seeds": "0-3"}))
    done = run_snakemake(folder, "--cores", "2", "--configfile", config, *TABLES_ONLY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert trained_blocks(folder / "results") == before
    assert (folder / "results" / "studies" / "again" / "summary.csv").exists()


@pytest.mark.slow
def test_a_damaged_result_stops_the_aggregation_and_is_named(finished: Path, tmp_path: Path) -> None:
    folder = copy_of(finished, tmp_path)
    victim = next((folder / "results" / "runs").rglob("episodes.parquet"))
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    config = write_paper(folder, lambda paper: paper["studies"][0].update(title="Renamed"))
    done = run_snakemake(folder, "--cores", "1", "--configfile", config)
    assert done.returncode != 0
    told = done.stdout + done.stderr
    assert f"{victim.relative_to(folder)}: damaged (its checksum is not the manifest's)" in told
    assert "Traceback" not in told


@pytest.mark.slow
def test_the_pipeline_killed_and_started_again_gives_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    config = write_paper(tmp_path)
    for _ in range(2):
        with held_up(tmp_path / HELD_UP):
            process = start_snakemake(tmp_path, config, "2")
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    done = run_snakemake(tmp_path, "--cores", "2", "--configfile", config, *TABLES_ONLY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert runs_and_tables(tmp_path) == runs_and_tables(finished)


@pytest.mark.slow
def test_snakemake_killed_alone_leaves_jobs_whose_results_are_reused(finished: Path, tmp_path: Path) -> None:
    config = write_paper(tmp_path)
    with held_up(tmp_path / HELD_UP):
        process = start_snakemake(tmp_path, config, "2")
        process.kill()
        process.wait()
    done = run_snakemake(tmp_path, "--cores", "2", "--configfile", config, *TABLES_ONLY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert runs_and_tables(tmp_path) == runs_and_tables(finished)
    for path in tmp_path.rglob("manifest.json"):
        assert len(json.loads(path.read_text())["timings"]["sessions"]) == 1


@pytest.mark.slow
def test_a_study_that_is_published_alone_is_drawn_without_the_others(finished: Path, tmp_path: Path) -> None:
    folder = copy_of(finished, tmp_path)
    untrained = {**STUDY, "name": "other", "grid": {"n_steps": [5, 7]}}
    config = write_paper(folder, lambda paper: paper["studies"].append(untrained))
    command = [sys.executable, "-m", "a2c", "publish", config, "--study", "learning_rate"]
    subprocess.run(command, check=True, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)})
    draw = ("--cores", "1", "--configfile", config, "--", "published")
    done = run_snakemake(folder, *draw)
    assert done.returncode == 0, done.stdout + done.stderr
    published = folder / "results" / "published" / "paper"
    assert json.loads((published / "paper.json").read_text())["studies"] == ["learning_rate"]

    before = contents(published, ["logs"])
    (published / "studies" / "learning_rate" / "seed_curves.csv").unlink()  # as in a clone: it is not in git
    done = run_snakemake(folder, *draw)
    assert done.returncode == 0, done.stdout + done.stderr
    assert contents(published, ["logs"]) == before


def test_two_pipelines_in_one_folder_are_refused(tmp_path: Path) -> None:
    config = write_paper(tmp_path)
    with held_up(tmp_path / HELD_UP):
        first = start_snakemake(tmp_path, config, "1")
        second = run_snakemake(tmp_path, "--cores", "1", "--configfile", config)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert second.returncode == 2
    assert "a2c: results: another snakemake is running here; allowed: one at a time" in second.stderr


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda paper: paper["studies"][0]["grid"].update(learning_rate=[1e-2, -1]),
            "studies.learning_rate.grid.learning_rate[1]: -1 is not allowed; allowed: a number of at least 0",
        ),
        (
            lambda paper: paper["studies"][0]["base"].update(env_id="CartPol-v1"),
            "studies.learning_rate.env_id: 'CartPol-v1' is not allowed; allowed: an id that Gymnasium knows; did",
        ),
        (
            lambda paper: paper["studies"][0].update(tuning_seeds="4-6"),
            "studies.learning_rate.tuning_seeds: 4 is not allowed; allowed: seeds that are not among the reporting",
        ),
        (lambda paper: paper.update(titel="x"), "titel: unknown key; did you mean title?"),
    ],
)
def test_a_dry_run_finds_mistakes_in_one_line(
    change: Callable[[dict[str, Any]], None], told: str, tmp_path: Path
) -> None:
    config = write_paper(tmp_path, change)
    done = run_snakemake(tmp_path, "-n", "--cores", "1", "--configfile", config)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"a2c: {os.path.relpath(config, tmp_path)}: {told}")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_diverged_runs_are_counted_in_the_tables_beside_sane_ones(tmp_path: Path) -> None:
    config = write_paper(tmp_path, lambda paper: paper["studies"][0]["grid"].update(learning_rate=[1e12, 7e-4]))
    done = run_snakemake(tmp_path, "--cores", "2", "--configfile", config, "--", "tables")
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path / "results" / "studies" / "learning_rate"
    with open(folder / "summary.csv", encoding="utf-8") as file:
        summary = {row["learning_rate"]: row for row in csv.DictReader(file)}
    assert {rate: (row["n_failed"], row["n_seeds"]) for rate, row in summary.items()} == {
        "1000000000000.0": ("5", "5"),
        "0.0007": ("0", "5"),
    }
    assert "| 5 of 5 |" in (folder / "final.md").read_text()
    with open(folder / "runs.csv", encoding="utf-8") as file:
        status = {(row["learning_rate"], row["status"]) for row in csv.DictReader(file)}
    assert status == {("1000000000000.0", "diverged"), ("0.0007", "finished")}


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [{"env_id": "MountainCar-v0", "total_steps": 800}, {"learning_rate": 1e30}],
    ids=["no episode ends", "all diverge"],
)
def test_a_study_without_a_finished_run_has_a_page_that_says_so(fields: dict[str, Any], tmp_path: Path) -> None:
    grid = {"grid": {"activation": ["relu", "tanh"]}, "seeds": "0-2"}
    config = write_paper(
        tmp_path,
        lambda paper: paper["studies"][0].update(**grid, base={**STUDY["base"], **fields}) or paper.pop("claims"),
    )
    done = run_snakemake(tmp_path, "--cores", "2", "--configfile", config)
    assert done.returncode == 0, done.stdout + done.stderr
    (page,) = (tmp_path / "results").glob("studies/*/index.html")
    assert "no run finished" in page.read_text()


@pytest.mark.slow
def test_a_change_of_the_paper_reaches_the_published_page_without_metadata(finished: Path, tmp_path: Path) -> None:
    folder = copy_of(finished, tmp_path)
    own = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-m", "a2c", "publish", write_paper(folder)], check=True, cwd=folder, env=own)
    pages = folder / "results" / "published" / "paper" / "studies"
    for words in ("Said first.", "Said in other words."):
        config = write_paper(folder, lambda paper: paper["studies"][0].update(description=words))  # noqa: B023
        draw = ("--cores", "1", "--configfile", config, "--drop-metadata", "--max-checksum-file-size", "0")
        done = run_snakemake(folder, *draw, "--", "published")
        assert done.returncode == 0, done.stdout + done.stderr
        assert words in (pages / STUDY["name"] / "index.html").read_text()


@pytest.mark.slow
def test_a_small_part_is_trained_and_the_rest_is_taken_from_the_published_runs(finished: Path, tmp_path: Path) -> None:
    other = {**STUDY, "name": "other", "base": {**STUDY["base"], "n_steps": 3}}
    small = {"small": {"studies": ["other"], "seeds": 2}}
    config = write_paper(tmp_path, lambda paper: paper.update(studies=[STUDY, other], **small))
    command = [sys.executable, "-m", "a2c", "publish", str(finished / "paper.yaml")]
    subprocess.run(command, check=True, cwd=finished, env={**os.environ, "PYTHONPATH": str(ROOT)})
    shutil.move(finished / "results" / "published", tmp_path / "results" / "published")
    done = run_snakemake(tmp_path, "--cores", "2", "--configfile", config, *TABLES_ONLY)
    assert done.returncode == 0, done.stdout + done.stderr
    tables = [folder / "results" / "studies" / "learning_rate" / "runs.csv" for folder in (finished, tmp_path)]
    assert tables[0].read_text() == tables[1].read_text()
    assert {path.split("/")[-1] for path in trained_blocks(tmp_path / "results" / "runs")} == {"seeds-0-1"}
    assert len((tmp_path / "results" / "studies" / "other" / "runs.csv").read_text().splitlines()) == 1 + 2 * 2
    done = run_snakemake(tmp_path, "-n", "--cores", "2", "--configfile", config, "--config", "full=true", *TABLES_ONLY)
    assert re.search(r"^train +6$", done.stdout, re.M), done.stdout
