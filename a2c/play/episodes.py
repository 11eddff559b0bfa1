"""Playing episodes of the recorded evaluation again."""

from collections.abc import Callable
from typing import NamedTuple

from a2c.config import ConfigError
from a2c.envs import closing
from a2c.learn import evaluation
from a2c.learn.trainer import Array, determinism_of, policy_of
from a2c.planning.memory import check_evaluation
from a2c.play.player import Player

OnStep = Callable[[], object]  # called after each agent step


class Episode(NamedTuple):
    """An episode that was played."""

    number: int  # in the recorded evaluation
    actions: list[Array]  # as the policy chose them
    rewards: list[float]

    @property
    def total_reward(self) -> float:
        """The return."""
        return float(sum(self.rewards))


@closing()
def play_episodes(player: Player, mode: str, count: int, on_step: OnStep) -> list[Episode]:
    """Play the first `count` episodes of the recorded evaluation again, in its own environments and random streams.

    `mode`: sampled or greedy. All environments of the evaluation are stepped, as all draw from one stream of noise.
    ConfigError unless so many episodes were evaluated, and memory suffices for all of them.
    """
    determinism_of(player.configuration)
    config = player.configuration
    if not 1 <= count <= config.eval_episodes:
        raise ConfigError(f"--episodes: {count} is not allowed; allowed: 1 to {config.eval_episodes}, those evaluated")
    check_evaluation(config, player.facts, player.source, "configuration")
    policy = policy_of(config, player.facts, player.seed, player.weights)
    steps = evaluation.play(policy, config, [player.seed], mode)
    lengths: dict[int, int] = {}
    actions, rewards = [], []
    while not lengths.keys() >= set(range(count)):
        step = next(steps)
        actions.append(step.actions[0, :count])
        rewards.append(step.row.rewards[0, :count])
        for ended in step.ended:
            lengths.setdefault(ended.env, ended.length)
        on_step()
    steps.close()
    return [
        Episode(k, [row[k] for row in actions[: lengths[k]]], [float(row[k]) for row in rewards[: lengths[k]]])
        for k in range(count)
    ]
