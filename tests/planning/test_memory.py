"""Estimated memory of a training, and refusal if memory does not suffice."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from a2c.config import ConfigError, Configuration
from a2c.envs import check
from a2c.learn.networks import build
from a2c.planning import memory
from tests.commands import a2c_says
from tests.processes import ROOT

MLP = Configuration()
PONG = Configuration(env_id="ALE/Pong-v5", network="cnn", hidden_sizes=(512,), optimizer="rmsprop", n_envs=16)
GIB = 2**30


def need(configuration: Configuration, n_lanes: int = 1) -> memory.Memory:
    return memory.required_memory(configuration, n_lanes, check(configuration, "test"))


def kept(configuration: Configuration) -> int:
    facts = check(configuration, "test")
    return build(configuration, facts).kept_bytes


def refuse(configuration: Configuration, n_lanes: int) -> None:
    memory.check_memory(configuration, n_lanes, check(configuration, "test"), "x.yaml")


def test_the_kept_bytes_are_those_of_the_inputs_of_every_layer() -> None:
    assert kept(MLP) == 4 * (4 + 256 + 256)
    assert kept(Configuration(shared_trunk=False)) == 4 * 2 * (4 + 256 + 256)
    assert kept(PONG) == 4 * (84 * 84 * 4 + 20 * 20 * 32 + 9 * 9 * 64 + 7 * 7 * 64 + 512)


def test_the_kept_bytes_are_those_of_the_tensors_that_a_forward_pass_keeps() -> None:
    import torch

    from a2c.learn.parameters import Parameters

    facts = check(PONG, "test")
    network = build(PONG, facts)
    parameters = Parameters(network.shapes, 1, torch.device("cpu"))
    output = network.forward(parameters, torch.zeros(1, 3, *facts.observation_shape, dtype=torch.uint8))
    assert sum(tensor.nbytes for column in output.kept for tensor in column) == 3 * kept(PONG)


def test_an_action_takes_the_bytes_of_its_numbers() -> None:
    pendulum, cartpole = Configuration(env_id="Pendulum-v1"), Configuration()
    assert need(pendulum).actions == 4 * need(cartpole).actions == 4 * 2 * 200_000


def test_every_part_of_the_estimate_is_proportional_to_its_fields() -> None:
    games = PONG.model_copy(update={"total_steps": 16})  # of a longer rollout one lane at a time is measured
    base, *parts = need(games)
    assert need(games, 3) == memory.Memory(base, *(3 * part for part in parts))
    more = need(PONG.model_copy(update={"n_envs": 32}))
    assert (more.rollouts, more.environments) == (2 * need(PONG).rollouts, 2 * need(PONG).environments)
    adam = need(PONG.model_copy(update={"optimizer": "adam"}))
    assert adam.parameters == 7 / 5 * need(PONG).parameters  # weights, states, copies of both; gradients


def test_cuda_needs_no_main_memory_for_the_network() -> None:
    on_cuda = need(PONG.model_copy(update={"device": "cuda"}))
    assert (on_cuda.rollouts, on_cuda.parameters) == (0, 0)
    assert on_cuda.environments == need(PONG).environments


def test_each_worker_of_a3c_has_a_copy_of_the_weights() -> None:
    weights = need(MLP).parameters
    for n_envs in (2, 16):
        assert need(MLP.model_copy(update={"algorithm": "a3c", "n_envs": n_envs})).rollouts >= n_envs * weights
    lanes = [need(PONG.model_copy(update={"algorithm": "a3c", "n_envs": n})).parameters for n in (2, 3)]
    assert lanes[1] - lanes[0] == 3 / 5 * need(PONG).parameters  # a worker's, twice copied by a checkpoint


def test_a_rollout_has_no_more_rows_than_the_budget() -> None:
    many = {"n_steps": 50_000, "total_steps": 16 * 100}
    for changes in ({}, {"algorithm": "ppo", "n_minibatches": 1}, {"algorithm": "a3c"}):
        games = PONG.model_copy(update={**many, **changes})
        assert need(games).rollouts == need(games.model_copy(update={"n_steps": 100})).rollouts


def test_the_evaluation_needs_the_emulators_observations_and_activations_of_all_its_episodes() -> None:
    large = {"stack_num": 64, "img_height": 210, "img_width": 160}
    games = PONG.model_copy(update={"env_kwargs": large, "conv_channels": (2, 2, 2), "eval_episodes": 150})
    pixels = 64 * 210 * 160
    assert need(games).evaluation > 150 * (memory.EMULATOR_BYTES + 2 * pixels + 4 * pixels)
    assert need(games, 2).evaluation == 2 * need(games).evaluation
    assert need(games.model_copy(update={"algorithm": "a3c"}), 2).evaluation == need(games).evaluation  # lane by lane
    on_cuda = games.model_copy(update={"device": "cuda"})
    assert need(on_cuda).evaluation == 150 * (memory.EMULATOR_BYTES + 2 * pixels)


def test_a_rollout_of_images_is_measured_in_double_precision() -> None:
    games = PONG.model_copy(update={"n_steps": 50})
    rows, pixels = 50 * 16, 84 * 84 * 4
    assert need(games).rollouts == rows * (2 * kept(games) + (3 + 1 + 8) * pixels)


GROWTH = """
import json, sys
from pathlib import Path
from a2c.config import Configuration
from a2c.envs import check
from a2c.runs.training import train
def status(key):
    return 1024 * int(next(line for line in open("/proc/self/status") if line.startswith(key)).split()[1])
configuration = Configuration(**json.loads(sys.argv[1]))
facts = check(configuration, "test")
before = status("VmRSS")
train(configuration, range(1), facts, Path(sys.argv[2]), 1e9, print)
print(status("VmHWM") - before)
"""
# glibc maps each large tensor on its own and unmaps it when it is freed: the peak is what the training holds, not what
# the allocator keeps in reserve, which depends on the processor and on the number of threads.
NO_RESERVE = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}


def growth(configuration: Configuration, folder: Path, environment: dict[str, str]) -> int:
    """Bytes by which the memory of a process grows at most while it trains one seed."""
    fields = json.dumps(configuration.model_dump(mode="json"))
    command = [sys.executable, "-c", GROWTH, fields, str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, check=True, env={**os.environ, **environment}
    )
    return int(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux reports the peak memory of a process")
def test_a_real_training_needs_about_as_much(tmp_path: Path) -> None:
    """Growth is compared with growth, as what any training needs depends on the machine."""
    few, half, many = (
        Configuration(n_envs=n_envs, total_steps=20 * n_envs, eval_episodes=1) for n_envs in (8, 4096, 8192)
    )
    grown = {one.n_envs: growth(one, tmp_path / str(one.n_envs), NO_RESERVE) for one in (few, half, many)}
    assert need(many).total - need(half).total == pytest.approx(grown[8192] - grown[4096], rel=0.3)
    assert grown[8] < need(few).total
    assert 0.5 * growth(many, tmp_path / "reserve", {}) < need(many).total < 2 * grown[8192]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux reports the peak memory of a process")
def test_a_real_rollout_of_images_needs_about_as_much(tmp_path: Path) -> None:
    """Beside that of a small training, which takes as much to import PyTorch."""
    small = {**PONG.model_dump(), "env_kwargs": {"max_num_frames_per_episode": 120}, "conv_channels": (8, 8, 8)}
    small |= {"hidden_sizes": (32,), "n_envs": 2, "total_steps": 20, "eval_episodes": 1}
    one, other = Configuration(**small), Configuration(**{**small, "n_envs": 16, "n_steps": 50, "total_steps": 1600})
    grown = [growth(each, tmp_path / str(each.n_envs), NO_RESERVE) for each in (one, other)]
    assert need(other).total - need(one).total == pytest.approx(grown[1] - grown[0], rel=0.3)


# ------------------------------------------------------------------------------------------------------------ refused


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 8 GiB of free memory."""
    monkeypatch.setattr(memory, "free_memory", lambda: 8 * GIB)


def test_more_layers_than_the_core_has_room_for_are_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"^x\.yaml: hidden_sizes: .* is not allowed; allowed: at most 32 layers"):
        refuse(Configuration(hidden_sizes=(4,) * 33), 1)


def test_nothing_is_refused_if_the_free_memory_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    refuse(MLP.model_copy(update={"n_envs": 65536, "total_steps": 10**6}), 1000)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"n_envs": 65536, "total_steps": 10**6}, "x.yaml: n_envs: 65536 is not allowed; allowed: what fits into"),
        ({"n_envs": 8, "n_steps": 10**6, "total_steps": 10**7}, "x.yaml: n_steps: 1000000 is not allowed"),
        ({"hidden_sizes": (65536, 65536)}, "x.yaml: hidden_sizes: [65536, 65536] is not allowed"),
        (
            {**PONG.model_dump(), "conv_channels": (20_000, 20_000, 20_000), "hidden_sizes": (32,)},
            "x.yaml: conv_channels: [20000, 20000, 20000] is not allowed",
        ),
        ({"total_steps": 10**15}, "x.yaml: total_steps: 1000000000000000 is not allowed"),
        (
            {"algorithm": "reinforce", "n_envs": 1, "episodes_per_update": 1000, "total_steps": 10**7},
            "x.yaml: episodes_per_update: 1000 is not allowed",
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) else next(iter(value)),
)
@pytest.mark.usefixtures("machine")
def test_too_much_for_one_seed_names_the_field(
    fields: dict[str, Any], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: GIB)
    with pytest.raises(ConfigError) as refused:
        refuse(MLP.model_copy(update=fields), 10)
    assert str(refused.value).startswith(told)
    assert str(refused.value).endswith("and 1 GiB are free")


@pytest.mark.usefixtures("machine")
def test_the_error_for_too_many_seeds_says_how_many_fit() -> None:
    large = PONG.model_copy(update={"n_envs": 1024})
    with pytest.raises(ConfigError, match=r"seeds: 30 are too many; allowed: at most \d+ in one") as refused:
        refuse(large, 30)
    fit = int(re.search(r"at most (\d+)", str(refused.value))[1])  # type: ignore[index]
    refuse(large, fit)
    with pytest.raises(ConfigError, match=rf"at most {fit} in one process"):
        refuse(large, fit + 1)


@pytest.mark.usefixtures("machine")
def test_what_a_process_takes_once_does_not_count_for_every_seed() -> None:
    small = MLP.model_copy(update={"total_steps": 1_000_000})
    with pytest.raises(ConfigError, match="at most") as refused:
        refuse(small, 100_000)
    fit = int(re.search(r"at most (\d+)", str(refused.value))[1])  # type: ignore[index]
    assert fit > 2 * (8 * GIB // need(small).total)


@pytest.mark.usefixtures("machine")
def test_a_training_that_fits_is_not_refused() -> None:
    refuse(MLP, 30)
    refuse(PONG, 10)


MANY = PONG.model_copy(update={"n_envs": 1500, "total_steps": 1500})


def test_a_replay_that_does_not_fit_is_refused_whatever_a_training_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: GIB)
    facts = check(MANY, "test")
    with pytest.raises(ConfigError) as refused:
        memory.check_replay(MANY, 1, facts, "m.json", "configuration")
    assert str(refused.value).startswith("m.json: configuration.n_envs: 1500 is not allowed; allowed: what fits into")
    assert "its replay needs 2.17 GiB of memory, and 1 GiB are free" in str(refused.value)
    wide = PONG.model_copy(update={"n_envs": 4, "conv_channels": (20_000, 20_000, 20_000)})
    memory.check_replay(wide, 1, check(wide, "test"), "m.json")  # no network is made
    with pytest.raises(ConfigError, match=r"^m\.json: n_steps: 1000000 is not allowed; .*; its replay needs"):
        memory.check_replay(
            MLP.model_copy(update={"n_steps": 10**6, "total_steps": 10**7}), 1, check(MLP, "test"), "m.json"
        )


def test_an_evaluation_that_does_not_fit_is_refused_whatever_a_training_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: GIB)
    memory.check_evaluation(MANY, check(MANY, "test"), "m.json")
    for config in (PONG, MLP.model_copy(update={"hidden_sizes": (4096,)})):
        many = config.model_copy(update={"eval_episodes": 1_000_000})
        with pytest.raises(ConfigError, match=r"^m\.json: eval_episodes: 1000000 is not allowed; .*; its evaluation"):
            memory.check_evaluation(many, check(many, "test"), "m.json")


@pytest.mark.skipif(memory.free_memory() is None, reason="this system does not tell its memory")
def test_train_refuses_before_it_creates_any_file(tmp_path: Path) -> None:
    fields = {"n_envs": 65536, "n_steps": 1_000_000, "total_steps": 10**12}
    done = a2c_says("train", "-", "--seeds", "0-1", "--out", tmp_path / "out", fields=fields)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("a2c: standard input: n_steps: 1000000 is not allowed; allowed: what fits")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()
