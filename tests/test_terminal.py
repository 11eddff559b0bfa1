"""Tables for terminals, JSON for programs."""

import json

import numpy as np
import pandas as pd

from a2c.terminal import aligned, as_json, records


def test_text_begins_at_the_left_and_numbers_end_at_the_right() -> None:
    table = aligned(["name", "n_runs"], [["a", "1,234"], ["longer", "5"]], left=["name"])
    assert table.splitlines() == ["name      n runs", "------  --------", "a          1,234", "longer         5"]


def test_numbers_that_are_none_are_null() -> None:
    content = {"a": [np.float64(1.5), float("nan"), float("inf")], 2: (np.int64(3), True, None, "ä")}
    assert json.loads(as_json(content)) == {"a": [1.5, None, None], "2": [3, True, None, "ä"]}


def test_an_empty_cell_of_a_table_is_none() -> None:
    table = pd.DataFrame({"seeds": pd.array([1, None], dtype="Int64"), "mean": [0.5, np.nan]})
    assert records(table) == [{"seeds": 1, "mean": 0.5}, {"seeds": None, "mean": None}]
