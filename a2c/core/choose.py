"""Which build of the core this process uses, and whether it computes what it should."""

import hashlib
import os
from functools import cache
from pathlib import Path

import numpy as np

from a2c.config import ConfigError
from a2c.config.metrics import OF_UPDATES
from a2c.core import build
from a2c.core.face import Core
from a2c.core.settings import Settings

# The arithmetic: runs of different numbers have different bits. 1 was PyTorch's; raised whenever CHECKSUM changes.
BITS = 2
CHECKSUM = "da5e0a52e205bb4e"
FORCE = "A2C_CORE"  # the environment's variable that names a build
AGAIN = "run `python -m a2c.core.build`"


class CoreError(ConfigError):
    """The core cannot be used; the message is one line that says what to do."""


def load(name: str | None = None) -> Core:
    """The core: the build `name`, or the one that A2C_CORE names, or the best that this CPU runs. CoreError if none."""
    return _load(name or os.environ.get(FORCE) or best())


def best() -> str:
    """The best build that is there and that this CPU runs."""
    return available()[-1]


def available() -> list[str]:
    """The builds that are there and that this CPU runs, the best one last."""
    try:
        known = list(build.builds())
    except build.BuildError as error:
        raise CoreError(str(error)) from None
    there = [name for name in known if path(name).exists()]
    if known[0] not in there:
        raise CoreError(f"the core is not compiled: {path(known[0])} is missing; {AGAIN}")
    level = _open(known[0]).level
    return [name for name in there if build.LEVELS[name] <= level]


def path(name: str) -> Path:
    """Where a build lies."""
    return build.HERE / build.FOLDER / f"core-{name}.so"


@cache
def _load(name: str) -> Core:
    runs = available()
    known = list(build.builds())
    if name not in known:
        raise CoreError(f"{FORCE}={name}: no such build of the core; allowed: {', '.join(known)}")
    if not path(name).exists():
        raise CoreError(f"{FORCE}={name}: this build is not compiled: {path(name)} is missing; {AGAIN}")
    if name not in runs:
        raise CoreError(f"{FORCE}={name}: this CPU cannot run this build; it runs {', '.join(runs)}")
    core = _open(name)
    if core.sources != build.source_hash(build.HERE):
        raise CoreError(f"{path(name)}: compiled from other sources than those beside it; {AGAIN}")
    found = checksum(core)
    if found != CHECKSUM:
        raise CoreError(
            f"{path(name)}: twenty updates gave the checksum {found} instead of {CHECKSUM}: this build computes wrong "
            f"on this machine; {AGAIN} --cc with another compiler, or set {FORCE} to another build"
        )
    return core


def _open(name: str) -> Core:
    """A build, loaded. CoreError if it lacks a function: it was compiled from sources that had none of it."""
    try:
        return Core(path(name))
    except AttributeError:
        raise CoreError(f"{path(name)}: compiled from other sources than those beside it; {AGAIN}") from None


def checksum(core: Core) -> str:
    """A hash of what twenty updates of two small lanes leave: weights, optimiser, actions, episodes, metrics."""
    digest = hashlib.sha256()
    for settings in CHECKED:
        lane = core.lane(settings, 0)
        trained = lane.train(20)
        actions = trained.actions.astype(np.uint8)
        metrics = np.zeros(len(trained.metrics), dtype=CHECKED_METRICS)
        for name in CHECKED_METRICS.names or ():
            if name != "unused":
                metrics[name] = trained.metrics[name]
        for array in (*lane.state().values(), actions, trained.ended, metrics):
            digest.update(array.tobytes())
    return digest.hexdigest()[:16]


# The metrics that the checksum was taken of, when there were no others.
CHECKED_METRICS = np.dtype([("step", np.int64), *((name, np.float32) for name in OF_UPDATES), ("unused", np.float32)])
CHECKED = (
    Settings("CartPole-v1", 500, 4, 2, hidden_sizes=(33, 48), total_steps=800, learning_rate=1e-2),
    Settings(
        "Acrobot-v1", 500, 6, 3, hidden_sizes=(7, 16), shared_trunk=False, activation="tanh", init="orthogonal",
        optimizer="rmsprop_tf", advantage_estimator="n_step", lr_schedule="linear", n_envs=3, n_steps=4,
        total_steps=240,
    ),
)  # fmt: skip
