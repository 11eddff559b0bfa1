"""What a training job requests from a cluster: memory, time, cores and a share of a GPU.

If a request is too small, little is lost: the job is stopped, requests more, and goes on from its checkpoint.
"""

import math
from typing import NamedTuple

from a2c.config.gradients import GradientStudy
from a2c.config.tunings import Tuning
from a2c.envs.atari import is_atari
from a2c.learn.trainer import uses_gpu
from a2c.planning.cost import block_cost
from a2c.planning.gradients import run_cost
from a2c.planning.tunings import job_cost
from a2c.planning.work import Times
from a2c.runs.layout import SeedBlock

RESERVE = 1.25  # factor for memory that is not estimated: episodes, what an allocator holds back
SNAKEMAKE_BYTES = 400 * 2**20  # of the Snakemake processes of the job, which read the paper again
CUDA_BYTES = 2 * 2**30  # of main memory for CUDA's libraries and context: a guess, not measured
SLOWDOWN = 2  # factor for machines slower than the one that cost.json was measured on
START_SECONDS = 600  # to start on a slow file system, and to replay the actions of a checkpoint


class Request(NamedTuple):
    """Resources as Snakemake names them."""

    mem_mb: int  # 2**20 bytes
    runtime: int  # minutes
    gres: str | None  # of SLURM: a GPU, or a shard of one for each run


def request(block: SeedBlock, times: Times, source: str, runs_per_gpu: int, attempt: int) -> Request:
    """The request of a seed block's job. The second attempt requests twice as much as the first, and so on.

    `times`: from `known_times`. `source` names the paper, in a ConfigError.
    """
    cost = block_cost(block, source, times, factors={})
    on_gpu = block.configuration.device == "cuda"
    memory = cost.memory + (CUDA_BYTES / RESERVE if on_gpu else 0)
    gres = _gpu_share(len(block.seeds), runs_per_gpu) if on_gpu else None
    return _request(memory, cost.seconds, gres, attempt)


def gradients_request(study: GradientStudy, times: Times, source: str, attempt: int) -> Request:
    """The request of the job that measures a run of a gradient study."""
    cost = run_cost(study, source, times)
    return _request(cost.memory, cost.seconds, None, attempt)


def tuning_request(tuning: Tuning, tuner: str, times: Times, source: str, attempt: int) -> Request:
    """The request of the job of a tuner's repeat, or of the references."""
    cost = job_cost(tuning, tuner, source, times)
    return _request(cost.memory, cost.seconds, None, attempt)


def _request(memory: float, seconds: float, gres: str | None, attempt: int) -> Request:
    """A request for so many bytes and seconds, with reserves; each attempt requests more than the one before."""
    return Request(
        mem_mb=attempt * math.ceil((RESERVE * memory + SNAKEMAKE_BYTES) / 2**20),
        runtime=attempt * math.ceil((SLOWDOWN * seconds + START_SECONDS) / 60),
        gres=gres,
    )


def cores(block: SeedBlock, runs_per_gpu: int, cores_per_gpu: int) -> int:
    """Cores of a seed block's job: one; beside a GPU, as many of its share as the emulators can use."""
    configuration, n_runs = block.configuration, len(block.seeds)
    if not (uses_gpu(configuration) and is_atari(configuration.env_id)):
        return 1
    share = cores_per_gpu * min(n_runs, runs_per_gpu) // runs_per_gpu
    return max(1, min(share, n_runs * configuration.n_envs))


def _gpu_share(n_runs: int, runs_per_gpu: int) -> str:
    """A whole GPU if the runs fill it, as few clusters have shards; else a shard for each run."""
    return "gpu:1" if n_runs >= runs_per_gpu else f"shard:{n_runs}"
