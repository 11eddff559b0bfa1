"""What a paper costs before it is trained: runs, jobs, core-hours, megabytes.

A job's time is a sum of amounts of work, each times what a unit of it takes. Those times stand in cost.json, with the
machine that `python -m benchmarks.cost --write` took them on; `measure` finds by how much they are off here. They are
of a machine with nothing else to do. Bytes are the same everywhere.

A final evaluation lasts until its longest episode is over: as long as an episode can be, but for Atari. There the time
limit of half an hour is all but never met, and `GAME_STEPS` is reckoned with: a longer game costs more, and one that a
greedy policy gets stuck in can take nine times as long.
"""

import json
import math
import time
from collections.abc import Callable, Collection, Mapping
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from a2c.config import Configuration, Paper
from a2c.config.errors import mistake
from a2c.config.metrics import MOST_ROWS, metrics_of
from a2c.envs import Environments, check
from a2c.envs.atari import is_atari
from a2c.learn.determinism import check_device, settle
from a2c.learn.evaluation import MODES
from a2c.learn.learner import Learner
from a2c.learn.networks import build
from a2c.planning.memory import STATES, need
from a2c.runs import manifest
from a2c.runs.layout import SeedBlock, manifests, plan

CONSTANTS = Path(__file__).with_name("cost.json")
STRETCHES, STRETCH_SECONDS = 8, 0.125  # of each measurement
GAME_STEPS = 3_000  # agent steps of a long game of Atari's: 3 minutes 20 seconds of play

# Bytes, as found in the default paper's files.
METRIC_ROW = 38  # of metrics.parquet
ACTION_BIT = 0.16  # of actions.npz, for an agent step and each bit that an action has
EPISODES = 0.15  # of episodes.parquet, for an agent step
GAMES = 0.02  # the same for Atari's long episodes
BLOCK = 15_000  # manifest and evaluation
TABLE_ROW = 150  # of diagnostics.csv
SEED_CURVE = 6_000  # of seed_curves.csv, for a run
FIGURES = 1_500_000  # a study's figures and formatted tables, and its part of the page
PAGE = 5_000_000  # its script

OF_ONE_JOB = ["longest_job_hours", "checkpoint_megabytes", "memory_gigabytes"]  # columns told below the table
PROCESS = 2.8e8  # of memory, before a training starts: PyTorch, Gymnasium

Times = Mapping[str, float]  # seconds of a unit of work, by the names in `update_work`
Say = Callable[[str], None]  # takes a line for the user


class Shape(NamedTuple):
    """What the time of an update depends on."""

    environment: str
    n_lanes: int
    n_envs: int
    n_steps: int
    n_parameters: int
    n_products: int  # multiply-adds of the dense layers for one observation
    n_convolutions: int = 0  # the same of the convolutions
    n_pixels: int = 0  # of one observation, all its frames


class Job(NamedTuple):
    """What a seed block costs."""

    seconds: float
    bytes: float  # of its result
    checkpoint: float  # bytes; there while it trains
    memory: float  # bytes


def estimate(paper: Paper, runs: Path, source: str, measured: bool, say: Say) -> pd.DataFrame:
    """What is left to do: a row per study, one for tables and figures, and one in all, where sharing counts once.

    `runs`: folder of all runs. `source` names the paper in a ConfigError. `measured`: correct the times by training
    each shape of job for a second, here and now; `say` is told. Columns: study, configurations, runs, trained (of
    these), and of what is left jobs, core_hours, longest_job_hours, megabytes; of its largest job checkpoint_megabytes
    and memory_gigabytes.
    """
    planned = plan(paper, runs)
    blocks = {block.path: block for of_one in planned.values() for block in of_one}
    left = {place: block for place, block in blocks.items() if not (runs / place / manifest.NAME).exists()}
    for block in left.values():
        if block.configuration.device != "cpu" and not measured:
            raise mistake(source, "device", block.configuration.device, "cpu, or measured times (--measure)")
    times = known_times(left.values(), source)
    factors = measure(left.values(), times, source, say) if measured else {}
    jobs = {place: job(block, source, times, factors) for place, block in left.items()}

    rows = []
    for study in paper.studies:
        own = [left[place] for path in manifests(study, planned) if (place := str(Path(path).parent)) in left]
        wanted = {point.name: {*study.seeds, *study.tuning_seeds} for point in study.points}
        rows.append(_row(study.name, wanted, own, jobs))
    in_all = _row(
        "in all", {name: set(seeds) for name, (_, seeds) in paper.required_runs().items()}, left.values(), jobs
    )
    tables: dict[str, Any] = dict.fromkeys(in_all, 0) | {"study": "tables and figures"}
    if jobs:
        tables["core_hours"] = times["study"] * len(paper.studies) / 3600
        tables["megabytes"] = table_bytes(paper) / 1e6
    for column in ("core_hours", "megabytes"):
        in_all[column] += tables[column]
    return pd.DataFrame([*rows, tables, in_all])


def _row(
    name: str, wanted: Mapping[str, set[int]], left: Collection[SeedBlock], jobs: Mapping[str, Job]
) -> dict[str, Any]:
    """`wanted`: seeds by configuration; `left`: the blocks to train, which may hold further seeds."""
    n_runs = sum(map(len, wanted.values()))
    costs = [jobs[block.path] for block in left]
    return {
        "study": name,
        "configurations": len(wanted),
        "runs": n_runs,
        "trained": n_runs - sum(len(wanted[block.configuration.name].intersection(block.seeds)) for block in left),
        "jobs": len(costs),
        "core_hours": sum(cost.seconds for cost in costs) / 3600,
        "longest_job_hours": max((cost.seconds for cost in costs), default=0.0) / 3600,
        "megabytes": sum(cost.bytes for cost in costs) / 1e6,
        "checkpoint_megabytes": max((cost.checkpoint for cost in costs), default=0.0) / 1e6,
        "memory_gigabytes": max((cost.memory for cost in costs), default=0.0) / 1e9,
    }


def render(table: pd.DataFrame, cores: int, measured: bool) -> str:
    """The table for the terminal, how long it takes on so many cores, and by whose times."""
    shown = table.drop(columns=OF_ONE_JOB).to_string(index=False, float_format=_number)
    in_all = table.iloc[-1]
    hours = max(in_all["core_hours"] / cores, in_all["longest_job_hours"])
    machine = "this machine" if measured else f"{_constants()['machine']}; with --measure, by this machine's"
    return (
        f"{shown}\n\non {cores} core{'s' if cores > 1 else ''}: {_duration(hours)}, "
        f"the longest job {_duration(in_all['longest_job_hours'])} (by the times of {machine})\n"
        f"while it trains, a job takes up to {in_all['memory_gigabytes']:.2g} GB of memory, and its checkpoint "
        f"{in_all['checkpoint_megabytes']:.2g} MB"
    )


def _number(value: float) -> str:
    """Three digits, without an exponent."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _duration(hours: float) -> str:
    return f"{hours:.1f} hours" if hours >= 2 else f"{hours * 60:.1f} minutes"


# ---------------------------------------------------------------------------------------------------------------- time


def known_times(blocks: Collection[SeedBlock], source: str) -> dict[str, float]:
    """The times in cost.json; an environment that is not there is stepped for a second."""
    times: dict[str, float] = _constants()["seconds"]
    for block in blocks:
        environment = environment_name(block.configuration)
        if environment not in times:
            times[environment] = environment_seconds(block.configuration, source)
    return times


def _constants() -> dict[str, Any]:
    return json.loads(CONSTANTS.read_text(encoding="utf-8"))


def job(block: SeedBlock, source: str, times: Times, factors: Mapping[Shape, float]) -> Job:
    """What training a seed block costs. `factors` correct the times of some shapes."""
    configuration, shape, n_runs = block.configuration, shape_of(block, source), len(block.seeds)
    facts = check(configuration, source)
    atari = is_atari(configuration.env_id)
    longest = min(GAME_STEPS, facts.time_limit) if atari else facts.time_limit
    evaluation = evaluation_work(shape, configuration.eval_episodes, longest)
    n_games = n_runs * (configuration.n_envs + len(MODES) * configuration.eval_episodes) if atari else 0
    seconds = n_updates(configuration) * in_seconds(update_work(shape), times) + in_seconds(evaluation, times)
    start = times["job"] + n_games * times["game"]
    run_bytes = (
        4 * shape.n_parameters
        + METRIC_ROW * min(MOST_ROWS, n_updates(configuration))
        + (ACTION_BIT * facts.action_space.bits + (GAMES if atari else EPISODES)) * configuration.total_steps
    )
    checkpoint = 4 * shape.n_parameters * (1 + STATES[configuration.optimizer]) + configuration.total_steps
    return Job(
        seconds=start + seconds * factors.get(shape, 1.0),
        bytes=BLOCK + n_runs * run_bytes,
        checkpoint=n_runs * checkpoint,
        memory=PROCESS + need(configuration, n_runs, facts).total,
    )


def table_bytes(paper: Paper) -> float:
    """Tables, figures and page of all studies."""
    total = PAGE
    for study in paper.studies:
        total += FIGURES + SEED_CURVE * len(study.points) * len(study.seeds)
        total += sum(
            TABLE_ROW * len(metrics_of(configuration.algorithm)) * min(MOST_ROWS, n_updates(configuration))
            for configuration in (point.configuration for point in study.points)
        )
    return total


def n_updates(configuration: Configuration) -> int:
    return math.ceil(configuration.total_steps // configuration.n_envs / configuration.n_steps)


def environment_name(configuration: Configuration) -> str:
    """The environment as the times name it: arguments can make it a slower one (not the bound on a game's length)."""
    arguments: dict[str, Any] = configuration.env_kwargs
    if is_atari(configuration.env_id):
        arguments = {key: value for key, value in arguments.items() if key != "max_num_frames_per_episode"}
    return f"{configuration.env_id} {json.dumps(arguments)}" if arguments else configuration.env_id


def shape_of(block: SeedBlock, source: str) -> Shape:
    configuration = block.configuration
    facts = check(configuration, source)
    network = build(configuration, facts)
    sizes = {name: math.prod(shape) for name, shape in network.shapes.items()}
    multiply_adds = network.multiply_adds
    return Shape(
        environment=environment_name(configuration),
        n_lanes=len(block.seeds),
        n_envs=configuration.n_envs,
        n_steps=configuration.n_steps,
        n_parameters=sum(sizes.values()),
        n_products=multiply_adds.dense,
        n_convolutions=multiply_adds.convolutions,
        n_pixels=math.prod(facts.observation_shape) if multiply_adds.convolutions else 0,
    )


def update_work(shape: Shape) -> dict[str, float]:
    """The amounts of work in an update: collecting a rollout and learning from it."""
    images = shape.n_lanes * shape.n_envs
    agent_steps = images * shape.n_steps
    work: dict[str, float] = {
        "update": 1,  # calls for all lanes together
        "row": shape.n_steps,  # the same, for each step of all environments
        "lane": shape.n_lanes,  # calls for each lane
        "parameter": shape.n_lanes * shape.n_parameters,  # reading and writing weights, gradients, optimiser's state
        "product": agent_steps * shape.n_products,  # matrix products: one forward, two back
        shape.environment: agent_steps,
    }
    if shape.n_convolutions:
        work |= {
            "convolve": shape.n_lanes * (shape.n_steps + 1),  # calls for each lane and step, and the bootstrap's
            "pixel": images * (shape.n_steps + 1) * shape.n_pixels,  # from the emulator's bytes to numbers
            "convolution": images * (3 * shape.n_steps + 1) * shape.n_convolutions,  # one forward, two back
        }
    return work


def evaluation_work(shape: Shape, n_episodes: int, longest: int) -> dict[str, float]:
    """The same for the evaluation, of episodes that are all as long as the longest: one is as good as sure to be."""
    rows = len(MODES) * longest
    agent_steps = rows * shape.n_lanes * n_episodes
    work: dict[str, float] = {
        "row": rows,
        "product": agent_steps * shape.n_products / 3,
        shape.environment: agent_steps,
    }
    if shape.n_convolutions:
        work |= {
            "convolve": rows * shape.n_lanes,
            "pixel": agent_steps * shape.n_pixels,
            "convolution": agent_steps * shape.n_convolutions,
        }
    return work


def in_seconds(work: Mapping[str, float], times: Times) -> float:
    return sum(amount * times[name] for name, amount in work.items())


# ----------------------------------------------------------------------------------------------------------- measuring


def measure(blocks: Collection[SeedBlock], times: Times, source: str, say: Say) -> dict[Shape, float]:
    """By which factor the `times` are off here, for each shape among the blocks."""
    examples = {shape_of(block, source): block for block in blocks}
    say(f"training {len(examples)} shapes of job for about a second each")
    factors = {}
    for shape, block in examples.items():
        check_device(block.configuration, source)
        seconds = update_seconds(block.configuration, len(block.seeds), source)
        factors[shape] = seconds / in_seconds(update_work(shape), times)
    return factors


def update_seconds(configuration: Configuration, n_lanes: int, source: str) -> float:
    """Seconds of an update in a real training."""
    settle()
    endless = configuration.model_copy(update={"total_steps": 2**40})
    learner = Learner(endless, range(n_lanes), check(configuration, source))
    seconds = quickest(learner.iterate)
    learner.actors.environments.close()
    return seconds


def environment_seconds(configuration: Configuration, source: str) -> float:
    """Seconds of a step of one environment among several, acting at random."""
    space = check(configuration, source).action_space
    environments = Environments(configuration, [0], configuration.n_envs, "plan")
    environments.reset()
    noise = space.noise([np.random.default_rng(0)], (1000, *environments.shape))[0]
    actions = cycle(space.sample(np.zeros_like(noise), noise))
    seconds = quickest(lambda: environments.step(next(actions)))
    environments.close()
    return seconds / configuration.n_envs


def quickest(call: Callable[[], object]) -> float:
    """Processor seconds of a call, in the quickest of several stretches: others at work only slow it."""
    call()  # the first one makes buffers
    found = []
    for _ in range(STRETCHES):
        begun, calls = time.process_time(), 0
        while time.process_time() < begun + STRETCH_SECONDS:
            call()
            calls += 1
        found.append((time.process_time() - begun) / calls)
    return min(found)
