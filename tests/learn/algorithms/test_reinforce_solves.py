"""REINFORCE with a critic learns CartPole-v1; its runs have the same bytes on any CPU."""

from pathlib import Path

import pytest

import a2c
from tests.commands import a2c_says
from tests.processes import ROOT


@pytest.mark.slow
def test_most_of_20_seeds_solve_cartpole(tmp_path: Path) -> None:
    done = a2c_says("train", ROOT / "examples" / "reinforce.yaml", "--seeds", "1000-1019", "--out", tmp_path / "runs")
    assert done.returncode == 0, done.stderr
    episodes = a2c.episodes(tmp_path / "runs")
    final = episodes[episodes["step"] > 180_000].groupby("seed")["return"].mean()
    assert len(final) == 20
    assert (final >= 475).sum() >= 15
