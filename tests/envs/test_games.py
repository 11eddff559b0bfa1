"""Our emulator loop beside ALE's vector environment; saved and restored games; games that rest."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ale_py.vector_env import AtariVectorEnv

from a2c.envs import Environments
from a2c.envs.atari import PROTOCOLS, Screen, game_of, n_actions
from a2c.envs.games import LIFE_LOST, Games
from tests.envs.games import SMALL, Going, game, going_on
from tests.processes import ROOT

NAMES = (
    "Pong", "Breakout", "Seaquest", "SpaceInvaders", "CrazyClimber", "KungFuMaster", "Qbert",
    "Berzerk", "DoubleDunk",  # ALE takes steps in them before a game begins, with sticky actions
    "Adventure",  # 250 rows
)  # fmt: skip
FAST = ("Pong", "Breakout", "Berzerk", "Adventure")  # the others are slow tests
SEED = 2**31 - 1  # the largest
EARLY = {"max_num_frames_per_episode": 163}  # the last frame of four is not played: several games begin


def theirs(name: str, protocol: str, n: int, kwargs: dict[str, Any]) -> AtariVectorEnv:
    own = {"num_threads": 1, "reward_clipping": False, "episodic_life": False}
    return AtariVectorEnv(game_of(f"ALE/{name}-v5"), n, **own, **PROTOCOLS[protocol], **Screen(**kwargs).model_dump())


def rows(
    name: str, protocol: str, n_rows: int, kwargs: dict[str, Any]
) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """What both give of random play, row by row: observations, rewards, ends, lost lives."""
    env_id = f"ALE/{name}-v5"
    games, vector = Games(env_id, protocol, kwargs, 1), theirs(name, protocol, 1, kwargs)
    first, infos = vector.reset(seed=np.array([SEED], dtype=np.int32))
    yield (games.reset([SEED])[0],), (first,)
    lives, over = infos["lives"].copy(), np.zeros(1, dtype=bool)
    for actions in np.random.default_rng(0).integers(
        0, n_actions(env_id, Screen(**kwargs).full_action_space), (n_rows, 1)
    ):
        *ours, told = games.step(actions)
        *expected, infos = vector.step(actions)
        lost = (infos["lives"] < lives) & ~over
        lives, over = infos["lives"].copy(), expected[2] | expected[3]
        yield (*ours, told.get(LIFE_LOST, lost)), (*expected, lost)


def compare(name: str, protocol: str, n_rows: int, **kwargs: Any) -> int:
    """Asserts that all is equal; gives the number of ends."""
    ends = 0
    for ours, expected in rows(name, protocol, n_rows, kwargs):
        for own, other in zip(ours, expected, strict=True):
            np.testing.assert_array_equal(own, other)
        ends += sum(int(flags.sum()) for flags in ours[2:4])
    return ends


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in FAST else pytest.mark.slow) for name in NAMES])
def test_a_game_plays_as_in_ales_vector_environment(name: str, protocol: str) -> None:
    assert compare(name, protocol, 100, **EARLY) >= 2


@pytest.mark.parametrize(
    ("height", "width"),
    [(36, 36), (105, 80), (42, 40), (210, 160), (210, 84), (84, 160), (70, 80), (209, 159), (101, 97), (128, 128)],
)
def test_images_of_every_size_have_the_same_grey_levels(height: int, width: int) -> None:
    """Also where a cell covers whole pixels, which are summed first and rounded in another way."""
    compare("SpaceInvaders", "machado", 12, img_height=height, img_width=width)


@pytest.mark.parametrize(
    "kwargs",
    [
        *({"frameskip": skip, "max_num_frames_per_episode": 121} for skip in (1, 2, 3)),
        *({"maxpool": False, "max_num_frames_per_episode": limit} for limit in (121, 122, 123, 124)),
        {"full_action_space": True, "stack_num": 2},
    ],
)
def test_games_play_the_same_whatever_the_frames(kwargs: dict[str, Any]) -> None:
    compare("Breakout", "classic", 64, **kwargs)


# --------------------------------------------------------------------------------------------------- saved and restored

GOING = [
    Going("Pong", "machado", 150), Going("Breakout", "classic", 90), Going("Seaquest", "machado", 210),
    Going("ChopperCommand", "machado", 333), Going("Qbert", "classic", 120),
]  # fmt: skip


def test_games_saved_in_one_process_go_on_in_another(tmp_path: Path) -> None:
    expected = []
    for number, going in enumerate(GOING):
        games, actions = going.begin()
        np.savez(tmp_path / f"{number}.npz", **games.state())
        expected.append(going_on(games, actions))
    assert len(set(expected)) == len(GOING)
    paths = os.pathsep.join(map(str, (ROOT, Path(__file__).parent)))
    code = f"import games; [print(games.restored(going, {str(tmp_path)!r}, i)) for i, going in enumerate({GOING})]"
    command = [sys.executable, "-c", code.replace("Going(", "games.Going(")]
    told = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=True)
    assert told.stdout.split() == expected


def test_saving_changes_nothing() -> None:
    first, actions = GOING[0].begin()
    for _ in range(3):
        first.state()
    assert going_on(first, actions) == going_on(*GOING[0].begin())


def test_a_restored_game_is_saved_as_before() -> None:
    games, _ = GOING[1].begin()
    again = GOING[1].made()
    held = games.state()
    np.testing.assert_array_equal(again.restore(GOING[1].seeds, held), held["images"])
    np.testing.assert_equal(again.state(), held)


def test_a_state_that_its_actions_do_not_lead_to_is_refused() -> None:
    games, _ = GOING[0].begin()
    held = games.state()
    actions = held["actions.1"].copy()
    actions[-3:] = 2 + actions[-3:] % 2  # up for down: Pong's paddle goes elsewhere
    assert games.restore(GOING[0].seeds, {**held, "actions.1": actions}) is None


@pytest.mark.parametrize("name", ["MiniatureGolf", "Pitfall2"])
def test_a_game_that_ale_saves_in_part_has_no_state(name: str) -> None:
    games, _ = Going(name, "machado", 1).begin()
    assert games.state() == {}


# -------------------------------------------------------------------------------------------------------------- resting


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_games_that_rest_stand_still_and_the_others_play_on(protocol: str) -> None:
    whole, resting, restored = (Games("ALE/Breakout-v5", protocol, EARLY, 3) for _ in range(3))
    seeds, actions = [1, 2, 3], np.random.default_rng(1).integers(0, 4, (100, 3))
    images = whole.reset(seeds)[0]
    np.testing.assert_array_equal(resting.reset(seeds)[0], images)
    left = np.array([60, 100, 25])  # rows that each game plays
    stands: dict[int, Any] = {}
    for number, row in enumerate(actions):
        for i in np.flatnonzero(left == number).tolist():
            resting.rest([i])
            stands[i] = images[i].copy(), resting.state()[f"now.{i}"]
        if number == 80:  # as a training that goes on from a checkpoint
            restored.restore(seeds, resting.state())
            restored.rest(stands)
            resting = restored
        images, *told = resting.step(row)[:4]
        for own, other in zip((images, *told), whole.step(row)[:4], strict=True):
            np.testing.assert_array_equal(own[number < left], other[number < left])
        assert not any(field[number >= left].any() for field in told)
    for i, (image, now) in stands.items():
        np.testing.assert_array_equal(images[i], image)
        np.testing.assert_array_equal(resting.state()[f"now.{i}"], now)


@pytest.mark.parametrize("threads", [0, 1])
def test_a_lane_of_games_rests_unless_threads_play(threads: int) -> None:
    environments = Environments(game("Pong", **SMALL), [1, 2], 2, "environments", threads)
    before = environments.reset().copy()
    environments.rest(1)
    for _ in range(40):
        after = environments.step(np.full((2, 2), 2)).observations
    moved = [not np.array_equal(after[lane], before[lane]) for lane in range(2)]
    assert moved == [True, threads > 0]
    environments.close()
