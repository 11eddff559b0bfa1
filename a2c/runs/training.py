"""Training a seed block into a folder. It resumes from checkpoints and writes each file whole or not at all."""

import platform
import resource
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.config import ConfigError, Configuration
from a2c.config.metrics import metrics_of
from a2c.config.seeds import format_seeds
from a2c.envs import Ended, Facts, closing
from a2c.learn.trainer import ENVIRONMENTS, Interrupted, Progress, bits_of, determinism_of, make_trainer
from a2c.runs import checkpoint, manifest, progress
from a2c.runs.changes import by_other_code, check_environment_beside, check_same_environment
from a2c.runs.checkpoint import Checkpoint
from a2c.runs.files import DamagedError, locked, write_arrays
from a2c.runs.names import SNAPSHOTS_FILE
from a2c.runs.progress import ProgressWriter
from a2c.runs.recorder import Recorder
from a2c.runs.records import write_table
from a2c.runs.result import ACTIONS_FILE, WEIGHTS_FILE
from a2c.runs.signals import TrainingInterruptedError, stop_signals
from a2c.runs.watching import Begun, Watcher
from a2c.temporary import sweep
from a2c.terminal import Say


@closing()
def train(
    configuration: Configuration,
    seeds: Sequence[int],
    facts: Facts,
    folder: Path,
    checkpoint_every: float,
    say: Say,
    threads: int = 1,
    registration: Mapping[str, str] | None = None,
    watchers: Sequence[Watcher] = (),
) -> None:
    """Train `seeds` of `configuration` and write the result into `folder`.

    `checkpoint_every`: most seconds between two checkpoints. `threads`: see `make_trainer`. `registration`: of the
    tests that the runs are for, for the manifest. `watchers` see the training go on. If the folder holds a checkpoint
    of the same training, it goes on from there; if it holds its result, nothing is done. Raises DamagedError if the
    folder holds a damaged result, ConfigError if it holds another one or the environment's code has changed,
    TrainingInterruptedError after SIGINT or SIGTERM.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder, on_wait=lambda: say(f"{folder}: another process is training here; waiting for it"), warn=say):
        sweep(folder)
        if _is_finished(configuration, seeds, folder):
            remove_leftovers(folder)
            say(f"{folder}: already trained{by_other_code(folder)}")
            return
        check_environment_beside(folder, configuration)
        training = Training(configuration, seeds, facts, folder, say, threads, registration, watchers)
        with stop_signals() as received:
            training.run(checkpoint_every, received)
        training.finish()


class Training:
    """The training of a seed block: the trainer, and what has been recorded so far.

    It goes on from the folder's checkpoint if there is one of the same training.
    """

    def __init__(
        self,
        configuration: Configuration,
        seeds: Sequence[int],
        facts: Facts,
        folder: Path,
        say: Say,
        threads: int = 1,
        registration: Mapping[str, str] | None = None,
        watchers: Sequence[Watcher] = (),
    ) -> None:
        self.configuration, self.seeds, self.folder = configuration, list(seeds), folder
        self._determinism = determinism_of(configuration)
        self.trainer = make_trainer(configuration, seeds, facts, threads)
        self.records = Recorder(self.trainer)
        self.sessions: list[dict[str, Any]] = []
        self._resume(say)
        self._start = time.monotonic()
        started = datetime.now(UTC).isoformat(timespec="seconds")
        self._session = {
            "from_step": self.steps,
            "host": platform.node(),
            "threads": threads,
            "started": started,
            "registration": registration,
        }
        self._watchers = [ProgressWriter(folder), *watchers]

    @property
    def steps(self) -> int:
        """Agent steps of each seed so far."""
        return self.records.steps

    def run(self, checkpoint_every: float, received_signals: Sequence[int]) -> None:
        """Train to the end of the budget, with checkpoints. TrainingInterruptedError once a signal was received."""

        def interval() -> float:
            # The first checkpoints come early, so that a training that is killed every few seconds still ends.
            return min(checkpoint_every, max(1.0, time.monotonic() - self._start))

        next_checkpoint = time.monotonic() + interval()

        def record(progress: Progress) -> None:
            nonlocal next_checkpoint
            self.records.add(progress)
            for watcher in self._watchers:
                watcher.see(self.steps, progress)
            if received_signals or time.monotonic() >= next_checkpoint:
                self._save_checkpoint()
                next_checkpoint = time.monotonic() + interval()
            if received_signals:
                raise TrainingInterruptedError(received_signals[0])

        for watcher in self._watchers:
            watcher.begin(Begun(self.configuration, self.seeds, self.steps, self.records.ended, self.records.metrics))
        self.trainer.train(record)

    def finish(self) -> None:
        """Evaluate, write the files and last the manifest, then remove the checkpoint."""
        self.sessions.append(self._ended_session())
        start = time.monotonic()
        evaluated = self.records.evaluate()
        evaluation_seconds = time.monotonic() - start
        tables = self.records.tables(evaluated)
        for name, rows in tables.items():
            write_table(self.folder / name, rows, self.configuration.algorithm)
        write_arrays(self.folder / ACTIONS_FILE, self.records.actions(), compress=True)
        write_arrays(self.folder / WEIGHTS_FILE, self.records.weights(), compress=False)
        files = [*tables, ACTIONS_FILE, WEIGHTS_FILE]
        if self.configuration.snapshots:
            write_arrays(self.folder / SNAPSHOTS_FILE, self.records.snapshots(), compress=False)
            files.append(SNAPSHOTS_FILE)
        content = {
            **self._identity(),
            "registration": self.sessions[0].get("registration"),  # what stood when the training began
            "runs": self.records.statuses(),
            "timings": self._timings(evaluation_seconds),
        }
        manifest.write(self.folder, files, content)
        remove_leftovers(self.folder)

    def _resume(self, say: Say) -> None:
        if not (self.folder / checkpoint.NAME).exists():
            return
        try:
            saved = checkpoint.load(self.folder, checkpoint.most_bytes(self.trainer, self.records.log))
            if saved.header["identity"] != self._checkpoint_identity():
                raise DamagedError(f"{self.folder / checkpoint.NAME}: of another configuration, code or machine")
            checkpoint.check_fits(self.folder, saved, self.trainer)
        except DamagedError as error:
            say(f"{error}; starting over")
            return
        self.records.log.restore(saved.actions, saved.rows)
        if not _has_environments(saved.state):
            say(f"{self.folder}: replaying the actions of {saved.rows[0].sum()} agent steps")
        before = Interrupted(saved.state, self.records.log, saved.header["diverged"], saved.header["stopped"])
        replayed = self.trainer.restore(before)
        self.records.ended = _episodes(saved.ended) if replayed is None else replayed
        self.records.metrics = saved.metrics.tolist()
        self.sessions = saved.header["sessions"]
        say(f"{self.folder}: going on from agent step {self.steps} of {self.configuration.total_steps}")

    def _save_checkpoint(self) -> None:
        header = {
            "identity": self._checkpoint_identity(),
            "diverged": self.trainer.diverged,
            "stopped": self.trainer.stopped,
            "sessions": [*self.sessions, self._ended_session()],
        }
        n_metrics = len(metrics_of(self.configuration.algorithm))
        metrics = np.array(self.records.metrics, dtype=np.float64).reshape(-1, 2 + n_metrics)
        state = self.trainer.state()
        log = self.records.log
        ended = np.array(self.records.ended if _has_environments(state) else [], dtype=np.float64)
        checkpoint.save(
            self.folder,
            Checkpoint(header, state, log.taken, log.rows, metrics, ended.reshape(-1, len(Ended._fields))),
        )

    def _ended_session(self) -> dict[str, Any]:
        seconds = round(time.monotonic() - self._start, 3)
        return {**self._session, "to_step": self.steps, "seconds": seconds}

    def _timings(self, evaluation_seconds: float) -> dict[str, Any]:
        training_seconds = sum(session["seconds"] for session in self.sessions)
        steps = sum(self.records.last_step(lane) for lane in range(len(self.seeds)))
        return {
            "sessions": self.sessions,
            "training_seconds": round(training_seconds, 3),
            "evaluation_seconds": round(evaluation_seconds, 3),
            "seconds_per_run": round(training_seconds / len(self.seeds), 3),
            "peak_memory_bytes": peak_memory(),
            "agent_steps_per_second": round(steps / max(training_seconds, 1e-9), 1),
        }

    def _identity(self) -> dict[str, Any]:
        return {
            "name": self.configuration.name,
            "configuration": self.configuration.model_dump(mode="json"),
            "seeds": self.seeds,
            "bits": bits_of(self.configuration),
            "determinism": self._determinism,
            **manifest.where_it_runs(self.configuration),
        }

    def _checkpoint_identity(self) -> dict[str, Any]:
        """What a checkpoint must share with a training that goes on from it, or the bits would differ."""
        identity = self._identity()
        return {"name": identity["name"], "seeds": identity["seeds"], "origin": manifest.origin(identity)}


def remove_leftovers(folder: Path) -> None:
    """Remove what only a training needs: a kill may come after the manifest is written and before this."""
    for name in (checkpoint.NAME, progress.NAME):
        (folder / name).unlink(missing_ok=True)


def peak_memory() -> int:
    """The most main memory that this process has had so far, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if platform.system() == "Darwin" else 1024 * most


def _has_environments(state: Mapping[str, NDArray[Any]]) -> bool:
    """Whether a trainer's state holds that of its environments, so that no log is replayed."""
    return any(name.startswith(ENVIRONMENTS) for name in state)


def _episodes(rows: NDArray[np.float64]) -> list[Ended]:
    """The episodes of a checkpoint."""
    return [
        Ended(int(lane), int(env), int(step), total_reward, int(length))
        for lane, env, step, total_reward, length in rows.tolist()
    ]


def _is_finished(configuration: Configuration, seeds: Sequence[int], folder: Path) -> bool:
    """Whether the folder holds the whole result. ConfigError if it holds another one."""
    if not (folder / manifest.NAME).exists():
        return False
    content = manifest.read(folder)
    if (content["name"], content["seeds"]) != (configuration.name, list(seeds)):
        raise ConfigError(
            f"--out {folder}: holds {content['name']}, seeds {format_seeds(content['seeds'])}; "
            "allowed: an empty folder or the same run's"
        )
    check_same_environment(content, configuration, f"--out {folder}")
    manifest.check_files(folder, content)
    return True
