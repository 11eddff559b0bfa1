"""A run has the same bits alone and beside others (diverged ones included), uninterrupted and resumed."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from a2c.envs import ActionLog
from a2c.learn.learner import Learner
from a2c.learn.trainer import Interrupted, Progress
from tests.learn.learners import make_learner, settled
from tests.learn.logs import log_of


@pytest.fixture(autouse=True)
def _as_in_a_training_process() -> Iterator[None]:
    with settled():
        yield


Run = dict[str, Any]  # everything a run leaves, comparable by ==


class Recorder:
    """Keeps each lane's actions, metrics and episodes as bytes and tuples."""

    def __init__(self, learner: Learner) -> None:
        self.learner = learner
        self.parts: list[Progress] = []
        self.metrics: list[tuple[int, int, NDArray[np.float32]]] = []
        self.ended: list[Any] = []

    def __call__(self, progress: Progress) -> None:
        self.parts.append(progress)
        self.ended += progress.ended
        self.metrics += progress.metrics

    def runs(self) -> list[Run]:
        """The runs of all lanes, in order."""
        evaluated, log = self.learner.evaluate(), log_of(self.learner, self.parts)
        return [
            {
                "actions": log.actions[lane].tobytes(),
                "metrics": [(step, values.tobytes()) for of, step, values in self.metrics if of == lane],
                "episodes": [tuple(one)[1:] for one in self.ended if one.lane == lane],
                "evaluation": [tuple(one)[1:] for one in evaluated if one.lane == lane],
                "diverged": self.learner.diverged.get(lane),
                "weights": {name: array.tobytes() for name, array in self.learner.model.weights(lane).items()},
            }
            for lane in range(len(self.learner.seeds))
        ]


def trained(seeds: Sequence[int], **fields: Any) -> list[Run]:
    learner = make_learner(seeds, **fields)
    recorder = Recorder(learner)
    learner.train(recorder)
    return recorder.runs()


def assert_same(one: Run, other: Run) -> None:
    for name in one:
        assert one[name] == other[name], name


SHAPES: dict[str, dict[str, Any]] = {
    "article": {"hidden_sizes": (256, 256), "total_steps": 1200},
    "one-environment": {"n_envs": 1, "n_steps": 5, "total_steps": 200},
    "one-environment-one-step": {"n_envs": 1, "n_steps": 1, "normalize_advantage": False, "total_steps": 100},
    "one-step": {"n_envs": 8, "n_steps": 1, "hidden_sizes": (64, 64)},
    "three-environments": {"n_envs": 3, "n_steps": 7, "hidden_sizes": (33, 17)},
    "sixteen-environments": {"n_envs": 16, "n_steps": 20, "hidden_sizes": (100, 50), "total_steps": 3200},
    "separate-trunks": {"shared_trunk": False, "hidden_sizes": (64, 64)},
    "separate-one-environment": {"shared_trunk": False, "n_envs": 1, "n_steps": 20, "total_steps": 400},
    "tanh": {"activation": "tanh", "init": "orthogonal", "hidden_sizes": (31,), "n_steps": 7},
    "deep-and-odd": {"hidden_sizes": (5, 3, 130), "n_envs": 3, "max_grad_norm": None},
    "rmsprop": {"optimizer": "rmsprop", "hidden_sizes": (37, 41), "advantage_estimator": "n_step"},
    "rmsprop-tf": {"optimizer": "rmsprop_tf", "hidden_sizes": (2, 2), "lr_schedule": "linear", "n_envs": 3},
    "acrobot": {"env_id": "Acrobot-v1", "n_envs": 3, "n_steps": 20, "total_steps": 1200, "eval_episodes": 1},
    "breakout": {
        "env_id": "ALE/Breakout-v5",
        "atari_protocol": "classic",
        "env_kwargs": {"img_height": 44, "img_width": 36, "stack_num": 2, "max_num_frames_per_episode": 160},
        "network": "cnn",
        "conv_channels": (4, 5, 3),
        "hidden_sizes": (16,),
        "optimizer": "rmsprop",
        "n_envs": 2,
        "total_steps": 120,
        "eval_episodes": 1,
    },
    "running-norm": {"clip_by": "running", "clip_part": "value", "n_steps": 20},
    "ppo": {"algorithm": "ppo", "n_envs": 3, "n_steps": 20, "n_epochs": 2, "total_steps": 1500},
    "ppo-one-minibatch": {"algorithm": "ppo", "n_minibatches": 1, "shared_trunk": False, "clip_range_value": 0.2},
    "ppo-images": {
        "env_id": "ALE/Breakout-v5",
        "env_kwargs": {"img_height": 44, "img_width": 36, "stack_num": 2, "max_num_frames_per_episode": 160},
        "algorithm": "ppo",
        "network": "cnn",
        "conv_channels": (4, 5, 3),
        "hidden_sizes": (16,),
        "n_envs": 2,
        "n_steps": 8,
        "n_minibatches": 2,
        "total_steps": 64,
        "eval_episodes": 1,
    },
    "clipped-rewards": {"reward_clip": 0.5, "time_limit": "terminal", "n_steps": 20, "entropy_coef": 0.1},
}


@pytest.mark.parametrize("fields", SHAPES.values(), ids=SHAPES)
def test_a_seed_alone_equals_the_same_seed_beside_others(fields: dict[str, Any]) -> None:
    seeds = [7, 2, 11]
    fields = {"total_steps": 1500, **fields}
    beside = trained(seeds, **fields)
    for lane in (1, 2):
        (alone,) = trained([seeds[lane]], **fields)
        assert alone["diverged"] is None
        assert_same(alone, beside[lane])


def test_a_seed_alone_equals_the_same_seed_beside_a_dozen_others() -> None:
    seeds = list(range(12))
    beside = trained(seeds, hidden_sizes=(256, 256), total_steps=800)
    assert_same(trained([5], hidden_sizes=(256, 256), total_steps=800)[0], beside[5])


def test_different_seeds_give_different_runs() -> None:
    one, other = trained([0, 1], total_steps=400)
    assert all(one[name] != other[name] for name in ("actions", "metrics", "episodes", "weights"))


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "rmsprop_tf"])
def test_a_diverging_lane_does_not_affect_the_others(optimizer: str) -> None:
    healthy = trained([0, 1, 2], optimizer=optimizer, total_steps=1200)
    learner = make_learner([0, 1, 2], optimizer=optimizer, total_steps=1200)
    learner.model.parameters.named["shared.1.weight"][1, 0, 0] = torch.nan
    recorder = Recorder(learner)
    learner.train(recorder)
    runs = recorder.runs()
    assert_same(runs[0], healthy[0])
    assert_same(runs[2], healthy[2])
    assert learner.diverged == {1: (40, "policy loss is nan")}  # after the first rollout, 8 environments by 5 steps
    assert runs[1]["evaluation"] == []


def test_a_lane_may_diverge_late() -> None:
    learner = make_learner([0, 1], total_steps=1200)
    steps = 0

    def spoil(progress: Progress) -> None:
        nonlocal steps
        steps += progress.actions[0].actions.size
        if steps == 400:
            learner.model.parameters.named["shared.2.bias"][0] = torch.inf

    learner.train(spoil)
    assert steps == 1200
    assert list(learner.diverged) == [0]
    assert learner.diverged[0][0] == 440


def test_the_reason_names_what_is_not_finite() -> None:
    learner = make_learner([0], normalize_advantage=False, total_steps=400, gamma=0.0)
    learner.model.parameters.named["shared.2.bias"][0, 0, -1] = (
        1e30  # the value: its error is finite, the square is not
    )
    learner.train(lambda _: None)
    assert learner.diverged == {0: (40, "value loss is inf")}


def test_training_stops_when_every_lane_has_diverged() -> None:
    learner = make_learner([0, 1], learning_rate=1e30, total_steps=4000)
    updates: list[Progress] = []
    learner.train(updates.append)
    assert set(learner.diverged) == {0, 1}
    assert len(updates) < 10
    assert learner.evaluate() == []


RESTORED: dict[str, dict[str, Any]] = {
    "adam": {},
    "rmsprop": {"optimizer": "rmsprop"},
    "rmsprop_tf": {"optimizer": "rmsprop_tf"},
    "running norm": {"clip_by": "running"},
    "ppo": {"algorithm": "ppo", "n_epochs": 2, "n_minibatches": 3},
}


@pytest.mark.parametrize("which", RESTORED)
def test_a_restored_training_equals_an_uninterrupted_one(which: str) -> None:
    fields = {"lr_schedule": "linear", "n_envs": 3, "n_steps": 7, "total_steps": 1300, **RESTORED[which]}
    seeds, stop_after = [3, 9], 25
    learner = make_learner(seeds, **fields)
    whole = Recorder(learner)
    stopped: dict[str, Any] = {}

    def record(progress: Progress) -> None:
        whole(progress)
        if len(whole.parts) == stop_after:
            stopped.update(state=learner.model.state(), metrics=list(whole.metrics), ended=list(whole.ended))

    learner.train(record)
    resumed = make_learner(seeds, **fields)
    rest = Recorder(resumed)
    rest.parts, rest.metrics = whole.parts[:stop_after], stopped["metrics"]
    rest.ended = resumed.restore(Interrupted(stopped["state"], log_of(learner, rest.parts), {}, {}))
    assert rest.ended == stopped["ended"]
    resumed.train(rest)
    for one, other in zip(rest.runs(), whole.runs(), strict=True):
        assert_same(one, other)


def test_a_state_is_a_copy() -> None:
    learner = make_learner([0], total_steps=80)
    state = learner.model.state()
    before = {name: array.copy() for name, array in state.items()}
    learner.train(lambda _: None)
    for name, array in state.items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)


def test_a_restored_divergence_stays_recorded() -> None:
    learner = make_learner([0, 1], total_steps=400)
    log = ActionLog(learner.facts.action_space, 2, learner.total_rows, 8)
    log.restore(np.zeros((2, 5, 8), dtype=np.uint8), np.full((2, 8), 5))
    learner.restore(Interrupted(learner.model.state(), log, {1: (40, "policy loss is nan")}, {}))
    learner.train(lambda _: None)
    assert learner.diverged == {1: (40, "policy loss is nan")}
