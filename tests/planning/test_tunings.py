"""What a tuning costs before it is run."""

import pytest

from a2c.config.tunings import REFERENCES
from a2c.planning.cost import block_cost
from a2c.planning.times import read_times
from a2c.planning.tunings import RUN_SECONDS, START_SECONDS, TRIAL_SECONDS, drawn, job_cost, runs_of
from a2c.runs.layout import SeedBlock
from tests.tuning.small import tuning_of

TIMES = read_times()["seconds"]


def test_a_job_has_the_runs_of_its_budget_and_of_its_tests() -> None:
    tuning = tuning_of()
    assert runs_of(tuning, "tpe") == 6 * 2 + 2 * 3
    assert runs_of(tuning, "grid") == 4 * 2 + 2 * 3  # a grid of four points
    assert runs_of(tuning, REFERENCES) == 2 * 3


def test_a_run_costs_the_mean_of_settings_drawn_from_the_space() -> None:
    tuning = tuning_of(base={"total_steps": 200_000})
    settings = drawn(tuning, "tpe")
    assert len({one.name for one in settings}) > 50
    alone = [block_cost(SeedBlock(one, 0, 0), "test", TIMES, {}).seconds - TIMES["core job"] for one in settings]
    expected = runs_of(tuning, "tpe") * (sum(alone) / len(alone) + RUN_SECONDS)
    besides = START_SECONDS + TIMES["core job"] + 6 * TRIAL_SECONDS
    assert job_cost(tuning, "tpe", "test", TIMES).seconds - besides == pytest.approx(expected, rel=0.02)


def test_the_grid_costs_what_its_points_do() -> None:
    """Each has the network of the base, which is larger than those of the space."""
    tuning = tuning_of(base={"total_steps": 200_000, "hidden_sizes": [256, 256]})
    assert {one.hidden_sizes for one in drawn(tuning, "grid")} == {(256, 256)}
    assert job_cost(tuning, "grid", "test", TIMES).seconds > 2 * job_cost(tuning, "tpe", "test", TIMES).seconds
