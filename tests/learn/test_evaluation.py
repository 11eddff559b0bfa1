"""Evaluation: one fresh episode in each of its own environments, sampled and greedy."""

from collections import Counter

import gymnasium as gym
import numpy as np
import torch

from a2c import streams
from a2c.envs import DiscreteActions
from a2c.learn.learner import Learner
from a2c.learn.trainer import MODES, Evaluated
from tests.learn.learners import make_learner

SPACE = DiscreteActions(2)


def played_singly(learner: Learner, lane: int, mode: str) -> list[Evaluated]:
    """The same episodes, from one Gymnasium environment after the other."""
    n_episodes = learner.configuration.eval_episodes
    noise = SPACE.noise([streams.generator(learner.seeds[lane], "evaluation actions")], (600, n_episodes))[0]
    results = []
    for episode in range(n_episodes):
        environment = gym.make(learner.configuration.env_id)
        observation, _ = environment.reset(seed=streams.environment_seed(learner.seeds[lane], "evaluation", episode))
        total, length, ended = 0.0, 0, False
        while not ended:
            seen = torch.from_numpy(observation).expand(len(learner.seeds), 1, -1)
            logits = learner.model.network.forward(learner.model.parameters, seen).logits[lane, 0]
            outputs = logits.numpy()
            action = SPACE.sample(outputs, noise[length, episode]) if mode == "sampled" else SPACE.greedy(outputs)
            observation, reward, terminated, truncated, _ = environment.step(int(action))
            total, length, ended = total + float(reward), length + 1, terminated or truncated
        results.append(Evaluated(lane, mode, episode, total, length))
    return results


def test_episodes_equal_those_of_single_environments() -> None:
    learner = make_learner([0, 5], eval_episodes=4)
    expected = [one for mode in MODES for lane in range(2) for one in played_singly(learner, lane, mode)]
    assert learner.evaluate() == expected


def test_every_lane_and_mode_has_every_episode_once() -> None:
    learner = make_learner([0, 1, 2], eval_episodes=3)
    counts = Counter((one.lane, one.mode, one.episode) for one in learner.evaluate())
    assert counts == {(lane, mode, episode): 1 for lane in range(3) for mode in MODES for episode in range(3)}


def test_a_deterministic_policy_plays_the_same_sampled_and_greedy() -> None:
    learner = make_learner([3], eval_episodes=4)
    learner.model.parameters.named["shared.2.weight"] *= 1e6
    evaluated = learner.evaluate()
    greedy, sampled = ([one[2:] for one in evaluated if one.mode == mode] for mode in ("greedy", "sampled"))
    assert greedy == sampled


def test_evaluation_changes_nothing_in_the_learner() -> None:
    evaluated, other = make_learner([0, 1], total_steps=800), make_learner([0, 1], total_steps=800)
    first = evaluated.evaluate()
    assert evaluated.evaluate() == first
    for learner in (evaluated, other):
        learner.train(lambda _: None)
    assert torch.equal(evaluated.model.parameters.flat, other.model.parameters.flat)


def test_trained_policies_balance_longer_than_untrained_ones() -> None:
    learner = make_learner([0, 1, 2], hidden_sizes=(64, 64), total_steps=40_000, learning_rate=1e-3, eval_episodes=10)
    before = np.mean([one.total_reward for one in learner.evaluate()])
    learner.train(lambda _: None)
    after = np.mean([one.total_reward for one in learner.evaluate()])
    assert after > 3 * before
