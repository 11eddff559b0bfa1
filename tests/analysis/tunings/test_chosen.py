"""What tuners chose, on tuning and on test seeds."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from a2c.analysis.tunings.chosen import by_tuner, chosen, compared
from tests.analysis.tunings.small_tuning import trial, winner

NO_REFERENCES = pd.DataFrame({"reference": [], "seed": [], "score": []})


def choices(scores: dict[str, list[float]]) -> pd.DataFrame:
    """The choices of tuners whose repeats have these test scores; every winner had 100 on its tuning seeds.

    NaN: every test run of the winner failed.
    """
    trials, tests = [], []
    for tuner, repeats in scores.items():
        for repeat, score in enumerate(repeats):
            trials.append(trial([100.0, 100.0], tuner, repeat, 7, {"learning_rate": repeat}))
            tests.append(winner([score - 1, score + 1], tuner, repeat, 7))
    return chosen(pd.concat(trials), pd.concat(tests), [])


def test_a_choice_has_its_mean_over_tuning_seeds_and_over_test_seeds() -> None:
    trials = pd.concat([trial([10.0, 20.0], number=0), trial([90.0, 110.0], number=1, fields={"gamma": 0.9})])
    (row,) = chosen(trials, winner([50.0, 70.0, 90.0], number=1), []).to_dict("records")
    assert row == {
        "budget": 2, "tuner": "random", "repeat": 0, "trial": 1, "configuration": '{"gamma": 0.9}',
        "tuning_score": 100.0, "test_score": 70.0, "test_error": pytest.approx(20 / 3**0.5), "n_test": 3,
        "shrinkage": 30.0,
    }  # fmt: skip


def test_the_interval_of_a_tuner_is_students_over_its_repeats() -> None:
    repeats = [50.0, 60.0, 70.0, 80.0, 95.0]
    (row,) = by_tuner(choices({"tpe": repeats})).to_dict("records")
    low, high = stats.ttest_1samp(repeats, 0).confidence_interval(0.95)
    assert (row["test_score"], row["test_score_low"], row["test_score_high"]) == pytest.approx((71.0, low, high))
    assert (row["shrinkage"], row["n_repeats"]) == (29.0, 5)


def test_a_tuner_is_compared_with_random_search_by_welchs_test() -> None:
    tpe, random = [50.0, 60.0, 70.0, 80.0, 95.0], [10.0, 30.0, 35.0, 40.0, 90.0]
    (row,) = compared(choices({"tpe": tpe, "random": random}), NO_REFERENCES).to_dict("records")
    expected = stats.ttest_ind(tpe, random, equal_var=False)
    assert (row["tuner"], row["reference"]) == ("tpe", "random")
    assert row["p"] == pytest.approx(expected.pvalue)
    assert (row["low"], row["high"]) == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_p_values_of_a_budget_are_adjusted_together() -> None:
    tuners = {"random": [1.0, 2.0, 3.0, 4.0, 5.0], "tpe": [4.0, 5.0, 6.0, 7.0, 8.0], "grid": [2.0, 2.5, 3.0, 4.0, 6.0]}
    table = compared(choices(tuners), NO_REFERENCES)
    smaller, larger = sorted(table["p"])
    assert sorted(table["p_adjusted"]) == pytest.approx([2 * smaller, max(2 * smaller, larger)])


def test_every_tuner_is_compared_with_settings_that_nobody_tuned() -> None:
    references = pd.DataFrame({"reference": ["article"] * 5, "seed": range(5), "score": [1.0, 2.0, 3.0, 4.0, 5.0]})
    table = compared(choices({"random": [50.0, 60.0, 70.0, 80.0, 95.0]}), references)
    assert table[["tuner", "reference", "n", "n_reference", "difference"]].to_numpy().tolist() == [
        ["random", "article", 5, 5, 68.0]
    ]


def test_too_few_repeats_have_no_interval_and_say_so() -> None:
    (row,) = compared(choices({"tpe": [1.0, 2.0], "random": [3.0, 5.0]}), NO_REFERENCES).to_dict("records")
    assert row["interval"] == "too few seeds for a test"
    assert np.isnan(row["low"])
    assert np.isnan(row["p"])


def test_a_test_run_that_failed_is_left_out_of_its_choice() -> None:
    (row,) = chosen(trial([80.0, 100.0]), winner([50.0, np.nan, 90.0]), []).to_dict("records")
    assert (row["test_score"], row["n_test"], row["shrinkage"]) == (70.0, 2, 20.0)


def test_a_choice_whose_test_runs_all_failed_has_no_test_score() -> None:
    (row,) = chosen(trial([80.0, 100.0]), winner([np.nan, np.nan]), []).to_dict("records")
    assert (row["tuning_score"], row["n_test"]) == (90.0, 0)
    assert np.isnan([row["test_score"], row["shrinkage"]]).all()


def test_a_repeat_without_a_test_score_is_left_out_of_its_tuner_and_counted() -> None:
    (row,) = by_tuner(choices({"tpe": [50.0, 60.0, np.nan, 70.0, 80.0, 95.0]})).to_dict("records")
    low, high = stats.ttest_1samp([50.0, 60.0, 70.0, 80.0, 95.0], 0).confidence_interval(0.95)
    assert (row["test_score"], row["test_score_low"], row["test_score_high"]) == pytest.approx((71.0, low, high))
    assert row["test_score_interval"] == "t 95 %; left out as failed: 1 of 6 repeats"
    assert (row["tuning_score"], row["tuning_score_interval"], row["n_repeats"]) == (100.0, "all seeds tie", 6)


def test_a_tuner_without_any_test_score_says_why_it_has_no_interval() -> None:
    (row,) = by_tuner(choices({"tpe": [np.nan] * 5})).to_dict("records")
    assert np.isnan(row["test_score"])
    assert row["test_score_interval"] == "no finished run; left out as failed: 5 of 5 repeats"


def test_runs_that_failed_are_left_out_of_both_sides_of_a_comparison() -> None:
    scores = [1.0, 2.0, np.nan, 3.0, 4.0, 5.0]
    references = pd.DataFrame({"reference": ["article"] * 6, "seed": range(6), "score": scores})
    table = compared(choices({"random": [50.0, 60.0, 70.0, np.nan, 80.0, 95.0]}), references)
    assert table[["n", "n_reference", "difference"]].to_numpy().tolist() == [[5, 5, 68.0]]
    assert table["interval"].tolist() == ["Welch 95 %"]


def test_a_comparison_with_a_setting_that_always_failed_says_why_there_is_none() -> None:
    references = pd.DataFrame({"reference": ["article"] * 5, "seed": range(5), "score": [np.nan] * 5})
    (row,) = compared(choices({"random": [50.0, 60.0, 70.0, 80.0, 95.0]}), references).to_dict("records")
    assert (row["n_reference"], row["interval"]) == (0, "too few seeds for a test")
    assert np.isnan([row["difference"], row["p"]]).all()


def test_a_repeat_without_a_complete_trial_counts_as_one_without_a_score() -> None:
    trials = pd.concat([trial([10.0, 10.0], "asha", repeat) for repeat in range(5)])
    tests = pd.concat([winner([9.0 + repeat, 9.0 + repeat], "asha", repeat) for repeat in range(5)])
    planned = [(2, tuner, repeat) for tuner in ("asha", "tpe") for repeat in range(6)]
    choices = chosen(trials, tests, planned)
    assert len(choices) == 12
    assert choices["trial"].notna().sum() == 5
    asha, tpe = by_tuner(choices).to_dict("records")
    assert (asha["n_repeats"], asha["test_score"]) == (6, 11.0)
    assert asha["test_score_interval"] == "t 95 %; left out as failed: 1 of 6 repeats"
    assert tpe["test_score_interval"] == "no finished run; left out as failed: 6 of 6 repeats"
    assert compared(choices, NO_REFERENCES).empty
