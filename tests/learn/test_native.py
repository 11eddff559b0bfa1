"""The core trains as the PyTorch version does: one update from the same weights on the same rollout, any options."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.core.choose import load
from a2c.core.face import Lane
from a2c.core.settings import settings_of
from a2c.envs import Environments, Episodes, check, replay
from a2c.learn.algorithms import algorithm_of
from a2c.learn.algorithms.a2c import Estimates, Rollout
from a2c.learn.learner import scheduled
from a2c.learn.native import NativeTrainer
from a2c.learn.networks import join
from a2c.learn.policy import Model
from a2c.learn.trainer import Interrupted, Progress, make_trainer
from tests.learn.learners import settled
from tests.learn.logs import log_of

OPTIONS = st.fixed_dictionaries(
    {
        "env_id": st.sampled_from(["CartPole-v1", "Acrobot-v1", "MountainCar-v0"]),
        "hidden_sizes": st.lists(st.sampled_from([2, 7, 16, 33, 64]), min_size=1, max_size=3).map(tuple),
        "shared_trunk": st.booleans(),
        "activation": st.sampled_from(["relu", "tanh"]),
        "init": st.sampled_from(["torch", "orthogonal"]),
        "optimizer": st.sampled_from(["adam", "rmsprop", "rmsprop_tf"]),
        "advantage_estimator": st.sampled_from(["gae", "n_step"]),
        "normalize_advantage": st.booleans(),
        "max_grad_norm": st.sampled_from([None, 0.5, 50.0]),
        "reward_clip": st.sampled_from([None, 0.5]),
        "time_limit": st.sampled_from(["bootstrap", "terminal"]),
        "lr_schedule": st.sampled_from(["constant", "linear"]),
        "entropy_coef": st.sampled_from([0.0, 0.1]),
        "n_envs": st.integers(1, 5),
        "n_steps": st.integers(2, 230),
        "train_on_reset_rows": st.booleans(),
    }
)
# What only one algorithm has, drawn for both.
OWN: dict[str, dict[str, Any]] = {
    "a2c": {
        "clip_by": st.sampled_from(["batch", "running"]),
        "clip_part": st.sampled_from(["all", "policy", "value"]),
    },
    "ppo": {
        "n_epochs": st.integers(1, 3),
        "n_minibatches": st.integers(1, 2),
        "clip_range": st.sampled_from([None, 0.2, 1e-3]),
        "clip_range_value": st.sampled_from([None, 0.2, 1e-3]),
    },
}


@pytest.fixture(autouse=True)
def _as_in_a_training_process() -> Iterator[None]:
    with settled():
        yield


@st.composite
def options(draw: st.DrawFn) -> dict[str, Any]:
    """A configuration's fields."""
    fields, algorithm = draw(OPTIONS), draw(st.sampled_from(["a2c", "ppo"]))
    own = {} if algorithm == "a2c" and fields["max_grad_norm"] is None else OWN[algorithm]
    return fields | draw(st.fixed_dictionaries(own)) | {"algorithm": algorithm}


def configured(fields: dict[str, Any]) -> Configuration:
    budget = 3 * fields["n_envs"] * fields["n_steps"]
    return Configuration(**fields, optimizer_eps=1e-5, learning_rate=1e-3, total_steps=budget, eval_episodes=2)


def acted(lane: Lane, environments: Environments, first: NDArray[Any], n_rows: int) -> dict[str, list[Any]]:
    """A rollout that the lane acts in: observations with those after it, actions, rewards, ends."""
    rows: dict[str, list[Any]] = {
        name: [] for name in ("observations", "actions", "rewards", "terminated", "truncated")
    }
    observations = first
    for _ in range(n_rows):
        actions = lane.act(observations[0])[:, 0].astype(np.int64)
        row = environments.step(actions[None].astype(np.int64))
        lane.record(row.rewards[0], row.terminated[0], row.truncated[0])
        values = (observations, actions, row.rewards, row.terminated, row.truncated)
        for name, value in zip(rows, values, strict=True):
            rows[name].append(value)
        observations = row.observations
    rows["observations"].append(observations)
    return rows


@torch.inference_mode()
def as_rollout(
    rows: dict[str, list[Any]], model: Model, resets: NDArray[np.bool_], first_row: int, train_on_reset_rows: bool
) -> tuple[Rollout, NDArray[np.bool_]]:
    """The same rollout as the PyTorch version keeps it; `resets`: environments whose first row is a reset row."""
    outputs = [model.forward(observations) for observations in rows["observations"]]
    stacked = {name: np.stack(rows[name], axis=1) for name in ("rewards", "terminated", "truncated")}
    done = stacked["terminated"] | stacked["truncated"]
    valid = ~np.concatenate([resets[None, None], done[:, :-1]], axis=1) | train_on_reset_rows
    rollout = Rollout(
        logits=torch.cat([output.logits for output in outputs[:-1]], dim=1),
        values=torch.cat([output.values for output in outputs], dim=1),
        kept=join([output.kept for output in outputs[:-1]]),
        actions=np.stack(rows["actions"])[None].astype(np.int64),
        valid=valid,
        ended=[],
        observations=rows["observations"][:-1],
        first_row=first_row,
        rewards=stacked["rewards"].astype(np.float32),
        terminated=stacked["terminated"],
        truncated=stacked["truncated"],
    )
    return rollout, done[0, -1]


@settings(max_examples=60)
@given(fields=options())
def test_updates_equal_those_of_pytorch(fields: dict[str, Any]) -> None:
    configuration = configured(fields)
    facts = check(configuration, "test")
    stepped = settings_of(configuration, facts)
    lane = load().lane(replace(stepped, env_id=None), 3)
    model, algorithm = Model(configuration, [3], facts), algorithm_of(configuration)
    for name, array in lane.weights().items():
        model.parameters.named[name][0] = torch.from_numpy(array)
    environments = Environments(configuration, [3], configuration.n_envs, "environments")
    observations, resets = environments.reset(), np.zeros(configuration.n_envs, dtype=bool)
    for iteration in range(3):
        before = lane.weights()
        rows = acted(lane, environments, observations, configuration.n_steps)
        observations = rows["observations"][-1]
        first_row = iteration * configuration.n_steps
        rollout, resets = as_rollout(rows, model, resets, first_row, configuration.train_on_reset_rows)
        metrics = lane.learn(observations[0])
        estimates: Estimates = algorithm.estimate(rollout)
        model.optimizer.learning_rate = scheduled(configuration, iteration / 3)
        update = algorithm.update(
            model, rollout, estimates, closely=iteration == 2
        )  # the core's only close look, at the end of the budget
        measured = algorithm.measure(model, rollout, estimates, update)
        expected = dict(zip(algorithm.metrics, measured[0].tolist(), strict=True))
        assert {name: float(metrics[name][0]) for name in expected} == pytest.approx(
            expected, rel=2e-3, abs=2e-5, nan_ok=True
        )
        for name, array in lane.weights().items():
            theirs = model.parameters.named[name][0].numpy()
            scale = np.abs(theirs - before[name]).max()
            np.testing.assert_allclose(array - before[name], theirs - before[name], rtol=0, atol=2e-2 * scale + 1e-7)
            model.parameters.named[name][0] = torch.from_numpy(array)  # each update is compared by itself


@pytest.mark.parametrize("init", ["torch", "orthogonal"])
@pytest.mark.parametrize("shared_trunk", [True, False])
def test_initial_weights_have_the_distribution_of_pytorchs(init: str, shared_trunk: bool) -> None:
    configuration = Configuration(init=init, shared_trunk=shared_trunk)
    facts = check(configuration, "test")
    model = Model(configuration, [0], facts)
    weights = load().lane(settings_of(configuration, facts), 0).weights()
    assert {name: array.shape for name, array in weights.items()} == {
        name: tuple(tensor[0].shape) for name, tensor in model.parameters.named.items()
    }
    for name, array in weights.items():
        theirs = model.parameters.named[name][0].numpy()
        assert array.std() == pytest.approx(theirs.std(), rel=0.25, abs=1e-3), name
        if init == "orthogonal" and name.endswith("1.weight") and array.shape[0] == array.shape[1]:
            np.testing.assert_allclose(array.T @ array, 2 * np.eye(len(array)), atol=1e-5)


# --------------------------------------------------------------------------------------------------------- the trainer


class Recorder:
    """Everything that a trainer tells of each lane, as comparable values."""

    def __init__(self) -> None:
        self.parts: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        self.parts.append(progress)

    def of(self, trainer: NativeTrainer, lane: int) -> dict[str, Any]:
        actions = log_of(trainer, self.parts).actions[lane]
        return {
            "actions": actions.tobytes(),
            "ended": [tuple(one)[1:] for part in self.parts for one in part.ended if one.lane == lane],
            "metrics": [
                (step, values.tobytes()) for part in self.parts for of, step, values in part.metrics if of == lane
            ],
            "weights": {name: array.tobytes() for name, array in trainer.weights(lane).items()},
            "evaluation": [tuple(one)[1:] for one in trainer.evaluate() if one.lane == lane],
        }


def trainer_of(seeds: list[int], **fields: Any) -> NativeTrainer:
    configuration = Configuration(**{"hidden_sizes": (16, 33), "total_steps": 9000, "eval_episodes": 3, **fields})
    trainer = make_trainer(configuration, seeds, check(configuration, "test"))
    assert isinstance(trainer, NativeTrainer)
    return trainer


CASES: dict[str, dict[str, Any]] = {
    "native": {},
    "native-long-rollouts": {"env_id": "Acrobot-v1", "n_envs": 3, "n_steps": 128, "optimizer": "rmsprop_tf"},
    "native-one-environment": {"env_id": "MountainCar-v0", "n_envs": 1, "n_steps": 7, "shared_trunk": False},
    "running-norm": {"clip_by": "running", "clip_part": "policy", "total_steps": 3000},
    "ppo": {"algorithm": "ppo", "n_envs": 3, "n_steps": 20, "n_epochs": 2, "total_steps": 3000},
    "stepped-ppo": {"env_kwargs": {"render_mode": "rgb_array"}, "algorithm": "ppo", "n_steps": 6, "total_steps": 1500},
    "stepped": {"env_id": "LunarLander-v3", "total_steps": 1200, "eval_episodes": 1, "n_envs": 3, "n_steps": 7},
    "reinforce": {"algorithm": "reinforce", "n_envs": 1, "baseline": "mean", "total_steps": 3000},
    "reinforce-stepped": {
        "algorithm": "reinforce", "n_envs": 1, "env_id": "LunarLander-v3", "total_steps": 600, "eval_episodes": 1,
        "episodes_per_update": 2,
    },
    "reinforce-episodes": {
        "algorithm": "reinforce", "n_envs": 1, "episodes_per_update": 7, "total_episodes": 52, "total_steps": 3000,
    },
    "stepped-kind-of-the-core": {"env_kwargs": {"render_mode": "rgb_array"}, "total_steps": 1500},
}  # fmt: skip


@pytest.mark.parametrize("fields", CASES.values(), ids=CASES)
def test_a_lane_is_the_same_alone_and_beside_others(fields: dict[str, Any]) -> None:
    beside, together = trainer_of([7, 2, 11], **fields), Recorder()
    beside.train(together)
    for lane, seed in enumerate(beside.seeds):
        alone, recorder = trainer_of([seed], **fields), Recorder()
        alone.train(recorder)
        assert recorder.of(alone, 0) == together.of(beside, lane)
        assert alone.stopped.get(0) == beside.stopped.get(lane)


@pytest.mark.parametrize("fields", CASES.values(), ids=CASES)
def test_restored_goes_on_as_if_never_stopped(fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("a2c.learn.native.PART", 300)
    trainer, whole = trainer_of([3, 9], **fields), Recorder()
    stopped: dict[str, Any] = {}

    def record(progress: Progress) -> None:
        whole(progress)
        if len(whole.parts) == 3:
            stopped.update(state=trainer.state(), parts=list(whole.parts), stopped=dict(trainer.stopped))

    trainer.train(record)
    resumed, rest = trainer_of([3, 9], **fields), Recorder()
    assert resumed.accepts(stopped["state"])
    log = log_of(trainer, stopped["parts"])
    ended = resumed.restore(Interrupted(stopped["state"], log, {}, stopped["stopped"]))
    key = sorted(ended)
    assert key == sorted(one for part in stopped["parts"] for one in part.ended)
    rest.parts = stopped["parts"]
    resumed.train(rest)
    for lane in range(2):
        assert rest.of(resumed, lane) == whole.of(trainer, lane)


def test_the_native_environments_are_those_that_are_audited() -> None:
    """An audit replays the actions in Gymnasium's environments: the same episodes."""
    trainer, recorder = trainer_of([0, 1]), Recorder()
    trainer.train(recorder)
    log = log_of(trainer, recorder.parts).actions
    environments = Environments(trainer.configuration, [0, 1], 8, "environments")
    ended, _ = replay(environments, Episodes(2, 8), trainer.facts.action_space, log)
    assert sorted(ended) == sorted(one for part in recorder.parts for one in part.ended)


def test_a_diverging_lane_ends_alone() -> None:
    healthy, alone = trainer_of([0, 2]), Recorder()
    healthy.train(alone)
    trainer, recorder = trainer_of([0, 1, 2]), Recorder()
    weights = trainer.lanes[1].weights()
    weights["shared.1.weight"][0, 0] = np.nan
    trainer.lanes[1].set_weights(weights)
    trainer.train(recorder)
    assert trainer.diverged == {1: (40, "policy loss is nan")}
    for lane, alone_lane in ((0, 0), (2, 1)):
        assert recorder.of(trainer, lane) == alone.of(healthy, alone_lane)
    assert not [one for one in trainer.evaluate() if one.lane == 1]


@pytest.mark.parametrize("fields", [{}, {"algorithm": "ppo", "n_minibatches": 2}, {"algorithm": "a3c"}])
def test_a_rollout_longer_than_the_budget_takes_the_memory_and_the_steps_of_the_budget(fields: dict[str, Any]) -> None:
    def trained(n_steps: int) -> tuple[int, list[Any]]:
        configuration = Configuration(hidden_sizes=(8,), n_envs=4, n_steps=n_steps, total_steps=400, **fields)
        facts = check(configuration, "test")
        trainer = make_trainer(configuration, [3], facts)
        parts: list[Progress] = []
        trainer.train(parts.append)
        weights = [array.tobytes() for array in trainer.weights(0).values()]
        return load().lane_bytes(settings_of(configuration, facts)), [
            *weights,
            *(one for part in parts for one in part.ended),
        ]

    assert trained(1_000_000) == trained(100)
