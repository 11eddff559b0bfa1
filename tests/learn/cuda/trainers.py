"""Small trainings by lanes of their own kernels, on the CPU, and what they tell."""

from collections.abc import Sequence
from typing import Any

from a2c.config import Configuration
from a2c.envs import Facts, check
from a2c.learn.cuda.trainer import CudaTrainer
from a2c.learn.trainer import Progress, Trainer
from tests.learn.logs import log_of

BREAKOUT: dict[str, Any] = {
    "env_id": "ALE/Breakout-v5",
    "atari_protocol": "classic",
    "env_kwargs": {"img_height": 44, "img_width": 36, "stack_num": 2, "max_num_frames_per_episode": 120},
    "network": "cnn",
    "conv_channels": (4, 5, 3),
    "hidden_sizes": (16,),
    "optimizer": "rmsprop",
    "n_envs": 2,
    "total_steps": 93,
    "eval_episodes": 1,
}
CARTPOLE: dict[str, Any] = {"hidden_sizes": (33, 17), "n_envs": 3, "n_steps": 7, "total_steps": 900, "eval_episodes": 2}

Run = dict[str, Any]  # everything a run leaves, comparable by ==


def made(seeds: Sequence[int], threads: int = 1, **fields: Any) -> CudaTrainer:
    configuration, facts = settings(fields)
    return CudaTrainer(configuration, seeds, facts, threads)


def settings(fields: dict[str, Any]) -> tuple[Configuration, Facts]:
    configuration = Configuration(**fields)
    return configuration, check(configuration, "test")


def runs_of(trainer: Trainer, parts: Sequence[Progress]) -> list[Run]:
    """Everything that the lanes of a finished training leave, in order."""
    log, evaluated = log_of(trainer, parts).taken, trainer.evaluate()
    return [
        {
            "actions": log[lane].tobytes(),
            "metrics": [(step, row.tobytes()) for part in parts for of, step, row in part.metrics if of == lane],
            "episodes": [tuple(one)[1:] for part in parts for one in part.ended if one.lane == lane],
            "evaluation": [tuple(one)[1:] for one in evaluated if one.lane == lane],
            "diverged": trainer.diverged.get(lane),
            "weights": {name: array.tobytes() for name, array in trainer.weights(lane).items()},
        }
        for lane in range(len(trainer.seeds))
    ]


def trained(seeds: Sequence[int], threads: int = 1, **fields: Any) -> list[Run]:
    """The runs of all lanes, in order."""
    trainer = made(seeds, threads, **fields)
    parts: list[Progress] = []
    trainer.train(parts.append)
    return runs_of(trainer, parts)


def assert_same(one: Run, other: Run) -> None:
    for name in one:
        assert one[name] == other[name], name
