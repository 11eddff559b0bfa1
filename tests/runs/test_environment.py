"""The environment in the manifest: package, version, and a hash of the code that defines it."""

import importlib
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import gymnasium as gym
import pytest

from a2c.config import Configuration
from a2c.runs import environment
from a2c.runs.environment import environment_of

CLASS = """
import gymnasium as gym
from {helper} import PRICE

class Shop(gym.Env):
    \"\"\"A shop.\"\"\"
    observation_space = gym.spaces.Box(0, 1, (1,))
    action_space = gym.spaces.Discrete(2)
"""


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """A function that registers the class Shop of a module of the folder, and gives the hash of its source."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "modules", dict(sys.modules))

    def sources(module: str) -> str:
        environment._of_class.cache_clear()
        shop = importlib.import_module(module).Shop
        gym.registry.pop("Shop-v0", None)
        gym.register("Shop-v0", entry_point=shop)
        return str(environment_of(Configuration(env_id="Shop-v0"))["sources_sha256"])

    yield sources
    gym.registry.pop("Shop-v0", None)


def package(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    (folder / name / "__init__.py").touch()
    (folder / name / "shop.py").write_text(CLASS.format(helper=f"{name}.prices"))
    (folder / name / "prices.py").write_text("PRICE = 1\n")
    (folder / name / "map.txt").write_text("##")
    return folder / name


def test_a_native_environment_is_this_package(trained: Path) -> None:
    made = environment_of(Configuration(env_kwargs={"sutton_barto_reward": True}))
    assert made == {
        "id": "CartPole-v1",
        "kwargs": {"sutton_barto_reward": True},
        "reward_threshold": 475.0,
        "package": "a2c-bench",
        "version": metadata.version("a2c-bench"),
        "sources_sha256": None,
    }


def test_one_of_gymnasium_has_its_version_and_the_hash_of_its_file() -> None:
    lander, lake = (environment_of(Configuration(env_id=env_id)) for env_id in ("LunarLander-v3", "FrozenLake-v1"))
    assert (lander["package"], lander["version"]) == ("gymnasium", metadata.version("gymnasium"))
    assert len(lander["sources_sha256"]) == 64
    assert lander["sources_sha256"] != lake["sources_sha256"]


def test_a_game_has_the_hash_of_its_rom() -> None:
    pong, boxing = (
        environment_of(Configuration(env_id=f"ALE/{game}-v5", network="cnn")) for game in ("Pong", "Boxing")
    )
    assert (pong["package"], pong["version"]) == ("ale-py", metadata.version("ale-py"))
    assert pong["sources_sha256"] != boxing["sources_sha256"]


@pytest.mark.parametrize(
    ("file", "text", "changes"),
    [
        ("shop.py", CLASS.format(helper="own_p.prices") + "    prices = 2\n", True),
        ("shop.py", CLASS.format(helper="own_p.prices").replace("A shop.", "Another shop.") + "# a comment\n", False),
        ("prices.py", "PRICE = 2\n", True),
        ("map.txt", "#.#", True),
        ("new.py", "", True),
        (".hidden", "x", False),
        ("__pycache__/x.pyc", "x", False),
    ],
)
def test_any_file_of_a_package_counts_but_no_comment(
    tmp_path: Path, imported: Callable[[str], str], file: str, text: str, changes: bool
) -> None:
    folder = package(tmp_path, "own_p")
    before = imported("own_p.shop")
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text(text)
    assert (imported("own_p.shop") != before) == changes


@pytest.mark.parametrize(
    ("file", "changes"), [("own_m.py", True), ("own_prices.py", True), ("own_prices_of.py", True), ("other.py", False)]
)
def test_of_a_single_module_count_its_file_and_what_it_imports_from_its_folder(
    tmp_path: Path, imported: Callable[[str], str], file: str, changes: bool
) -> None:
    (tmp_path / "own_m.py").write_text(CLASS.format(helper="own_prices"))
    (tmp_path / "own_prices.py").write_text("from own_prices_of import PRICE\n")
    (tmp_path / "own_prices_of.py").write_text("PRICE = 1\n")
    before = imported("own_m")
    with (tmp_path / file).open("a") as opened:
        opened.write("x = 1\n")
    assert (imported("own_m") != before) == changes


def test_the_code_of_a_base_class_counts(tmp_path: Path, imported: Callable[[str], str]) -> None:
    base = package(tmp_path, "own_base")
    (tmp_path / "own_child.py").write_text("from own_base.shop import Shop as Base\nclass Shop(Base):\n    pass\n")
    before = imported("own_child")
    (base / "prices.py").write_text("PRICE = 3\n")
    assert imported("own_child") != before


ENTRY_POINTS = {
    "the name of a function": '"own_factory:make"',
    "a function": "own_factory.make",
    "a part of a function": "functools.partial(own_factory.make, 1)",
    "a class": "own_class.Shop",
}
REGISTERING = """
import functools, own_class, own_factory
import gymnasium as gym
gym.registry.pop("Made-v0", None)
gym.register("Made-v0", entry_point={entry_point})
"""


@pytest.fixture
def registered(tmp_path: Path, imported: Callable[[str], str]) -> Callable[[str], str]:
    """A function that registers Made-v0, by a module in a folder of its own, and gives the hash of its source."""
    folders = [tmp_path / name for name in ("registering", "factory", "class")]
    for folder in folders:
        folder.mkdir()
        sys.path.insert(0, str(folder))  # `imported` puts the path back
    (folders[1] / "own_factory.py").write_text("import own_class\ndef make(*_):\n    return own_class.Shop()\n")
    (folders[2] / "own_class.py").write_text(CLASS.replace("from {helper} import PRICE", ""))

    def sources(entry_point: str) -> str:
        (folders[0] / "own_registering.py").write_text(REGISTERING.format(entry_point=entry_point))
        environment._of_class.cache_clear()
        for name in ("own_registering", "own_factory", "own_class"):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        importlib.import_module("own_registering")
        return str(environment_of(Configuration(env_id="own_registering:Made-v0"))["sources_sha256"])

    return sources


@pytest.mark.parametrize("entry_point", ENTRY_POINTS.values(), ids=ENTRY_POINTS)
@pytest.mark.parametrize("changed", ["registering/own_registering.py", "factory/own_factory.py", "class/own_class.py"])
def test_the_code_of_what_makes_and_registers_an_environment_counts(
    tmp_path: Path, registered: Callable[[str], str], entry_point: str, changed: str
) -> None:
    before = registered(entry_point)
    if changed.startswith("registering"):
        entry_point += ", max_episode_steps=9"
    else:
        with (tmp_path / changed).open("a") as opened:
            opened.write("x = 1\n")
    is_the_maker_of_another = changed.startswith("factory") and entry_point == ENTRY_POINTS["a class"]
    assert (registered(entry_point) != before) == (not is_the_maker_of_another)
