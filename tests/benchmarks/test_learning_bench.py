"""The comparison of learning: how episodes are placed, and its table."""

import numpy as np

from a2c.config import Configuration
from benchmarks import learning


def test_valid_steps_leave_out_the_reset_rows() -> None:
    configuration = Configuration(n_envs=1, total_steps=400)
    for by_agent_steps, by_valid_steps in learning.ours(configuration, (0, 1)):
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
