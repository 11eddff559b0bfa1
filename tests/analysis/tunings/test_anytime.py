"""The best score so far as a function of the cost."""

import numpy as np
import pandas as pd

from a2c.analysis.tunings.anytime import anytime
from tests.analysis.tunings.small_tuning import trial


def test_the_best_score_so_far_never_falls() -> None:
    trials = pd.concat([trial([score] * 2, number=n) for n, score in enumerate([10.0, 30.0, 20.0, 40.0])])
    assert anytime(trials, 4, 2)["mean"].tolist() == [10.0, 30.0, 30.0, 40.0]


def test_a_trial_that_was_stopped_costs_what_it_used_and_counts_for_nothing() -> None:
    stopped = [trial([99.0] * 2, number=n, status="pruned", cost=0.5) for n in range(2)]
    whole = [trial([10.0] * 2, number=2), trial([20.0] * 2, number=3)]
    table = anytime(pd.concat([*stopped, *whole]), 3, 2)
    np.testing.assert_array_equal(table["mean"], [np.nan, 10.0, 20.0])


def test_costs_that_add_up_to_whole_trials_but_for_rounding_count_as_whole() -> None:
    trials = pd.concat([trial([float(n)], number=n, cost=0.1) for n in range(1, 11)])
    assert anytime(trials, 1, 1)["mean"].tolist() == [10.0]


def test_the_mean_is_over_repeats() -> None:
    trials = pd.concat([trial([10.0 * repeat], repeat=repeat) for repeat in range(6)])
    (row,) = anytime(trials, 1, 1).to_dict("records")
    assert (row["mean"], row["n_repeats"]) == (25.0, 6)
    assert row["band_low"] < 25.0 < row["band_high"]
