"""The benchmark on Pong reports what it should. Speeds are not tested."""

import sys

import pytest
import torch

from a2c.config import ConfigError, Configuration
from benchmarks import atari, atari_variants, breakdown
from tests.commands import a2c_says

SMALL = Configuration(
    env_id="ALE/Pong-v5", network="cnn", conv_channels=(4, 4, 4), hidden_sizes=(8,), n_envs=2, n_steps=2
)


@pytest.mark.parametrize(
    ("steps", "rounds", "told"),
    [
        (79, 1, "bench: --steps: 79 is not allowed; allowed: a whole number of at least 80"),
        (80, 0, "bench: --rounds: 0 is not allowed; allowed: a whole number of at least 1"),
    ],
)
def test_too_few_steps_or_rounds_are_refused(steps: int, rounds: int, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        atari.main(steps, rounds)
    assert str(refused.value) == told


@pytest.mark.parametrize("game", [[], ["--atari"]], ids=["cartpole", "pong"])
def test_zero_steps_are_refused_and_do_not_mean_the_default(game: list[str]) -> None:
    done = a2c_says("bench", *game, "--steps", "0")
    assert done.returncode == 2
    assert done.stderr.startswith("a2c: bench: --steps: 0 is not allowed; allowed: a whole number of at least")


def test_a_missing_library_of_the_peer_is_named_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(ConfigError, match=r"^bench: cv2 is not installed; pip install -r requirements-bench\.lock"):
        atari.stable_baselines3(SMALL)


def test_each_call_continues_our_training(unsettled: None) -> None:
    train = atari.ours(SMALL)
    assert [train(8), train(12)] == [8, 12]


def test_parts_of_a_training_are_those_of_the_table(unsettled: None) -> None:
    spent = atari.parts_of_training(SMALL, steps=80)
    told = {part for group, parts in breakdown.GROUPS.items() for part in parts or (group,)}
    assert set(spent) == told


def test_the_ceiling_of_both_is_the_sum_of_their_times() -> None:
    lines = atari.ceiling_table(atari.Ceilings(0.03, 0.05, 10**9, 100.0), size=80, achieved=800.0)
    assert lines[3].split() == ["both,", "nothing", "else", "1,000", "training", "reaches", "80%", "of", "it"]


def test_the_highest_ceiling_has_the_networks_operations_at_the_cores_best_rate() -> None:
    lines = atari.ceiling_table(atari.Ceilings(0.03, 0.05, 10**9, 100.0), size=80, achieved=800.0)
    assert lines[4].split()[:5] == ["both,", "the", "core's", "best", "2,000"]  # 80 / (0.03 + 1 / 100)


def test_the_networks_operations_are_counted_as_by_hand(unsettled: None) -> None:
    rows, kept = 2, 4  # of an observation of each environment, of a rollout
    first = 2 * 20 * 20 * 4 * (8 * 8 * 4)
    others = 2 * (9 * 9 * 4 * (4 * 4 * 4) + 7 * 7 * 4 * (3 * 3 * 4) + 7 * 7 * 4 * 8 + 8 * 7)
    forward = (2 + 1) * rows * (first + others)
    backward = kept * (first + 2 * others)  # the derivative by the images is not computed
    assert atari.flop_of(atari.network_alone(atari.learner(SMALL))) == forward + backward


def test_a_variants_convolutions_are_the_networks(unsettled: None) -> None:
    kept = atari_variants.Convolutions(SMALL, torch.channels_last, torch.float32).forward(3)
    assert [tuple(x.shape) for x in kept] == [(3, 4, 84, 84), (3, 4, 20, 20), (3, 4, 9, 9), (3, 4, 7, 7)]
