"""Auditing a result: every checksum, then every episode from the logged actions, without training anything."""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from a2c.config import configuration
from a2c.envs import Environments, Episodes, check, replay
from a2c.runs import manifest
from a2c.runs.files import DamagedError, read_arrays
from a2c.runs.records import read_table


def results_below(folder: Path) -> list[Path]:
    """The folders at or below `folder` that hold a result. DamagedError if there is none."""
    found = sorted(path.parent for path in folder.rglob(manifest.NAME))
    if not found:
        raise DamagedError(f"{folder}: no {manifest.NAME} at or below it")
    return found


def audit(folder: Path) -> int:
    """Replay one seed block; the number of episodes whose step, return and length came out as recorded.

    DamagedError, naming the file, at a checksum that does not fit or the first episode that differs.
    """
    held = manifest.read(folder)
    manifest.check_files(folder, held)
    recorded = read_table(folder / "episodes.parquet").to_pylist()
    replayed = list(_replayed(folder, held))
    for ours, theirs in zip_longest(replayed, recorded):
        if ours != theirs:
            raise DamagedError(f"{folder / 'episodes.parquet'}: replaying the actions gives {ours}, not {theirs}")
    return len(replayed)


def _replayed(folder: Path, held: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The episodes that the action log leads to, in the order of the table."""
    made = configuration(held["configuration"], str(folder / manifest.NAME), "configuration")
    facts = check(made, str(folder / manifest.NAME), "configuration")
    log = read_arrays(folder / "actions.npz")
    for seed in held["seeds"]:
        actions = log.get(str(seed))
        status = held["runs"][str(seed)]
        rows = status.get("step", made.total_steps) // made.n_envs
        if actions is None or actions.shape != (rows, made.n_envs) or actions.max(initial=0) >= facts.n_actions:
            raise DamagedError(f"{folder / 'actions.npz'}: seed {seed} has not {rows} x {made.n_envs} actions")
        environments = Environments(made, [seed], made.n_envs, "environments")
        ended, _ = replay(environments, Episodes(1, made.n_envs), np.asarray(actions[None], dtype=np.uint8))
        environments.close()
        for _, env, step, total_reward, length in ended:
            yield {"seed": seed, "env": env, "step": step, "return": total_reward, "length": length}
