"""Lanes of their own kernels: as the reference trains, alone as beside others, resumed as not resumed."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings

import tests.envs.faulty  # noqa: F401 - registers environments
from a2c.config import ConfigError, Configuration
from a2c.learn.cuda.group import Group
from a2c.learn.cuda.trainer import CudaTrainer
from a2c.learn.learner import Learner
from a2c.learn.trainer import Interrupted, Progress, bits_of, determinism_of, uses_gpu
from tests.learn.cuda.trainers import BREAKOUT, CARTPOLE, assert_same, made, runs_of, trained
from tests.learn.cuda.trainers import settings as settings_of
from tests.learn.learners import settled
from tests.learn.logs import log_of
from tests.learn.test_native import OPTIONS

SHAPES: dict[str, dict[str, Any]] = {
    "breakout": BREAKOUT,
    "cartpole": CARTPOLE,
    "adam-linear": CARTPOLE | {"lr_schedule": "linear", "advantage_estimator": "n_step", "shared_trunk": False},
    "one-environment": {**CARTPOLE, "n_envs": 1, "n_steps": 5, "total_steps": 200},
    "running-norm": CARTPOLE | {"clip_by": "running", "clip_part": "value", "train_on_reset_rows": True},
}


@pytest.fixture(autouse=True)
def _as_in_a_training_process() -> Iterator[None]:
    with settled():
        yield


# ------------------------------------------------------------------------------------------------------- the reference


def assert_trains_like_the_reference(fields: dict[str, Any]) -> None:
    """The same actions and ends; metrics and weights to the accuracy of float32, after each of a few updates."""
    configuration, facts = settings_of(fields)
    learner, trainer = (make(configuration, [3, 8], facts) for make in (Learner, CudaTrainer))
    starts = [trainer.weights(lane) for lane in range(2)]
    theirs: list[Progress] = []
    learner.train(theirs.append)
    ours: list[Progress] = []
    trainer.train(ours.append)
    np.testing.assert_array_equal(log_of(trainer, ours).taken, log_of(learner, theirs).taken)
    for one, other in zip(ours, theirs, strict=True):
        assert sorted(one.ended) == sorted(other.ended)
        assert [row[:2] for row in one.metrics] == [row[:2] for row in other.metrics]
        for mine, reference in zip(one.metrics, other.metrics, strict=True):
            np.testing.assert_allclose(mine[2], reference[2], rtol=5e-3, atol=1e-4)
    for lane, before in enumerate(starts):
        after = learner.weights(lane)
        for name, array in trainer.weights(lane).items():
            moved = after[name] - before[name]
            np.testing.assert_allclose(array - before[name], moved, rtol=0, atol=3e-2 * np.abs(moved).max() + 1e-7)


@settings(max_examples=12)
@given(fields=OPTIONS)
def test_any_configuration_trains_like_the_reference(fields: dict[str, Any]) -> None:
    """Three updates, of which the last one has a shorter rollout."""
    rows = 2 * fields["n_steps"] + max(1, fields["n_steps"] // 2)
    trains_long = {"optimizer_eps": 1e-5, "learning_rate": 1e-3, "total_steps": rows * fields["n_envs"]}
    assert_trains_like_the_reference({**fields, **trains_long, "eval_episodes": 1})


@pytest.mark.parametrize("part", ["policy", "value"])
@pytest.mark.parametrize("by", ["batch", "running"])
def test_any_clipping_trains_like_the_reference(part: str, by: str) -> None:
    assert_trains_like_the_reference({**CARTPOLE, "clip_part": part, "clip_by": by, "total_steps": 3 * 21 + 6})


def test_images_train_like_the_reference() -> None:
    assert_trains_like_the_reference({**BREAKOUT, "optimizer": "rmsprop_tf", "total_steps": 46, "reward_clip": 1.0})


# --------------------------------------------------------------------------------------------------------- independence


@pytest.mark.parametrize("fields", SHAPES.values(), ids=SHAPES)
def test_a_seed_alone_equals_the_same_seed_beside_others(fields: dict[str, Any]) -> None:
    beside = trained([7, 2, 11], **fields)
    (alone,) = trained([2], **fields)
    assert alone["diverged"] is None
    assert_same(alone, beside[1])


def test_different_seeds_give_different_runs() -> None:
    one, other = trained([0, 1], **CARTPOLE)
    assert all(one[name] != other[name] for name in ("actions", "metrics", "episodes", "weights"))


# ----------------------------------------------------------------------------------------------------------- divergence


def test_a_diverging_lane_does_not_affect_the_others() -> None:
    trainer, parts = made([0, 1, 2], **CARTPOLE), []
    trainer.groups[0].models[1].parameters.named["shared.1.weight"].fill_(torch.nan)
    trainer.train(parts.append)
    assert trainer.diverged == {1: (21, "policy loss is nan")}  # after the first rollout, 3 environments by 7 steps
    runs = runs_of(trainer, parts)
    assert runs[1]["metrics"] == runs[1]["evaluation"] == []
    for lane in (0, 2):
        assert_same(runs[lane], trained([lane], **CARTPOLE)[0])


def test_the_reason_names_what_is_not_finite() -> None:
    trainer = made([0], **CARTPOLE | {"normalize_advantage": False, "gamma": 0.0})
    trainer.groups[0].models[0].parameters.named["shared.2.bias"][0, 0, -1] = 1e30  # the value's square is not finite
    trainer.train(lambda _: None)
    assert trainer.diverged == {0: (21, "value loss is inf")}


def test_training_stops_when_every_lane_has_diverged() -> None:
    trainer, parts = made([0, 1], **CARTPOLE | {"learning_rate": 1e30}), []
    trainer.train(parts.append)
    assert set(trainer.diverged) == {0, 1}
    assert len(parts) < 10
    assert trainer.evaluate() == []


def test_environments_of_a_lane_that_has_ended_are_not_stepped_on() -> None:
    """They raise some steps after the end, resumed or not."""
    fields = {"env_id": "faulty/InfiniteRewards-v0", "env_kwargs": {"share": 0.002}, "hidden_sizes": (8,),
              "n_envs": 2, "total_steps": 600, "eval_episodes": 1, "reward_clip": 1.0}  # fmt: skip
    seeds = [0, 1, 2, 3, 4]
    whole, parts = made(seeds, **fields), []
    states: list[Interrupted] = []

    def record(progress: Progress) -> None:
        parts.append(progress)
        states.append(Interrupted(whole.state(), log_of(whole, parts), dict(whole.diverged), dict(whole.stopped)))

    whole.train(record)
    assert 0 < len(whole.diverged) < len(seeds)
    runs = [{**run, "evaluation": None} for run in runs_of(whole, parts)]  # it meets infinite rewards, too
    for cut in (len(states) // 2, len(states) - 1):
        resumed, rest = made(seeds, **fields), parts[: cut + 1]
        resumed.restore(states[cut])
        resumed.train(rest.append)
        for one, other in zip(runs_of(resumed, rest), runs, strict=True):
            assert_same({**one, "evaluation": None}, other)


# -------------------------------------------------------------------------------------------------------------- resumed


@pytest.mark.parametrize(
    "fields",
    [
        BREAKOUT,
        CARTPOLE | {"lr_schedule": "linear"},
        CARTPOLE | {"optimizer": "rmsprop_tf"},
        CARTPOLE | {"clip_by": "running"},
    ],
    ids=["breakout", "adam", "rmsprop-tf", "running-norm"],
)
def test_a_training_restored_with_more_threads_equals_an_uninterrupted_one(fields: dict[str, Any]) -> None:
    seeds, stop_after = [3, 9], 4
    trainer = made(seeds, **fields)
    parts: list[Progress] = []
    stopped: dict[str, Any] = {}

    def record(progress: Progress) -> None:
        parts.append(progress)
        if len(parts) == stop_after:  # the next rollout has begun already
            stopped.update(state=trainer.state())

    trainer.train(record)
    resumed, rest = made(seeds, threads=2, **fields), parts[:stop_after]
    assert resumed.accepts(stopped["state"])
    ended = resumed.restore(Interrupted(stopped["state"], log_of(trainer, rest), {}, {}))
    assert sorted(ended) == sorted(one for part in rest for one in part.ended)
    resumed.train(rest.append)
    for one, other in zip(runs_of(resumed, rest), runs_of(trainer, parts), strict=True):
        assert_same(one, other)


def test_a_state_of_other_lanes_or_another_optimiser_is_not_accepted() -> None:
    trainer = made([0, 1], **CARTPOLE)
    assert trainer.accepts(trainer.state())
    assert not trainer.accepts(made([0], **CARTPOLE).state())
    assert not trainer.accepts(made([0, 1], **CARTPOLE | {"optimizer": "rmsprop"}).state())


# ---------------------------------------------------------------------------------------------------------- two groups


def test_one_group_plays_while_the_other_acts_and_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = made([0, 1, 2], **BREAKOUT | {"total_steps": 40})  # four rollouts of five steps
    assert [len(group.models) for group in trainer.groups] == [2, 1]
    in_play: set[int] = set()
    beside: list[int] = []  # groups in play whenever another acts or updates

    for number, group in enumerate(trainer.groups):

        def spied(name: str, number: int = number, group: Any = group) -> None:
            call = getattr(group, name)

            def noted(*arguments: Any) -> Any:
                if name == "receive":
                    in_play.discard(number)
                else:
                    beside.append(len(in_play - {number}))
                result = call(*arguments)
                if name == "act":
                    in_play.add(number)
                return result

            monkeypatch.setattr(group, name, noted)

        for name in ("act", "receive", "update"):
            spied(name)
    trainer.train(lambda _: None)
    idle = [0, 0]  # the very first act, and the last group's last update
    assert [beside[0], beside[-1]] == idle
    assert set(beside[1:-1]) == {1}


def test_lanes_that_do_not_fit_on_the_gpu_are_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Group) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    trainer = made([0, 1], **CARTPOLE)
    monkeypatch.setattr(Group, "capture", full)
    with pytest.raises(ConfigError, match=r"^seeds: 2 are too many; allowed: fewer seeds in one process, or"):
        trainer.train(lambda _: None)


# -------------------------------------------------------------------------------------------------- which is told where


def test_the_configuration_alone_decides_that_lanes_train_on_a_gpu() -> None:
    on_gpu = Configuration(device="cuda")
    assert uses_gpu(on_gpu)
    assert not uses_gpu(Configuration())
    assert len({bits_of(on_gpu), bits_of(Configuration()), bits_of(Configuration(**BREAKOUT))}) == 3


def test_the_flags_of_a_gpu_say_what_trains() -> None:
    told = determinism_of(Configuration(device="cuda"))
    assert told["arithmetic"] == "lanes on a GPU"
    assert (told["tf32"], told["deterministic_algorithms"]) == (False, True)


# ----------------------------------------------------------------------------------------------------------- snapshots


def test_snapshots_are_the_weights_after_the_first_update_at_or_after_each_share_also_after_a_restore() -> None:
    fields = CARTPOLE | {"snapshots": (0.1, 0.5, 1.0)}  # 21 agent steps an update: after 105, 462 and 900
    whole, first, second = (made([3, 4], **fields) for _ in range(3))
    after: dict[int, list[bytes]] = {}

    def note(_: Progress) -> None:
        after[whole.rows * 3] = [whole.weights(lane)["shared.0.weight"].tobytes() for lane in range(2)]

    whole.train(note)
    for lane in range(2):
        kept = whole.snapshots(lane)
        assert [weights["shared.0.weight"].tobytes() for weights in kept.values()] == [
            after[steps][lane] for steps in (105, 462, 900)
        ]
    parts: list[Progress] = []

    class EnoughError(Exception):
        pass

    def stop(progress: Progress) -> None:
        parts.append(progress)
        if first.rows >= 200:
            raise EnoughError

    with pytest.raises(EnoughError):
        first.train(stop)
    assert second.accepts(first.state())
    second.restore(Interrupted(first.state(), log_of(first, parts), {}, {}))
    second.train(lambda _: None)
    for lane in range(2):
        for share, weights in whole.snapshots(lane).items():
            assert {name: array.tobytes() for name, array in weights.items()} == {
                name: array.tobytes() for name, array in second.snapshots(lane)[share].items()
            }
