"""Atari games: random streams, observations, rewards, supported games."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from a2c.config import ConfigError, Configuration
from a2c.envs import DiscreteActions, Environments, Episodes, Facts, atari, check, replay
from tests.envs.games import SMALL, actions_of, digest, game, play_at_random
from tests.processes import ROOT

# ------------------------------------------------------------------------------------------------------ random streams


@pytest.mark.parametrize(("name", "protocol", "longest"), [("Pong", "machado", 400), ("Breakout", "classic", 108_000)])
def test_a_game_does_not_depend_on_the_other_lanes_and_environments(name: str, protocol: str, longest: int) -> None:
    configuration, n_rows = game(name, protocol, max_num_frames_per_episode=longest), 220
    first_beside, beside = play_at_random(configuration, [1, 3], 2, n_rows)
    assert beside.done[:, 1].any()  # the next game's stream is compared as well
    for seeds in ([3], [3, 5]):
        first, rows = play_at_random(configuration, seeds, 1, n_rows)
        np.testing.assert_array_equal(first[0, 0], first_beside[1, 0])
        for ours, theirs in zip(rows, beside, strict=True):
            np.testing.assert_array_equal(ours[:, 0, 0], theirs[:, 1, 0])


def test_the_same_seeds_and_actions_give_the_same_games_in_another_process() -> None:
    paths = os.pathsep.join(map(str, (ROOT, Path(__file__).parent)))
    command = [sys.executable, "-c", "from games import digest; print(digest())"]
    elsewhere = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, check=True)
    assert elsewhere.stdout.decode().strip() == digest()


@pytest.mark.parametrize("protocol", ["machado", "classic"])
def test_replay_gives_the_same_episodes_and_last_observations(protocol: str) -> None:
    configuration, seeds, n_envs = game("Breakout", protocol, **SMALL), [2], 2
    actions = actions_of(configuration, seeds, n_envs, 300)
    environments, episodes = Environments(configuration, seeds, n_envs, "environments"), Episodes(1, n_envs)
    environments.reset()
    ended = []
    for action in actions:
        row = environments.step(action)
        ended += episodes.add(row.rewards, row.done)
    assert {one.env for one in ended} == {0, 1}
    logged, again = np.moveaxis(actions, 0, 1).astype(np.uint8), Episodes(1, n_envs)
    replayed, observations = replay(
        Environments(configuration, seeds, n_envs, "environments"),
        again,
        check(configuration, "test").action_space,
        logged,
    )
    assert replayed == ended
    np.testing.assert_array_equal(observations, row.observations)
    np.testing.assert_array_equal(again.reset_row, episodes.reset_row)


# ----------------------------------------------------------------------------------------------- observations, rewards


def test_rows_have_the_shape_of_lanes_and_environments() -> None:
    first, rows = play_at_random(game("Pong"), [0, 1], 1, 5)
    assert (first.shape, first.dtype) == ((2, 1, 4, 84, 84), np.uint8)
    assert [field.shape for field in rows] == [(5, 2, 1, 4, 84, 84)] + 4 * [(5, 2, 1)]
    assert [field.dtype.name for field in rows] == ["uint8", "float64", "bool", "bool", "bool"]


def test_returned_observations_do_not_change_with_later_steps() -> None:
    environments = Environments(game("Breakout", "classic", **SMALL), [0], 1, "environments")
    seen = [environments.reset()]
    kept = [seen[0].copy()]
    for _ in range(20):
        seen.append(environments.step(np.full((1, 1), 2)).observations)
        kept.append(seen[-1].copy())
    np.testing.assert_array_equal(seen, kept)
    assert len(np.unique(np.array(kept), axis=0)) > 10  # there was something to overwrite


def test_a_stack_contains_the_last_images_in_order() -> None:
    first, rows = play_at_random(game("Breakout", img_height=36, img_width=36), [0], 1, 30)
    seen = np.concatenate([first[None], rows.observations])
    np.testing.assert_array_equal(seen[1:, :, :, :-1], seen[:-1, :, :, 1:])
    assert not np.array_equal(seen[-1, :, :, -1], seen[-2, :, :, -1])


def test_height_comes_before_width() -> None:
    first, _ = play_at_random(game("Pong", img_height=40, img_width=60, stack_num=2), [0], 1, 1)
    assert first.shape == (1, 1, 2, 40, 60)


def test_rewards_are_the_games_own() -> None:
    _, rows = play_at_random(game("SpaceInvaders", **SMALL), [0], 2, 250)
    found = set(np.unique(rows.rewards).tolist())
    assert found <= {0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0}  # what an invader is worth, by its row
    assert len(found) >= 3


def test_every_action_of_the_full_set_is_accepted() -> None:
    """Freeway's own set has three actions."""
    environments = Environments(game("Freeway", full_action_space=True, **SMALL), [0], 1, "environments")
    environments.reset()
    for action in range(18):
        environments.step(np.full((1, 1), action))


# ------------------------------------------------------------------------------------------------------ facts, refusals


@pytest.mark.parametrize(
    ("name", "env_kwargs", "shape", "n_actions", "time_limit"),
    [
        ("Pong", {}, (4, 84, 84), 6, 27_000),
        ("Breakout", {}, (4, 84, 84), 4, 27_000),
        ("Freeway", {}, (4, 84, 84), 3, 27_000),
        ("Freeway", {"full_action_space": True}, (4, 84, 84), 18, 27_000),
        ("MsPacman", {"img_height": 210, "img_width": 160}, (4, 210, 160), 9, 27_000),
        ("Pong", {"img_height": 36, "img_width": 50, "stack_num": 1}, (1, 36, 50), 6, 27_000),
        ("Pong", {"frameskip": 5}, (4, 84, 84), 6, 21_600),
        ("Pong", {"max_num_frames_per_episode": 18_001}, (4, 84, 84), 6, 4_501),
    ],
)
def test_facts_of_games(
    name: str, env_kwargs: dict[str, Any], shape: tuple[int, ...], n_actions: int, time_limit: int
) -> None:
    expected = Facts(shape, DiscreteActions(n_actions), None, time_limit)
    assert check(game(name, **env_kwargs), "f.yaml") == expected


def test_facts_are_those_of_the_emulator() -> None:
    configuration = game("Seaquest", img_height=40, img_width=50, stack_num=3)
    facts = check(configuration, "f.yaml")
    first, _ = play_at_random(configuration, [0], 1, 1)
    assert first.shape[2:] == facts.observation_shape


def refused(**fields: Any) -> str:
    """The message of `check`."""
    with pytest.raises(ConfigError) as error:
        check(Configuration(**{"env_id": "ALE/Pong-v5", "network": "cnn", **fields}), "x.yaml", "a.base")
    line = str(error.value)
    assert "\n" not in line
    return line


KNOWN = ", ".join(atari.Screen.model_fields)


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        (
            {"env_id": "ALE/Pongg-v5"},
            "env_id: 'ALE/Pongg-v5' is not allowed; allowed: a game that ALE has; did you mean ALE/Pong-v5?",
        ),
        (
            {"env_id": "ALE/Pong-v4"},
            "env_id: 'ALE/Pong-v4' is not allowed; allowed: a game that ALE has; did you mean ALE/Pong-v5?",
        ),
        (  # two players; ALE ends the process that loads it
            {"env_id": "ALE/Combat-v5"},
            "env_id: 'ALE/Combat-v5' is not allowed; allowed: a game that ALE has; did you mean ALE/",
        ),
        ({"env_id": "ALE/"}, "env_id: 'ALE/' is not allowed; allowed: a game that ALE has, such as ALE/"),
        ({"network": "mlp"}, "network: 'mlp' is not allowed; allowed: cnn with ALE/Pong-v5"),
        ({"env_id": "CartPole-v1"}, "network: 'cnn' is not allowed; allowed: mlp; the cnn takes images"),
        ({"env_kwargs": {"mode": 1}}, f"env_kwargs.mode: unknown key; allowed: {KNOWN}"),
        ({"env_kwargs": {"reward_clipping": True}}, f"env_kwargs.reward_clipping: unknown key; allowed: {KNOWN}"),
        (
            {"env_kwargs": {"img_height": 20}},  # the emulator would hang at 0
            "env_kwargs.img_height: 20 is not allowed; allowed: a number of at least 36",
        ),
        (
            {"env_kwargs": {"img_width": 161}},
            "env_kwargs.img_width: 161 is not allowed; allowed: a number of at most 160",
        ),
        ({"env_kwargs": {"img_height": "84"}}, "env_kwargs.img_height: '84' is not allowed; allowed: a whole number"),
        ({"env_kwargs": {"stack_num": 0}}, "env_kwargs.stack_num: 0 is not allowed; allowed: a number of at least 1"),
        ({"env_kwargs": {"stack_num": True}}, "env_kwargs.stack_num: true is not allowed; allowed: a whole number"),
        ({"env_kwargs": {"frameskip": [2, 5]}}, "env_kwargs.frameskip: [2, 5] is not allowed; allowed: a whole number"),
        ({"env_kwargs": {"frameskip": None}}, "env_kwargs.frameskip: null is not allowed; allowed: a whole number"),
        ({"env_kwargs": {"maxpool": 1}}, "env_kwargs.maxpool: 1 is not allowed; allowed: true or false"),
        (
            {"env_kwargs": {"max_num_frames_per_episode": 119}},
            "env_kwargs.max_num_frames_per_episode: 119 is not allowed; allowed: a number of at least 120",
        ),
    ],
)
def test_an_unsupported_game_is_refused_in_one_line(fields: dict[str, Any], line: str) -> None:
    assert refused(**fields).startswith(f"x.yaml: a.base.{line}")


@pytest.mark.parametrize(
    ("env_id", "why"),
    [
        ("tests.envs.kinds:DiscreteImage-v0", "it is no game of Atari's"),
        ("ale_py:ALE/Breakout-v5", "the protocols are those of ALE/Breakout-v5"),  # Gymnasium makes it
    ],
)
def test_a_protocol_without_effect_is_refused(env_id: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("a2c.envs.registry._allowed", {"ale_py", "tests.envs.kinds"})
    limited = {"env_id": env_id, "network": "cnn", "max_episode_steps": 40}
    assert check(Configuration(**limited), "x.yaml").time_limit == 40
    assert refused(**limited, atari_protocol="classic") == (
        "x.yaml: a.base.atari_protocol: 'classic' is not allowed; "
        f"allowed: machado with {env_id}, as it has no effect otherwise: {why}"
    )


def test_a_missing_rom_is_reported_with_its_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gone = tmp_path / "pong.bin"
    monkeypatch.setattr(atari, "rom_of", lambda env_id: str(gone))
    assert refused() == (
        f"x.yaml: a.base.env_id: 'ALE/Pong-v5' is not allowed; allowed: games whose ROM is here; {gone} is missing"
    )


def test_every_registered_ale_game_has_its_rom() -> None:
    games = [env_id for env_id in gym.registry if re.fullmatch(r"ALE/.*-v5", env_id)]
    assert len(games) > 100
    assert [one for one in games if not Path(atari.rom_of(one)).is_file()] == []


@pytest.mark.parametrize("network", ["mlp", "cnn"])
def test_another_packages_pong_is_refused(network: str) -> None:
    assert "PongNoFrameskip-v4" in refused(env_id="PongNoFrameskip-v4", network=network)
