"""The environments of all lanes in training: where actions are taken."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from a2c import streams
from a2c.config import Configuration
from a2c.envs import Ended, Environments, Episodes, Facts, Row, replay


class Actors:
    """Environments with their latest observations, the episodes in progress, and the streams that actions draw from."""

    def __init__(
        self, configuration: Configuration, seeds: Sequence[int], facts: Facts, only: int | None = None
    ) -> None:
        """`only`: the number of the single environment that acts; None for all."""
        self.n_lanes, self.n_envs = len(seeds), configuration.n_envs if only is None else 1
        self.action_space = facts.action_space
        self.environments = Environments(configuration, seeds, self.n_envs, "environments", first=only or 0)
        self.episodes = Episodes(self.n_lanes, self.n_envs)
        self.observations = self.environments.reset()
        self.generators = [streams.generator(seed, "actions") for seed in seeds]
        self.rows = 0  # steps of every environment so far
        self.total_rows = configuration.total_steps // configuration.n_envs

    @property
    def steps(self) -> int:
        """Agent steps of each lane so far."""
        return self.rows * self.n_envs

    def step(self, actions: NDArray[Any]) -> tuple[Row, list[Ended]]:
        """Step every environment by `actions`, [lanes, environments, ...]; also returns the episodes that ended."""
        row = self.environments.step(actions)
        self.observations = row.observations
        self.rows += 1
        return row, self.episodes.add(row.rewards, row.done)

    def replay(self, log: NDArray[Any]) -> list[Ended]:
        """Go to where the logged actions, [lanes, rows, environments, ...], lead; returns the episodes on the way."""
        ended, self.observations = replay(self.environments, self.episodes, self.action_space, log)
        self.rows = log.shape[1]
        self.skip_noise()
        return ended

    def skip_noise(self) -> None:
        """Let the streams stand where the noise of all rows so far has been drawn."""
        for generator in self.generators:
            generator.bit_generator.advance(self.steps * self.action_space.draws)  # type: ignore[attr-defined]
