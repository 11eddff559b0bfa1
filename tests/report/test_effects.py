"""The effect of a claim in words."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from a2c.report.effects import effect_in_words, halves, still_possible

ROW: dict[str, Any] = {
    "measure": "final_return", "how": "means", "reference": "other", "level": 112.04, "reference_level": 500.0,
    "effect": -388.0, "low": -415.0, "high": -361.0, "verdict": "contradicted",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "112.0 instead of 500.0 reward per episode [difference -388.0, 95 % -415.0 to -361.0; worse]"),
        (
            {"low": -415.0, "high": 9.0},
            "112.0 instead of 500.0 reward per episode [difference -388.0, 95 % -415.0 to 9.0]",
        ),
        (
            {"reference": "", "reference_level": np.nan, "effect": 112.04, "low": 100.0, "high": 124.0},
            "112.0 reward per episode [95 % 100.0 to 124.0]",
        ),
        (
            {"measure": "solved_rate", "how": "rates", "level": 0.1, "reference_level": 1.0, "effect": -0.9,
             "low": -0.94, "high": -0.8},
            "10 % instead of 100 % [difference -90 %, 95 % -94 % to -80 %; worse]",
        ),
        (
            {"measure": "grad_norm:late_median", "how": "ratios", "level": 8.0, "reference_level": 2.0, "effect": 4.0,
             "low": 3.0, "high": 5.0},
            "8.00 instead of 2.00 [ratio 4.00, 95 % 3.00 to 5.00]",
        ),
        (
            {"how": "superiority", "effect": 0.9, "low": 0.8, "high": 0.97},
            "112.0 instead of 500.0 reward per episode [higher in 90 % of pairs, 95 % 80 % to 97 %; better]",
        ),
        ({"measure": np.nan}, ""),
    ],
)  # fmt: skip
def test_levels_come_first_then_the_effect_with_its_side(changes: dict[str, Any], words: str) -> None:
    assert effect_in_words(pd.Series(ROW | changes)) == words


def test_an_undecided_test_says_what_is_still_possible() -> None:
    row = ROW | {"verdict": "inconclusive", "low": -30.0, "high": 12.0}
    assert still_possible(pd.Series(row)) == "What is still possible: a difference, 95 % -30.0 to 12.0."
    assert still_possible(pd.Series(ROW)) == ""


def test_the_halves_of_the_seeds_stand_side_by_side() -> None:
    half = {f"{name}_{key}": ROW[key] for name in ("first", "second") for key in ("effect", "low", "high")}
    assert halves(pd.Series(ROW | half)) == ("-388.0 [-415.0, -361.0]",) * 2
    assert halves(pd.Series(ROW)) == ("", "")
