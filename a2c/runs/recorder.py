"""The records of a training so far, and the tables and arrays that a result has of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.envs import ActionLog, Ended
from a2c.learn.trainer import Evaluated, Progress, Trainer, not_finite
from a2c.runs.records import EPISODES_FILE, EVALUATION_FILE, METRICS_FILE


class Recorder:
    """The records of a seed block in training."""

    def __init__(self, trainer: Trainer) -> None:
        config, space = trainer.configuration, trainer.facts.action_space
        self.trainer = trainer
        self.seeds = trainer.seeds
        self.ended: list[Ended] = []
        self.log = ActionLog(space, len(self.seeds), trainer.total_rows, config.n_envs)
        self.metrics: list[list[float]] = []

    @property
    def steps(self) -> int:
        """Agent steps of each seed so far."""
        return self.trainer.rows * self.trainer.configuration.n_envs

    def add(self, progress: Progress) -> None:
        """Take in what was done since the last call."""
        self.ended += progress.ended
        for logged in progress.actions:
            self.log.add(logged)
        self.metrics += [[self.seeds[lane], step, *values.tolist()] for lane, step, values in progress.metrics]

    def last_step(self, lane: int) -> int:
        """The agent step at which a run ended: where it diverged or stopped, else the steps so far."""
        if lane in self.trainer.diverged:
            return self.trainer.diverged[lane][0]
        return self.trainer.stopped.get(lane, self.steps)

    def evaluate(self) -> list[Evaluated]:
        """The evaluation of the runs that have not diverged. One with a return that is not finite diverges here."""
        evaluated = self.trainer.evaluate()
        for lane, reason in not_finite(evaluated).items():
            self.trainer.diverged[lane] = self.last_step(lane), f"evaluation: {reason}"
        return [episode for episode in evaluated if episode.lane not in self.trainer.diverged]

    def tables(self, evaluated: Sequence[Evaluated]) -> dict[str, list[Any]]:
        """The rows of each table, sorted by lane."""
        # Of A3C's workers, one has gone on while another acted.
        in_order = sorted(self.ended, key=lambda episode: (episode.step, episode.env))
        episodes = [(self.seeds[e.lane], *e[1:]) for e in in_order if e.step <= self.last_step(e.lane)]
        evaluation = [(self.seeds[e.lane], *e[1:]) for e in evaluated]
        tables: dict[str, list[Any]] = {
            EPISODES_FILE: episodes,
            METRICS_FILE: self.metrics,
            EVALUATION_FILE: evaluation,
        }
        lanes = {seed: lane for lane, seed in enumerate(self.seeds)}
        return {name: sorted(rows, key=lambda row: lanes[row[0]]) for name, rows in tables.items()}

    def actions(self) -> dict[str, NDArray[Any]]:
        """The actions of each seed, [rows, environments, ...], up to the end of its run."""
        n_envs = self.trainer.configuration.n_envs
        n_rows = [self.last_step(lane) // n_envs for lane in range(len(self.seeds))]
        return {str(seed): self.log.actions[lane, : n_rows[lane]] for lane, seed in enumerate(self.seeds)}

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """The weights of the runs that did not diverge, by `<seed>/<parameter>`."""
        return {
            f"{seed}/{name}": array
            for lane, seed in enumerate(self.seeds)
            if lane not in self.trainer.diverged
            for name, array in self.trainer.weights(lane).items()
        }

    def snapshots(self) -> dict[str, NDArray[np.float32]]:
        """The weights during the runs, by `<seed>/<share of the budget>/<parameter>`."""
        return {
            f"{seed}/{share!r}/{name}": array
            for lane, seed in enumerate(self.seeds)
            for share, weights in self.trainer.snapshots(lane).items()
            for name, array in weights.items()
        }

    def statuses(self) -> dict[str, dict[str, Any]]:
        """The status of each run, as a manifest tells it."""
        runs: dict[str, dict[str, Any]] = {str(seed): {"status": "finished"} for seed in self.seeds}
        for lane, step in self.trainer.stopped.items():
            runs[str(self.seeds[lane])]["step"] = step
        for lane, (step, reason) in self.trainer.diverged.items():
            runs[str(self.seeds[lane])] = {"status": "diverged", "step": step, "reason": reason}
        return runs
