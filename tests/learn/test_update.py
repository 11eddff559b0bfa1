"""One update: masked rows, the recorded metrics, clipping by lane, the learning rate, the grid of steps."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from a2c.config.metrics import CLOSE, MOST_ROWS, close_rows, metrics_of, passes_grid
from a2c.learn.algorithms.a2c import Rollout
from a2c.learn.learner import Learner
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
        assert {name: ours[name] for name in expected} == pytest.approx(expected, rel=1e-5, abs=1e-6)


def parts_of_the_loss(learner: Learner, rollout: Rollout, lane: int) -> tuple[Tensor, Tensor, Tensor]:
    """By autograd in float64: the shared layers' gradient of the policy's part, that of the value's, and the logits."""
    advantages, returns = (torch.from_numpy(x[lane]).double() for x in estimate(rollout, learner.configuration))
    rows = torch.from_numpy(rollout.valid[lane].reshape(-1))
    weights = {name: tensor[lane].double() for name, tensor in learner.model.parameters.named.items()}
    for tensor in weights.values():
        tensor.requires_grad_()
    x = torch.from_numpy(np.stack(rollout.observations, axis=1)[lane]).double().flatten(0, 1)
    for layer in range(3):
        x = (x.relu() if layer else x) @ weights[f"shared.{layer}.weight"] + weights[f"shared.{layer}.bias"]
    policy, values = torch.distributions.Categorical(logits=x[rows, :-1]), x[rows, -1]
    log_pi = policy.log_prob(torch.from_numpy(rollout.actions[lane].reshape(-1))[rows])
    normalised = (advantages - advantages[rows].mean()) / advantages[rows].std()
    configuration = learner.configuration
    entropy = configuration.entropy_coef * policy.entropy().mean()
    losses = (
        -(log_pi * normalised[rows]).mean() - entropy,
        configuration.value_loss_coef * (values - returns[rows]).square().mean(),
    )
    trunk = [tensor for name, tensor in weights.items() if not name.startswith("shared.2")]
    parts = [torch.cat([g.flatten() for g in torch.autograd.grad(loss, trunk, retain_graph=True)]) for loss in losses]
    return parts[0], parts[1], x[rows, :-1].detach()


def test_metrics_recorded_besides_are_those_of_the_definitions() -> None:
    learner = make_learner([0, 1], n_steps=40, n_envs=3, entropy_coef=0.1, learning_rate=0.01)
    rollout = collect(learner)
    before = [parts_of_the_loss(learner, rollout, lane) for lane in range(2)]
    recorded = update(learner, rollout, *estimate(rollout, learner.configuration))
    for lane, (policy, value, logits) in enumerate(before):
        ours = dict(zip(METRICS, recorded[lane].tolist(), strict=True))
        rows = rollout.valid[lane].reshape(-1)
        seen = np.stack(rollout.observations, axis=1)[lane].reshape(len(rows), -1)[rows].astype(np.float64)
        pairs = [np.square(a - b).sum() for i, a in enumerate(seen) for b in seen[:i]]
        old, new = (
            torch.distributions.Categorical(logits=x)
            for x in (logits, parts_of_the_loss(learner, rollout, lane)[2])  # before and after the step
        )
        expected = {
            "clip_coefficient": min(1, 0.5 / ours["grad_norm"]),
            "policy_grad_norm": policy.norm().item(),
            "value_grad_norm": value.norm().item(),
            "grad_cosine": (policy @ value / policy.norm() / value.norm()).item(),
            "policy_kl": torch.distributions.kl_divergence(old, new).mean().item(),
            "value_max": rollout.values[lane, : len(rows)][torch.from_numpy(rows)].max().item(),
            "terminal_share": rollout.terminated[lane].sum() / rows.sum(),
            "observation_distance": np.sqrt(np.mean(pairs)),
        }
        assert {name: ours[name] for name in expected} == pytest.approx(expected, rel=1e-4)
        assert expected["policy_kl"] > 1e-5
        assert expected["terminal_share"] > 0


def test_where_policy_and_value_share_no_layer_their_norms_make_up_the_whole() -> None:
    learner = make_learner([0], shared_trunk=False)
    rollout = collect(learner)
    ours = dict(zip(METRICS, update(learner, rollout, *estimate(rollout, learner.configuration))[0], strict=True))
    assert np.hypot(ours["policy_grad_norm"], ours["value_grad_norm"]) == pytest.approx(ours["grad_norm"], rel=1e-5)
    assert min(ours["policy_grad_norm"], ours["value_grad_norm"]) > 0
    assert ours["grad_cosine"] == 0


def test_a_time_limit_is_terminal_where_the_learner_takes_it_so() -> None:
    for time_limit, share in (("bootstrap", 0), ("terminal", 2 / 400)):
        learner = make_learner([0], env_id="MountainCar-v0", n_envs=1, n_steps=402, time_limit=time_limit)
        rollout = collect(learner)
        ours = update(learner, rollout, *estimate(rollout, learner.configuration))[0]
        assert ours[METRICS.index("terminal_share")] == pytest.approx(share)


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
        recorded.append(passes_grid(rows, rows + length, total_rows, MOST_ROWS))
        rows += length
    assert sum(recorded) <= MOST_ROWS == 500
    assert recorded[-1]
    assert sum(recorded) == len(recorded) or len(recorded) > MOST_ROWS or total_rows > MOST_ROWS


def test_metrics_are_recorded_on_the_grid_only() -> None:
    learner = make_learner([0, 1], n_envs=2, n_steps=1, total_steps=2400)  # 1,200 updates
    steps: list[int] = []
    closely: list[int] = []

    def record(made: Any) -> None:
        if made.metrics:
            assert [lane for lane, _, values in made.metrics if values.shape == (len(METRICS),)] == [0, 1]
            steps.append(learner.rows)
            are_close = [
                np.isfinite(values[[METRICS.index(name) for name in CLOSE]]).all() for *_, values in made.metrics
            ]
            closely.extend(learner.rows for is_close in are_close[:1] if is_close)
            assert len(set(are_close)) == 1

    learner.train(record)
    assert len(steps) == 500
    assert set(np.diff(steps)) == {2, 3}
    assert len(closely) == 25  # the largest divisor of 500 of at most a 25th of the updates
    assert set(np.diff(closely)) == {48}


@pytest.mark.parametrize(
    ("total_rows", "n_steps", "passes", "expected"),
    [(25_000, 5, 1, 125), (12_500, 20, 1, 25), (100, 128, 1, 1), (50_000, 128, 4, 50), (10**9, 5, 1, 500)],
)
def test_the_close_grid_takes_one_pass_in_25_at_most(total_rows: int, n_steps: int, passes: int, expected: int) -> None:
    assert close_rows(total_rows, n_steps, passes) == expected
    assert 500 % expected == 0


def test_advantages_of_reset_rows_do_not_shift_the_normalisation() -> None:
    """A literal case: valid advantages 1 and 3 become -1/sqrt 2 and 1/sqrt 2, for any value in the reset row."""
    learner = make_learner([0], n_envs=1, n_steps=3, total_steps=300)
    rollout = collect(learner)._replace(valid=np.array([[[True], [False], [True]]]))
    recorded = update(learner, rollout, np.array([[1, 70, 3]], dtype=np.float32), np.zeros((1, 3), np.float32))
    log_pi = torch.log_softmax(rollout.logits[0], dim=1)[torch.arange(3), torch.from_numpy(rollout.actions[0, :, 0])]
    expected = -(-log_pi[0] + log_pi[2]) / np.sqrt(2) / 2
    assert recorded[0, METRICS.index("policy_loss")] == pytest.approx(expected.item(), rel=1e-5)
    assert not done(rollout).any()
