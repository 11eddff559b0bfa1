"""Verdicts on claims with known truth, and their p values compared with SciPy's."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from a2c.analysis.claims.verdicts import measured, verdicts
from a2c.analysis.stats.sequential import levels
from a2c.analysis.summary import summarise
from tests.analysis.claims.claimed import BEST, NEAR, POINTS, RETURNS, SEEDS, WORDS, WORST, claim
from tests.analysis.small_study import TOTAL_STEPS, records, study


def decide(*claims, returns=RETURNS, seeds=SEEDS, failed=()):
    made = study(POINTS, {"learning_rate": 0.01}, seeds, claims)
    rows = [(name, seed, values[seed]) for name, values in returns.items() for seed in seeds]
    runs = pd.DataFrame(rows, columns=["configuration", "seed", "final_return"])
    runs["solved"] = (runs["final_return"] >= 475).astype(float)
    budgets = {one.name: TOTAL_STEPS for one in made.configurations}
    numbers = summarise(
        **records(made, returns), total_steps=TOTAL_STEPS, budgets=budgets, thresholds=dict.fromkeys(budgets, 250.0)
    ).numbers
    runs.loc[[(name, seed) in failed for name, seed, _ in rows], ["final_return", "solved"]] = [np.nan, 0.0]
    return verdicts(made, runs, measured(made, runs, numbers))


@pytest.mark.parametrize(
    ("claimed", "verdict"),
    [
        (claim(WORST, "lower", reference=BEST, margin=100), "supported"),
        (claim(WORST, "lower", reference=BEST, margin=250), "contradicted"),
        (claim(WORST, "lower", reference=BEST, margin=200), "inconclusive"),
        (claim(BEST, "higher", reference=WORST, margin=100), "supported"),
        (claim(BEST, "higher", reference=WORST, margin=250), "contradicted"),
        (claim(NEAR, "not_lower", reference=BEST, margin=25), "supported"),
        (claim(NEAR, "not_lower", reference=BEST, margin=1), "contradicted"),
        (claim(NEAR, "not_lower", reference=BEST, margin=10), "inconclusive"),
        (claim(BEST, "not_higher", reference=NEAR, margin=25), "supported"),
        (claim(BEST, "not_higher", reference=WORST, margin=25), "contradicted"),
        (claim(NEAR, "equivalent", reference=BEST, margin=25), "supported"),
        (claim(WORST, "equivalent", reference=BEST, margin=25), "contradicted"),
        (claim(WORST, "differs", reference=BEST, margin=25), "supported"),
        (claim(NEAR, "differs", reference=BEST, margin=25), "contradicted"),
        (claim(BEST, "not_lower", reference="others", margin=25), "supported"),
        (claim(WORST, "not_lower", reference="others", margin=25), "contradicted"),
        (claim(BEST, "higher", reference="others", margin=25), "contradicted"),  # not than every other
        (claim(BEST, "differs", reference="others", margin=25), "supported"),  # from one of them
        (claim(BEST, "equivalent", reference="others", margin=25), "contradicted"),
        (claim(BEST, "at_least", value=275), "supported"),
        (claim(BEST, "at_least", value=325), "contradicted"),
        (claim(BEST, "at_most", value=325), "supported"),
        (claim(BEST, "at_most", value=275), "contradicted"),
        (claim(BEST, "between", low=275, high=325), "supported"),
        (claim(BEST, "between", low=100, high=275), "contradicted"),
        (claim(BEST, "between", low=275, high=300), "inconclusive"),
        (claim(BEST, "at_most", measure="solved_rate", value=0.5), "supported"),
        (claim(BEST, "at_least", measure="solved_rate", value=0.5), "contradicted"),
        (claim(BEST, "at_most", measure="failure_rate", value=0.05), "inconclusive"),
        (claim({}, "at_least", value=275), "supported"),  # the baseline
        (claim(BEST, "at_most", measure="drawdown", value=0), "inconclusive"),  # all tie at 0
        (claim(BEST, "higher", reference=WORST, margin=0.3, compare="superiority"), "supported"),
        (claim(BEST, "lower", reference=WORST, margin=0.3, compare="superiority"), "contradicted"),
        (claim(BEST, "at_least", value=290, quantile=0.5), "supported"),
        (claim(BEST, "at_least", value=310, quantile=0.5), "contradicted"),
        (claim(BEST, "higher", reference=WORST, measure="solved_rate", margin=0.6), "contradicted"),
        (claim(BEST, "not_lower", reference=WORST, measure="solved_rate", margin=0.4), "supported"),
        (claim(BEST, "higher", reference=WORST, measure="grad_norm:late_median", margin=2), "supported"),  # 3 times
        (claim(BEST, "higher", reference=WORST, measure="grad_norm:late_median", margin=4), "contradicted"),
        (claim(BEST, "at_least", measure="grad_norm:late_median", value=275), "supported"),
        (claim(BEST, "lower", reference=WORST, measure="time_to_solve", margin=0), "supported"),
    ],
)
def test_the_verdict_agrees_with_the_known_truth(claimed, verdict):
    assert decide(claimed)["verdict"].tolist() == [verdict]


@pytest.fixture(scope="module")
def two_claims():
    return decide(
        claim(WORST, "lower", "one", reference=BEST, margin=195),
        claim(NEAR, "not_lower", "two", reference="others", margin=10),
    )


def test_effect_and_interval_are_scipys(two_claims):
    expected = stats.ttest_ind(RETURNS["0.1"], RETURNS["0.01"], equal_var=False)
    row = two_claims.iloc[0]
    np.testing.assert_allclose(
        [row["effect"], row["low"], row["high"]], [-200, *expected.confidence_interval()], rtol=1e-9
    )


def test_the_adjusted_p_value_is_scipys_by_holm(two_claims):
    p = stats.ttest_ind(RETURNS["0.1"] + 195, RETURNS["0.01"], equal_var=False, alternative="less").pvalue
    assert two_claims["p_adjusted"].iloc[0] == pytest.approx(2 * p, rel=1e-9)


def test_the_deciding_reference_of_several_is_named(two_claims):
    row = two_claims.iloc[1]
    assert row["effect"] == pytest.approx(-10)
    assert row["test"] == (
        "final return at learning rate 0.001: not lower than at every other point (decided by learning rate 0.01) by "
        "more than 10 (Welch, Holm over 2)"
    )


def test_an_early_look_needs_more_evidence():
    made = study(POINTS, {"learning_rate": 0.01}, SEEDS, [claim(WORST, "lower", reference=BEST, margin=192)])
    runs = pd.DataFrame(
        [(name, seed, value) for name, values in RETURNS.items() for seed, value in enumerate(values)],
        columns=["configuration", "seed", "final_return"],
    )
    measures = runs.rename(columns={"final_return": "value"}).assign(measure="final_return")
    once, early = (verdicts(replace(made, looks=looks), runs, measures) for looks in ([], [8, 100]))
    factor = 0.05 / levels([8, 100], 0.05)[0]
    assert early["p_supported"][0] == pytest.approx(min(1.0, once["p_supported"][0] * factor))
    assert (once["verdict"][0], early["verdict"][0]) == ("supported", "inconclusive")


def test_only_an_inconclusive_claim_needs_more_seeds():
    rows = decide(
        claim(WORST, "lower", "shown", reference=BEST, margin=25),
        claim(WORST, "lower", "open", reference=BEST, margin=198),
    )
    assert (rows["seeds_needed"].iloc[0], int(rows["seeds_needed"].iloc[1]) > len(SEEDS)) == ("", True)


def test_no_number_of_seeds_settles_an_effect_at_the_margin(two_claims):
    assert two_claims["seeds_needed"].iloc[1] == "more than 1000"


def test_with_too_few_seeds_a_claim_is_inconclusive_and_the_test_column_says_so():
    found = decide(
        claim(WORST, "lower", reference=BEST, margin=100),
        returns={name: values[:4] for name, values in RETURNS.items()},
        seeds=SEEDS[:4],
    ).iloc[0]
    assert (found["verdict"], found["seeds_needed"], found["n"]) == ("inconclusive", "at least 5", 4)
    assert "too few seeds for a test" in found["test"]


def test_eight_tied_seeds_do_not_decide_a_return_by_their_bounds():
    found = decide(claim(BEST, "at_least", value=475), returns=RETURNS | {"0.01": [500.0] * 8}).iloc[0]
    assert (found["verdict"], found["seeds_needed"]) == ("inconclusive", "")
    assert found["p_supported"] == pytest.approx(0.95**8)
    assert "bounds for runs that all tie" in found["test"]


def test_a_hundred_tied_seeds_decide_a_return_by_their_bounds():
    made = {name: [500.0] * 100 for name in RETURNS}
    asked = claim(BEST, "not_lower", reference="others", margin=25)
    found = decide(asked, returns=made, seeds=list(range(100))).iloc[0]
    assert (found["verdict"], found["effect"]) == ("supported", 0.0)
    assert found["p_supported"] == pytest.approx(0.95**100)
    assert found[["low", "high"]].tolist() == pytest.approx([-500 * (1 - 0.025**0.01), 500 * (1 - 0.025**0.01)])


def test_tied_seeds_of_a_measure_without_a_known_range_are_not_tested():
    found = decide(claim(BEST, "at_most", value=0.1, measure="relative_drawdown")).iloc[0]  # curves are constant
    assert found["verdict"] == "inconclusive"
    assert "all seeds tie" in found["test"]


def test_failed_runs_are_reported():
    found = decide(claim(WORST, "lower", reference=BEST, margin=100), failed=[("0.1", 0), ("0.1", 1)]).iloc[0]
    assert found["n"] == 6
    assert "2 of 8 runs failed at learning rate 0.1" in found["test"]


def test_failed_runs_count_in_a_rate():
    failed = [("0.1", seed) for seed in SEEDS]
    found = decide(claim(WORST, "at_least", measure="failure_rate", value=0.5), failed=failed).iloc[0]
    assert (found["verdict"], found["effect"], found["n"]) == ("supported", 1.0, 8)


@pytest.mark.parametrize("name", ["solved_rate", "reached_rate", "time_to_solve"])
def test_a_measure_that_counts_failed_runs_says_that_it_does(name):
    failed = [("0.1", 0), ("0.1", 1)]
    found = decide(claim(WORST, "at_least", measure=name, value=0.5), failed=failed).iloc[0]
    assert found["n"] == 8
    assert "2 of 8 runs failed at learning rate 0.1, which count as never solved" in found["test"]


@pytest.mark.parametrize(
    ("test", "verdict"),
    [
        ("not_tested", "not tested yet"),
        ("tested_elsewhere", "tested in another paper"),
        ("not_testable", "not testable here"),
    ],
)
def test_a_claim_without_a_test_is_listed_with_the_reason(test: str, verdict: str):
    row = decide({"id": "listed", **WORDS, "test": test}).iloc[0]
    assert (row["claim"], row["verdict"], row["why"], row["test"]) == ("listed", verdict, "because", "")


def test_no_number_of_seeds_is_given_if_one_run_makes_up_the_mean():
    found = decide(claim(WORST, "at_least", value=500), returns=RETURNS | {"0.1": np.array([4e3, *[10.0] * 7])}).iloc[0]
    assert (found["verdict"], found["seeds_needed"]) == ("inconclusive", "too skewed to say")
    assert "one run makes up 98% of the mean at learning rate 0.1" in found["test"]


def test_the_texts_of_a_claim_are_in_the_row_of_its_verdict():
    written = claim(WORST, "lower", reference=BEST, margin=100) | {"part": "this", "caveat": "but"}
    found = decide(written).iloc[0]
    assert found[["measure", "part", "why", "caveat"]].tolist() == ["final_return", "this", "because", "but"]


def test_claims_keep_their_order():
    untested = {"id": "later", **WORDS, "test": "not_tested"}
    tested = [claim(BEST, "at_least", name, value=1) for name in ("b", "a")]
    assert decide(tested[0], untested, tested[1])["claim"].tolist() == ["b", "later", "a"]


@pytest.mark.parametrize(
    ("name", "figure"),
    [("final_return", "final_auc"), ("peak", "learning_curves"), ("entropy:last", "diagnostics")],
)
def test_a_claim_points_to_the_figure_that_shows_its_measure(name, figure):
    assert decide(claim(BEST, "at_least", measure=name, value=1))["figure"].iloc[0] == figure


@pytest.mark.parametrize(
    ("claimed", "words"),
    [
        (claim(BEST, "higher", reference=WORST, margin=0), "higher than at learning rate 0.1 (Welch,"),
        (
            claim(BEST, "not_lower", reference=WORST, measure="grad_norm:late_median", margin=2),
            "not lower than at learning rate 0.1 by more than a factor of 2 (Welch on logarithms,",
        ),
        (
            claim(BEST, "higher", reference=WORST, margin=0.2, compare="superiority"),
            "higher than at learning rate 0.1 by at least 0.2 in the probability of superiority (Brunner-Munzel,",
        ),
        (claim(BEST, "lower", reference=WORST, measure="time_to_solve", margin=0), "learning rate 0.1 (log-rank,"),
        (
            claim(BEST, "at_least", value=275, quantile=0.1),
            "10% quantile over runs, at learning rate 0.01: at least 275",
        ),
        (claim(BEST, "higher", reference=WORST, measure="solved_rate", margin=0.1), "0.1 (exact unconditional,"),
    ],
)
def test_the_test_is_told_in_words(claimed, words):
    assert words in decide(claimed)["test"][0]


def test_a_claim_that_no_result_can_decide_counts_in_no_correction():
    rows = decide(
        claim(WORST, "lower", "out", reference=BEST, margin=400, not_testable={"all": "The reference is too low."}),
        claim(WORST, "lower", "in", reference=BEST, margin=100),
    )
    assert rows["verdict"].tolist() == ["not testable here", "supported"]
    assert rows["test"][0] == "The reference is too low."
    assert "Holm over 1" in rows["test"][1]


def test_the_halves_of_the_seeds_have_their_own_effects():
    row = decide(claim(WORST, "lower", reference=BEST, margin=100)).iloc[0]
    halves = [RETURNS["0.1"][part].mean() - RETURNS["0.01"][part].mean() for part in (slice(0, 4), slice(4, 8))]
    np.testing.assert_allclose([row["first_effect"], row["second_effect"]], halves)
    assert (row["level"], row["reference_level"]) == pytest.approx((100, 300))


@pytest.mark.parametrize(
    ("changed", "fall"),
    [({}, 0.75), ({"max_episode_steps": 1000}, None), ({"env_kwargs": {"goal_velocity": 0.01}}, None)],
)
def test_the_lowest_return_counts_only_where_the_environment_is_as_registered(changed, fall) -> None:
    point = {"env_id": "MountainCar-v0", "learning_rate": 0.01}
    made = study([point], point, [0, 1], [claim(point, "at_most", value=0.5, measure="relative_drawdown")])
    made.configurations[0].fields.update(changed)
    runs = pd.DataFrame({"configuration": made.point_names * 2, "seed": [0, 1], "final_return": -190.0})
    numbers = runs[["configuration", "seed"]].assign(peak=-160.0, drawdown=30.0)
    assert list(measured(made, runs, numbers)["value"]) == ([] if fall is None else [fall, fall])
