"""What the page shows: the seed blocks below some folders, finished or in training, and their learning curves."""

import math
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from a2c.analysis.curves import POINTS, WINDOW, Array
from a2c.analysis.run_curves import curves_of
from a2c.config import ConfigError
from a2c.runs import manifest, progress
from a2c.runs.progress import Bins, Progress, read_progress
from a2c.runs.result import read_result
from a2c.untrusted import DamagedError

QUIET = 30.0  # seconds without progress after which a training counts as stopped
DIGITS = 5  # significant digits of a return on the page

Entry = dict[str, Any]  # a seed block as the page gets it
Curve = list[float | None]


class Blocks:
    """The seed blocks at or below some folders. Each has a number as long as this object lives.

    Several threads may ask at once.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = list(folders)
        self._lock = threading.Lock()  # held while the two below are looked at
        self._numbers: dict[Path, int] = {}
        self._known: dict[Path, tuple[int, Entry]] = {}  # by folder: when its file was written, what it said

    def entries(self) -> list[Entry]:
        """All blocks: `id`, `version` (changes with the curves), `state`, `steps`, `total_steps`, `seeds`, `fields`.

        `state`: finished, running, stopped (a training that shows no progress) or damaged, with the `problem`.
        """
        found = []
        for folder in self.folders:
            files = [*folder.rglob(manifest.NAME), *folder.rglob(progress.NAME)]
            for block in sorted({path.parent for path in files}):
                with self._lock:
                    found.append(self._entry(block))
        return [entry for entry in found if entry]

    def curves(self, number: int) -> dict[int, Curve]:
        """The learning curve of each seed of a block at 1 %, ..., 100 % of its budget; None where there is no value.

        KeyError if no block has this number; DamagedError if its files cannot be read.
        """
        with self._lock:
            folder = {known: path for path, known in self._numbers.items()}[number]
        if (folder / manifest.NAME).exists():
            return {seed: _numbers(curve) for seed, curve in curves_of(read_result(folder)).items()}
        training = read_progress(folder)
        if training is None:
            raise DamagedError(f"{folder / progress.NAME}: missing or damaged")
        return {seed: _numbers(live_curve(bins, training)) for seed, bins in training.bins.items()}

    def _entry(self, folder: Path) -> Entry:
        """A block; empty if it has just been removed."""
        is_finished = (folder / manifest.NAME).exists()
        path = folder / (manifest.NAME if is_finished else progress.NAME)
        try:
            written = path.stat().st_mtime_ns
        except FileNotFoundError:
            return {}
        known = self._known.get(folder)
        if known is None or known[0] != written:
            number = self._numbers.setdefault(folder, len(self._numbers))
            read = _finished(folder) if is_finished else _in_training(folder)
            known = written, {"id": number, "version": written, "folder": self._name(folder), **read}
            self._known[folder] = known
        is_quiet = time.time() - written / 1e9 > QUIET
        return {**known[1], "state": "stopped"} if known[1]["state"] == "running" and is_quiet else known[1]

    def _name(self, folder: Path) -> str:
        """A block's folder as the page shows it: below the watched one if there is only one."""
        (only, *others) = self.folders
        return str(folder) if others or folder == only else str(folder.relative_to(only))


def _finished(folder: Path) -> Entry:
    try:
        result = read_result(folder)
    except (DamagedError, ConfigError) as error:
        return {"state": "damaged", "problem": str(error), "seeds": [], "fields": {}, "steps": 0, "total_steps": 0}
    budget = result.configuration.total_steps
    fields = result.configuration.model_dump(mode="json")
    return {"state": "finished", "seeds": result.seeds, "fields": fields, "steps": budget, "total_steps": budget}


def _in_training(folder: Path) -> Entry:
    training = read_progress(folder)
    if training is None:
        problem = f"{folder / progress.NAME}: damaged"
        return {"state": "damaged", "problem": problem, "seeds": [], "fields": {}, "steps": 0, "total_steps": 0}
    return {
        "state": "running",
        "seeds": sorted(training.bins),
        "fields": training.configuration.model_dump(mode="json"),
        "steps": training.steps,
        "total_steps": training.configuration.total_steps,
    }


def live_curve(bins: Bins, training: Progress) -> Array:
    """The learning curve of a run in training, as `learning_curve` has it for a finished one; NaN from now on."""
    counts, sums = np.cumsum([0, *bins.episodes]), np.cumsum([0.0, *bins.returns])
    last = np.arange(1, POINTS + 1)
    first = np.maximum(last - WINDOW, 0)
    number = counts[last] - counts[first]
    filled = np.maximum.accumulate(np.where(number > 0, last - 1, -1))
    at = np.maximum(filled, 0)
    means = (sums[last[at]] - sums[first[at]]) / np.maximum(number[at], 1)
    reached = last * training.configuration.total_steps <= training.steps * POINTS
    return np.where((filled >= 0) & reached, means, np.nan)


def _numbers(curve: Array) -> Curve:
    """A curve for JSON."""
    return [float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None for value in curve.tolist()]
