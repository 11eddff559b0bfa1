"""Modules that register environments: imported where the user names them, and nowhere else."""

import sys
from collections.abc import Iterator
from pathlib import Path

import gymnasium as gym
import pytest

from a2c.config import ConfigError, Configuration
from a2c.envs import check, registry

MODULE = """
from pathlib import Path
import gymnasium as gym
Path(__file__).with_name("imported").touch()
gym.register("{env_id}", entry_point="gymnasium.envs.classic_control:{kind}", max_episode_steps=20)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in the search for modules; afterwards nothing of them remains."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_allowed", set())
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    before = dict(gym.registry)
    yield tmp_path
    gym.registry.clear()
    gym.registry.update(before)


def write(folder: Path, name: str, env_id: str = "Own/Car-v0", kind: str = "MountainCarEnv") -> None:
    (folder / f"{name}.py").write_text(MODULE.format(env_id=env_id, kind=kind))


def line_of(configuration: Configuration) -> str:
    with pytest.raises(ConfigError) as error:
        check(configuration, "m.json", "configuration")
    return str(error.value)


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"env_id": "own_a:Own/Car-v0"}, "env_id: 'own_a:Own/Car-v0'"),
        ({"env_id": "Own/Car-v0", "modules": ["own_a"]}, "modules[0]: 'own_a'"),
        ({"env_id": "CartPole-v1", "modules": ["own_a"]}, "modules[0]: 'own_a'"),
    ],
)
def test_a_module_that_the_user_has_not_named_is_not_imported(folder: Path, fields: dict, key: str) -> None:
    write(folder, "own_a")
    line = line_of(Configuration(**fields))
    assert line == (
        f"m.json: configuration.{key} is not allowed; allowed: modules that you name, as importing one runs its code: "
        "--allow-module own_a"
    )
    assert not (folder / "imported").exists()


@pytest.mark.parametrize("fields", [{"env_id": "own_b:Own/Car-v0"}, {"env_id": "Own/Car-v0", "modules": ["own_b"]}])
def test_an_allowed_module_registers_its_environment(folder: Path, fields: dict) -> None:
    write(folder, "own_b")
    registry.allow_modules(["own_b"])
    facts = check(Configuration(**fields), "m.json")
    assert (facts.observation_shape, facts.time_limit) == ((2,), 20)


def test_modules_beside_the_config_file_are_found(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    write(tmp_path / "papers", "own_c")
    configuration = Configuration(env_id="own_c:Own/Car-v0")
    registry.trust([configuration], tmp_path / "papers")
    assert check(configuration, "c.yaml").time_limit == 20


def test_a_module_that_is_nowhere_is_one_line(folder: Path) -> None:
    registry.allow_modules(["own_nowhere"])
    line = line_of(Configuration(env_id="own_nowhere:Own/Car-v0"))
    assert "installed, in a folder of PYTHONPATH, or beside the config file" in line
    assert "ModuleNotFoundError: No module named 'own_nowhere'" in line


def test_a_module_that_raises_is_one_line(folder: Path) -> None:
    (folder / "own_raises.py").write_text("raise RuntimeError('first\\nsecond')")
    registry.allow_modules(["own_raises"])
    assert line_of(Configuration(env_id="own_raises:Own/Car-v0")).endswith("(RuntimeError: first)")


def test_a_module_may_not_take_the_id_of_another_environment(folder: Path) -> None:
    write(folder, "own_d", env_id="CartPole-v1")
    registry.allow_modules(["own_d"])
    with pytest.warns(UserWarning, match="Overriding environment"):
        line = line_of(Configuration(env_id="CartPole-v1", modules=("own_d",)))
    assert "an id that is not yet taken; a module registers CartPole-v1 anew" in line


@pytest.mark.parametrize(
    "change",
    [
        'register("CartPole-v1", gym.spec("CartPole-v1").entry_point, max_episode_steps=9)',
        'register("CartPole-v1", gym.spec("CartPole-v1").entry_point, max_episode_steps=500, reward_threshold=475)',
        'spec("CartPole-v1").kwargs["sutton_barto_reward"] = True',
        'spec("CartPole-v1").max_episode_steps = 9',
    ],
)
@pytest.mark.filterwarnings("ignore:.*Overriding environment:UserWarning")
def test_a_module_may_not_change_how_another_environment_is_made(folder: Path, change: str) -> None:
    (folder / "own_f.py").write_text(f"import gymnasium as gym\ngym.{change}\n")
    registry.allow_modules(["own_f"])
    before = gym.spec("CartPole-v1")
    kept = {**vars(before), "kwargs": {**before.kwargs}}
    line = line_of(Configuration(modules=("own_f",)))
    vars(before).update(kept)
    assert "an id that is not yet taken; a module registers CartPole-v1 anew" in line


def test_a_misspelt_id_of_a_module_has_a_suggestion(folder: Path) -> None:
    write(folder, "own_e")
    registry.allow_modules(["own_e"])
    assert "; did you mean own_e:Own/Car-v0?" in line_of(Configuration(env_id="own_e:Own/Cra-v0"))
