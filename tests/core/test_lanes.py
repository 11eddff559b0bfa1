"""A lane: alone or beside others, in any chunks, resumed, on any build, whole or in parts."""

from collections.abc import Generator
from ctypes import byref, c_void_p
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from a2c import streams
from a2c.core.face import Lane
from a2c.core.library import ENDED
from a2c.core.settings import Settings
from tests.core.builds import Batch, Stream, builds, library
from tests.core.cores import CARTPOLE, INSTALLED, SETTINGS, best, core

SMALL = SETTINGS["widths 7 and 33"]


def left(lane: Lane, *trained: Any) -> list[bytes]:
    """All that a lane leaves, as bytes."""
    parts = [np.concatenate(part) for part in zip(*trained, strict=True)]
    return [array.tobytes() for array in (*parts, *lane.state().values())]


def whole(settings: Settings, seed: int) -> list[bytes]:
    lane = best().lane(settings, seed)
    return left(lane, lane.train(10_000))


@pytest.mark.parametrize("which", SETTINGS)
def test_chunks_and_neighbours(which: str) -> None:
    settings = SETTINGS[which]
    lanes = [best().lane(settings, seed) for seed in (0, 1, 2)]
    trained: list[list[Any]] = [[] for _ in lanes]
    while not all(lane.stopped or lane.rows == settings.total_rows for lane in lanes):
        for lane, parts in zip(lanes, trained, strict=True):
            parts.append(lane.train(3))
    for seed, (lane, parts) in enumerate(zip(lanes, trained, strict=True)):
        assert left(lane, *parts) == whole(settings, seed)


@pytest.mark.parametrize("which", SETTINGS)
def test_resumed_on_another_build(which: str) -> None:
    settings = SETTINGS[which]
    first = core(*INSTALLED[0]).lane(settings, 5)
    before = first.train(max(1, settings.total_rows // settings.n_steps // 2))
    second = core(*INSTALLED[-1]).lane(settings, 5)
    second.restore(first.state())
    assert second.replay(before.actions).tobytes() == before.ended.tobytes()
    assert left(second, before, second.train(10_000)) == whole(settings, 5)


def test_budget_and_short_last_rollout() -> None:
    settings = replace(SMALL, n_envs=3, n_steps=5, total_steps=3 * 12 + 2)
    lane = best().lane(settings, 0)
    trained = lane.train(100)
    assert lane.rows == 12
    assert len(trained.actions) == 12
    assert trained.metrics["step"].tolist() == [15, 30, 36]
    assert len(lane.train(1).actions) == 0


def test_grid_of_metrics() -> None:
    lane = best().lane(replace(SMALL, hidden_sizes=(1,), n_envs=1, n_steps=2, total_steps=3000), 0)
    steps = lane.train(10_000).metrics["step"]
    rows = np.arange(2, 3001, 2)
    assert steps.tolist() == rows[rows * 500 // 3000 > (rows - 2) * 500 // 3000].tolist()


def test_parts_equal_the_whole() -> None:
    """The same environments, stepped by a twin, through `act`, `record` and `learn`."""
    settings = replace(SMALL, total_steps=804)
    lane = best().lane(replace(settings, env_id=None), 0)
    environments = twin(settings, 0)
    observations, _ = next(environments)
    actions, ended, metrics = [], [], []
    while lane.rows < settings.total_rows:
        actions.append(lane.act(observations).copy())
        observations, row = environments.send(actions[-1])
        ended.append(lane.record(*row))
        if len(actions) % settings.n_steps == 0 or lane.rows == settings.total_rows:
            metrics.append(lane.learn(observations))
    assert left(lane, (np.stack(actions), np.concatenate(ended), np.concatenate(metrics))) == whole(settings, 0)


def twin(settings: Settings, seed: int) -> Generator[Any, Any, None]:
    """CartPoles that take actions, and give observations and what the row gave, by the core's own steps."""
    c, n = library(*builds()[-1]), settings.n_envs
    arrays = [np.zeros((4, n)), np.zeros(n, np.int32), np.zeros(n, np.uint8)]
    seeds = [np.random.SeedSequence(streams.environment_seed(seed, "environments", i)) for i in range(n)]
    held = (Stream * n)(*(Stream.like(np.random.PCG64(one)) for one in seeds))
    batch = Batch(c.a2c_kind(0), n, settings.max_episode_steps, 0.0, *(a.ctypes.data for a in arrays), held)
    observations, rewards, ends = np.empty((n, 4), np.float32), np.empty(n), np.zeros((2, n), bool)
    c.a2c_environments_reset(byref(batch), c_void_p(observations.ctypes.data))
    row = None
    while True:
        moves = (yield observations, row).astype(np.float32)
        outputs = (moves, observations, rewards, *ends)
        c.a2c_environments_step(byref(batch), *(c_void_p(x.ctypes.data) for x in outputs))
        row = (rewards, *ends)


@pytest.mark.parametrize("algorithm", ["a2c", "reinforce"])
def test_taken_again_it_goes_on_in_the_middle_of_a_rollout(algorithm: str) -> None:
    n_envs = 1 if algorithm == "reinforce" else 8
    settings = replace(SMALL, env_id=None, n_envs=n_envs, algorithm=algorithm, total_steps=90 * n_envs)
    rng = np.random.default_rng(0)
    rows = [
        (rng.standard_normal((n_envs, 4)).astype(np.float32), rng.random(n_envs), *(rng.random((2, n_envs)) < 0.05))
        for _ in range(90)
    ]

    def go(lane: Lane, some: Any) -> list[Any]:
        out: list[Any] = []
        for observations, *row in some:
            out += [lane.act(observations).copy(), lane.record(*row)]
            if lane.rollout_is_over:
                out.append(lane.learn(observations))
        return out

    first = best().lane(settings, 0)
    actions = [part for part in go(first, rows[:53]) if part.dtype == np.float32]
    second = best().lane(settings, 0)
    second.restore(first.state())
    for (observations, *row), taken in zip(rows[:53], actions, strict=True):
        second.retake(observations, taken)
        second.record(*row)
    second.go_on(rows[53][0])
    for a, b in zip(go(first, rows[53:]), go(second, rows[53:]), strict=True):
        assert a.tobytes() == b.tobytes()
    assert left(first) == left(second)


def test_episodes_count_no_reset_row() -> None:
    lane = best().lane(SMALL, 0)
    ended = lane.train(1000).ended
    assert ended.dtype == ENDED
    for env in range(SMALL.n_envs):
        mine = ended[ended["env"] == env]
        assert (mine["total_reward"] == mine["length"]).all()  # 1 a step
        finishes = np.cumsum(mine["length"] + 1) - 1  # a reset row between two episodes
        assert (mine["step"] == finishes * SMALL.n_envs).all()


def test_room_for_episodes_of_one_step() -> None:
    lane = best().lane(replace(SMALL, max_episode_steps=1, n_steps=20), 0)
    trained = lane.train(1)
    assert len(trained.ended) == 8 * 10
    assert len(lane._ended) == trained.actions.size  # what C may fill
    assert trained.ended["length"].tolist() == [1] * 80


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "rmsprop_tf"])
def test_divergence(optimizer: str) -> None:
    """A lane whose gradient is not finite ends there, with its reason, and its neighbour does not notice."""
    settings = replace(SMALL, init="torch", optimizer=optimizer, learning_rate=1e30, max_grad_norm=None)
    lane = best().lane(settings, 0)
    trained = lane.train(1000)
    assert lane.diverged is not None
    step, reason = lane.diverged
    assert reason in {
        f"{name} is {x}" for name in ("policy loss", "value loss", "gradient norm") for x in ("nan", "inf")
    }
    assert step == lane.rows * settings.n_envs < settings.total_steps
    assert len(trained.actions) == lane.rows
    assert (trained.metrics["step"] < step).all()
    assert len(lane.train(1000).actions) == 0


def test_torch_start_is_numpys() -> None:
    settings = replace(SMALL, init="torch", hidden_sizes=(5, 33), shared_trunk=False)
    generator = streams.generator(7, "weights")
    weights = best().lane(settings, 7).weights()
    assert list(weights) == [f"{c}.{i}.{x}" for c in ("policy", "value") for i in range(3) for x in ("weight", "bias")]
    for name, weight in weights.items():
        if name.endswith("weight"):
            bound = 1 / np.sqrt(len(weight))
        assert np.array_equal(weight, generator.uniform(-bound, bound, weight.shape).astype(np.float32)), name


@pytest.mark.parametrize("shared", [True, False])
def test_orthogonal_start(shared: bool) -> None:
    settings = replace(
        SMALL, init="orthogonal", n_observation=6, env_id=None, hidden_sizes=(40, 20), shared_trunk=shared
    )
    weights = best().lane(settings, 0).weights()
    heads = {"policy.2.weight": 0.01, "value.2.weight": 1.0}
    if shared:
        both = weights.pop("shared.2.weight")
        weights |= {"policy.2.weight": both[:, :-1], "value.2.weight": both[:, -1:]}
    for name, weight in weights.items():
        if name.endswith("bias"):
            assert not weight.any()
            continue
        tall = weight.astype(np.float64) if weight.shape[0] >= weight.shape[1] else weight.T.astype(np.float64)
        assert np.allclose(tall.T @ tall, heads.get(name, np.sqrt(2)) ** 2 * np.eye(tall.shape[1]), atol=1e-6), name


def test_orthogonal_start_is_of_normal_draws() -> None:
    """Over many seeds the elements have mean 0, and no row or sign is preferred."""
    settings = replace(SMALL, init="orthogonal", hidden_sizes=(4,))
    drawn = np.stack([best().lane(settings, seed).weights()["shared.0.weight"] for seed in range(2000)])
    assert np.abs(drawn.mean(axis=0)).max() < 5 * drawn.std() / np.sqrt(2000)
    assert np.allclose(drawn.std(axis=0), np.sqrt(2 / 4), rtol=0.1)


def test_evaluation() -> None:
    settings = replace(SMALL, learning_rate=3e-3, total_steps=8000)
    lane = best().lane(settings, 1)
    lane.train(10_000)
    for greedy in (True, False):
        total_rewards, lengths = lane.evaluate(7, greedy)
        assert (total_rewards == lengths).all()
        assert lengths.min() >= 1
        again = lane.evaluate(7, greedy)
        assert np.array_equal(total_rewards, again[0])
        fewer = lane.evaluate(1, True)
        assert not greedy or fewer[0][0] == total_rewards[0]  # greedy episodes depend on their environment alone


def test_wrong_use() -> None:
    stepped, native = best().lane(replace(SMALL, env_id=None), 0), best().lane(SMALL, 0)
    with pytest.raises(ValueError, match="native"):
        stepped.train(1)
    with pytest.raises(ValueError, match="caller steps"):
        native.act(np.zeros((8, 4)))
    with pytest.raises(ValueError, match="reshape"):
        stepped.act(np.zeros((7, 4)))
    with pytest.raises(ValueError, match="is empty"):
        stepped.learn(np.zeros((8, 4)))
    with pytest.raises(ValueError, match="at most 32"):
        best().lane(replace(SMALL, hidden_sizes=(2,) * 33), 0)
    row = (np.zeros(8), np.zeros(8, bool), np.zeros(8, bool))
    for _ in range(5):
        stepped.record(*row)
    with pytest.raises(ValueError, match="`learn` is next"):
        stepped.record(*row)


def test_learns() -> None:
    lane = best().lane(Settings(**CARTPOLE, hidden_sizes=(64, 64), total_steps=100_000), 0)
    ended = lane.train(100_000).ended["total_reward"]
    assert ended[-20:].mean() > 3 * ended[:20].mean()
