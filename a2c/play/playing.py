"""A trained policy at play: episodes of its recorded evaluation once more, and what they look like."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # pygame draws into memory: no window, no sound, no greeting
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray

from a2c import streams
from a2c.config import ConfigError, Configuration, configuration
from a2c.envs import Facts, check
from a2c.envs.atari import PROTOCOLS, Screen, game_of, is_atari
from a2c.learn import evaluation
from a2c.learn.determinism import settle
from a2c.learn.networks import build
from a2c.learn.policy import Policy
from a2c.runs import manifest
from a2c.runs.files import DamagedError, read_arrays
from a2c.runs.records import read_table

WEIGHTS, EVALUATION = "weights.npz", "evaluation.parquet"
ATARI_SCREEN = {"img_height": 210, "img_width": 160, "stack_num": 1}  # whole, and one image per agent step
ATARI_FRAMES = 60  # of the emulator, a second
USUAL_FPS = 30  # of environments that do not say how fast they are to be shown

Watch = Callable[[], object]  # called after each agent step that was played


class LeftOutError(DamagedError):
    """The weights are not in this copy of a result."""


@dataclass(frozen=True)
class Player:
    """One seed's trained policy, and what its evaluation recorded."""

    configuration: Configuration
    facts: Facts
    seed: int
    weights: dict[str, NDArray[np.float32]]
    recorded: dict[tuple[str, int], float]  # return by mode and episode


class Episode(NamedTuple):
    """One episode as it was played."""

    number: int  # in the recorded evaluation
    actions: list[int]
    rewards: list[float]

    @property
    def total_reward(self) -> float:
        return float(sum(self.rewards))


class Result:
    """The folder of a result, read as far as playing needs it. DamagedError names what is missing or damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = manifest.read(folder)
        manifest.check_files(folder, self.manifest, [EVALUATION])
        self.evaluation = read_table(folder / EVALUATION).to_pylist()

    def best_seed(self, mode: str) -> int:
        """The seed with the highest mean return in its recorded evaluation; the first one of several."""
        returns = {seed: list(self._recorded(seed, mode).values()) for seed in self.manifest["seeds"]}
        means = {seed: float(np.mean(held)) for seed, held in returns.items() if held}
        if not means:
            raise ConfigError(f"{self.folder}: all seeds diverged; allowed: a result with a seed that did not")
        return max(means, key=lambda seed: means[seed])

    def player(self, seed: int) -> Player:
        """ConfigError if there is no such seed or it diverged, LeftOutError if its weights were left out."""
        self._check(seed)
        source = str(self.folder / manifest.NAME)
        made = configuration(self.manifest["configuration"], source, "configuration")
        start = f"{seed}/"
        weights = {name.removeprefix(start): array for name, array in self._weights.items() if name.startswith(start)}
        if not weights:
            raise DamagedError(f"{self.folder / WEIGHTS}: no weights of seed {seed}")
        facts = check(made, source, "configuration")
        shapes = build(made, facts).shapes
        if {name: (array.shape, array.dtype.name) for name, array in weights.items()} != {
            name: (tuple(shape), "float32") for name, shape in shapes.items()
        }:
            raise DamagedError(f"{self.folder / WEIGHTS}: the weights of seed {seed} are not those of its network")
        recorded = {(row["mode"], row["episode"]): row["return"] for row in self.evaluation if row["seed"] == seed}
        return Player(made, facts, seed, weights, recorded)

    def _check(self, seed: int) -> None:
        known = self.manifest["seeds"]
        if seed not in known:
            raise ConfigError(f"--seed: {seed} is not allowed; allowed: those of {self.folder}: {_listed(known)}")
        run = self.manifest["runs"][str(seed)]
        if run["status"] != "finished":
            told = f"seed {seed} {run['status']} at agent step {run.get('step')} and has no weights"
            raise ConfigError(f"--seed: {seed} is not allowed; allowed: seeds that finished; {told}")

    @cached_property
    def _weights(self) -> dict[str, NDArray[np.float32]]:
        path = self.folder / WEIGHTS
        if WEIGHTS in self.manifest.get("left_out", ()) and not path.exists():
            raise LeftOutError(f"{path}: left out of this copy; training its seeds again gives it")
        manifest.check_files(self.folder, self.manifest, [WEIGHTS])
        return read_arrays(path)

    def _recorded(self, seed: int, mode: str) -> dict[int, float]:
        return {row["episode"]: row["return"] for row in self.evaluation if (row["seed"], row["mode"]) == (seed, mode)}


def _listed(seeds: list[int]) -> str:
    """`0-9`, or `0, 3, 4` where some are missing."""
    whole = len(seeds) > 1 and seeds == list(range(seeds[0], seeds[-1] + 1))
    return f"{seeds[0]}-{seeds[-1]}" if whole else ", ".join(map(str, seeds))


def play(player: Player, mode: str, count: int, watch: Watch) -> list[Episode]:
    """Play the first `count` episodes of the recorded evaluation again, in its own environments and random streams.

    All environments of the evaluation are stepped, as all draw from one stream of noise. `mode`: sampled or greedy.
    ConfigError unless so many episodes were evaluated.
    """
    settle()
    config = player.configuration
    if not 1 <= count <= config.eval_episodes:
        raise ConfigError(f"--episodes: {count} is not allowed; allowed: 1 to {config.eval_episodes}, those evaluated")
    steps = evaluation.play(_policy(player), config, [player.seed], player.facts.action_space, mode)
    lengths: dict[int, int] = {}
    actions, rewards = [], []
    while not lengths.keys() >= set(range(count)):
        step = next(steps)
        actions.append(step.actions[0, :count])
        rewards.append(step.row.rewards[0, :count])
        for ended in step.ended:
            lengths.setdefault(ended.env, ended.length)
        watch()
    steps.close()
    return [
        Episode(k, [int(row[k]) for row in actions[: lengths[k]]], [float(row[k]) for row in rewards[: lengths[k]]])
        for k in range(count)
    ]


def _policy(player: Player) -> Policy:
    """The policy of one seed, on the device that it was trained on if that is here."""
    cuda = player.configuration.device == "cuda" and torch.cuda.is_available()
    policy = Policy(build(player.configuration, player.facts), 1, torch.device("cuda" if cuda else "cpu"))
    for name, array in player.weights.items():
        policy.parameters.named[name][0] = torch.from_numpy(array)
    return policy


class Stage(Protocol):
    """One environment that shows itself."""

    fps: float  # images a second at the pace of play: one for each agent step

    def reset(self, seed: int) -> None: ...

    def step(self, action: int) -> float:
        """Gives the reward."""

    def image(self) -> NDArray[np.uint8]:
        """What is to be seen now, RGB: [height, width, 3]."""

    def close(self) -> None: ...


def images(player: Player, episode: Episode, stage: Stage, every: int, watch: Watch) -> Iterator[NDArray[np.uint8]]:
    """The episode's first image, that of each `every`-th agent step, and its last.

    The actions are taken once more, in an environment that is drawn: DamagedError if it gives other rewards.
    """
    stage.reset(streams.environment_seed(player.seed, "evaluation", episode.number))
    yield stage.image()
    last = len(episode.actions)
    for step, (action, reward) in enumerate(zip(episode.actions, episode.rewards, strict=True), 1):
        if (given := stage.step(action)) != reward:
            told = f"the reward of agent step {step} is {given} where it is drawn, and was {reward}"
            raise DamagedError(f"{player.configuration.env_id}: {told}: no faithful film can be made")
        if step % every == 0 or step == last:
            yield stage.image()
        watch()


def stage_of(made: Configuration) -> Stage:
    """A configuration's environment, drawn. ConfigError if it can't be."""
    return _AtariStage(made) if is_atari(made.env_id) else _GymStage(made)


class _GymStage:
    def __init__(self, made: Configuration) -> None:
        kwargs: dict[str, Any] = made.env_kwargs
        plain = gym.make(made.env_id, disable_env_checker=True, **kwargs)
        plain.close()
        if "rgb_array" not in plain.metadata.get("render_modes", []):
            raise ConfigError(f"{made.env_id} cannot be drawn; allowed: environments that render rgb_array")
        self._environment = gym.make(made.env_id, disable_env_checker=True, **{**kwargs, "render_mode": "rgb_array"})
        self.fps = float(self._environment.metadata.get("render_fps") or USUAL_FPS)

    def reset(self, seed: int) -> None:
        self._environment.reset(seed=seed)

    def step(self, action: int) -> float:
        return float(np.float32(self._environment.step(action)[1]))  # rewards are kept in single precision

    def image(self) -> NDArray[np.uint8]:
        try:
            return np.asarray(self._environment.render(), dtype=np.uint8)
        except gym.error.DependencyNotInstalled as error:
            raise ConfigError(f"drawing needs a library that is not installed: {error}") from None

    def close(self) -> None:
        self._environment.close()


class _AtariStage:
    """The game's colours: the same emulator by the same seed and actions, its images neither grey nor small."""

    def __init__(self, made: Configuration) -> None:
        from ale_py.vector_env import AtariVectorEnv

        chosen = Screen(**made.env_kwargs)  # type: ignore[arg-type]
        self._game = AtariVectorEnv(
            game_of(made.env_id),
            1,
            num_threads=1,
            reward_clipping=False,
            episodic_life=False,
            grayscale=False,
            **PROTOCOLS[made.atari_protocol],
            **{**chosen.model_dump(), **ATARI_SCREEN},
        )
        self.fps = ATARI_FRAMES / chosen.frameskip

    def reset(self, seed: int) -> None:
        self._seen, _ = self._game.reset(seed=np.array([seed], dtype=np.int32))

    def step(self, action: int) -> float:
        self._seen, rewards, *_ = self._game.step(np.array([action]))
        return float(rewards[0])

    def image(self) -> NDArray[np.uint8]:
        return self._seen[0, -1]

    def close(self) -> None:
        """Nothing to do: the emulator's memory goes with the object."""
