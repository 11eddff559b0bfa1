"""One update: masked rows, the recorded metrics, clipping by lane, the learning rate, the grid of steps."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from a2c.config.metrics import MOST_ROWS, metrics_of
from a2c.learn.algorithms.a2c import Rollout
from a2c.learn.learner import Learner, passes_grid
from tests.learn.learners import collect, done, estimate, make_learner, update

METRICS = metrics_of("a2c")

# Rollouts of random play with many ends: CartPole terminates, MountainCar runs into its time limit of 200 steps.
WITH_ENDS = [
    {"env_id": "CartPole-v1", "n_envs": 4, "n_steps": 60},
    {"env_id": "MountainCar-v0", "n_envs": 2, "n_steps": 410},
]


def updated(learner: Learner, rollout: Rollout) -> dict[str, NDArray[np.float32]]:
    """Metrics, gradients and weights after an update by `rollout`."""
    metrics = update(learner, rollout, *estimate(rollout, learner.configuration))
    return {
        "metrics": metrics,
        "gradients": learner.model.gradients.flat.numpy().copy(),
        "weights": learner.model.parameters.flat.numpy().copy(),
    }


def scrambled(rollout: Rollout) -> Rollout:
    """The rollout with other numbers in its reset rows.

    The values after a time limit are kept: the observation of a reset row is the final one of the previous episode,
    and its value is bootstrapped.
    """
    random = np.random.default_rng(0)
    hole = ~rollout.valid
    after_termination = np.zeros_like(hole)
    after_termination[:, 1:] = rollout.terminated[:, :-1]
    rows = torch.from_numpy(hole.reshape(len(hole), -1))
    logits, values = rollout.logits.clone(), rollout.values.clone()
    logits[rows] += 3 * torch.arange(logits.shape[2])
    values[:, : rows.shape[1]][torch.from_numpy(after_termination.reshape(rows.shape))] += 40
    kept = [[layer.clone() for layer in column] for column in rollout.kept]
    for column in kept:
        for layer in column:
            layer[rows] = layer[rows] * 2 + 1
    return rollout._replace(
        logits=logits,
        values=values,
        kept=kept,
        actions=np.where(hole, 1 - rollout.actions.clip(max=1), rollout.actions),
        rewards=np.where(hole, random.normal(size=hole.shape).astype(np.float32) * 100, rollout.rewards),
        terminated=rollout.terminated | (hole & (random.random(hole.shape) < 0.5)),
        truncated=rollout.truncated | (hole & (random.random(hole.shape) < 0.5)),
    )


@pytest.mark.parametrize("where", WITH_ENDS, ids=lambda where: where["env_id"])
@pytest.mark.parametrize("estimator", ["gae", "n_step"])
def test_reset_rows_do_not_change_a_bit(where: dict[str, Any], estimator: str) -> None:
    one, other = (make_learner([0, 1], advantage_estimator=estimator, **where) for _ in range(2))
    rollout = collect(one)
    assert (~rollout.valid).sum() >= 4
    plain, with_other_holes = updated(one, rollout), updated(other, scrambled(collect(other)))
    for name, numbers in plain.items():
        np.testing.assert_array_equal(with_other_holes[name], numbers, err_msg=name)


def test_the_value_after_a_time_limit_is_used() -> None:
    """The counterpart of the test above: this is the only number of a reset row that counts."""
    learner = make_learner([0], env_id="MountainCar-v0", n_envs=1, n_steps=210, gamma=0.5)
    rollout = collect(learner)
    (end,) = np.flatnonzero(rollout.truncated)
    before = estimate(rollout, learner.configuration)[0][0, end]
    values = rollout.values.clone()
    values[0, end + 1] += 8
    assert estimate(rollout._replace(values=values), learner.configuration)[0][0, end] == pytest.approx(before + 4)


@pytest.mark.parametrize("normalize_advantage", [True, False])
def test_metrics_are_those_of_the_valid_rows(normalize_advantage: bool) -> None:
    learner = make_learner([0, 1], n_steps=40, normalize_advantage=normalize_advantage, max_grad_norm=None)
    rollout = collect(learner)
    advantages, returns = estimate(rollout, learner.configuration)
    recorded = update(learner, rollout, advantages, returns)
    for lane in range(2):
        rows = rollout.valid[lane].reshape(-1)
        advantage, return_ = advantages[lane, rows].astype(np.float64), returns[lane, rows].astype(np.float64)
        value = rollout.values[lane, : len(rows)].double().numpy()[rows]
        policy = torch.distributions.Categorical(logits=rollout.logits[lane, rows].double())
        log_pi = policy.log_prob(torch.from_numpy(rollout.actions[lane].reshape(-1)[rows])).numpy()
        normalised = (advantage - advantage.mean()) / advantage.std(ddof=1)
        gradient = torch.cat([tensor[lane].flatten() for tensor in learner.model.gradients.named.values()])
        expected = {
            "policy_loss": -(log_pi * (normalised if normalize_advantage else advantage)).mean(),
            "value_loss": np.square(value - return_).mean(),
            "entropy": policy.entropy().mean().item(),
            "advantage_mean": advantage.mean(),  # before normalisation, which would hide it
            "advantage_std": advantage.std(ddof=1),
            "grad_norm": gradient.double().norm().item(),
            "explained_variance": 1 - np.var(return_ - value) / np.var(return_),
        }
        ours = dict(zip(METRICS, recorded[lane].tolist(), strict=True))
        assert ours == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_the_explained_variance_of_equal_returns_is_missing() -> None:
    learner = make_learner([0], n_envs=2, n_steps=2, total_steps=400)
    rollout = collect(learner)
    equal = np.ones((1, 4), dtype=np.float32)
    recorded = update(learner, rollout, np.array([[1, 2, 3, 4]], dtype=np.float32), equal)
    assert np.isnan(recorded[0, METRICS.index("explained_variance")])
    assert np.isfinite(recorded[0, : METRICS.index("explained_variance")]).all()


def test_equal_advantages_are_normalised_to_zero() -> None:
    learner = make_learner([0], n_envs=2, n_steps=2, total_steps=400)
    rollout = collect(learner)
    equal, returns = np.full((1, 4), 3, dtype=np.float32), np.array([[1, 2, 3, 4]], dtype=np.float32)
    recorded = update(learner, rollout, equal, returns)
    assert recorded[0, METRICS.index("policy_loss")] == 0


def test_gradients_are_clipped_by_the_norm_of_their_own_lane() -> None:
    fields = {"n_steps": 20, "normalize_advantage": False, "max_grad_norm": 50.0}
    plain, shouting = make_learner([0, 1], **fields), make_learner([0, 1], **fields)
    quiet = updated(plain, collect(plain))
    rollout = collect(shouting)
    rollout.rewards[0] *= 1000
    loud = updated(shouting, rollout)
    norms = (
        quiet["metrics"][:, METRICS.index("grad_norm")],
        loud["metrics"][:, METRICS.index("grad_norm")],
    )
    assert norms[0].max() < 50 < 1000 < norms[1][0]  # recorded before clipping
    np.testing.assert_allclose(shouting.model.gradients.norms(), [50, norms[0][1]], rtol=1e-5)
    for name, tensor in shouting.model.gradients.named.items():
        assert torch.equal(tensor[1], plain.model.gradients.named[name][1]), name


def test_clipping_equals_torchs() -> None:
    bounded, free = (make_learner([0], n_steps=20, max_grad_norm=bound) for bound in (0.05, None))
    updated(bounded, collect(bounded))
    updated(free, collect(free))
    theirs = [torch.nn.Parameter(tensor) for tensor in free.model.gradients.named.values()]
    for parameter in theirs:
        parameter.grad = parameter.detach().clone()
    torch.nn.utils.clip_grad_norm_(theirs, 0.05)
    for ours, parameter in zip(bounded.model.gradients.named.values(), theirs, strict=True):
        torch.testing.assert_close(ours, parameter.grad, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [("constant", [0.8, 0.8, 0.8]), ("linear", [0.8, 0.8 * 8 / 13, 0.8 * 3 / 13])],  # 13 rows: 5, 5 and 3
)
def test_learning_rate_of_each_update(schedule: str, expected: list[float]) -> None:
    learner = make_learner([0], total_steps=8 * 13, learning_rate=0.8, lr_schedule=schedule)
    rates: list[float] = []
    learner.train(lambda _: rates.append(learner.model.optimizer.learning_rate))
    assert rates == pytest.approx(expected)


def test_learning_rate_zero_changes_no_weight() -> None:
    learner = make_learner([0], learning_rate=0.0, total_steps=400)
    before = learner.model.parameters.flat.clone()
    learner.train(lambda _: None)
    assert torch.equal(learner.model.parameters.flat, before)


@given(total_rows=st.integers(1, 5000), n_steps=st.integers(1, 200))
def test_metrics_are_recorded_on_at_most_500_updates_and_on_the_last(total_rows: int, n_steps: int) -> None:
    recorded, rows = [], 0
    while rows < total_rows:
        length = min(n_steps, total_rows - rows)
        recorded.append(passes_grid(rows, rows + length, total_rows))
        rows += length
    assert sum(recorded) <= MOST_ROWS == 500
    assert recorded[-1]
    assert sum(recorded) == len(recorded) or len(recorded) > MOST_ROWS or total_rows > MOST_ROWS


def test_metrics_are_recorded_on_the_grid_only() -> None:
    learner = make_learner([0, 1], n_envs=2, n_steps=1, total_steps=2400)  # 1,200 updates
    steps: list[int] = []

    def record(made: Any) -> None:
        if made.metrics:
            assert [lane for lane, _, values in made.metrics if values.shape == (len(METRICS),)] == [0, 1]
            steps.append(learner.rows)

    learner.train(record)
    assert len(steps) == 500
    assert set(np.diff(steps)) == {2, 3}


def test_advantages_of_reset_rows_do_not_shift_the_normalisation() -> None:
    """A literal case: valid advantages 1 and 3 become -1/sqrt 2 and 1/sqrt 2, for any value in the reset row."""
    learner = make_learner([0], n_envs=1, n_steps=3, total_steps=300)
    rollout = collect(learner)._replace(valid=np.array([[[True], [False], [True]]]))
    recorded = update(learner, rollout, np.array([[1, 70, 3]], dtype=np.float32), np.zeros((1, 3), np.float32))
    log_pi = torch.log_softmax(rollout.logits[0], dim=1)[torch.arange(3), torch.from_numpy(rollout.actions[0, :, 0])]
    expected = -(-log_pi[0] + log_pi[2]) / np.sqrt(2) / 2
    assert recorded[0, METRICS.index("policy_loss")] == pytest.approx(expected.item(), rel=1e-5)
    assert not done(rollout).any()
