"""The environments of all lanes in training: where actions are taken."""

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from a2c import streams
from a2c.config import Configuration
from a2c.envs import Ended, Environments, Episodes, Facts, Observations, Row, replay
from a2c.learn.normalization import Normalizer

IN_PROGRESS = ("reset_row", "returns", "lengths")  # of `Episodes`


class Actors:
    """Environments with their latest observations, the episodes in progress, and the streams that actions draw from."""

    def __init__(
        self,
        configuration: Configuration,
        seeds: Sequence[int],
        facts: Facts,
        normalizer: Normalizer,
        threads: int = 0,
        only: int | None = None,
    ) -> None:
        """`only`: the number of the single environment that acts; None for all."""
        self.n_lanes, self.n_envs = len(seeds), configuration.n_envs if only is None else 1
        self.action_space = facts.action_space
        self.environments = Environments(configuration, seeds, self.n_envs, "environments", threads, first=only or 0)
        self.episodes = Episodes(self.n_lanes, self.n_envs)
        self.normalizer = normalizer
        self._take(self.environments.reset(), count=True)
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
        """The row of the step that `environments` was sent, and the episodes that ended in it.

        The row is as the learner sees it: normalised where the configuration says so. Episodes count what was given.
        """
        row = self.environments.receive()
        seen = self.normalizer.rewards(row.rewards, self.episodes.reset_row, row.done)
        self._take(row.observations, count=True)
        self.rows += 1
        ended = self.episodes.add(row.rewards, row.done)
        return row._replace(observations=self.observations, rewards=seen), ended

    def _take(self, observations: Observations, count: bool) -> None:
        """Have these observations next; `count`: in the moments by which observations are normalised, too."""
        self.observations: Observations = self.normalizer.observations(observations, count)

    def state(self) -> dict[str, NDArray[Any]]:
        """Environments and episodes in progress, from which `restore` goes on; none where the log is to be replayed."""
        held = self.environments.state()
        return {**held, **{name: getattr(self.episodes, name) for name in IN_PROGRESS}} if held else {}

    def restore(
        self, state: Mapping[str, NDArray[Any]], log: NDArray[Any], last: Mapping[int, int] | None = None
    ) -> list[Ended] | None:
        """Go to where the logged actions, [lanes, rows, environments, ...], lead: to `state` if there is one.

        `last`: the rows of lanes that have ended. The running moments have to stand as they did there. Returns the
        episodes on the way if the log was replayed; None if not.
        """
        observations = self.environments.restore(state) if state else None
        ended: list[Ended] | None = None
        if observations is None:
            ended, observations = replay(self.environments, self.episodes, self.action_space, log, last)
        else:
            for name in IN_PROGRESS:
                setattr(self.episodes, name, state[name])
        self._take(observations, count=False)
        self.rows = log.shape[1]
        self.episodes.steps = self.steps
        self.skip_noise()
        return ended

    def skip_noise(self) -> None:
        """Let the streams stand where the noise of all rows so far has been drawn."""
        for generator in self.generators:
            generator.bit_generator.advance(self.steps * self.action_space.draws)  # type: ignore[attr-defined]
