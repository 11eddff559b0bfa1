"""What a claim can be about: numbers that its runs have, within their budget."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from a2c.config import ConfigError, Paper, load_paper
from a2c.config.checks import check_thresholds

CLAIM: dict[str, Any] = {
    "id": "c", "says": "s", "where": "w", "why": "y", "study": "rate", "test": "at_most", "value": 0.5,
    "measure": "clip_fraction:mean", "subject": {"algorithm": "ppo"},
}  # fmt: skip
STUDY = {"name": "rate", "base": {"total_steps": 5000}, "grid": {"algorithm": ["a2c", "ppo"]}, "seeds": "0-4"}


def paper(folder: Path, **changes: Any) -> Paper:
    claim = {key: value for key, value in {**CLAIM, **changes}.items() if value is not None}
    (folder / "claims.yaml").write_text(yaml.safe_dump({"claims": [claim]}))
    content = {"title": "T", "results": "out", "claims": "claims.yaml", "studies": [STUDY]}
    (folder / "paper.yaml").write_text(yaml.safe_dump(content))
    return load_paper(folder / "paper.yaml")


def test_a_metric_of_an_algorithm_that_records_it_is_allowed(tmp_path: Path) -> None:
    assert paper(tmp_path).claims


@pytest.mark.parametrize(
    "points",
    [
        {"subject": {"algorithm": "a2c"}},
        {"test": "equivalent", "value": None, "margin": 0.1, "reference": {"algorithm": "a2c"}},
    ],
)
def test_a_metric_that_one_of_the_algorithms_does_not_record_is_refused(points: dict[str, Any], tmp_path: Path) -> None:
    said = r"c\.measure: 'clip_fraction:mean' is not allowed; allowed: statistics of metrics that a2c records: policy_"
    with pytest.raises(ConfigError, match=said):
        paper(tmp_path, **points)


def test_a_claim_that_says_why_it_cannot_be_tested_may_name_such_a_metric(tmp_path: Path) -> None:
    assert paper(tmp_path, subject={"algorithm": "a2c"}, not_testable={"all": "A2C clips no ratio."}).claims


@pytest.mark.parametrize(
    ("key", "keys"),
    [
        ("value", {"value": 5000}),
        ("value", {"test": "at_least", "value": 9000}),
        ("value", {"value": 5000, "quantile": 0.5}),
        ("high", {"test": "between", "value": None, "low": 100, "high": 5000}),
        ("margin", {"test": "lower", "value": None, "margin": 5000, "reference": {"algorithm": "a2c"}}),
    ],
)
def test_a_time_beyond_the_budget_is_refused(key: str, keys: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=rf"c\.{key}: \d+.* is not allowed; allowed: agent steps below 5000, the bud"):
        paper(tmp_path, measure="time_to_solve", **keys)
    assert paper(tmp_path, measure="time_to_solve", **{**keys, key: 4999}).claims


@pytest.mark.parametrize("measure", ["solved_rate", "reached_rate", "time_to_solve"])
def test_solving_an_environment_without_a_threshold_is_refused(measure: str, tmp_path: Path) -> None:
    about = paper(tmp_path, measure=measure)
    check_thresholds(about, {"CartPole-v1": 475.0}, "paper.yaml")
    with pytest.raises(ConfigError, match=rf"claims\.c\.measure: '{measure}' is not allowed; .* CartPole-v1 is solved"):
        check_thresholds(about, {"CartPole-v1": None}, "paper.yaml")
    check_thresholds(paper(tmp_path), {"CartPole-v1": None}, "paper.yaml")
