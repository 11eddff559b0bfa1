"""A3C by real processes, and A2C beside it."""

import pytest

from benchmarks import asynchrony
from tests.processes import unsettle


@pytest.mark.slow
def test_real_processes_take_the_steps_together() -> None:
    measured = asynchrony.a3c(asynchrony.configured(2, 600), 0)
    assert 600 <= measured.steps <= 600 + 2 * 5
    assert measured.episodes == sorted(measured.episodes)
    assert measured.episodes[-1][0] <= measured.steps


def test_a2c_takes_the_same_steps_in_one_process() -> None:
    measured = asynchrony.a2c(asynchrony.configured(4, 600), 0)
    unsettle()
    assert measured.steps == 600
    assert len(measured.episodes) > 5
    text = asynchrony.table([(1, "A2C, one process", 4, measured)], 600)
    assert text.splitlines()[-1].startswith("| 1 | A2C, one process | 4 |")
