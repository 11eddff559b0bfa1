"""Others' scores in a CSV file, read for the environments of a study."""

from pathlib import Path

import pytest

from a2c.config import ConfigError, expand
from a2c.config.published_scores import read_published_scores

HEADER = "source,algorithm,env_id,score,spread,spread_is,seeds,agent_steps,sticky_actions,scored,protocol,where\n"
ROW = "A paper,a2c,CartPole-v1,480.5,,,3,200000,,training,last 100 episodes,table 1\n"


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    (tmp_path / "scores.csv").write_text(HEADER + ROW + ROW.replace("CartPole-v1", "Acrobot-v1"))
    return tmp_path / "scores.csv"


def test_an_empty_cell_is_read_as_unknown(scores: Path) -> None:
    first = read_published_scores(scores)[0]
    assert (first.score, first.spread, first.sticky_actions, first.seeds) == (480.5, None, None, 3)


def test_a_study_takes_the_scores_of_its_environments(scores: Path) -> None:
    study = {"name": "a", "grid": {"n_envs": [8]}, "seeds": "0-1", "published_scores": "scores.csv"}
    (found,) = expand({"title": "t", "results": "out", "studies": [study]}, "x", scores.parent).studies
    assert [score.env_id for score in found.published_scores] == ["CartPole-v1"]
    elsewhere = {**study, "base": {"env_id": "Pendulum-v1"}}
    said = r"studies\.a\.published_scores: 'scores\.csv' is not allowed; allowed: a file with scores of Pendulum-v1"
    with pytest.raises(ConfigError, match=said):
        expand({"title": "t", "results": "out", "studies": [elsewhere]}, "x", scores.parent)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("480.5", "high", "line 2: score: 'high' is not allowed; allowed: a number"),
        ("training", "sometimes", "line 2: scored: 'sometimes' is not allowed; allowed: 'training', 'evaluation' or"),
        (",3,", ",0,", "line 2: seeds: '0' is not allowed; allowed: a number of at least 1"),
        ("table 1", "", "line 2: where: '' is not allowed"),
        ("table 1", "table 1,more", "line 2: too many cells: unknown key"),
        ("score,", "points,", "line 2: score: missing"),
    ],
)
def test_a_mistake_is_named_by_its_line_and_column(scores: Path, before: str, after: str, message: str) -> None:
    scores.write_text(scores.read_text(encoding="utf-8").replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^[^\n]*$") as refused:
        read_published_scores(scores)
    assert message in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.csv: cannot be read: No such file"):
        read_published_scores(tmp_path / "none.csv")
