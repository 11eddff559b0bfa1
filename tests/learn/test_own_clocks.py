"""REINFORCE and A3C, by the core and by PyTorch: lanes do not touch each other, restored they go on, both agree."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a2c.config import Configuration
from a2c.config.metrics import metrics_of
from a2c.envs import ActionLog, check
from a2c.learn.algorithms.a3c import A3C
from a2c.learn.algorithms.reinforce import Reinforce
from a2c.learn.learner import Learner
from a2c.learn.native import NativeTrainer
from a2c.learn.native_a3c import NativeA3C
from a2c.learn.own_clocks import OwnClocks
from a2c.learn.trainer import Interrupted, Progress, Trainer, make_trainer
from tests.learn.learners import settled
from tests.learn.logs import log_of


@pytest.fixture(autouse=True)
def _as_in_a_training_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("a2c.learn.algorithms.reinforce.STRETCH", 20)  # a part ends in the middle of an episode
    with settled():
        yield


def configured(**fields: Any) -> Configuration:
    if fields.get("algorithm") == "reinforce":
        fields = {"n_envs": 1, **fields}
    return Configuration(**{"hidden_sizes": (16, 7), "total_steps": 400, "eval_episodes": 2, **fields})


def by_pytorch(configuration: Configuration, seeds: Sequence[int]) -> OwnClocks:
    lane = {"reinforce": Reinforce, "a3c": A3C}[configuration.algorithm]
    return OwnClocks(configuration, seeds, check(configuration, "test"), lane)


def by_core(configuration: Configuration, seeds: Sequence[int]) -> Trainer:
    trainer = make_trainer(configuration, seeds, check(configuration, "test"))
    assert isinstance(trainer, NativeTrainer) or isinstance(trainer.lanes[0], NativeA3C)  # type: ignore[attr-defined]
    return trainer


TRAINERS = {"core": by_core, "pytorch": by_pytorch}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "REINFORCE": ("pytorch", {"algorithm": "reinforce", "baseline": "mean", "episodes_per_update": 2}),
    "REINFORCE, episodes": ("pytorch", {"algorithm": "reinforce", "total_episodes": 23, "episodes_per_update": 5}),
    "REINFORCE, LunarLander": ("pytorch", {"algorithm": "reinforce", "env_id": "LunarLander-v3"}),
    "A3C": ("pytorch", {"algorithm": "a3c", "n_envs": 3, "n_steps": 7}),
    "A3C by the core": ("core", {"algorithm": "a3c", "n_envs": 3, "n_steps": 7, "total_steps": 30_000}),
    "A3C by the core, LunarLander": ("core", {"algorithm": "a3c", "n_envs": 2, "env_id": "LunarLander-v3"}),
}


class Recorder:
    """What a trainer tells, and what its lanes have left at the end."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.parts: list[Progress] = []

    def train(self) -> "Recorder":
        self.trainer.train(self.parts.append)
        return self

    def log(self) -> ActionLog:
        return log_of(self.trainer, self.parts)

    def of(self, lane: int) -> dict[str, Any]:
        log = self.log()
        return {
            "actions": log.actions[lane].tobytes(),
            "rows": log.rows[lane].tolist(),
            "ended": sorted(tuple(one)[1:] for part in self.parts for one in part.ended if one.lane == lane),
            "metrics": [(s, values.tobytes()) for part in self.parts for of, s, values in part.metrics if of == lane],
            "weights": {name: array.tobytes() for name, array in self.trainer.weights(lane).items()},
            "evaluation": [tuple(one)[1:] for one in self.trainer.evaluate() if one.lane == lane],
            "stopped": self.trainer.stopped.get(lane),
        }

    def metrics(self) -> dict[int, Any]:
        return {step: values for part in self.parts for _, step, values in part.metrics}


@pytest.mark.parametrize(("which", "fields"), CASES.values(), ids=CASES)
def test_a_lane_is_the_same_alone_and_beside_others(which: str, fields: dict[str, Any]) -> None:
    make, configuration = TRAINERS[which], configured(**fields)
    beside = Recorder(make(configuration, [7, 2])).train()
    for lane, seed in enumerate([7, 2]):
        assert Recorder(make(configuration, [seed])).train().of(0) == beside.of(lane)


@pytest.mark.parametrize(("which", "fields"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("after", [3, 6])
def test_restored_it_goes_on_as_if_never_stopped(which: str, fields: dict[str, Any], after: int) -> None:
    make, configuration = TRAINERS[which], configured(**fields)
    whole = Recorder(make(configuration, [3, 9]))
    stopped: dict[str, Any] = {}

    def record(progress: Progress) -> None:
        whole.parts.append(progress)
        if len(whole.parts) == after:
            ends = dict(whole.trainer.diverged), dict(whole.trainer.stopped)
            stopped.update(state=whole.trainer.state(), parts=list(whole.parts), ends=ends)

    whole.trainer.train(record)
    resumed = Recorder(make(configuration, [3, 9]))
    assert resumed.trainer.accepts(stopped["state"])
    resumed.parts = stopped["parts"]
    ended = resumed.trainer.restore(Interrupted(stopped["state"], resumed.log(), *stopped["ends"]))
    assert sorted(ended) == sorted(one for part in stopped["parts"] for one in part.ended)
    resumed.train()
    for lane in range(2):
        assert resumed.of(lane) == whole.of(lane)


def test_it_was_stopped_in_the_middle_of_an_episode() -> None:
    """The case above would be an easy one if parts ended with episodes."""
    fields = CASES["REINFORCE, LunarLander"][1]
    first = by_pytorch(configured(**fields), [3]).lanes[0]
    first.advance()
    assert isinstance(first, Reinforce)
    assert first.rollout


@pytest.mark.parametrize("which", TRAINERS)
@pytest.mark.parametrize("fields", [{}, {"lr_schedule": "linear", "optimizer": "rmsprop_tf", "n_steps": 7}])
def test_a3c_with_one_worker_is_a2c_with_one_environment(which: str, fields: dict[str, Any]) -> None:
    fields = {"n_envs": 1, "total_steps": 403, **fields}
    a2c, a3c = configured(**fields), configured(algorithm="a3c", **fields)
    synchronous = (Learner if which == "pytorch" else NativeTrainer)(a2c, [4], check(a2c, "test"))
    assert Recorder(TRAINERS[which](a3c, [4])).train().of(0) == Recorder(synchronous).train().of(0)


@pytest.mark.parametrize("n_workers", [2, 16])
@pytest.mark.parametrize("asynchrony", [0.0, 0.5, 1.0])
def test_a3c_runs_with_any_workers_and_times(n_workers: int, asynchrony: float) -> None:
    configuration = configured(algorithm="a3c", n_envs=n_workers, asynchrony=asynchrony, total_steps=4000)
    recorder = Recorder(by_core(configuration, [0])).train()
    assert recorder.log().rows.tolist() == [[4000 // n_workers] * n_workers]
    assert {one.env for part in recorder.parts for one in part.ended} == set(range(n_workers))
    assert all(np.isfinite(array).all() for array in recorder.trainer.weights(0).values())


def test_other_times_give_another_run() -> None:
    left = {
        asynchrony: Recorder(by_core(configured(algorithm="a3c", asynchrony=asynchrony), [0])).train().of(0)["weights"]
        for asynchrony in (0.0, 0.5)
    }
    assert left[0.0] != left[0.5]


@pytest.mark.parametrize("which", TRAINERS)
@pytest.mark.parametrize("algorithm", ["reinforce", "a3c"])
def test_a_diverging_lane_ends_alone(which: str, algorithm: str) -> None:
    fields = {"n_envs": 3} if algorithm == "a3c" else {}
    configuration = configured(algorithm=algorithm, learning_rate=1e30, **fields)
    recorder = Recorder(TRAINERS[which](configuration, [0, 1])).train()
    for lane in range(2):
        step, reason = recorder.trainer.diverged[lane]
        assert step <= configuration.total_steps
        assert step // configuration.n_envs <= recorder.log().rows[lane].min()
        assert reason.split(" is ")[0] in ("policy loss", "value loss", "gradient norm")
    assert recorder.trainer.evaluate() == []


# ---------------------------------------------------------------------------------------------- the core and PyTorch

SHARED = {
    "env_id": st.sampled_from(["CartPole-v1", "Acrobot-v1", "MountainCar-v0"]),
    "env_kwargs": st.sampled_from([{"max_episode_steps": 13}, {"max_episode_steps": 40}]),
    "hidden_sizes": st.lists(st.sampled_from([2, 7, 16, 33]), min_size=1, max_size=2).map(tuple),
    "shared_trunk": st.booleans(),
    "activation": st.sampled_from(["relu", "tanh"]),
    "optimizer": st.sampled_from(["adam", "rmsprop", "rmsprop_tf"]),
    "normalize_advantage": st.booleans(),
    "max_grad_norm": st.sampled_from([None, 0.5]),
    "reward_clip": st.sampled_from([None, 0.5]),
    "lr_schedule": st.sampled_from(["constant", "linear"]),
    "entropy_coef": st.sampled_from([0.0, 0.1]),
    "gamma": st.sampled_from([0.9, 1.0]),
}
REINFORCE = st.fixed_dictionaries(
    {
        **SHARED,
        "algorithm": st.just("reinforce"),
        "baseline": st.sampled_from(["none", "mean", "value"]),
        "returns": st.sampled_from(["to_go", "episode_mean"]),
        "episodes_per_update": st.integers(1, 4),
    }
)
ASYNCHRONOUS = st.fixed_dictionaries(
    {
        **SHARED,
        "algorithm": st.just("a3c"),
        "n_envs": st.integers(1, 5),
        "n_steps": st.integers(2, 30),
        "asynchrony": st.sampled_from([0.0, 0.5, 1.0]),
        "advantage_estimator": st.sampled_from(["gae", "n_step"]),
        "time_limit": st.sampled_from(["bootstrap", "terminal"]),
    }
)


@settings(max_examples=16)
@given(fields=st.one_of(REINFORCE, ASYNCHRONOUS))
def test_the_core_agrees_with_pytorch(fields: dict[str, Any]) -> None:
    """From the same weights and streams: the same actions, episodes and metrics, until rounding changes an action."""
    configuration = configured(**fields, total_steps=200, optimizer_eps=1e-5)
    core, pytorch = Recorder(by_core(configuration, [5])).train(), Recorder(by_pytorch(configuration, [5])).train()
    actions = [recorder.log().actions[0] for recorder in (core, pytorch)]
    same = int(np.append((actions[0] != actions[1]).any(axis=1), True).argmax()) * configuration.n_envs
    assert same >= 30
    metrics = core.metrics()
    compared = {step: values for step, values in pytorch.metrics().items() if step <= same}
    assert compared
    for step, values in compared.items():
        wanted = dict(zip(metrics_of(configuration.algorithm), values.tolist(), strict=True))
        found = dict(zip(wanted, metrics[step].tolist(), strict=True))
        assert found == pytest.approx(wanted, rel=5e-3, abs=1e-4, nan_ok=True)
    if same == actions[0].size:
        assert core.of(0)["ended"] == pytorch.of(0)["ended"]
        for name, array in pytorch.trainer.weights(0).items():
            np.testing.assert_allclose(core.trainer.weights(0)[name], array, rtol=0, atol=3e-3)


def test_reinforce_and_a3c_train_images() -> None:
    for fields in ({"algorithm": "reinforce", "n_envs": 1}, {"algorithm": "a3c", "n_envs": 2}):
        configuration = Configuration(
            **fields, env_id="ALE/Pong-v5", network="cnn", hidden_sizes=(8,), conv_channels=(2, 2, 2), total_steps=40,
            env_kwargs={"max_num_frames_per_episode": 120}, eval_episodes=1,
        )  # fmt: skip
        recorder = Recorder(make_trainer(configuration, [0], check(configuration, "test")))
        assert recorder.train().of(0)["metrics"]
