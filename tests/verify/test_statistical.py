"""Statistical comparison of retrained and published runs: verdicts, and how often they are wrong."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from a2c.verify import statistical
from a2c.verify.statistical import (
    DIFFERENT,
    EQUAL,
    NO_DIFFERENCE,
    UNTESTED,
    comparison_table,
    equivalence_margin,
    measure_run,
    verdict,
)

NAN = float("nan")


def runs(here: Sequence[float], published: Sequence[float], name: str = "a2c") -> pd.DataFrame:
    """A table of runs in which all measures of a run are the same number."""
    values = [*here, *published]
    sides = [False] * len(here) + [True] * len(published)
    return pd.DataFrame(
        {
            "configuration": name,
            "published": sides,
            "seed": range(len(values)),
            "final_return": values,
            "auc": values,
            "eval_return": values,
        }
    )


def verdict_of(here: Sequence[float], published: Sequence[float], within: float | None = 10.0) -> str:
    return verdict(comparison_table(runs(here, published), {"a2c": within}))


NEAR = [100.0, 101, 99, 100, 102]
FAR = [300.0, 310, 290, 305, 295]
WIDE = [20.0, 180, 60, 140, 100]


@pytest.mark.parametrize(
    ("here", "published", "within", "expected"),
    [
        (NEAR, [*NEAR, *NEAR], 10.0, EQUAL),
        (WIDE, [*WIDE, *WIDE], 10.0, NO_DIFFERENCE),
        (NEAR, [*NEAR, *NEAR], None, NO_DIFFERENCE),  # an environment without a scale has no margin
        (FAR, [*NEAR, *NEAR], 10.0, DIFFERENT),
        ([480.0] * 5, [500.0] * 10, 10.0, DIFFERENT),
        ([500.0] * 5, [500.0] * 10, 10.0, NO_DIFFERENCE),  # ties give no spread
        ([104.0, 104.1, 104.2, 104.1, 104], [100.0, 100.1] * 5, 10.0, DIFFERENT),  # a small but certain difference
        (NEAR[:4], [*NEAR, *NEAR], 10.0, UNTESTED),
        (NEAR, NEAR[:4], 10.0, UNTESTED),
        ([NAN] * 5, [*NEAR, *NEAR], 10.0, DIFFERENT),  # all failed
        ([NAN] * 5, [NAN] * 10, 10.0, NO_DIFFERENCE),  # all failed, as published
        ([NAN, *NEAR[:3]], [*NEAR, *NEAR], 10.0, UNTESTED),
        ([*NEAR, NAN], [*NEAR, *NEAR], 10.0, EQUAL),  # one of six failed: not significant
    ],
)
def test_the_verdict(here: list[float], published: list[float], within: float | None, expected: str) -> None:
    assert verdict_of(here, published, within) == expected


def test_samples_that_tie_at_two_values_have_the_exact_permutation_p() -> None:
    table = comparison_table(runs([480.0] * 5, [500.0] * 10), {"a2c": 10.0})
    np.testing.assert_allclose(table["p"], 2 / 3003)  # 15 over 5 ways to choose the five lower ones


def test_tests_without_power_after_the_correction_give_untested() -> None:
    many = [runs(NEAR, NEAR, str(number)) for number in range(4)]  # 12 tests whose p is at least 2 / 252
    table = comparison_table(pd.concat(many), dict.fromkeys("0123", 10.0))
    assert [verdict(rows) for _, rows in table.groupby("configuration")] == [UNTESTED] * 4
    assert set(table["words"]) == {"too few seeds for 12 tests"}


def test_the_correction_runs_over_all_configurations() -> None:
    table = comparison_table(
        pd.concat([runs(FAR, [*NEAR, *NEAR], "a"), runs(NEAR, [*NEAR, *NEAR], "b")]), {"a": 1.0, "b": 1.0}
    )
    assert table["p_adjusted"].min() == pytest.approx(6 * table["p"].min())


def test_equal_distributions_are_seldom_called_different() -> None:
    rng = np.random.default_rng(1)
    trials = [verdict_of(rng.exponential(50, 5).tolist(), rng.exponential(50, 6).tolist()) for _ in range(60)]
    assert trials.count(DIFFERENT) <= 6  # 5 % of 60 are 3; twice the standard error more is 6


def test_a_difference_of_the_margin_is_seldom_called_equal() -> None:
    rng = np.random.default_rng(2)
    trials = [verdict_of(rng.normal(10, 5, 6).tolist(), rng.normal(0, 5, 6).tolist()) for _ in range(60)]
    assert trials.count(EQUAL) <= 6


def test_the_margin_is_a_part_of_the_way_from_a_random_policy_to_the_threshold() -> None:
    assert equivalence_margin("CartPole-v1", 475.0) == pytest.approx(0.05 * (475 - 22.2))


def test_an_environment_without_a_scale_has_no_margin() -> None:
    assert equivalence_margin("MyEnv-v0", 100.0) is None
    assert equivalence_margin("CartPole-v1", None) is None


def test_a_budget_too_short_for_a_curve_has_no_numbers() -> None:
    measures = measure_run(np.array([10]), np.array([1.0]), np.array([1.0]), 50, 50)
    assert np.isnan(list(measures.values())).all()
    assert set(measures) == set(statistical.RETURNS)


def test_a_run_that_stopped_early_is_judged_on_its_own_last_tenth() -> None:
    step = np.arange(10, 501, 10)
    measures = measure_run(step, np.where(step > 450, 50.0, 10.0) + (step == 500) * 5, np.array([1.0]), 1_000, 500)
    assert measures["final_return"] == 51.0
