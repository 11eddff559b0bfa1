"""What a CUDA graph asks of the work in it, as far as it shows without a GPU."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch.overrides import TorchFunctionMode

from a2c.config import Configuration
from a2c.envs import check
from a2c.learn.cuda.graphs import captured
from a2c.learn.cuda.group import Group
from tests.learn.cuda.trainers import BREAKOUT
from tests.learn.learners import settled


@pytest.fixture(autouse=True)
def _as_in_a_training_process() -> Iterator[None]:
    with settled():
        yield


def test_on_the_cpu_work_is_its_own_graph() -> None:
    calls: list[int] = []
    work = captured([lambda: calls.append(1), lambda: calls.append(2)], torch.device("cpu"))
    assert calls == []
    work()
    assert calls == [1, 2]


class WithoutLists(TorchFunctionMode):
    """Refuse a list among indices: PyTorch makes a tensor of the host of it, which a graph cannot copy."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function in (torch.Tensor.__getitem__, torch.Tensor.__setitem__):
            index = args[1] if isinstance(args[1], tuple) else (args[1],)
            assert not any(isinstance(part, list) for part in index), f"a list among the indices {index}"
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize(
    "fields",
    [
        {"optimizer": "rmsprop_tf", "advantage_estimator": "n_step", "reward_clip": 1.0, "time_limit": "terminal"},
        {"env_id": "CartPole-v1", "network": "mlp", "shared_trunk": False, "optimizer": "rmsprop"},
    ],
)
def test_acting_and_the_update_never_read_a_number_from_the_device(fields: dict[str, Any]) -> None:
    """On the device "meta" there are no numbers: reading one is an error, and so is mixing it with the CPU."""
    flat = fields.get("network") == "mlp"
    configuration = Configuration(**(fields | {"hidden_sizes": (8,)} if flat else BREAKOUT | fields))
    on_meta = configuration.model_copy(update={"device": "meta"})
    group = Group(on_meta, [3, 5], check(configuration, "test"), 1)
    with WithoutLists():
        group._forward_lane(1)
        for n_steps, closely in ((configuration.n_steps, False), (2, True)):
            group._update_lane(1, n_steps, closely)
    with pytest.raises(NotImplementedError):
        group.buffers.metrics.to_host()


def made(configuration: Configuration) -> Group:
    group = Group(configuration, [3, 5], check(configuration, "test"), 1)
    group.capture()
    return group


def played(group: Group, n_steps: int) -> None:
    group.begin(n_steps)
    for t in range(n_steps):
        group.receive(t)
        if t + 1 < n_steps:
            group.act(t + 1)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "rmsprop_tf"])
def test_all_tensors_stay_where_they_are(optimizer: str) -> None:
    """A graph would go on to use their old places."""
    group = made(Configuration(hidden_sizes=(8,), optimizer=optimizer, total_steps=400))

    def places() -> list[int]:
        buffers = group.buffers
        mirrors = [buffers.row, buffers.logits, buffers.actions, buffers.numbers, buffers.metrics]
        kept = [mirror.device for mirror in mirrors] + [buffers.learning_rate, *buffers.rollout(1, 5)]
        for model in group.models:
            kept += [model.parameters.flat, model.gradients.flat, *model.optimizer.state.values()]
        return [tensor.data_ptr() for tensor in kept]

    before, states = places(), group.state()
    played(group, 5)
    group.update(5, 1e-3, closely=False)
    for model, state in zip(group.models, states, strict=True):
        model.restore(state)
    played(group, 5)
    assert places() == before


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "rmsprop_tf"])
def test_the_learning_rate_is_read_at_each_update(optimizer: str) -> None:
    """The same work is done again: with a rate of 0 nothing moves, with another one everything does."""
    group = made(Configuration(hidden_sizes=(8,), optimizer=optimizer, total_steps=400))
    moved = []
    for rate in (0.0, 1e-2, 0.0):
        before = [model.weights(0) for model in group.models]
        played(group, 5)
        group.update(5, rate, closely=False)
        after = [model.weights(0) for model in group.models]
        moved.append(
            [not np.array_equal(old[name], new[name]) for old, new in zip(before, after, strict=True) for name in old]
        )
    assert [any(moved[0]), all(moved[1]), any(moved[2])] == [False, True, False]
