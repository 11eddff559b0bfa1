"""The trained policy on fresh episodes, sampled and greedy."""

from typing import NamedTuple

import numpy as np
import torch

from a2c import streams
from a2c.envs import Environments, Episodes
from a2c.learn.learner import Learner, gumbel, sample, to_tensor

MODES = ("sampled", "greedy")


class Evaluated(NamedTuple):
    """One evaluation episode."""

    lane: int
    mode: str
    episode: int
    total_reward: float
    length: int


@torch.inference_mode()
def evaluate(learner: Learner) -> list[Evaluated]:
    """`eval_episodes` episodes per lane and mode, one in each of as many environments.

    One each, and not the first to finish, as short episodes would crowd out long ones. Both modes meet the same
    environments: their seeds come from the stream "evaluation".
    """
    return [result for mode in MODES for result in _evaluate(learner, mode)]


def _evaluate(learner: Learner, mode: str) -> list[Evaluated]:
    n_lanes, n_episodes = len(learner.seeds), learner.configuration.eval_episodes
    environments = Environments(learner.configuration, learner.seeds, n_episodes, "evaluation")
    sampling = [streams.generator(seed, "evaluation actions") for seed in learner.seeds]
    episodes = Episodes(n_lanes, n_episodes)
    finished: dict[tuple[int, int], Evaluated] = {}
    wanted = (n_lanes - len(learner.diverged)) * n_episodes
    observations = environments.reset()
    while len(finished) < wanted:
        logits = learner.network.forward(learner.parameters, to_tensor(observations, learner.device)).logits
        noise = gumbel(sampling, logits.shape[1:]) if mode == "sampled" else np.zeros(1, dtype=np.float32)
        row = environments.step(sample(logits, noise))
        observations = row.observations
        for lane, episode, _, total_reward, length in episodes.add(row.rewards, row.done):
            if lane not in learner.diverged:
                finished.setdefault((lane, episode), Evaluated(lane, mode, episode, total_reward, length))
    environments.close()
    return [finished[key] for key in sorted(finished)]
