"""A policy taken home: its actions are the recorded ones, and module and ONNX file have the core's outputs."""

from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import onnx
import onnxruntime
import pytest
import torch

import a2c
from a2c import streams
from a2c.config import ConfigError
from a2c.runs.result import read_result
from tests.envs.kinds import ACTIONS

SMALL: dict[str, Any] = {"hidden_sizes": [9, 17], "n_envs": 2, "total_steps": 300, "eval_episodes": 1}
OTHER: dict[str, Any] = {"normalize_observations": True, "shared_trunk": False, "activation": "tanh"}
CNN: dict[str, Any] = {"network": "cnn", "conv_channels": [4, 5, 6], "hidden_sizes": [8], "total_steps": 100}
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "numbers": ("Numbers", {}),
    "normalised": ("Numbers", OTHER),
    "parts": ("Parts", {"algorithm": "ppo", "n_steps": 10}),
    "images": ("Image", CNN),
}
CASES = [
    *((kind, "normalised") for kind in ACTIONS),
    *(("MultiDiscrete", "numbers"), ("Box", "numbers")),
    *(("MultiBinary", "parts"), ("Discrete", "parts")),
    *(("Discrete", "images"), ("Box", "images")),
]
each_policy = pytest.mark.parametrize(("kind", "variant"), CASES)
each_variant = pytest.mark.parametrize("variant", VARIANTS)


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The folder of a small result of a kind of action and a variant, trained once."""
    base, known = tmp_path_factory.mktemp("policies"), {}

    def train(kind: str, variant: str) -> Path:
        observes, fields = VARIANTS[variant]
        if (kind, variant) not in known:
            fields = {"env_id": f"{kind}{observes}-v0", **SMALL, **fields}
            known[kind, variant] = a2c.train(fields, [3], base / f"{kind}-{variant}")
        return known[kind, variant]

    return train


@pytest.mark.usefixtures("unsettled")
@each_policy
def test_played_by_hand_the_recorded_evaluation_comes_again(kind: str, variant: str, folder_of: Any) -> None:
    folder = folder_of(kind, variant)
    recorded = {row["mode"]: row for row in read_result(folder).evaluation.to_pylist()}
    for mode, row in recorded.items():
        policy = a2c.load(folder, seed=3)
        environment = gym.make(policy.configuration.env_id)
        seen, _ = environment.reset(seed=streams.environment_seed(3, "evaluation", 0))
        total, length, over = 0.0, 0, False
        while not over:
            seen, reward, terminated, truncated, _ = environment.step(policy.act(seen, mode))
            total, length, over = total + float(reward), length + 1, terminated or truncated
        assert (total, length) == (pytest.approx(row["return"], rel=1e-6), row["length"])


@pytest.mark.usefixtures("unsettled")
@each_policy
def test_module_and_onnx_file_have_the_outputs_of_the_policy(
    kind: str, variant: str, folder_of: Any, tmp_path: Path
) -> None:
    policy = a2c.load(folder_of(kind, variant))
    space = gym.vector.utils.batch_space(policy.observation_space, 7)
    space.seed(5)
    batch = space.sample()
    outputs = policy.outputs(batch)
    assert outputs.policy.shape == (7, policy.facts.action_space.width)
    encoded = policy.encode(batch)
    module = policy.module()
    with torch.inference_mode():
        computed = [tensor.numpy() for tensor in module(torch.from_numpy(encoded))]
    path = policy.to_onnx(tmp_path / "policy.onnx")
    onnx.checker.check_model(onnx.load(path), full_check=True)
    run = onnxruntime.InferenceSession(path).run(["policy", "value"], {"observation": encoded})
    for found in (computed, run):
        np.testing.assert_allclose(found[0], outputs.policy, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(found[1], outputs.value, rtol=1e-5, atol=1e-6)
    assert policy.to_onnx(tmp_path / "again.onnx").read_bytes() == path.read_bytes()
    assert {name for name, _ in module.named_parameters()} == {
        name for name in policy.weights if not name.startswith("observations.")
    }


@pytest.mark.usefixtures("unsettled")
@each_variant
def test_a_batch_is_its_observations_one_by_one(variant: str, folder_of: Any) -> None:
    policy = a2c.load(folder_of("Discrete", variant))
    policy.observation_space.seed(1)
    seen = [policy.observation_space.sample() for _ in range(4)]
    batch = {key: [one[key] for one in seen] for key in seen[0]} if isinstance(seen[0], dict) else np.stack(seen)
    actions = policy.act(batch, "greedy")
    assert actions.tolist() == [policy.act(one, "greedy") for one in seen]
    assert set(actions.tolist()) <= {5, 6, 7}  # as the environment counts
    np.testing.assert_allclose(policy.outputs(batch).value, [policy.outputs(one).value for one in seen], rtol=1e-5)


def test_what_is_drawn_comes_from_the_generator_that_is_given(folder_of: Any) -> None:
    folder = folder_of("Box", "numbers")
    seen = np.zeros((50, 3), np.float32)
    policies = [a2c.load(folder, rng=np.random.default_rng(seed)) for seed in (8, 8, 9)]
    drawn = [policy.act(seen) for policy in policies]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])
    assert not np.array_equal(policies[0].act(seen), drawn[0])
    assert ((drawn[0] >= [-0.5, 0.25]) & (drawn[0][:, 1:] <= 0.75)).all()


def test_a_wrong_shape_is_named(folder_of: Any) -> None:
    policy = a2c.load(folder_of("Discrete", "numbers"))
    with pytest.raises(ValueError, match=r"observation: shape \(2, 4\), not \(3,\) or, of a batch, \('n', 3\)"):
        policy.act(np.zeros((2, 4)))
    with pytest.raises(ValueError, match="mode: 'best' is not allowed; allowed: sampled or greedy"):
        policy.act(np.zeros(3), "best")  # type: ignore[arg-type]
    assert policy.act(np.zeros((0, 3))).shape == (0,)


def test_numbers_that_are_not_finite_are_refused(folder_of: Any) -> None:
    policy = a2c.load(folder_of("Discrete", "numbers"))
    for wrong in (np.nan, np.inf):
        with pytest.raises(ValueError, match="observation: has numbers that are not finite; allowed: finite numbers"):
            policy.act(np.full(3, wrong))


def test_a_seed_that_is_not_there_is_refused(folder_of: Any) -> None:
    folder = folder_of("Discrete", "numbers")
    for wrong in (True, 1.0, "3"):
        with pytest.raises(ConfigError, match=rf"seed: {wrong!r} is not allowed; allowed: those of .*: 3"):
            a2c.load(folder, seed=wrong)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"seed: 4 is not allowed; allowed: those of .*: 3"):
        a2c.load(folder, seed=4)


def test_a_module_is_imported_only_if_the_caller_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("a2c.envs.registry._allowed", set())
    fields = {**SMALL, "env_id": "tests.envs.kinds:DiscreteNumbers-v0"}
    folder = a2c.train(fields, 0, tmp_path / "run")
    monkeypatch.setattr("a2c.envs.registry._allowed", set())
    with pytest.raises(ConfigError, match=r"--allow-module tests\.envs\.kinds"):
        a2c.load(folder)
    assert a2c.load(folder, allow_modules=["tests.envs.kinds"]).seed == 0
    monkeypatch.setattr("a2c.envs.registry._allowed", set())
    assert a2c.load(folder, allow_modules="tests.envs.kinds").seed == 0


@pytest.mark.slow
@pytest.mark.usefixtures("unsettled")
def test_an_atari_policy_takes_the_images_of_the_vector_environment(tmp_path: Path) -> None:
    from ale_py.vector_env import AtariVectorEnv

    limit = {"max_num_frames_per_episode": 160}
    fields = {**CNN, "env_id": "ALE/Pong-v5", "env_kwargs": limit, "n_envs": 2, "total_steps": 40, "eval_episodes": 1}
    policy = a2c.load(a2c.train(fields, 0, tmp_path / "pong"))
    games = AtariVectorEnv("pong", num_envs=3)
    seen, _ = games.reset(seed=1)
    games.close()
    assert policy.act(seen).shape == (3,)
    path = policy.to_onnx(tmp_path / "pong.onnx")
    run = onnxruntime.InferenceSession(path).run(["policy"], {"observation": seen})
    np.testing.assert_allclose(run[0], policy.outputs(seen).policy, rtol=1e-5, atol=1e-6)


@pytest.mark.usefixtures("unsettled")
def test_an_atari_policy_takes_as_many_frames_as_a_game_stacks(tmp_path: Path) -> None:
    screen = {"img_height": 36, "img_width": 36, "stack_num": 13, "max_num_frames_per_episode": 120}
    fields = {**CNN, "env_id": "ALE/Pong-v5", "env_kwargs": screen, "n_envs": 2, "total_steps": 10, "eval_episodes": 1}
    policy = a2c.load(a2c.train(fields, 0, tmp_path / "pong"))
    seen = np.random.default_rng(0).integers(0, 256, (3, 13, 36, 36), np.uint8)
    assert policy.act(seen).shape == (3,)
    np.testing.assert_array_equal(policy.encode(seen), seen)
