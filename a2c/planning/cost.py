"""What a seed block costs: time, bytes on disk and memory; and the bytes of a paper's tables and figures.

A final evaluation is assumed to last as long as its longest possible episode. Atari is the exception: a game almost
never lasts its time limit of half an hour, so `GAME_STEPS` is assumed. A longer game costs more; a game in which a
greedy policy gets stuck can take nine times as long.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

from a2c.analysis.numbers import PARTS
from a2c.config import Configuration, Paper
from a2c.config.metrics import MOST_ROWS, metrics_of
from a2c.envs import Facts, check
from a2c.envs.atari import game_of, is_atari
from a2c.envs.games import FORGETFUL
from a2c.learn.trainer import MODES, OWN_CLOCKS
from a2c.planning.memory import checkpoint_copies, required_memory
from a2c.planning.work import Shape, Times, evaluation_work, in_seconds, n_updates, shape_of, update_work
from a2c.runs.layout import SeedBlock

GAME_STEPS = 3_000  # agent steps of a long Atari game: 3 minutes 20 seconds of play

# Bytes, as measured in the files of the default paper.
METRICS_ROW = 63  # of metrics.parquet
ACTION_BIT = 0.16  # of actions.npz, per agent step and bit of an action
EPISODES_STEP = 0.15  # of episodes.parquet, per agent step
EPISODES_STEP_ATARI = 0.02  # the same of Atari's long episodes
BLOCK = 15_000  # of manifest and evaluation
SAVED_GAME = 30_000  # of a checkpoint, per Atari game beside its images: two states of ALE, the actions since
DIAGNOSTICS_ROW = 100  # of diagnostics.csv
SEED_CURVE = 10_000  # of seed_curves.csv, per run
FIGURES = 1_100_000  # of a study: figures, other tables, its page, its part of the PDF and its sources
PAGE = 800_000  # of the paper's page

# Bytes before a training starts.
PROCESS_MEMORY = 2.8e8  # PyTorch, Gymnasium
PROCESS_MEMORY_CORE = 9e7  # Gymnasium


GPU_CORES = 16  # beside the GPU that "gpu row" and "gpu step" were timed on


class Cost(NamedTuple):
    """What a seed block costs."""

    seconds: float
    cores: int
    bytes: float  # of its result
    checkpoint: float  # bytes of the checkpoint, while it trains
    memory: float  # bytes at the peak


def block_cost(block: SeedBlock, source: str, times: Times, factors: Mapping[Shape, float]) -> Cost:
    """The cost of training a seed block.

    `times`: from `known_times`. `factors`: corrections of the times, by shape. `source` names the paper in a
    ConfigError.
    """
    configuration, shape, n_runs = block.configuration, shape_of(block, source), len(block.seeds)
    facts = check(configuration, source)
    atari = is_atari(configuration.env_id)
    longest = min(GAME_STEPS, facts.time_limit) if atari else facts.time_limit
    evaluation = evaluation_work(shape, configuration.eval_episodes, longest)
    n_games = n_runs * (configuration.n_envs + len(MODES) * configuration.eval_episodes) if atari else 0
    seconds = n_updates(configuration) * in_seconds(update_work(shape), times) + in_seconds(evaluation, times)
    start = times["core job" if shape.uses_core else "job"] + n_games * times["game"]
    episodes_step = EPISODES_STEP_ATARI if atari else EPISODES_STEP
    run_bytes = (
        4 * shape.n_parameters * (1 + len(configuration.snapshots))
        + METRICS_ROW * min(MOST_ROWS, n_updates(configuration))
        + (ACTION_BIT * facts.action_space.bits + episodes_step) * configuration.total_steps
    )
    weights = 4 * shape.n_parameters * (checkpoint_copies(configuration) + len(configuration.snapshots))
    log = facts.action_space.log_bytes * configuration.total_steps
    return Cost(
        seconds=start + seconds * factors.get(shape, 1.0),
        cores=GPU_CORES if shape.uses_gpu else 1,
        bytes=BLOCK + n_runs * run_bytes,
        checkpoint=n_runs * (weights + log + _saved_games(configuration, facts)),
        memory=(PROCESS_MEMORY_CORE if shape.uses_core else PROCESS_MEMORY)
        + required_memory(configuration, n_runs, facts).total,
    )


def _saved_games(configuration: Configuration, facts: Facts) -> int:
    """Bytes of the games in a run's checkpoint; none where it has only the log, which is replayed."""
    is_replayed = configuration.device != "cpu" or configuration.algorithm in OWN_CLOCKS
    if not is_atari(configuration.env_id) or is_replayed or game_of(configuration.env_id) in FORGETFUL:
        return 0
    return configuration.n_envs * (math.prod(facts.observation_shape) + SAVED_GAME)


def shown_bytes(paper: Paper) -> float:
    """Bytes of the tables, figures and page of all studies."""
    total = PAGE
    for study in paper.studies:
        total += FIGURES + SEED_CURVE * len(study.points) * len(study.seeds)
        total += DIAGNOSTICS_ROW * sum(diagnostics_rows(point.configuration) for point in study.points)
    return total


def diagnostics_rows(configuration: Configuration) -> int:
    """The rows of a configuration in diagnostics.csv."""
    return len(metrics_of(configuration.algorithm)) * min(PARTS, n_updates(configuration))
