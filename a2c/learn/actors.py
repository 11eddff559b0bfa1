"""The environments of all lanes in training: where actions are taken."""

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from a2c import streams
from a2c.config import Configuration
from a2c.envs import Ended, Environments, Episodes, Facts, Row, replay

IN_PROGRESS = ("reset_row", "returns", "lengths")  # of `Episodes`


class Actors:
    """Environments with their latest observations, the episodes in progress, and the streams that actions draw from."""

    def __init__(self, configuration: Configuration, seeds: Sequence[int], facts: Facts, threads: int = 0) -> None:
        self.n_lanes, self.n_envs = len(seeds), configuration.n_envs
        self.action_space = facts.action_space
        self.environments = Environments(configuration, seeds, configuration.n_envs, "environments", threads)
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
        self.environments.send(actions)
        return self.receive()

    def receive(self) -> tuple[Row, list[Ended]]:
        """The row of the step that `environments` was sent, and the episodes that ended in it."""
        row = self.environments.receive()
        self.observations = row.observations
        self.rows += 1
        return row, self.episodes.add(row.rewards, row.done)

    def state(self) -> dict[str, NDArray[Any]]:
        """Environments and episodes in progress, from which `restore` goes on; none where the log is to be replayed."""
        held = self.environments.state()
        return {**held, **{name: getattr(self.episodes, name) for name in IN_PROGRESS}} if held else {}

    def restore(self, state: Mapping[str, NDArray[Any]], log: NDArray[Any]) -> list[Ended] | None:
        """Go to where the logged actions, [lanes, rows, environments, ...], lead: to `state` if there is one.

        Returns the episodes on the way if the log was replayed; None if not.
        """
        observations = self.environments.restore(state) if state else None
        if observations is None:
            ended, self.observations = replay(self.environments, self.episodes, self.action_space, log)
        else:
            ended, self.observations = None, observations
            for name in IN_PROGRESS:
                setattr(self.episodes, name, state[name])
        self.rows = log.shape[1]
        self.episodes.steps = self.steps
        for generator in self.generators:
            generator.bit_generator.advance(self.steps * self.action_space.draws)  # type: ignore[attr-defined]
        return ended
