"""The trained policy on fresh episodes, sampled and greedy."""

from collections.abc import Collection, Generator, Sequence
from typing import Any, NamedTuple

from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.envs import Ended, Environments, Episodes, Row
from a2c.learn.trainer import MODES, Evaluated, Policy


class Played(NamedTuple):
    """One step of all evaluation environments."""

    actions: NDArray[Any]  # [lanes, environments, ...]
    row: Row
    ended: list[Ended]


def evaluate(
    policy: Policy, configuration: Configuration, seeds: Sequence[int], diverged: Collection[int], threads: int = 0
) -> list[Evaluated]:
    """`eval_episodes` episodes in each mode of each lane that has not diverged, one in each of as many environments.

    The first episode of each environment counts: the first ones to finish anywhere would be the short ones. `threads`:
    see `Environments`.
    """
    return [episode for mode in MODES for episode in _evaluate(policy, configuration, seeds, diverged, mode, threads)]


def _evaluate(
    policy: Policy,
    configuration: Configuration,
    seeds: Sequence[int],
    diverged: Collection[int],
    mode: str,
    threads: int,
) -> list[Evaluated]:
    finished: dict[tuple[int, int], Evaluated] = {}
    required = (len(seeds) - len(diverged)) * configuration.eval_episodes
    steps = play(policy, configuration, seeds, mode, threads)
    while len(finished) < required:
        for lane, episode, _, total_reward, length in next(steps).ended:
            if lane not in diverged:
                finished.setdefault((lane, episode), Evaluated(lane, mode, episode, total_reward, length))
    steps.close()
    return [finished[key] for key in sorted(finished)]


def play(
    policy: Policy, configuration: Configuration, seeds: Sequence[int], mode: str, threads: int = 0
) -> Generator[Played]:
    """Step the evaluation's environments by the policy of each seed, without end.

    Environments come from the stream "evaluation" of the seeds, noise from "evaluation actions", so that the same
    policy plays the same episodes again. Both modes meet the same environments.
    """
    environments = Environments(configuration, seeds, configuration.eval_episodes, "evaluation", threads)
    episodes = Episodes(*environments.shape)
    observations = environments.reset()
    act = policy.actor(mode)
    try:
        while True:
            actions = act(observations)
            row = environments.step(actions)
            observations = row.observations
            yield Played(actions, row, episodes.add(row.rewards, row.done))
    finally:
        environments.close()
