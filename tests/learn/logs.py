"""The action log of a training, from what it told."""

from collections.abc import Iterable

from a2c.envs import ActionLog
from a2c.learn.trainer import Progress, Trainer


def log_of(trainer: Trainer, parts: Iterable[Progress]) -> ActionLog:
    """The log of `parts`, the first that `trainer` told."""
    n_envs = trainer.configuration.n_envs
    log = ActionLog(trainer.facts.action_space, len(trainer.seeds), trainer.total_rows, n_envs)
    for part in parts:
        for logged in part.actions:
            log.add(logged)
    return log
