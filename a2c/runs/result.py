"""The result of a training: the files that a seed block has left in its folder."""

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray

from a2c.config import Configuration, configuration, slug
from a2c.envs import check
from a2c.learn.trainer import weight_shapes
from a2c.runs import manifest
from a2c.runs.files import DamagedError, read_arrays
from a2c.runs.folders import check_one, folders_with
from a2c.runs.names import ACTIONS_FILE as ACTIONS_FILE
from a2c.runs.names import EPISODES_FILE, EVALUATION_FILE, METRICS_FILE, SNAPSHOTS_FILE, THIN, THIN_FILE
from a2c.runs.names import WEIGHTS_FILE as WEIGHTS_FILE
from a2c.runs.records import read_table
from a2c.runs.thin import ThinRun, read_thin
from a2c.untrusted import LARGEST_ARRAYS, MIB

MOST_BYTES = 128  # of one logged action: 32 numbers in float32
FLOAT_BYTES, HEADER_BYTES = 4, 256  # of a number, of the header of an array


class LeftOutError(DamagedError):
    """A file was left out of this copy of a result."""


@dataclass(frozen=True)
class Result:
    """A result, made by `read_result`. Each file is compared with its checksum when it is first read.

    Reading a file raises DamagedError, naming it, if it is missing or damaged.
    """

    folder: Path
    manifest: dict[str, Any]
    configuration: Configuration

    @property
    def seeds(self) -> list[int]:
        """All seeds of the block, diverged ones too."""
        seeds: list[int] = self.manifest["seeds"]
        return seeds

    @property
    def label(self) -> str:
        """`<environment>/<configuration>`, as in paths."""
        return f"{slug(self.configuration.env_id)}/{self.configuration.name}"

    @property
    def is_thin(self) -> bool:
        """Whether only the numbers of its runs were published."""
        return bool(self.manifest.get("kind") == THIN)

    @property
    def manifest_path(self) -> Path:
        """For messages about what the manifest says."""
        return self.folder / manifest.NAME

    def check_files(self) -> None:
        """Compare every file with its checksum. DamagedError at the first that differs."""
        manifest.check_files(self.folder, self.manifest)

    @cached_property
    def episodes(self) -> pa.Table:
        """A row per finished training episode: seed, env, step, return, length."""
        return self._table(EPISODES_FILE)

    @cached_property
    def metrics(self) -> pa.Table:
        """A row per recorded update: seed, step and the metrics."""
        return self._table(METRICS_FILE)

    @cached_property
    def evaluation(self) -> pa.Table:
        """A row per evaluation episode: seed, mode, episode, return, length."""
        return self._table(EVALUATION_FILE)

    @cached_property
    def thin(self) -> dict[int, ThinRun]:
        """What was published of thin runs, by seed."""
        manifest.check_files(self.folder, self.manifest, [THIN_FILE])
        return read_thin(self.folder / THIN_FILE, self.seeds)

    @cached_property
    def actions(self) -> dict[str, NDArray[Any]]:
        """The action log by seed, each [rows, environments]."""
        return self._arrays(ACTIONS_FILE, len(self.seeds) * self.configuration.total_steps * MOST_BYTES + MIB)

    @cached_property
    def weights(self) -> dict[str, NDArray[Any]] | None:
        """The final weights by `<seed>/<parameter>`; None if they were left out of a published copy."""
        return self._weights_or_none(WEIGHTS_FILE, 1)

    @cached_property
    def snapshots(self) -> dict[str, NDArray[Any]] | None:
        """Weights during the runs by `<seed>/<share of the budget>/<parameter>`; None if they were left out."""
        shares = len(self.configuration.snapshots)
        return self._weights_or_none(SNAPSHOTS_FILE, shares) if shares else {}

    def _weights_or_none(self, name: str, n_copies: int) -> dict[str, NDArray[Any]] | None:
        """Weights of each run, `n_copies` of them; None if they were left out."""
        left_out = self.is_thin or name in self.manifest.get("left_out", ())
        if left_out and not (self.folder / name).exists():
            return None
        return self._arrays(name, self._most_bytes(name, n_copies))

    def _most_bytes(self, name: str, n_copies: int) -> int:
        """Bytes that a file of weights may have once unpacked.

        A training does not pack them: what unpacks to more than a large file's size is none of its. Only of a large
        file the network, and so the environment, has to be known.
        """
        size = self.manifest["files"].get(name, {}).get("bytes") or 0
        if size <= LARGEST_ARRAYS:
            return LARGEST_ARRAYS
        facts = check(self.configuration, str(self.manifest_path), "configuration")
        shapes = weight_shapes(self.configuration, facts).values()
        of_network = sum(HEADER_BYTES + FLOAT_BYTES * math.prod(shape) for shape in shapes)
        return min(size, len(self.seeds) * n_copies * of_network + MIB)

    def _table(self, name: str) -> pa.Table:
        self._check_published(name)
        manifest.check_files(self.folder, self.manifest, [name])
        return read_table(self.folder / name)

    def _arrays(self, name: str, at_most: int) -> dict[str, NDArray[Any]]:
        self._check_published(name)
        manifest.check_files(self.folder, self.manifest, [name])
        return read_arrays(self.folder / name, at_most)

    def _check_published(self, name: str) -> None:
        """LeftOutError if these are thin runs."""
        if self.is_thin:
            raise LeftOutError(
                f"{self.folder / name}: left out of these thin runs; training their seeds again gives it"
            )


def read_result(folder: Path) -> Result:
    """The result in `folder`.

    Raises DamagedError if its manifest is missing, damaged or of another configuration than it names, ConfigError if
    the configuration is not valid.
    """
    content = manifest.read(folder)
    config = configuration(content["configuration"], str(folder / manifest.NAME), "configuration")
    if config.name != content["name"]:
        raise DamagedError(f"{folder / manifest.NAME}: its configuration is {config.name}, not {content['name']}")
    for seed, run in content["runs"].items():
        # Of A3C's workers, one may not have had its turn when another diverges.
        least = 0 if config.algorithm == "a3c" and run["status"] == "diverged" else 1
        if not least <= run.get("step", config.total_steps) <= config.total_steps:
            allowed = f"{least} to {config.total_steps}, the budget"
            raise DamagedError(
                f"{folder / manifest.NAME}: runs.{seed}.step: {run['step']} is not allowed; allowed: {allowed}"
            )
    return Result(folder, content, config)


def read_one_result(folder: Path) -> Result:
    """The result in a folder that the user names. ConfigError, which lists the results below it, if it holds none."""
    check_one(folder, manifest.NAME, "result")
    return read_result(folder)


def result_folders(folder: Path) -> list[Path]:
    """The folders at or below `folder` that hold a result, sorted. DamagedError if there is none."""
    folders = folders_with(folder, manifest.NAME)
    if not folders:
        raise DamagedError(
            f"{folder}: no result (no {manifest.NAME}) at or below it; a2c train and the pipeline write them"
        )
    return folders
