"""Which trial a tuner would hand over when a budget is used up."""

import math
from collections.abc import Sequence

from a2c.config.tunings import PARTS, Tuning
from a2c.runs.tuning_study import COMPLETE
from a2c.tuning.records import Row

SLACK = 1e-9  # of sums of costs, in runs


def used_runs(trials: Sequence[Row]) -> float:
    """What the trials cost in all, in runs at full length. `trials`: rows of trials.parquet."""
    return math.fsum(row["cost"] for row in trials)


def is_used_up(trials: Sequence[Row], tuning: Tuning) -> bool:
    """Whether nothing is left of the budget, or there are so many trials as it would give at the first rung alone.

    Trials that diverge at once cost next to nothing; without a bound they would not end.
    """
    budget = tuning.trials * tuning.seeds_per_trial
    return used_runs(trials) >= budget - SLACK or len(trials) >= PARTS * budget


def is_over(trials: Sequence[Row], tuning: Tuning, tuner: str) -> bool:
    """Whether a tuner's search has ended: its budget is used up, or it has tried the whole grid."""
    has_tried_all = tuner == "grid" and len({row["trial"] for row in trials}) == tuning.n_points
    return has_tried_all or is_used_up(trials, tuning)


def winners(trials: Sequence[Row], tuning: Tuning) -> dict[int, int]:
    """By budget, the trial with the highest score, the first of equals, of those that were complete within it.

    A budget in which no trial was complete is left out.
    """
    found = {}
    for budget in tuning.budgets:
        within = _complete_within(trials, budget * tuning.seeds_per_trial)
        if within:
            found[budget] = min(within, key=lambda trial: (-within[trial], trial))
    return found


def _complete_within(trials: Sequence[Row], runs: float) -> dict[int, float]:
    """The scores of the trials that were complete after so many runs, by trial."""
    scores, costs = {}, []
    last = {row["trial"]: place for place, row in enumerate(trials)}
    for place, row in enumerate(trials):
        costs.append(row["cost"])
        is_end = place == last[row["trial"]]
        if is_end and row["status"] == COMPLETE and math.fsum(costs) <= runs + SLACK:
            scores[row["trial"]] = row["trial_score"]
    return scores
