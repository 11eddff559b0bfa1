"""The steps of an algorithm change what their signatures say, and an algorithm is found by its name."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from a2c.config import Configuration
from a2c.config.metrics import METRICS
from a2c.envs import check
from a2c.learn.algorithms import ALGORITHMS, algorithm_of
from a2c.learn.algorithms.a3c import A3C
from a2c.learn.algorithms.reinforce import Reinforce
from a2c.learn.learner import Learner
from a2c.learn.own_clocks import OwnClocks
from a2c.learn.trainer import OWN_CLOCKS, _pytorch_trainer
from tests.learn.learners import make_learner, settled


@pytest.fixture(autouse=True)
def _as_in_a_training_process() -> Iterator[None]:
    with settled():
        yield


def state_of_model(learner: Learner) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in learner.model.state().items()}


def state_of_actors(learner: Learner) -> tuple[object, ...]:
    actors = learner.actors
    streams = [str(generator.bit_generator.state) for generator in actors.generators]
    return actors.rows, actors.observations.tobytes(), actors.episodes.steps, streams


def test_collect_changes_only_the_actors() -> None:
    learner = make_learner([0, 1])
    model, actors = state_of_model(learner), state_of_actors(learner)
    learner.algorithm.collect(learner.actors, learner.model)
    assert state_of_model(learner) == model
    assert all(new != old for new, old in zip(state_of_actors(learner), actors, strict=True))


def test_update_changes_only_the_model() -> None:
    learner = make_learner([0, 1])
    rollout = learner.algorithm.collect(learner.actors, learner.model)
    estimates = learner.algorithm.estimate(rollout)
    model, actors = state_of_model(learner), state_of_actors(learner)
    learner.algorithm.update(learner.model, rollout, estimates)
    assert state_of_actors(learner) == actors
    assert all(new != old for new, old in zip(state_of_model(learner).values(), model.values(), strict=True))


def test_estimate_and_measure_change_nothing() -> None:
    learner = make_learner([0, 1])
    rollout = learner.algorithm.collect(learner.actors, learner.model)
    rewards, values = rollout.rewards.copy(), rollout.values.clone()
    estimates = learner.algorithm.estimate(rollout)
    update = learner.algorithm.update(learner.model, rollout, estimates)
    model, actors = state_of_model(learner), state_of_actors(learner)
    first = learner.algorithm.measure(learner.model, rollout, estimates, update)
    np.testing.assert_array_equal(learner.algorithm.measure(learner.model, rollout, estimates, update), first)
    assert (state_of_model(learner), state_of_actors(learner)) == (model, actors)
    np.testing.assert_array_equal(rollout.rewards, rewards)
    assert torch.equal(rollout.values, values)


def test_an_iteration_is_the_four_steps() -> None:
    whole, stepped = make_learner([0, 1]), make_learner([0, 1])
    iteration = whole.iterate()
    rollout = stepped.algorithm.collect(stepped.actors, stepped.model)
    estimates = stepped.algorithm.estimate(rollout)
    update = stepped.algorithm.update(stepped.model, rollout, estimates)
    np.testing.assert_array_equal(iteration.rollout.actions, rollout.actions)
    np.testing.assert_array_equal(
        iteration.metrics, stepped.algorithm.measure(stepped.model, rollout, estimates, update)
    )
    assert state_of_model(whole) == state_of_model(stepped)


def test_every_configurable_algorithm_exists_with_its_metrics() -> None:
    names = Configuration.model_json_schema()["properties"]["algorithm"]
    names = names.get("enum", [names.get("const")])
    assert set(names) == set(METRICS) == {*ALGORITHMS, *OWN_CLOCKS}
    for name in ALGORITHMS:
        algorithm = algorithm_of(Configuration(algorithm=name))
        assert algorithm.metrics == METRICS[name]


@pytest.mark.parametrize(("name", "lane"), [("reinforce", Reinforce), ("a3c", A3C)])
def test_an_algorithm_with_its_own_clock_is_trained_by_its_own_class(name: str, lane: type) -> None:
    config = Configuration(algorithm=name, **{"reinforce": {"n_envs": 1}, "a3c": {}}[name])
    trainer = _pytorch_trainer(config, [0], check(config, "test"))
    assert isinstance(trainer, OwnClocks)
    assert type(trainer.lanes[0]) is lane
