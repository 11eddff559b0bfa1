"""The winner of each budget, by hand."""

import pytest

from a2c.tuning.records import Row
from a2c.tuning.winners import is_used_up, used_runs, winners
from tests.tuning.small import tuning_of

TUNING = tuning_of(trials=4, small_budgets=[2])  # two seeds a trial: 8 runs, and 4


def rows(*trials: tuple[str, float | None, float]) -> list[Row]:
    """Rows of trials, given by status, score and the cost of each of two seeds."""
    return [
        {"trial": number, "status": status, "trial_score": score, "cost": cost}
        for number, (status, score, cost) in enumerate(trials)
        for _ in range(2)
    ]


def test_the_winner_of_a_budget_is_the_best_trial_that_was_complete_within_it() -> None:
    trials = rows(("complete", 1.0, 1), ("pruned", 9.0, 0.5), ("complete", 5.0, 1), ("complete", 2.0, 1))
    assert used_runs(trials) == 7
    assert winners(trials, TUNING) == {2: 0, 4: 2}  # trial 2 was complete after 5 runs of 4


def test_of_equals_the_first_wins_and_a_trial_after_the_budget_does_not() -> None:
    trials = rows(("complete", 3.0, 1), ("complete", 3.0, 1), ("failed", None, 0.5), ("complete", 9.0, 2))
    assert winners(trials, TUNING) == {2: 0, 4: 0}
    assert is_used_up(trials, TUNING)


def test_costs_that_add_up_to_the_budget_but_for_rounding_are_within_it() -> None:
    trials = rows(*[("complete", float(number), 1 / 7) for number in range(28)])
    assert winners(trials, TUNING) == {2: 13, 4: 27}
    assert is_used_up(trials, TUNING)
    assert not is_used_up(trials[:-2], TUNING)


def test_trials_that_cost_nothing_end_after_nine_times_the_trials_of_the_budget() -> None:
    trials = rows(*[("failed", None, 0.0)] * (9 * 4))
    assert is_used_up(trials, TUNING)
    assert not is_used_up(trials[:-2], TUNING)


def test_without_a_complete_trial_nothing_wins() -> None:
    assert winners(rows(("pruned", 1.0, 4), ("failed", None, 1)), TUNING) == {}
    assert used_runs([]) == pytest.approx(0)
