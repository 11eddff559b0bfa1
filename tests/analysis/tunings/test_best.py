"""The setting to copy: selected on half of the test seeds, reported on the others."""

import numpy as np
import pandas as pd

from a2c.analysis.tunings.best import COLUMNS, best
from a2c.analysis.tunings.chosen import chosen
from tests.analysis.tunings.small_tuning import trial, winner

NAN = np.nan


def found(*scores: list[float]) -> pd.DataFrame:
    """The best of the choices of some repeats with these scores on the test seeds."""
    trials = [trial([100.0, 100.0], repeat=repeat) for repeat in range(len(scores))]
    tests = pd.concat([winner(own, repeat=repeat) for repeat, own in enumerate(scores)])
    return best(chosen(pd.concat(trials), tests, []), tests)


def test_the_best_half_is_reported_on_the_other_half() -> None:
    (row,) = found([90.0, 80.0, 1.0, 3.0], [70.0, 70.0, 99.0, 99.0]).to_dict("records")
    assert (row["repeat"], row["selecting_mean"], row["reporting_mean"]) == (0, 85.0, 2.0)


def test_a_choice_that_failed_on_a_selecting_seed_is_not_taken() -> None:
    (row,) = found([90.0, NAN, 90.0, 90.0], [10.0, 10.0, 20.0, 20.0]).to_dict("records")
    assert (row["repeat"], row["n_selecting"], row["n_choices"]) == (1, 2, 2)


def test_a_reporting_run_that_failed_is_not_counted() -> None:
    (row,) = found([90.0, 80.0, NAN, 3.0]).to_dict("records")
    assert (row["n_reporting"], row["reporting_mean"]) == (1, 3.0)


def test_without_a_test_score_the_table_has_its_columns_and_no_row() -> None:
    table = found([NAN] * 4)
    assert (len(table), list(table)) == (0, COLUMNS)
