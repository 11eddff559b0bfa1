"""Runs in memory: the same records as `a2c train`, the scores of studies, and ends at rungs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from a2c.analysis.summary import thin_runs
from a2c.config import Configuration, configuration
from a2c.config.tunings import PARTS
from a2c.runs.content import content_of, joined
from a2c.runs.result import read_result
from a2c.runs.training import train
from a2c.tuning.trials import RUNGS, rung_ends, train_seeds
from tests.tuning.small import facts_of, tuning_of

FACTS = facts_of(tuning_of())


def config(**fields: Any) -> Configuration:
    return configuration({"total_steps": 2000, "hidden_sizes": [8], "eval_episodes": 2, "n_envs": 4, **fields}, "test")


@pytest.mark.parametrize(
    "fields", [{}, {"snapshots": [0.5]}, {"stop_return": 15.0}], ids=["plain", "snapshots", "stop"]
)
def test_a_run_in_memory_records_and_scores_what_training_into_a_folder_does(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    one = config(**fields)
    train(one, [3, 4], FACTS, tmp_path, checkpoint_every=3600, say=print)
    result = read_result(tmp_path)
    numbers = thin_runs(result, None)
    for measure in ("final_return", "auc", "eval_return"):
        for run in train_seeds(one, [3, 4], FACTS, measure):
            assert run.content == joined(content_of(result, run.seed))
            assert run.score == numbers[run.seed].measures[measure]
            assert run.steps == result.manifest["runs"][str(run.seed)].get("step", 2000)


def test_a_run_is_the_same_beside_others() -> None:
    together = train_seeds(config(), [0, 1, 2], FACTS, "final_return")
    assert train_seeds(config(), [2], FACTS, "final_return") == together[2:]


def test_a_trial_ends_at_the_rung_that_it_is_behind_at_and_costs_what_it_used() -> None:
    seen: list[tuple[int, list[float]]] = []

    def at_rung(rung: int, scores: list[float]) -> bool:
        seen.append((rung, scores))
        return rung == 3

    runs = train_seeds(config(total_steps=36_000), [0, 1], FACTS, "final_return", at_rung)
    assert [rung for rung, _ in seen] == [1, 3] == RUNGS
    assert [run.rung_scores for run in runs] == [[scores[lane] for _, scores in seen] for lane in (0, 1)]
    assert [run.score for run in runs] == [None, None]
    assert (runs[0].steps, runs[0].cost) == (12_000, 12_000 / 36_000)


@pytest.mark.parametrize(
    ("total_steps", "n_steps", "ends"),
    [
        (1_200, 5, [160, 400]),
        (30_000, 5, [3_400, 10_200]),
        (200_000, 5, [24_480, 69_360]),  # reports 4,080 steps apart, as the published trials have
        (1_200, 300, [1_200, 1_200]),  # a rollout is the whole run
    ],
)
def test_a_rung_is_met_closely_also_in_a_short_run(total_steps: int, n_steps: int, ends: list[int]) -> None:
    one = config(total_steps=total_steps, n_steps=n_steps, hidden_sizes=[4])
    assert rung_ends(one) == ends
    (run,) = train_seeds(one, [0], FACTS, "final_return", lambda rung, scores: True)
    assert run.steps == ends[0]


def test_a_trial_whose_runs_have_ended_or_used_their_budget_is_not_ended() -> None:
    one = config(total_steps=9_000, stop_return=12.0)
    stopped = train_seeds(one, [0, 1], FACTS, "final_return", lambda rung, scores: True)
    assert [(run.status, run.rung_scores) for run in stopped] == [("finished", [])] * 2
    assert all(run.steps < 1_000 and run.score for run in stopped)
    whole = train_seeds(config(n_steps=500), [0], FACTS, "final_return", lambda rung, scores: True)
    assert [(run.status, run.steps, run.rung_scores) for run in whole] == [("finished", 2_000, [])]


def test_the_score_at_a_rung_of_a_run_that_stopped_before_is_its_final_return() -> None:
    one = config(total_steps=9_000, stop_return=24.0)
    longer, stopped = train_seeds(one, [2, 3], FACTS, "final_return", lambda rung, scores: False)
    assert stopped.steps < 1_000 < longer.steps
    assert stopped.rung_scores == [stopped.score]


def test_the_score_at_a_rung_is_the_final_return_up_to_there() -> None:
    whole = train_seeds(config(total_steps=36_000), [5], FACTS, "final_return", lambda rung, scores: False)[0]
    third = train_seeds(config(total_steps=36_000 * 3 // PARTS), [5], FACTS, "final_return")[0]
    assert whole.rung_scores[1] == third.score
    assert whole.cost == 1


def test_a_seed_that_diverges_ends_its_trial_but_no_test() -> None:
    one = config(learning_rate=1e30, n_steps=16)
    runs = train_seeds(one, [0, 1], FACTS, "final_return", lambda rung, scores: False)
    assert "diverged" in [run.status for run in runs]
    assert {run.score for run in runs} == {None}
    tested = train_seeds(one, [0, 1], FACTS, "final_return")
    assert [run.status for run in tested] == ["diverged", "diverged"]
    assert all(run.cost < 1 for run in tested)


def test_where_no_episode_has_finished_a_rung_has_no_score() -> None:
    (run,) = train_seeds(config(n_envs=128, total_steps=1280), [0], FACTS, "final_return", lambda rung, scores: False)
    assert np.isnan(run.rung_scores[0])


def test_a_run_that_is_too_short_for_a_score_at_the_first_rung_has_no_rungs() -> None:
    (run,) = train_seeds(config(total_steps=899), [0], FACTS, "final_return", lambda rung, scores: True)
    assert (run.rung_scores, run.status) == ([], "finished")
    (run,) = train_seeds(config(total_steps=900), [0], FACTS, "final_return", lambda rung, scores: False)
    assert len(run.rung_scores) == 2
