"""Numbers of seeds from a pilot's spread: a textbook number, and words if there is no number."""

from pathlib import Path

import pandas as pd
import pytest

from a2c.analysis.stats.intervals import TIE, TOO_FEW
from a2c.config import ConfigError
from a2c.planning.pilot import TOO_MANY, render, seeds_needed

# Deviation sqrt(10): the squares add up to 40 over 5 - 1.
SPREAD = [10.0, 8.0, 12.0, 6.0, 14.0]


def pilot(folder: Path, **returns: list[float]) -> Path:
    rows = [
        {"configuration": name, "seed": seed, "final_return": value, "auc": value, "eval_return": value}
        for name, values in returns.items()
        for seed, value in enumerate(values)
    ]
    pd.DataFrame(rows).to_csv(folder / "runs.csv", index=False)
    return folder / "runs.csv"


def first_row(path: Path, effect: float, power: float) -> dict[str, object]:
    return seeds_needed(path, effect, power).iloc[0].to_dict()


@pytest.mark.parametrize(("power", "seeds"), [(0.8, 17), (0.9, 23)])
def test_a_difference_of_one_deviation_needs_the_textbooks_seeds(power: float, seeds: int, tmp_path: Path) -> None:
    """Two-sided two-sample t test at 5 %, d = 1: Cohen 1988, table 2.4.1."""
    assert first_row(pilot(tmp_path, a=SPREAD), 10**0.5, power)["seeds"] == seeds


def test_more_comparisons_need_more_seeds(tmp_path: Path) -> None:
    found = first_row(pilot(tmp_path, a=SPREAD, b=SPREAD, c=SPREAD), 10**0.5, 0.8)
    assert found["seeds_in_study"] > found["seeds"]


def test_points_are_named_by_the_studys_axes(tmp_path: Path) -> None:
    path = pilot(tmp_path, a=SPREAD)
    table = pd.read_csv(path)
    table.insert(1, "max_grad_norm", None)
    table.insert(1, "gamma", 0.9)
    table.to_csv(path, index=False)
    shown = render(seeds_needed(path, 5, 0.9))
    assert "gamma 0.9, max grad norm none" in shown
    assert "words" not in shown


def test_every_configuration_and_measure_has_a_row(tmp_path: Path) -> None:
    assert len(seeds_needed(pilot(tmp_path, a=SPREAD, b=SPREAD), 5, 0.9)) == 6


@pytest.mark.parametrize(
    ("returns", "effect", "words"),
    [
        (SPREAD[:4], 5, TOO_FEW),
        ([500.0] * 5, 5, TIE),
        (SPREAD, 0.01, TOO_MANY),
        ([*SPREAD[:3], float("nan"), float("nan")], 5, TOO_FEW),
    ],
)
def test_words_replace_a_number_that_is_undefined(
    returns: list[float], effect: float, words: str, tmp_path: Path
) -> None:
    found = first_row(pilot(tmp_path, a=returns), effect, 0.9)
    assert found["words"] == words
    assert pd.isna(found["seeds"])


@pytest.mark.parametrize(
    ("effect", "power", "named"), [(0, 0.9, "--effect"), (float("nan"), 0.9, "--effect"), (5, 1, "--power")]
)
def test_a_wrong_number_is_named(effect: float, power: float, named: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=named):
        seeds_needed(pilot(tmp_path, a=SPREAD), effect, power)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("configuration,seed\na,0\n", "final_return"),
        ("configuration,final_return,auc,eval_return\na,x,1,1\n", "runs.csv"),
        ("", "runs.csv"),
    ],
)
def test_a_file_that_is_not_a_pilot_is_reported(content: str, named: str, tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text(content)
    with pytest.raises(ConfigError, match=named):
        seeds_needed(tmp_path / "runs.csv", 5, 0.9)


def test_a_missing_pilot_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.csv: cannot be read"):
        seeds_needed(tmp_path / "none.csv", 5, 0.9)
