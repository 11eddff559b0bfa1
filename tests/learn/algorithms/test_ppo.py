"""PPO: with one pass, one minibatch and no clipping it is A2C; its minibatches; its lanes; how it ends."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from a2c import streams
from a2c.config import Configuration
from a2c.config.metrics import metrics_of
from a2c.core.settings import settings_of
from a2c.envs import check
from a2c.learn.algorithms.ppo import PPO, shuffled
from a2c.learn.learner import Learner
from a2c.learn.native import NativeTrainer
from a2c.learn.trainer import Progress
from tests.core.cores import best
from tests.learn.learners import make_learner, settled
from tests.learn.logs import log_of


@pytest.fixture(autouse=True)
def _as_in_a_training_process() -> Iterator[None]:
    with settled():
        yield


TRAINERS: list[type[Learner] | type[NativeTrainer]] = [Learner, NativeTrainer]
AS_A2C = {"algorithm": "ppo", "n_epochs": 1, "n_minibatches": 1, "clip_range": None}
FIELDS: dict[str, Any] = {"hidden_sizes": (16, 33), "total_steps": 2000, "eval_episodes": 2}


def trained(kind: type[Learner] | type[NativeTrainer], fields: dict[str, Any]) -> dict[str, Any]:
    """What a training of two seeds leaves."""
    configuration = Configuration(**{**FIELDS, **fields})
    trainer = kind(configuration, [3, 5], check(configuration, "test"))
    parts: list[Progress] = []
    trainer.train(parts.append)
    names = metrics_of(configuration.algorithm)
    return {
        "actions": log_of(trainer, parts).actions.tobytes(),
        "ended": [one for part in parts for one in part.ended],
        "weights": {name: array.tobytes() for lane in range(2) for name, array in trainer.weights(lane).items()},
        "evaluation": trainer.evaluate(),
        "metrics": [
            (lane, step, {name: value.tobytes() for name, value in zip(names, values, strict=True)})
            for part in parts
            for lane, step, values in part.metrics
        ],
    }


@pytest.mark.parametrize("kind", TRAINERS)
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"shared_trunk": False, "lr_schedule": "linear", "n_steps": 30, "optimizer": "rmsprop_tf"},
        {"env_id": "Acrobot-v1", "n_envs": 3, "n_steps": 17, "activation": "tanh", "normalize_advantage": False},
    ],
)
def test_with_one_pass_one_minibatch_and_no_clipping_it_is_a2c_bit_for_bit(
    kind: type[Learner] | type[NativeTrainer], fields: dict[str, Any]
) -> None:
    ours, theirs = trained(kind, {**fields, **AS_A2C}), trained(kind, fields)
    assert len(ours["metrics"]) == len(theirs["metrics"])
    for (*at, own), (*as_well, other) in zip(ours.pop("metrics"), theirs.pop("metrics"), strict=True):
        assert at == as_well
        assert own.pop("policy_loss") != other.pop("policy_loss")  # -mean(A ratio), not -mean(log pi A)
        assert own.pop("clip_fraction") == np.float32(0).tobytes()
        assert own == other
    assert ours == theirs


@pytest.mark.parametrize("changed", [{"n_epochs": 2}, {"n_minibatches": 2}, {"clip_range": 1e-6, "n_epochs": 2}])
def test_each_of_the_three_makes_a_difference(changed: dict[str, Any]) -> None:
    one, other = (trained(NativeTrainer, {**AS_A2C, **fields}) for fields in ({"n_epochs": 1}, changed))
    assert one["weights"] != other["weights"]


def test_a_pass_takes_every_row_once_in_an_order_of_its_own() -> None:
    learner = make_learner([0, 4], algorithm="ppo", n_envs=3, n_steps=7, n_minibatches=4, n_epochs=3)
    assert isinstance(learner.algorithm, PPO)
    rollout = learner.algorithm.collect(learner.actors, learner.model)
    minibatches = [rows for rows in learner.algorithm._minibatches(learner.model, rollout) if rows is not None]
    assert [rows.shape for rows in minibatches] == [(2, 5), (2, 5), (2, 5), (2, 6)] * 3
    passes = [np.concatenate(minibatches[4 * k : 4 * k + 4], axis=1) for k in range(3)]
    for order in passes:
        assert (np.sort(order, axis=1) == np.arange(21)).all()
        assert (order[0] != order[1]).any()
    assert (passes[0] != passes[1]).any()


def test_the_order_is_uniform() -> None:
    generator = streams.generator(0, "minibatches")
    counts: dict[tuple[int, ...], int] = {}
    for _ in range(12_000):
        order = tuple(shuffled(4, generator).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 24
    expected = 12_000 / 24
    assert sum((n - expected) ** 2 / expected for n in counts.values()) < 52.6  # chi-square, 23 degrees, p = 0.0004


def test_the_order_by_hand() -> None:
    """Halves of the range of a draw: 3 rows, u = 0.75 and 0.25."""

    class Draws:
        bit_generator: Any = None

        def random_raw(self, n: int) -> Any:
            return np.array([3 << 62, 1 << 62], dtype=np.uint64)[:n]

    draws = Draws()
    draws.bit_generator = draws
    # i = 2: j = floor(0.75 * 3) = 2, nothing moves; i = 1: j = floor(0.25 * 2) = 0, rows 1 and 0 change places.
    assert shuffled(3, draws).tolist() == [1, 0, 2]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", TRAINERS)
def test_a_last_rollout_with_fewer_rows_than_minibatches_is_learnt_from(
    kind: type[Learner] | type[NativeTrainer],
) -> None:
    fields = {"algorithm": "ppo", "n_envs": 2, "n_steps": 8, "n_minibatches": 8, "n_epochs": 2}
    configuration = Configuration(**{**FIELDS, **fields, "normalize_advantage": False, "total_steps": 2 * 17})
    trainer = kind(configuration, [0], check(configuration, "test"))
    before: list[dict[str, Any]] = []
    trainer.train(lambda _: before.append(trainer.weights(0)))
    assert trainer.rows == 17
    assert not trainer.diverged
    steps = trainer.state()["optimizer.updates" if kind is NativeTrainer else "optimizer.step"]
    assert steps.tolist() in ([2 * 8 * 2 + 2 * 2], 2 * 8 * 2 + 2 * 2)  # two rows are left: two steps of each pass


def test_the_core_and_pytorch_shuffle_alike() -> None:
    """A whole short training, in which an action differs late if at all."""
    configuration = Configuration(**{**FIELDS, "algorithm": "ppo", "n_steps": 20, "total_steps": 1600})
    facts = check(configuration, "test")
    learner = Learner(configuration, [4], facts)
    parts: list[Progress] = []
    learner.train(parts.append)
    trained_by_core = best().lane(settings_of(configuration, facts), 4).train(100)
    metrics = np.array([values for part in parts for _, _, values in part.metrics])
    ours = np.stack([trained_by_core.metrics[name] for name in learner.algorithm.metrics], axis=1)
    np.testing.assert_allclose(ours[:3], metrics[:3], rtol=5e-3, atol=5e-4)


@pytest.mark.parametrize("rate", [1e30, 1e5])
def test_a_lane_that_diverges_within_an_update_tells_the_step_and_the_first_reason(rate: float) -> None:
    configuration = Configuration(**{**FIELDS, "algorithm": "ppo", "learning_rate": rate, "n_epochs": 10})
    facts = check(configuration, "test")
    learner = Learner(configuration, [0, 1], facts)
    parts: list[Progress] = []
    learner.train(parts.append)
    assert set(learner.diverged) == {0, 1}
    for lane, seed in enumerate([0, 1]):
        by_core = best().lane(replace(settings_of(configuration, facts), total_steps=2000), seed)
        by_core.train(100)
        assert by_core.diverged == learner.diverged[lane]
