"""The search methods: what they ask for, by their seeds alone."""

import itertools
from typing import Any

import pytest

from a2c.config.tunings import TUNERS
from a2c.tuning.tuners import Asked, Tuner
from tests.tuning.small import tuning_of


def score_of(values: dict[str, Any]) -> float:
    """The highest for a learning rate of 1e-3."""
    return -abs(float(values.get("learning_rate", 7e-4)) - 1e-3)


def asked(name: str, repeat: int, n_trials: int = 6, **keys: Any) -> list[dict[str, Any]]:
    """The values of the first trials, told the scores of `score_of`."""
    tuner = Tuner(tuning_of(**keys), name, repeat)
    values = []
    while len(values) < n_trials and not tuner.is_exhausted:
        one = tuner.ask()
        values.append(one.values)
        tuner.tell(one, score_of(one.values), was_pruned=False)
    return values


@pytest.mark.parametrize("name", TUNERS)
def test_what_a_tuner_asks_for_follows_from_the_tuning_and_the_repeat(name: str) -> None:
    first = asked(name, 0)
    assert first == asked(name, 0)
    assert first != asked(name, 1)


def test_a_field_is_chosen_where_the_base_meets_its_condition_with_a_number_in_text() -> None:
    space = {"gamma": {"choices": [0.8, 0.9], "when": {"learning_rate": 1e-3}}}
    base = {"total_steps": 1200, "learning_rate": "1e-3"}
    assert all("gamma" in values for values in asked("random", 0, space=space, base=base, grid={}))


@pytest.mark.parametrize("name", [name for name in TUNERS if name != "grid"])
def test_all_values_are_in_the_space_and_conditions_hold(name: str) -> None:
    tuning = tuning_of()
    estimators = set()
    for values in asked(name, 0, n_trials=25):
        configuration = tuning.configuration(values)
        in_effect = tuning.values(configuration)
        assert all(one.contains(in_effect[one.field]) for one in tuning.space if one.field in in_effect)
        assert ("gae_lambda" in in_effect) == (configuration.advantage_estimator == "gae")
        assert float(f"{configuration.learning_rate:.4g}") == configuration.learning_rate
        estimators.add(configuration.advantage_estimator)
    assert estimators == {"gae", "n_step"}


def test_the_grid_is_each_of_its_points_once_in_an_order_of_the_repeat() -> None:
    points = [
        dict(zip(("n_steps", "max_grad_norm"), pair, strict=True)) for pair in itertools.product([5, 10], [0.5, None])
    ]
    assert sorted(asked("grid", 0), key=str) == sorted(points, key=str)


def test_a_grid_with_conditions_gives_each_configuration_once() -> None:
    """Of its 2 * 3 * 2 points, those without gae differ in a value that is not used."""
    grid = {"advantage_estimator": ["gae", "n_step"], "gae_lambda": [0.8, 0.9, 1], "n_steps": [5, 10]}
    tuning = tuning_of(grid=grid)
    for repeat in range(3):
        given = [tuning.configuration(values) for values in asked("grid", repeat, 99, grid=grid)]
        assert len(given) == len({one.canonical_json() for one in given}) == tuning.n_points == 8


def test_the_order_of_a_grid_without_conditions_is_that_of_its_points() -> None:
    """As it was when the published tunings were made."""
    grid = {"n_steps": [5, 10, 15], "max_grad_norm": [0.5, None]}
    found = [(values["n_steps"], values["max_grad_norm"]) for values in asked("grid", 0, 99, grid=grid)]
    assert found == [(5, 0.5), (5, None), (10, None), (15, None), (15, 0.5), (10, 0.5)]


@pytest.mark.parametrize("name", ["tpe", "cmaes"])
def test_a_tuner_that_learns_comes_closer_than_independent_draws(name: str) -> None:
    space = {"learning_rate": {"low": 1e-5, "high": 1e-1, "log": True}, "gamma": {"choices": [0.9, 0.99]}}

    def late(tuner: str) -> float:
        runs = [asked(tuner, repeat, 40, space=space, grid={})[-10:] for repeat in range(3)]
        return sum(map(score_of, itertools.chain(*runs)))

    assert late(name) > late("random") / 3


def at_rungs(name: str, n_trials: int) -> list[int]:
    """The rungs that each trial reached, of which the later ones are better at every rung."""
    tuner = Tuner(tuning_of(), name, 0)
    reached = []
    for number in range(n_trials):
        one = tuner.ask()
        stops = list(itertools.takewhile(lambda stop: not stop, (one.should_stop(rung, -number) for rung in (1, 3))))
        tuner.tell(one, -number, was_pruned=len(stops) < 2)
        reached.append(len(stops))
    return reached


def test_successive_halving_ends_the_trials_that_are_behind_at_the_first_rung() -> None:
    """By hand: the first is alone; each later one is worse than all before, so never in the best third."""
    assert at_rungs("asha", 6) == [2, 0, 0, 0, 0, 0]


def test_hyperband_lets_a_bracket_of_trials_run_to_the_end() -> None:
    reached = at_rungs("hyperband", 40)
    assert {0, 1, 2} == set(reached)
    assert reached.count(2) > 3


def test_a_trial_without_a_score_at_a_rung_is_ended() -> None:
    one: Asked = Tuner(tuning_of(), "asha", 0).ask()
    assert one.should_stop(1, float("nan"))
