"""Measures of runs, by hand."""

import numpy as np
import pandas as pd
import pytest

from a2c.analysis.curves import solved_at
from a2c.analysis.measures import measure, metric_numbers
from a2c.config.measures import METRICS, OF_RUNS, measure_of
from a2c.config.metrics import all_metrics

RUNS = pd.DataFrame(
    {"configuration": ["a", "a", "b"], "seed": [0, 1, 0], "final_return": [90.0, np.nan, 20.0], "solved": [1.0, 0, 0]}
)


def numbers(**columns):
    return pd.DataFrame({"configuration": ["a", "a", "b"], "seed": [0, 1, 0], **columns})


def test_every_recorded_metric_is_declared():
    assert set(METRICS) == set(all_metrics())


def test_a_measure_has_unit_range_direction_and_comparison():
    entropy = measure_of("entropy:late_median")
    assert (entropy.unit, entropy.bounds, entropy.compared) == ("nats", (0.0, np.inf), "means")
    assert measure_of("grad_norm:late_median").compared == "ratios"
    assert measure_of("grad_norm:mean").compared == "means"
    assert (OF_RUNS["auc"].bounds, OF_RUNS["auc"].better) == ("return", "higher")


def test_the_relative_fall_is_a_share_of_the_height_above_the_lowest_return():
    table = numbers(drawdown=[100.0, 5.0, 50.0], peak=[-100.0, 1.0, 400.0])
    found = measure("relative_drawdown", RUNS, table, {"a": -500.0, "b": 0.0})
    assert found.to_dict() == {("a", 0): 0.25, ("b", 0): 0.125}


def test_a_run_that_failed_never_solved_the_task():
    table = numbers(solved_at=[1000.0, np.inf, np.inf])
    assert measure("time_to_solve", RUNS, table).tolist() == [1000.0, np.inf, np.inf]
    assert measure("reached_rate", RUNS, table).tolist() == [1.0, 0.0, 0.0]
    assert measure("failure_rate", RUNS, table).tolist() == [0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("name", "expected"), [("time_to_solve", [1000.0, np.inf, np.inf]), ("reached_rate", [1.0, 0.0, 0.0])]
)
def test_what_a_run_reached_before_it_diverged_does_not_count(name, expected):
    """The second run was at the threshold after 500 steps, and failed."""
    assert measure(name, RUNS, numbers(solved_at=[1000.0, 500.0, np.inf])).tolist() == expected


def test_without_a_threshold_a_run_that_failed_has_no_time():
    assert measure("time_to_solve", RUNS, numbers(solved_at=np.nan)).empty


def test_numbers_from_before_they_were_recorded_are_missing():
    assert measure("reached_rate", RUNS, numbers()).empty
    assert measure("grad_norm:late_median", RUNS, numbers()).empty


def test_clip_coefficients_are_apart_by_falls():
    steps = np.arange(100, 1_001, 100)
    fell = np.arange(10) % 2 == 0
    metrics = pd.DataFrame({"configuration": "a", "seed": 0, "step": steps, "terminal_share": fell * 0.1})
    metrics["clip_coefficient"] = np.where(fell, 0.25, 0.5)
    table = metric_numbers(metrics, 1_000).reset_index()
    runs = RUNS.iloc[:1]
    assert measure("clip_at_falls", runs, table).tolist() == [0.25]
    assert measure("clip_ratio", runs, table).tolist() == [0.5]


@pytest.mark.parametrize(
    ("returns", "threshold", "expected"),
    [
        ([0.0] * 9 + [100.0, 100.0], 10.0, 100.0),  # the tenth episode completes a mean of 10
        ([0.0] * 10 + [100.0], 10.0, 110.0),
        ([0.0] * 11, 10.0, np.inf),
        ([100.0] * 9, 10.0, np.inf),  # nine episodes are too few
        ([100.0] * 11, None, np.nan),
    ],
)
def test_the_articles_rule_is_met_when_the_last_ten_episodes_reach_the_threshold(returns, threshold, expected):
    n = len(returns)
    step, env = np.arange(1, n + 1) * 10, np.zeros(n, int)
    order = np.random.default_rng(0).permutation(n)
    found = solved_at(step[order], env[order], np.array(returns)[order], threshold)
    np.testing.assert_equal(found, expected)


def test_episodes_that_end_together_count_in_the_order_of_their_environments():
    step, env = np.array([5] * 10 + [6]), np.array([*range(9, -1, -1), 0])
    assert solved_at(step, env, np.full(11, 1.0), 1.0) == 5


def metric_table():
    steps = np.arange(50, 1_001, 50)
    entropy = np.where(steps <= 100, 0.6, np.where(steps > 900, 0.1, 0.3))
    return pd.DataFrame({"configuration": "a", "seed": 0, "step": steps, "entropy": entropy})


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("first", 0.6),
        ("last", 0.1),
        ("change", -0.5),
        ("growth", 1 / 6),
        ("min", 0.1),
        ("max", 0.6),
        ("mean", 0.31),
        ("early_median", 0.6),
        ("late_median", 0.1),
        ("median_change", -0.5),
        ("median_growth", 1 / 6),
    ],
)
def test_statistics_over_the_training_by_hand(statistic, expected):
    runs = pd.DataFrame({"configuration": ["a"], "seed": [0], "final_return": [1.0]})
    found = measure(f"entropy:{statistic}", runs, metric_numbers(metric_table(), 1_000).reset_index())
    assert found.loc["a"].tolist() == pytest.approx([expected])


@pytest.mark.parametrize(
    ("statistic", "expected"), [("mean", 0.31), ("min", 0.1), ("max", 0.6), ("last", 0.1), ("late_median", 0.1)]
)
def test_what_was_recorded_after_the_budget_does_not_count(statistic, expected):
    later = metric_table().assign(step=lambda table: table["step"] + 1_000, entropy=[-90.0, 90.0] * 10)
    table = metric_numbers(pd.concat([metric_table(), later]), 1_000)
    assert table[f"entropy:{statistic}"].tolist() == pytest.approx([expected])


def test_a_metric_that_an_older_result_lacks_has_no_measure():
    runs = pd.DataFrame({"configuration": ["a"], "seed": [0], "final_return": [1.0]})
    assert measure("policy_kl:mean", runs, metric_numbers(metric_table(), 1_000).reset_index()).empty


def test_a_metric_that_is_recorded_at_some_steps_only_is_measured_there():
    runs = pd.DataFrame({"configuration": ["a"], "seed": [0], "final_return": [1.0]})
    table = metric_table().assign(policy_kl=[np.nan, 2.0] * 10)
    found = measure("policy_kl:mean", runs, metric_numbers(table, 1_000).reset_index())
    assert found.tolist() == pytest.approx([2.0])


def test_a_failed_run_has_no_measure():
    runs = pd.DataFrame({"configuration": ["a"], "seed": [0], "final_return": [np.nan]})
    assert measure("entropy:last", runs, metric_numbers(metric_table(), 1_000).reset_index()).empty
