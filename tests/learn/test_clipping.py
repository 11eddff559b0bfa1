"""Clipping by a running mean of the norm, and of one part of the gradient; what neither may change."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from a2c.config import Configuration
from a2c.envs import check
from a2c.learn.learner import Learner
from a2c.learn.native import NativeTrainer
from a2c.learn.trainer import make_trainer
from tests.learn.learners import collect, estimate, make_learner, settled, update


@pytest.fixture(autouse=True)
def _as_in_a_training_process() -> Iterator[None]:
    with settled():
        yield


def test_the_running_mean_begins_with_the_first_norm_and_decays_by_a_hundredth() -> None:
    learner = make_learner([0, 1], clip_by="running", max_grad_norm=2.0)
    coefficients = [learner.model.clipping._coefficient(torch.tensor(norms)) for norms in ([4.0, 1.0], [104.0, 0.0])]
    assert coefficients[0].tolist() == pytest.approx([0.5, 1.0], rel=1e-6)  # 2 is above the second lane's norm
    assert learner.model.clipping.state["norm"].flatten().tolist() == pytest.approx([5.0, 0.99])
    assert coefficients[1].tolist() == pytest.approx([0.4, 1.0], rel=1e-6)


def gradients(learner: Learner) -> list[torch.Tensor]:
    """Of three updates, as the optimiser gets them."""
    found = []
    for _ in range(3):
        rollout = collect(learner)
        update(learner, rollout, *estimate(rollout, learner.configuration))
        found.append(learner.model.gradients.by_lane.clone())
    return found


def test_a_batch_of_the_mean_norm_is_clipped_as_by_its_own() -> None:
    """The first norm is its own mean."""
    by_batch, by_mean = (gradients(make_learner([0, 1], clip_by=by)) for by in ("batch", "running"))
    torch.testing.assert_close(by_mean[0], by_batch[0], rtol=1e-6, atol=0)
    assert not torch.allclose(by_mean[1], by_batch[1], rtol=1e-3)


@pytest.mark.parametrize("part", ["policy", "value"])
@pytest.mark.parametrize("shared_trunk", [True, False])
def test_only_the_named_part_is_clipped(part: str, shared_trunk: bool) -> None:
    """The policy's part comes from a learner without a value loss; the rest is the value's."""
    fields = {"shared_trunk": shared_trunk, "normalize_advantage": False, "n_steps": 20, "entropy_coef": 0.05}
    bound = 0.05
    ours = make_learner([0, 1], clip_part=part, max_grad_norm=bound, **fields)
    whole = make_learner([0, 1], max_grad_norm=None, **fields)
    policy = make_learner([0, 1], max_grad_norm=None, **fields, value_loss_coef=0.0)
    for learner in (ours, whole, policy):
        rollout = collect(learner)
        metrics = update(learner, rollout, *estimate(rollout, learner.configuration))
        if learner is ours:
            recorded = metrics
    of_policy = policy.model.gradients.by_lane
    of_value = whole.model.gradients.by_lane - of_policy
    clipped = of_policy if part == "policy" else of_value
    factor = (bound / clipped.norm(dim=1, keepdim=True)).clamp(max=1)
    assert (factor < 0.9).all()
    expected = whole.model.gradients.by_lane - clipped + factor * clipped
    torch.testing.assert_close(ours.model.gradients.by_lane, expected, rtol=1e-4, atol=1e-6)
    named = dict(zip(ours.algorithm.metrics, recorded.T, strict=True))
    np.testing.assert_allclose(named["clip_coefficient"], factor[:, 0], rtol=1e-5)
    np.testing.assert_allclose(named["grad_norm"], whole.model.gradients.norms(), rtol=1e-5)  # of all, before clipping


@pytest.mark.parametrize("trainer", ["pytorch", "core"])
def test_a_loose_bound_on_a_part_changes_nothing_but_rounding(trainer: str) -> None:
    weights = {}
    for part in ("all", "policy", "value"):
        fields = {"hidden_sizes": (16, 16), "total_steps": 200, "eval_episodes": 1, "max_grad_norm": 1e9}
        configuration = Configuration(**fields, clip_part=part)
        facts = check(configuration, "test")
        made = Learner(configuration, [3], facts) if trainer == "pytorch" else make_trainer(configuration, [3], facts)
        assert isinstance(made, Learner | NativeTrainer)
        made.train(lambda _: None)
        weights[part] = made.weights(0)
    for name, array in weights["all"].items():
        for part in ("policy", "value"):
            np.testing.assert_allclose(weights[part][name], array, rtol=1e-3, atol=1e-5)


def test_the_state_has_the_running_norm_only_where_it_counts() -> None:
    assert "clipping.norm" in make_learner([0], clip_by="running").state()
    assert "clipping.norm" not in make_learner([0]).state()
