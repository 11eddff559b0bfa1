"""Numbers of seeds from a pilot's spread: a textbook number, and words if there is no number."""

from pathlib import Path

import pandas as pd
import pytest

from a2c.analysis.stats.intervals import TIE, TOO_FEW
from a2c.config import ConfigError, expand
from a2c.planning.pilot import TOO_MANY, Pilot, render, seeds_needed

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
    ("effect", "power", "named"),
    [
        (0, 0.9, "--effect"),
        (float("nan"), 0.9, "--effect"),
        (float("inf"), 0.9, "--effect"),
        (5, 1, "--power"),
        (5, float("nan"), "--power"),
    ],
)
def test_a_wrong_number_is_named(effect: float, power: float, named: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=named):
        seeds_needed(pilot(tmp_path, a=SPREAD), effect, power)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("configuration,seed\na,0\n", "final_return"),
        ("configuration,final_return,auc,eval_return\na,x,1,1\n", r"runs\.csv: seed: missing"),
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


WHOLE = "a whole number from 0 to 2147483647"


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (",0,1,1,1", "configuration: '' is not allowed; allowed: text"),
        ("a,,1,1,1", f"seed: '' is not allowed; allowed: {WHOLE}"),
        ("a,abc,1,1,1", f"seed: 'abc' is not allowed; allowed: {WHOLE}"),
        ("a,1.5,1,1,1", f"seed: '1.5' is not allowed; allowed: {WHOLE}"),
        ("a,-1,1,1,1", f"seed: '-1' is not allowed; allowed: {WHOLE}"),
        ("a,inf,1,1,1", f"seed: 'inf' is not allowed; allowed: {WHOLE}"),
        ("a,1e30,1,1,1", f"seed: '1e30' is not allowed; allowed: {WHOLE}"),
        ("a,1,x,1,1", "final_return: 'x' is not allowed; allowed: a number, or none"),
        ("a,1,1,inf,1", "auc: inf is not allowed; allowed: a finite number, or none"),
        ("a,1,1,1,-inf", "eval_return: -inf is not allowed; allowed: a finite number, or none"),
    ],
)
def test_a_cell_that_no_study_writes_is_named(cells: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text(f"configuration,seed,final_return,auc,eval_return\na,0,1,1,1\n{cells}\n")
    with pytest.raises(ConfigError) as error:
        seeds_needed(path, 5, 0.9)
    assert str(error.value) == f"{path}: row 2: {told}"


MEASURES = "measure,configuration,seed,value,low,high\nauc,a,0,1,1,1\n"


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (",a,0,1,1,1", "measure: '' is not allowed; allowed: text"),
        ("auc,,0,1,1,1", "configuration: '' is not allowed; allowed: text"),
        ("auc,a,,1,1,1", f"seed: '' is not allowed; allowed: {WHOLE}"),
        ("auc,a,1.5,1,1,1", f"seed: '1.5' is not allowed; allowed: {WHOLE}"),
        ("auc,a,1,x,1,1", "value: 'x' is not allowed; allowed: a number, or none"),
        ("auc,a,1,inf,1,1", "value: inf is not allowed; allowed: a finite number, or none"),
        ("auc,a,1,1,1,inf", "high: inf is not allowed; allowed: a finite number, or none"),
        ("own,a,1,inf,1,1", "value: inf is not allowed; allowed: a finite number, or none"),
        ("auc,a,1,1,,1", "low: '' is not allowed; allowed: a number, as there is a value"),
    ],
)
def test_a_cell_of_measures_that_no_study_writes_is_named(cells: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "measures.csv"
    path.write_text(f"{MEASURES}{cells}\n")
    with pytest.raises(ConfigError) as error:
        Pilot([path])
    assert str(error.value).removeprefix(f"{path}: row 2: ") == told


def test_a_run_that_never_solved_its_task_has_an_infinite_time(tmp_path: Path) -> None:
    path = pilot(tmp_path, a=SPREAD)
    path.with_name("measures.csv").write_text(f"{MEASURES}time_to_solve,a,0,inf,inf,inf\n")
    content = {"title": "T", "results": "r", "studies": [{"name": "s", "grid": {"gamma": [0.9, 0.99]}, "seeds": "0-4"}]}
    (study,) = expand(content, "paper.yaml", tmp_path).studies
    assert [one.value for one in Pilot([path]).values(study, "time_to_solve", "a").values()] == [float("inf")]


def test_returns_with_fourth_powers_beyond_all_numbers_need_as_many_seeds(tmp_path: Path) -> None:
    huge = [value * 1e100 for value in SPREAD]
    assert first_row(pilot(tmp_path, a=huge), 10**0.5 * 1e100, 0.8)["seeds"] == 17
