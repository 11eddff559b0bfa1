"""The pipeline from pixels to a page."""

import csv
from pathlib import Path

import pytest

from tests.processes import ROOT, run_snakemake

GAMES = ["ALE/Breakout-v5", "ALE/Freeway-v5", "ALE/Pong-v5"]


@pytest.mark.slow
def test_three_games_go_from_pixels_to_a_page(tmp_path: Path) -> None:
    config = str(ROOT / "config" / "smoke_atari.yaml")
    done = run_snakemake(tmp_path, "--cores", "1", "--configfile", config)
    assert done.returncode == 0, done.stdout + done.stderr
    results = tmp_path / "results" / "smoke_atari"
    study = results / "studies" / "games"
    with open(study / "runs.csv", encoding="utf-8", newline="") as file:
        runs = [(row["env_id"], row["seed"], row["status"]) for row in csv.DictReader(file)]
    assert sorted(runs) == [(game, seed, "finished") for game in GAMES for seed in "01"]
    page = (study / "index.html").read_text()
    assert all(game in page for game in GAMES)
    figures = [path.stem for path in study.glob("*.png")]
    assert figures
    assert all(figure in page for figure in figures)
