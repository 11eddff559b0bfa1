"""A run ends with the update in which the mean of its last ten returns reached `stop_return`, alone or not."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from a2c.config import Configuration
from a2c.envs import Ended, check
from a2c.learn.cuda.trainer import CudaTrainer
from a2c.learn.learner import Learner
from a2c.learn.native import NativeTrainer
from a2c.learn.stopping import StoppingRule
from a2c.learn.trainer import Interrupted, Progress
from tests.learn.learners import settled
from tests.learn.logs import log_of


@pytest.fixture(autouse=True)
def _as_in_a_training_process() -> Iterator[None]:
    with settled():
        yield


def episodes(lane: int, *returns: float) -> list[Ended]:
    return [Ended(lane, 0, 8 * (i + 1), total_reward, 1) for i, total_reward in enumerate(returns)]


def test_the_rule_takes_ten_episodes_of_one_lane_and_looks_after_each() -> None:
    rule = StoppingRule(5.0, 2)
    rule.watch(episodes(0, *[100.0] * 9))
    rule.watch(episodes(1, *[4.0] * 9))
    assert rule.reached == set()
    rule.watch(episodes(1, 13.9))  # the mean of ten is 4.99
    assert rule.reached == set()
    rule.watch(episodes(1, 4.1, 0.0))  # 5.0, and then 4.6
    assert rule.reached == {1}


def test_no_rule_without_a_return() -> None:
    rule = StoppingRule(None, 1)
    rule.watch(episodes(0, *[1e9] * 20))
    assert rule.reached == set()


FIELDS = {"hidden_sizes": (16, 16), "total_steps": 6000, "eval_episodes": 2, "stop_return": 27.0}
Kind = type[Learner] | type[CudaTrainer] | type[NativeTrainer]
TRAINERS: dict[str, tuple[Kind, dict[str, Any]]] = {
    "pytorch": (Learner, {}),
    "lanes of their own kernels": (CudaTrainer, {}),
    "core": (NativeTrainer, {}),
    "core, stepped in Python": (NativeTrainer, {"env_kwargs": {"render_mode": "rgb_array"}}),
}


class Run:
    """A training of some seeds, and what its lanes left."""

    def __init__(self, which: str, seeds: list[int], **fields: Any) -> None:
        kind, own = TRAINERS[which]
        configuration = Configuration(**{**FIELDS, **own, **fields})
        self.trainer = kind(configuration, seeds, check(configuration, "test"))
        self.parts: list[Progress] = []
        self.states: list[Any] = []

    def train(self) -> "Run":
        def record(progress: Progress) -> None:
            self.parts.append(progress)
            ends = dict(self.trainer.diverged), dict(self.trainer.stopped)
            self.states.append((self.trainer.state(), *ends))

        self.trainer.train(record)
        return self

    def of(self, lane: int) -> dict[str, Any]:
        """What a lane left, up to where it stopped."""
        steps = self.trainer.stopped.get(lane, self.trainer.configuration.total_steps)
        ended = sorted(tuple(one)[1:] for part in self.parts for one in part.ended if one.lane == lane)
        return {
            "stopped": self.trainer.stopped.get(lane),
            "actions": log_of(self.trainer, self.parts).actions[lane, : steps // 8].tobytes(),
            "ended": [one for one in ended if one[1] <= steps],
            "metrics": [(s, x.tobytes()) for part in self.parts for of, s, x in part.metrics if of == lane],
            "weights": {name: array.tobytes() for name, array in self.trainer.weights(lane).items()},
            "evaluation": [tuple(one)[1:] for one in self.trainer.evaluate() if one.lane == lane],
        }


def expected_stop(run: Run, lane: int) -> int | None:
    """Where an unlimited run would have stopped: the end of the rollout in which the ten last returns had the mean."""
    ended = sorted((one for part in run.parts for one in part.ended if one.lane == lane), key=lambda one: one.step)
    returns = [one.total_reward for one in ended]
    for i in range(10, len(returns) + 1):
        if np.mean(returns[i - 10 : i]) >= 27.0:
            return -(-ended[i - 1].step // 40) * 40
    return None


@pytest.mark.parametrize("which", TRAINERS)
def test_a_run_stops_where_its_episodes_say_and_has_the_same_bits_until_then(which: str) -> None:
    seeds = [0, 3, 8]
    free, run = Run(which, seeds, stop_return=None).train(), Run(which, seeds).train()
    expected = [expected_stop(free, lane) for lane in range(3)]
    assert [run.trainer.stopped.get(lane) for lane in range(3)] == expected
    assert len({*expected}) >= 2
    assert any(expected)
    for lane, steps in enumerate(expected):
        ours, theirs = run.of(lane), free.of(lane)
        assert ours["ended"] == [one for one in theirs["ended"] if one[1] <= (steps or 6000)]
        assert theirs["metrics"][: len(ours["metrics"])] == ours["metrics"]
        assert ours["metrics"][-1][0] == (steps or 6000)
        assert len(ours["evaluation"]) == 4  # a stopped run is evaluated
        assert (ours["weights"] == theirs["weights"]) == (steps is None)
        alone = Run(which, [seeds[lane]]).train()
        assert alone.of(0) == ours
        assert alone.trainer.rows * 8 < 6000 or steps is None  # nothing is computed after the last run has stopped


@pytest.mark.parametrize("which", TRAINERS)
def test_a_training_resumed_after_a_lane_stopped_equals_an_uninterrupted_one(
    which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("a2c.learn.native.PART", 200)
    whole = Run(which, [0, 3, 8]).train()
    cut = next(i for i, (_, _, stopped) in enumerate(whole.states) if stopped)
    for parts in (cut, cut + 1, cut + 4):  # before the stop, just after it, later
        resumed = Run(which, [0, 3, 8])
        log = log_of(whole.trainer, whole.parts[:parts])
        ended = resumed.trainer.restore(Interrupted(whole.states[parts - 1][0], log, *whole.states[parts - 1][1:]))
        assert ended is not None
        lanes = resumed.trainer.stopped
        assert sorted(one for one in ended if one.step <= lanes.get(one.lane, 6000)) == sorted(
            e for part in whole.parts[:parts] for e in part.ended if e.step <= lanes.get(e.lane, 6000)
        )
        resumed.parts = whole.parts[:parts]
        resumed.train()
        for lane in range(3):
            assert resumed.of(lane) == whole.of(lane)
