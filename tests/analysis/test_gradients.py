"""Claims on gradient studies: samples with the bounds of unresolved biases, verdicts, and how often these are wrong."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from a2c.analysis.gradients import KEYS, measured, summarise, verdicts
from a2c.config.claims import parse_claim
from a2c.config.gradients import expand_gradients
from a2c.config.registration import Registration, StudyRegistration, hash_of
from a2c.runs.gradient_study import GradientRecord
from a2c.runs.gradients import MEASURED

ONE, TWENTY = {"estimator": "one-step"}, {"estimator": "n-step 20"}
WORDS = {"says": "It is so.", "where": "there", "study": "made_up", "why": "because"}
SEEDS = range(1000, 1006)
PLACE = "10 % of the budget, 8 environments"


def claim(measure: str, test: str, **rest: Any) -> dict[str, Any]:
    return {"id": "c", **WORDS, "measure": measure, "subject": ONE, "test": test, **rest}


def record(*claims: dict[str, Any], seeds: Any = SEEDS) -> GradientRecord:
    entry = {
        "name": "made_up", "seeds": list(seeds), "snapshots": [0.1, 1.0], "n_envs": [1, 8],
        "estimators": ["reinforce value", "one-step", "n-step 20", "gae 0.95"],
    }  # fmt: skip
    (study,) = expand_gradients([entry], "test")
    return GradientRecord(study.keys, study.configuration_name, [], [parse_claim(one, "test") for one in claims])


def estimates(of: GradientRecord, **values: dict[str, Any]) -> pd.DataFrame:
    """Estimates of every run at every point: 1, resolved, with ends 0.9 and 1.1.

    `values`: by estimator (`one_step`), columns of its rows at the first snapshot in batches of 8: a number per seed.
    """
    rows = pd.DataFrame([{**place, "seed": seed} for place in of.places for seed in of.seeds])
    for name in MEASURED:
        rows[name], rows[f"{name}_low"], rows[f"{name}_high"] = 1.0, 0.9, 1.1
    rows["resolved"] = True
    for estimator, columns in values.items():
        here = (rows[KEYS] == [0.1, estimator.replace("_", "-").replace("n-step-", "n-step "), 8]).all(axis=1)
        for column, numbers in columns.items():
            rows.loc[here, column] = numbers
    return rows


def decide(of: GradientRecord, rows: pd.DataFrame, registered: Any = ("",)) -> pd.Series:
    return verdicts(of, rows, measured(of, rows), registered).iloc[0]


def test_a_bias_that_is_not_resolved_has_the_ends_of_its_interval_as_bounds() -> None:
    of = record(claim("gradient_bias", "at_least", value=0.5))
    rows = estimates(
        of,
        one_step={
            "relative_bias": [0.3, 0.25, 0.0, 0.02, np.nan, np.inf],
            "relative_bias_low": [0.2, 0.15, 0.0, 0.01, np.nan, 0.1],
            "relative_bias_high": [0.4, 0.35, 0.3, 0.05, np.nan, np.inf],
            "resolved": [True, False, False, False, True, True],
        },
    )
    kept = measured(of, rows)
    kept = kept[kept["configuration"] == "snapshot 0.1, estimator one-step, n_envs 8"]
    assert kept[["seed", "value", "low", "high"]].to_numpy().tolist() == [
        [1000, 0.3, 0.3, 0.3],  # resolved: as it is
        [1001, 0.25, 0.15, 0.35],
        [1002, 0.1, 0.1, 0.3],  # the squared norm came out negative
        [1003, 0.1, 0.1, 0.1],  # all below a tenth
    ]
    test = decide(of, rows)["test"]
    assert f"one-step, {PLACE}: 2 of 6 runs left out, as the true gradient cannot be told from 0, 3 of 6" in test


def test_a_run_is_compared_with_itself() -> None:
    """The runs differ by factors of 100; within each, the second estimator has 2, 4 or 8 times the variance."""
    of = record(claim("gradient_variance", "lower", reference=TWENTY, margin=1.5))
    own = np.array([1.0, 10.0, 100.0, 1.0, 10.0, 100.0])
    times = np.array([2.0, 4.0, 8.0, 4.0, 2.0, 8.0])
    row = decide(of, estimates(of, one_step={"trace": own}, n_step_20={"trace": own * times}))
    logs = -np.log(times)  # mean -2 ln 2: the ratio is a quarter
    expected = stats.ttest_1samp(logs, -np.log(1.5), alternative="less")
    assert (row["verdict"], row["n"]) == ("supported", 6)
    assert row["effect"] == pytest.approx(0.25)
    assert row["level"] == pytest.approx(10.0)
    assert row["p_supported"] == pytest.approx(expected.pvalue)
    assert row["test"] == (
        f"gradient variance at one-step, {PLACE}: lower than at n-step 20, {PLACE} by at least a factor of 1.5 "
        "(Student on logarithms, each run with itself, Holm over 1)"
    )


def test_runs_without_a_number_at_one_of_the_points_are_left_out_of_both() -> None:
    of = record(claim("gradient_noise", "lower", reference=TWENTY, margin=1.5))
    noise = {"relative_noise": [1.0, 1.0, 2.0, 1.0, 1.0, 1.0]}
    other = {"relative_noise": [np.nan, 4.0, 6.0, 4.0, 5.0, 4.0]}
    row = decide(of, estimates(of, one_step=noise, n_step_20=other))
    assert row["n"] == 5
    assert row["effect"] == pytest.approx((4 * 3 * 4 * 5 * 4) ** (-1 / 5))
    assert f"n-step 20, {PLACE}: 1 of 6 runs left out" in row["test"]


def test_each_side_of_a_test_on_biases_takes_the_ends_that_are_against_it() -> None:
    of = record(claim("gradient_bias", "higher", reference=TWENTY, margin=1.5))
    one = {"relative_bias": [0.8, 0.9, 1.0, 0.8, 0.9, 1.0]}
    twenty = {
        "relative_bias": [0.1, 0.2, 0.1, 0.2, 0.1, 0.0],
        "relative_bias_low": 0.0,
        "relative_bias_high": [0.2, 0.4, 0.2, 0.4, 0.2, 0.2],
        "resolved": [True, False, False, True, False, False],
    }
    row = decide(of, estimates(of, one_step=one, n_step_20=twenty))
    highest = [0.1, 0.4, 0.2, 0.2, 0.2, 0.2]  # against "higher": the reference's upper ends where it is not resolved
    lowest = [0.1, 0.1, 0.1, 0.2, 0.1, 0.1]
    logs = np.log(one["relative_bias"])
    supported = stats.ttest_1samp(logs - np.log(highest), np.log(1.5), alternative="greater").pvalue
    contradicted = stats.ttest_1samp(logs - np.log(lowest), np.log(1.5), alternative="less").pvalue
    assert [row["p_supported"], row["p_contradicted"]] == pytest.approx([supported, contradicted])
    assert row["effect"] == pytest.approx(np.exp(np.mean(logs - np.log([0.1, 0.2, 0.1, 0.2, 0.1, 0.1]))))
    low = stats.ttest_1samp(logs - np.log(highest), 0).confidence_interval().low
    high = stats.ttest_1samp(logs - np.log(lowest), 0).confidence_interval().high
    assert [row["low"], row["high"]] == pytest.approx([np.exp(low), np.exp(high)])


def test_a_side_whose_bounds_all_tie_or_have_no_end_is_not_shown() -> None:
    """Biases that are all lost in noise: their lower bounds tie at a tenth, and one has no upper bound."""
    of = record(claim("gradient_bias", "at_most", value=0.5))
    lost = {"relative_bias": 0.0, "relative_bias_low": 0.0, "resolved": False}
    row = decide(of, estimates(of, one_step={**lost, "relative_bias_high": [0.2, 0.3, 0.2, 0.3, 0.2, 0.3]}))
    assert (row["verdict"], row["p_contradicted"]) == ("supported", 1.0)
    assert row["p_supported"] == pytest.approx(
        stats.ttest_1samp(np.log([0.2, 0.3] * 3), np.log(0.5), alternative="less").pvalue
    )
    assert np.isnan(row["low"])
    row = decide(of, estimates(of, one_step={**lost, "relative_bias_high": [0.2, 0.3, 0.2, 0.3, 0.2, np.inf]}))
    assert row["p_supported"] == 1.0


def test_left_out_axes_are_at_the_first_snapshot_the_largest_batch_and_the_runs_own_estimator() -> None:
    of = record(claim("gradient_cosine", "lower", reference={}, margin=0.1))
    cosines = {"cosine": [0.1, 0.2, 0.1, 0.2, 0.1, 0.2]}
    row = decide(of, estimates(of, one_step=cosines))
    assert row["reference"] == "snapshot 0.1, estimator gae 0.95, n_envs 8"
    assert (row["verdict"], row["figure"], row["how"]) == ("supported", "over_training", "means")
    assert row["effect"] == pytest.approx(0.15 - 1.0)


def test_the_row_says_whether_the_test_stood_before_the_runs() -> None:
    of = record(claim("gradient_variance", "lower", reference=TWENTY, margin=1.5))
    tests = {"c": "hash"}
    entry = Registration(date="2026-11-01", commit="a" * 40, tests_sha256=hash_of(tests), tests=tests)
    registered = GradientRecord(
        of.keys, of.configuration, [], of.claims, StudyRegistration(tests, [entry]), "group", "article"
    )
    rows = estimates(of, one_step={"trace": [0.1, 0.2, 0.1, 0.2, 0.1, 0.2]})
    row = verdicts(registered, rows, measured(registered, rows), {""}).iloc[0]
    assert "not registered before the runs" in row["test"]
    assert row["centre"] == "article"


@pytest.mark.parametrize("margin", [1.5, 2.0])
def test_biases_at_the_edge_of_a_claim_give_hardly_any_false_verdict(margin: float) -> None:
    """The true ratio is the margin, so that neither verdict is right. Half of the biases are lost in noise."""
    rng = np.random.default_rng(7)
    of = record(claim("gradient_bias", "higher", reference=TWENTY, margin=margin), seeds=range(1000, 1020))
    false = {"supported": 0, "contradicted": 0}
    trials = 150
    for _ in range(trials):
        true = 0.3 * np.exp(0.3 * rng.standard_normal(20))
        one, twenty = (seen(size, rng) for size in (true * margin, true))
        row = decide(of, estimates(of, one_step=one, n_step_20=twenty))
        if row["verdict"] in false:
            false[row["verdict"]] += 1
    assert max(false.values()) <= 0.09 * trials


def seen(true: np.ndarray, rng: np.random.Generator) -> dict[str, Any]:
    """What a study would measure of biases: squares with noise, and their intervals."""
    error = 0.5 * 0.3**2  # of the square
    square = true**2 + error * rng.standard_normal(len(true))
    low, high = square - 1.96 * error, square + 1.96 * error
    roots = [np.sqrt(np.maximum(one, 0.0)) for one in (square, low, high)]
    names = ("relative_bias", "relative_bias_low", "relative_bias_high")
    return {**dict(zip(names, roots, strict=True)), "resolved": low > 0}


def test_of_too_few_runs_there_is_a_ratio_without_an_interval() -> None:
    of = record(claim("gradient_variance", "lower", reference=TWENTY, margin=1.5), seeds=range(1000, 1003))
    row = decide(of, estimates(of, one_step={"trace": [1.0, 2.0, 4.0]}, n_step_20={"trace": [4.0, 8.0, 16.0]}))
    assert row["effect"] == pytest.approx(0.25)
    assert np.isnan(row["low"])
    assert "too few seeds for a test" in row["test"]


def test_a_sentence_that_no_run_can_tell_is_listed() -> None:
    of = record({**WORDS, "id": "used", "test": "not_testable"})
    row = decide(of, estimates(of))
    assert (row["claim"], row["verdict"]) == ("used", "not testable here")


def test_of_no_estimates_there_are_tables_with_their_columns() -> None:
    of = record(claim("gradient_bias", "at_least", value=0.5))
    rows = estimates(of).assign(step=100, batch_steps=40, reference_error=0.1)
    none = rows.iloc[:0]
    assert list(summarise(none, 6)) == list(summarise(rows, 6))
    assert (len(summarise(none, 6)), len(measured(of, none))) == (0, 0)
    assert f"{PLACE}: 6 of 6 runs did not reach it" in decide(of, none)["test"]
