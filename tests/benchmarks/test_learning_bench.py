"""The comparison of learning: how episodes are placed, and its table."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from a2c.config import Configuration
from a2c.learn.learner import Learner
from a2c.learn.trainer import make_trainer
from benchmarks import atari_learning, equivalence, learning
from tests.learn.learners import settled


@pytest.mark.parametrize("make", [make_trainer, Learner])
def test_valid_steps_leave_out_the_reset_rows(make: Callable[..., Any]) -> None:
    configuration = Configuration(n_envs=1, total_steps=400)
    with settled():
        runs = list(learning.ours(configuration, (0, 1), make))
    for by_agent_steps, by_valid_steps in runs:
        lengths = np.array([total for _, total in by_valid_steps])  # CartPole's return
        resets = np.arange(len(lengths))
        assert [step for step, _ in by_valid_steps] == lengths.cumsum().tolist()
        assert [step for step, _ in by_agent_steps] == (lengths.cumsum() + resets).tolist()


def test_table_has_the_difference_of_ours_less_theirs() -> None:
    cases = learning.CASES
    theirs, ours = [1.0, 2.0, 3.0, 4.0, 5.0], [11.0, 12.0, 13.0, 14.0, 15.0]
    found = {(*case, True): learning.Finals(theirs, theirs) for case in cases}
    found |= {(*case, False): learning.Finals(ours, theirs) for case in cases}
    row = learning.table(found).splitlines()[4].split(" | ")
    # Welch with equal spreads: s^2 = 2.5, standard error 1, 8 degrees of freedom, t(0.975) = 2.306
    assert row[3:6] == ["3.0 [1.0, 5.0]", "13.0 [11.0, 15.0]", "+10.0 [7.7, 12.3]"]
    assert row[7:] == ["3.0 [1.0, 5.0]", "+0.0 [-2.3, 2.3]", "1 |"]


def test_table_says_that_all_seeds_tie() -> None:
    cases = learning.CASES
    found = {(*case, peer): learning.Finals([-500.0] * 5, [-500.0] * 5) for case in cases for peer in (True, False)}
    row = learning.table(found).splitlines()[4].split(" | ")
    assert row[3:7] == ["-500.0 (all seeds tie)", "-500.0 (all seeds tie)", "+0.0 (all seeds tie)", ""]


def test_equivalence_is_shown_for_a_small_difference_and_not_for_a_large_one() -> None:
    near, far = equivalence.SETTINGS
    sample = np.array([480.0, 490.0, 500.0, 495.0, 485.0])
    finals = {(near, True): sample, (near, False): sample - 1, (far, True): sample, (far, False): sample - 24}
    rows = equivalence.table(finals).splitlines()[4:6]
    assert [row.split(" | ")[-2] for row in rows] == ["yes", "not shown"]
    # s^2 = 62.5, standard error 5, 8 degrees of freedom, t(0.975) = 2.306
    assert "+1.0 [-10.5, 12.5]" in rows[0]


def test_the_planned_seeds_have_the_power() -> None:
    assert equivalence.SEEDS is not None
    planned = equivalence.SPREAD, equivalence.SPREAD
    assert equivalence.power(equivalence.SEEDS, planned) >= equivalence.POWER
    assert equivalence.power(equivalence.SEEDS - 2, planned) < equivalence.POWER


def test_samples_that_tie_are_equivalent() -> None:
    finals = {(name, by_core): np.full(5, 500.0) for name in equivalence.SETTINGS for by_core in (True, False)}
    assert "(all seeds tie) | 0.0 | +0.0 | 0 | yes | 1.00 |" in equivalence.table(finals)


def test_atari_table_has_the_difference_of_ours_less_theirs() -> None:
    mine, peer = np.array([11000.0, 12000, 13000, 14000, 15000]), np.array([1000.0, 2000, 3000, 4000, 5000])
    lines = atari_learning.table(mine, peer).splitlines()
    assert lines[2] == "| a2c-bench | 5 | 13,000 [11,037, 14,963] | 11,000, 12,000, 13,000, 14,000, 15,000 |"
    # s^2 = 2.5e6, standard error 1000, 8 degrees of freedom, t(0.975) = 2.306
    assert "ours less the peer's: +10,000 [7,694, 12,306]" in lines[-1]


def test_published_runs_are_cut_at_the_budget() -> None:
    for result in atari_learning.published_results():
        (final,) = atari_learning.final_returns(result)
        step, returns = (result.episodes[name].to_numpy() for name in ("step", "return"))
        judged = returns[(step > 450_000) & (step <= 500_000)]
        assert final == pytest.approx(judged.mean(), rel=1e-12)
