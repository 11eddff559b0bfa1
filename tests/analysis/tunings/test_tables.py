"""All tables of a tuning: what is counted, and tables without rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from a2c.analysis.tunings.tables import tables_of
from a2c.runs.study_tables import parse_table
from tests.analysis.tunings.small_tuning import trial, winner
from tests.tuning.small import tuning_of

FIELDS = {
    "advantage_estimator": "gae", "gae_lambda": 0.9, "learning_rate": 1e-3, "n_steps": 8, "max_grad_norm": 0.5,
    "hidden_sizes": [4],
}  # fmt: skip
REFERENCES = pd.DataFrame({"reference": "article", "configuration": "{}", "seed": range(6), "score": 10.0})


def tables(trial_score: float, test_scores: list[float], references: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables of one trial and of its tests, none if it has no score."""
    status = "failed" if np.isnan(trial_score) else "complete"
    return tables_of(tuning_of(), trial([trial_score], fields=FIELDS, status=status), winner(test_scores), references)


@pytest.mark.parametrize(
    ("trial_score", "test_scores"), [(np.nan, []), (9.0, [np.nan] * 3)], ids=["no winner", "no test score"]
)
def test_every_table_of_a_tuning_that_failed_can_be_read_again(trial_score: float, test_scores: list[float]) -> None:
    for name, table in tables(trial_score, test_scores, REFERENCES.iloc[:0]).items():
        read = parse_table(table.to_csv(index=False).encode(), Path(name))
        assert (len(read), list(read)) == (len(table), list(table))
        assert table.columns.is_unique


def test_without_a_winner_tables_have_their_columns_and_a_row_for_each_repeat() -> None:
    empty, full = tables(np.nan, [], REFERENCES.iloc[:0]), tables(9.0, [1.0, 2.0, 3.0], REFERENCES)
    assert {name: list(table) for name, table in empty.items()} == {name: list(table) for name, table in full.items()}
    assert [name for name, table in empty.items() if len(table)] == ["chosen", "tuners", "comparisons", "anytime"]
    assert len(empty["chosen"]) == len(full["chosen"])


def test_a_reference_counts_the_seeds_with_a_score_and_those_without() -> None:
    references = REFERENCES.assign(score=[1.0, 2.0, np.nan, 3.0, 4.0, 5.0])
    (row,) = tables(9.0, [1.0], references)["references"].to_dict("records")
    assert (row["n"], row["n_failed"], row["mean"]) == (5, 1, 3.0)
