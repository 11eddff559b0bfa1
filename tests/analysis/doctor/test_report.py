"""The doctor's report: few lines, grouped, with what the paper of the runs measured."""

import json
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from a2c.analysis.doctor.checklist import Finding, Number
from a2c.analysis.doctor.remedies import CLIP, LOWER_RATE, NOTHING
from a2c.analysis.doctor.report import Examined, as_content, lines_of
from a2c.analysis.doctor.trials import Trial, beside, best_first, better, opposed, results_of, trials_of
from a2c.config import Configuration
from a2c.runs.study import read_study_record
from tests.analysis.small_study import study
from tests.commands import a2c_says

PUBLISHED = Path(__file__).parents[3] / "results" / "published" / "paper"
COLLAPSING, LOW, EXPLODING = (
    Finding(name, (Number("x", 0.7, "at least", 0.5),), "")
    for name in ("return collapsing", "entropy collapsed", "value loss exploding")
)
NO_CLIPPING = Trial("max_grad_norm", "max_grad_norm", None, 112.0, 150.0, 500.0, 495.0)
FASTER = Trial("learning_rate", "learning_rate", 0.01, 112.0, 150.0, 90.0, 60.0)


def examined(trials: list[Trial], **fields: Any) -> Examined:
    findings = {0: [COLLAPSING, LOW], 1: [COLLAPSING], 2: [COLLAPSING, LOW, EXPLODING], 5: [], 7: [EXPLODING]}
    return Examined("CartPole-v1", "a2c", Configuration(**fields).model_dump(mode="json"), ["runs"], findings, trials)


def test_findings_of_the_same_runs_are_told_together() -> None:
    assert lines_of(examined([NO_CLIPPING, FASTER], entropy_coef=0.0, learning_rate=1e-3)) == [
        "CartPole-v1, a2c: 5 runs",
        "  return collapsing: 3 of 5 (seeds 0-2)",
        "    x: 0.7 (a finding from at least 0.5)",
        "    in these runs, too: entropy collapsed (2), value loss exploding (1)",
        "  value loss exploding: 1 of 5 (seeds 7)",
        "    x: 0.7 (a finding from at least 0.5)",
        "  nothing found: 1 of 5 (seeds 5)",
        "  the article advises: raise entropy_coef (0; recommended 0.001 to 0.05)",
        "  final return in this paper with one setting changed: max_grad_norm none: 500 instead of 112 "
        "(study max_grad_norm)",
    ]


def test_what_is_set_already_is_not_advised() -> None:
    told = lines_of(examined([]))
    assert told[-1] == (
        "  the article advises nothing that is not set already (learning_rate 0.0007, max_grad_norm 0.5, "
        "entropy_coef 0.01)"
    )


def test_advice_that_the_runs_of_the_paper_oppose_is_told_as_such() -> None:
    clipped = Trial("max_grad_norm", "max_grad_norm", 0.5, 500.0, 505.0, 112.0, 60.0)
    told = lines_of(examined([clipped], max_grad_norm=None))
    assert told[-1] == (
        "  the article advises, and this paper's runs oppose: clip gradients by max_grad_norm (none; recommended 0.5); "
        "with max_grad_norm 0.5: 112 instead of 500 (study max_grad_norm)"
    )
    assert not any(line.startswith("  the article advises:") for line in told)
    assert opposed(CLIP, [clipped]) == clipped
    assert opposed(CLIP, [NO_CLIPPING]) is None
    assert opposed(LOWER_RATE, [clipped]) is None


def test_runs_without_a_finding_take_two_lines() -> None:
    healthy = Examined("CartPole-v1", "a2c", Configuration().model_dump(mode="json"), ["runs"], {0: [], 1: []}, [])
    assert lines_of(healthy) == ["CartPole-v1, a2c: 2 runs", "  nothing found: 2 of 2 (seeds 0-1)"]
    assert as_content(healthy)["healthy"] == [0, 1]


def test_only_intervals_that_do_not_overlap_count_as_better() -> None:
    unsure = Trial("n_steps", "n_steps", 20, 112.0, 150.0, 400.0, 140.0)
    second = Trial("max_grad_norm", "max_grad_norm", 5.0, 112.0, 150.0, 300.0, 250.0)
    assert better([NO_CLIPPING, unsure, second, FASTER], 3) == [NO_CLIPPING]


def test_trials_whose_runs_all_failed_come_last() -> None:
    failed = Trial("n_steps", "n_steps", 20, 112.0, 150.0, nan, nan)
    assert best_first([FASTER, failed, NO_CLIPPING]) == [NO_CLIPPING, FASTER, failed]
    assert best_first([failed, FASTER]) == [FASTER, failed]


@pytest.mark.parametrize(("words", "is_better"), [("all seeds tie", True), ("too few seeds for an interval", False)])
def test_without_an_interval_only_seeds_that_tie_can_be_better(words: str, is_better: bool) -> None:
    made = study([{"learning_rate": rate} for rate in (0.1, 0.01)], {"learning_rate": 0.1}, [0, 1])
    names = {"final_return_low": nan, "final_return_high": nan, "final_return_interval": words}
    summary = pd.DataFrame({"configuration": ["0.1", "0.01"], "final_return_mean": [9.0, 10.0], **names})
    (trial,) = beside(made, summary, "0.1")
    assert (trial.mean, trial.is_better) == (10.0, is_better)


def test_trials_are_the_points_beside_a_configuration_in_the_studies_of_its_paper() -> None:
    folder = min(PUBLISHED.glob("studies/*/summary.csv")).parent
    study, summary = read_study_record(folder), pd.read_csv(folder / "summary.csv").set_index("configuration")
    first, *others = study.configurations
    means = summary["final_return_mean"]
    own = {
        (axis, json.dumps(other.point[axis])): means[other.name]
        for other in others
        for axis in study.axes
        if {key for key in study.axes if other.point[key] != first.point[key]} == {axis}
        and other.env_id == first.env_id
    }
    trials = [trial for trial in trials_of(PUBLISHED, first.name) if trial.study == study.name]
    assert {(trial.axis, json.dumps(trial.value)): trial.mean for trial in trials} == pytest.approx(own)
    assert [trial.own_mean for trial in trials] == pytest.approx([means[first.name]] * len(trials))
    assert results_of(PUBLISHED / "runs" / "CartPole-v1" / "x") == PUBLISHED
    assert results_of(Path("/tmp/somewhere")) is None


def test_the_command_gives_programs_the_same(trained: Path) -> None:
    (content,) = json.loads(a2c_says("doctor", trained, "--json").stdout)
    told = a2c_says("doctor", trained).stdout.splitlines()
    assert told[0] == f"CartPole-v1, {content['configuration']}: 3 runs"
    found = {one["seed"] for one in content["findings"]}
    assert found | set(content["healthy"]) == {0, 1, 2}
    assert any(NOTHING in line for line in told) == bool(content["healthy"])
