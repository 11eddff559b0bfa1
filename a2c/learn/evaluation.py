"""The trained policy on fresh episodes, sampled and greedy."""

from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

import torch
from numpy.typing import NDArray

from a2c import streams
from a2c.config import Configuration
from a2c.envs import ActionSpace, Ended, Environments, Episodes, Row
from a2c.learn.learner import Learner
from a2c.learn.policy import Policy

MODES = ("sampled", "greedy")


class Evaluated(NamedTuple):
    """One evaluation episode."""

    lane: int
    mode: str
    episode: int
    total_reward: float
    length: int


class Played(NamedTuple):
    """One step of all evaluation environments."""

    actions: NDArray[Any]  # [lanes, environments, ...]
    row: Row
    ended: list[Ended]


def evaluate(learner: Learner) -> list[Evaluated]:
    """`eval_episodes` episodes per lane and mode, one in each of as many environments.

    The first episode of each environment counts: the first ones to finish anywhere would be the short ones.
    """
    return [episode for mode in MODES for episode in _evaluate(learner, mode)]


def _evaluate(learner: Learner, mode: str) -> list[Evaluated]:
    required = (len(learner.seeds) - len(learner.diverged)) * learner.configuration.eval_episodes
    finished: dict[tuple[int, int], Evaluated] = {}
    steps = play(learner.model, learner.configuration, learner.seeds, learner.facts.action_space, mode)
    while len(finished) < required:
        for lane, episode, _, total_reward, length in next(steps).ended:
            if lane not in learner.diverged:
                finished.setdefault((lane, episode), Evaluated(lane, mode, episode, total_reward, length))
    steps.close()
    return [finished[key] for key in sorted(finished)]


def play(
    policy: Policy, configuration: Configuration, seeds: Sequence[int], space: ActionSpace, mode: str
) -> Generator[Played]:
    """Step the evaluation's environments by the policy of each lane, without end.

    Environments and noise come from the streams "evaluation" and "evaluation actions" of the seeds, so that the same
    policy plays the same episodes again. Both modes meet the same environments.
    """
    environments = Environments(configuration, seeds, configuration.eval_episodes, "evaluation")
    generators = [streams.generator(seed, "evaluation actions") for seed in seeds]
    episodes = Episodes(*environments.shape)
    observations = environments.reset()
    try:
        while True:
            with torch.inference_mode():
                logits = policy.forward(observations).logits.cpu().numpy()
            if mode == "sampled":
                actions = space.sample(logits, space.noise(generators, logits.shape[1:-1]))
            else:
                actions = space.greedy(logits)
            row = environments.step(actions)
            observations = row.observations
            yield Played(actions, row, episodes.add(row.rewards, row.done))
    finally:
        environments.close()
