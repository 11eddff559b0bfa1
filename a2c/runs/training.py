"""Training a seed block into a folder: resumes by itself, reuses what is finished, leaves nothing half-written."""

import fcntl
import os
import platform
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.config import ConfigError, Configuration
from a2c.config.metrics import metrics_of
from a2c.envs import Ended, Facts
from a2c.learn.determinism import settle
from a2c.learn.evaluation import evaluate
from a2c.learn.learner import Iteration, Learner
from a2c.runs import checkpoint, manifest
from a2c.runs.checkpoint import Checkpoint
from a2c.runs.files import DamagedError, sweep, write_arrays
from a2c.runs.progress import ProgressWriter
from a2c.runs.records import write_table

FILES = ("episodes.parquet", "metrics.parquet", "evaluation.parquet", "actions.npz", "weights.npz")
Say = Callable[[str], None]


class TrainingInterruptedError(Exception):
    """A signal asked to stop; a checkpoint was written. `code` is the process's exit code."""

    def __init__(self, number: int) -> None:
        super().__init__(f"interrupted by {signal.Signals(number).name}; run the same command again to go on")
        self.code = 128 + number


def train(
    configuration: Configuration, seeds: Sequence[int], facts: Facts, folder: Path, checkpoint_every: float, say: Say
) -> None:
    """Train `seeds` of `configuration` and leave the files of a result in `folder`.

    `checkpoint_every`: seconds between checkpoints, at most. `say` takes a line for the user. Raises DamagedError if
    the folder holds a damaged result, ConfigError if it holds another one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder, say):
        sweep(folder)
        if _is_finished(configuration, seeds, folder):
            say(f"{folder}: already trained")
            return
        block = Block(configuration, seeds, facts, folder, say)
        with _signals() as asked_to_stop:
            block.train(checkpoint_every, asked_to_stop)
        block.finish()


class Block:
    """A seed block in training: the learner and what has been recorded of it."""

    def __init__(
        self, configuration: Configuration, seeds: Sequence[int], facts: Facts, folder: Path, say: Say
    ) -> None:
        self.flags = settle()
        self.configuration, self.seeds, self.folder = configuration, list(seeds), folder
        self.learner = Learner(configuration, seeds, facts)
        self.ended: list[Ended] = []
        # All of it at once: a small array for each update would lie between larger ones for hours, and memory grow.
        actors, space = self.learner.actors, facts.action_space
        self._actions = np.zeros((len(self.seeds), actors.total_rows, actors.n_envs, *space.shape), dtype=space.dtype)
        self.metrics: list[list[float]] = []
        self.sessions: list[dict[str, Any]] = []
        self._resume(say)
        started = datetime.now(UTC).isoformat(timespec="seconds")
        self._session = {"from_step": self.steps, "host": platform.node(), "started": started}
        self._begun = time.monotonic()
        self._progress = ProgressWriter(folder)

    @property
    def steps(self) -> int:
        """Agent steps of each seed so far."""
        return self.learner.actors.steps

    @property
    def actions(self) -> NDArray[Any]:
        """The action log so far, [lanes, rows, environments, ...]."""
        return self._actions[:, : self.learner.actors.rows]

    def train(self, checkpoint_every: float, asked_to_stop: list[int]) -> None:
        """Train to the end of the budget, with checkpoints. TrainingInterruptedError after a signal."""

        def pause() -> float:
            # The first ones come early: what is killed again and again after a few seconds comes to an end, too.
            return min(checkpoint_every, max(1.0, time.monotonic() - self._begun))

        next_checkpoint = time.monotonic() + pause()

        def record(iteration: Iteration) -> None:
            nonlocal next_checkpoint
            self._record(iteration)
            self._progress.write(self.steps)
            if asked_to_stop or time.monotonic() >= next_checkpoint:
                self._save()
                next_checkpoint = time.monotonic() + pause()
            if asked_to_stop:
                raise TrainingInterruptedError(asked_to_stop[0])

        self.learner.train(record)

    def finish(self) -> None:
        """Evaluate, write the files, the manifest last of all, and remove the checkpoint."""
        self.sessions.append(self._ended_session())
        evaluation_begun = time.monotonic()
        evaluated = evaluate(self.learner)
        evaluation_seconds = time.monotonic() - evaluation_begun
        last_step = {lane: self._last_step(lane) for lane in range(len(self.seeds))}
        episodes = sorted((e for e in self.ended if e.step <= last_step[e.lane]), key=lambda e: e.lane)
        tables: dict[str, list[Any]] = {
            "episodes.parquet": [(self.seeds[lane], *rest) for lane, *rest in episodes],
            "metrics.parquet": sorted(self.metrics, key=lambda row: row[0]),
            "evaluation.parquet": sorted(((self.seeds[e.lane], *e[1:]) for e in evaluated), key=lambda row: row[0]),
        }
        for name, rows in tables.items():
            write_table(self.folder / name, rows, self.configuration.algorithm)
        write_arrays(self.folder / "actions.npz", self._action_log(last_step), compress=True)
        write_arrays(self.folder / "weights.npz", self._weights(), compress=False)
        trained_seconds = sum(session["seconds"] for session in self.sessions)
        timings = {
            "sessions": self.sessions,
            "training_seconds": round(trained_seconds, 3),
            "evaluation_seconds": round(evaluation_seconds, 3),
            "agent_steps_per_second": round(len(self.seeds) * self.steps / max(trained_seconds, 1e-9), 1),
        }
        manifest.write(self.folder, FILES, {**self._identity(), "runs": self._status(), "timings": timings})
        (self.folder / checkpoint.NAME).unlink(missing_ok=True)
        self._progress.remove()

    def _resume(self, say: Say) -> None:
        if not (self.folder / checkpoint.NAME).exists():
            return
        try:
            saved = checkpoint.load(self.folder)
            if saved.header["identity"] != _owner(self._identity()):
                raise DamagedError(f"{self.folder / checkpoint.NAME}: of another configuration, code or machine")
            checkpoint.check_fits(self.folder, saved, self.learner)
        except DamagedError as error:
            say(f"{error}; starting over")
            return
        say(f"{self.folder}: replaying the actions of {saved.actions[0].size} agent steps")  # minutes with Atari
        self.ended = self.learner.restore(saved.state, saved.actions, saved.header["diverged"])
        self.actions[:] = saved.actions
        self.metrics = saved.metrics.tolist()
        self.sessions = saved.header["sessions"]
        say(f"{self.folder}: going on from agent step {self.steps} of {self.configuration.total_steps}")

    def _save(self) -> None:
        header = {
            "identity": _owner(self._identity()),
            "diverged": self.learner.diverged,
            "sessions": [*self.sessions, self._ended_session()],
        }
        n_metrics = len(metrics_of(self.configuration.algorithm))
        metrics = np.array(self.metrics, dtype=np.float64).reshape(-1, 2 + n_metrics)
        checkpoint.save(self.folder, Checkpoint(header, self.learner.model.state(), self.actions, metrics))

    def _record(self, iteration: Iteration) -> None:
        rollout, metrics = iteration
        self.ended += rollout.ended
        self.actions[:, -rollout.actions.shape[1] :] = rollout.actions
        if metrics is not None:
            for lane, row in enumerate(metrics.tolist()):
                if lane not in self.learner.diverged:
                    self.metrics.append([self.seeds[lane], self.steps, *row])

    def _ended_session(self) -> dict[str, Any]:
        seconds = round(time.monotonic() - self._begun, 3)
        return {**self._session, "to_step": self.steps, "seconds": seconds}

    def _last_step(self, lane: int) -> int:
        return self.learner.diverged[lane][0] if lane in self.learner.diverged else self.steps

    def _action_log(self, last_step: dict[int, int]) -> dict[str, NDArray[Any]]:
        """Per seed: actions [rows, environments], up to the budget's end or where the seed diverged."""
        rows = {lane: last_step[lane] // self.configuration.n_envs for lane in last_step}
        return {str(seed): self.actions[lane, : rows[lane]] for lane, seed in enumerate(self.seeds)}

    def _weights(self) -> dict[str, NDArray[np.float32]]:
        return {
            f"{seed}/{name}": array
            for lane, seed in enumerate(self.seeds)
            if lane not in self.learner.diverged
            for name, array in self.learner.model.weights(lane).items()
        }

    def _status(self) -> dict[str, dict[str, Any]]:
        status: dict[str, dict[str, Any]] = {str(seed): {"status": "finished"} for seed in self.seeds}
        for lane, (step, reason) in self.learner.diverged.items():
            status[str(self.seeds[lane])] = {"status": "diverged", "step": step, "reason": reason}
        return status

    def _identity(self) -> dict[str, Any]:
        return {
            "name": self.configuration.name,
            "configuration": self.configuration.model_dump(mode="json"),
            "seeds": self.seeds,
            "determinism": self.flags,
            **manifest.where_it_runs(),
        }


def _owner(identity: dict[str, Any]) -> dict[str, Any]:
    """What has to be equal for a checkpoint to be gone on from: it would not give the same bits otherwise."""
    sources, platform = manifest.origin(identity)
    return {"name": identity["name"], "seeds": identity["seeds"], "sources": sources, "platform": platform}


def _is_finished(configuration: Configuration, seeds: Sequence[int], folder: Path) -> bool:
    if not (folder / manifest.NAME).exists():
        return False
    held = manifest.read(folder)
    if (held["name"], held["seeds"]) != (configuration.name, list(seeds)):
        raise ConfigError(
            f"--out {folder}: holds {held['name']}, seeds {held['seeds']}; allowed: an empty folder or the same run's"
        )
    manifest.check_files(folder, held)
    return True


@contextmanager
def _locked(folder: Path, say: Say) -> Iterator[None]:
    """One process at a time; the kernel lets go of the lock when its holder dies, however it dies."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{folder}: another process is training here; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _signals() -> Iterator[list[int]]:
    """The first SIGINT or SIGTERM goes into a list that the training looks at between two updates."""
    asked: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        asked.append(number)

    previous = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
