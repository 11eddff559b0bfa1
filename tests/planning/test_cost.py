"""The cost of a seed block: bytes against a real result, times against the model's own sums."""

from pathlib import Path
from typing import Any

import pytest

from a2c.analysis.study import aggregate
from a2c.config import Configuration
from a2c.envs import check
from a2c.planning.cost import GAME_STEPS, block_cost, diagnostics_rows
from a2c.planning.times import known_times
from a2c.planning.work import in_seconds, shape_of
from a2c.runs import checkpoint
from a2c.runs.layout import SeedBlock
from a2c.runs.signals import TrainingInterruptedError
from a2c.runs.training import Training, train
from tests.analysis.small_study import records, study
from tests.planning.pong import pong
from tests.processes import SMALL


def test_estimated_bytes_are_within_a_factor_of_1_5_of_a_real_result(trained: Path) -> None:
    happened = sum(path.stat().st_size for path in trained.iterdir())
    said = block_cost(SeedBlock(Configuration(**SMALL), 0, 2), "test", known_times([], "test"), {}).bytes
    assert happened / 1.5 < said < happened * 1.5


@pytest.mark.usefixtures("unsettled")
def test_estimated_bytes_of_real_numbers_are_within_a_factor_of_1_5(tmp_path: Path) -> None:
    configuration = Configuration(env_id="Pendulum-v1", hidden_sizes=(8,), total_steps=20_000, eval_episodes=1)
    train(configuration, [0], check(configuration, "test"), tmp_path, 60, lambda _: None)
    happened = sum(path.stat().st_size for path in tmp_path.iterdir())
    said = block_cost(SeedBlock(configuration, 0, 0), "test", known_times([], "test"), {}).bytes
    assert happened / 1.5 < said < happened * 1.5


def test_a_configuration_has_as_many_rows_of_diagnostics_as_are_counted() -> None:
    made = study([{"gamma": 0.9}, {"gamma": 0.99}], {"gamma": 0.99}, [0, 1])
    table = aggregate(made, **records(made, {"0.9": [1.0, 2.0], "0.99": [3.0, 4.0]}))["diagnostics"]
    assert len(table) == sum(diagnostics_rows(Configuration(**one.fields)) for one in made.configurations)


@pytest.mark.usefixtures("unsettled")
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"algorithm": "ppo"},
        {"env_id": "ALE/Pitfall2-v5"},
        {"algorithm": "a3c"},
        {"env_id": "CartPole-v1", "network": "mlp", "env_kwargs": {}, "algorithm": "a3c"},
    ],
    ids=["games", "ppo", "replayed games", "workers", "workers of the core"],
)
def test_the_estimated_checkpoint_is_close_to_a_real_one(changes: dict[str, Any], tmp_path: Path) -> None:
    small = {"env_kwargs": {"max_num_frames_per_episode": 160}, "conv_channels": [8, 8, 8], "hidden_sizes": [32]}
    if changes.get("network") == "mlp":
        small = {"hidden_sizes": [256, 256]}
    block = pong(**{**small, "total_steps": 4000, **changes})
    training = Training(block.configuration, [0], check(block.configuration, "test"), tmp_path, lambda _: None)
    with pytest.raises(TrainingInterruptedError):
        training.run(3600, [2])  # a signal at the first report
    happened = (tmp_path / checkpoint.NAME).stat().st_size
    times = known_times([block], "test")
    assert happened == pytest.approx(block_cost(block, "test", times, {}).checkpoint, rel=0.1)


def seconds_of(block: SeedBlock) -> float:
    return block_cost(block, "test", known_times([block], "test"), {}).seconds


@pytest.mark.parametrize(("frames", "steps"), [(108_000, GAME_STEPS), (4_000, 1_000)])
def test_an_evaluation_episode_is_estimated_as_a_long_game_not_as_the_time_limit(frames: int, steps: int) -> None:
    one, two = (
        seconds_of(pong(eval_episodes=n, env_kwargs={"max_num_frames_per_episode": frames}, total_steps=16))
        for n in (1, 2)
    )
    times = known_times([], "test")
    shape = shape_of(pong(), "test")
    work = {"product": shape.n_products / 3, "pixel": shape.n_pixels, "convolution": shape.n_convolutions}
    a_step = in_seconds({**work, "ALE/Pong-v5": 1}, times)
    assert two - one == pytest.approx(2 * steps * a_step + 2 * times["game"])
