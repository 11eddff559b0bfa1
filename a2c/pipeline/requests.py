"""What a training asks of a cluster: memory, time and a share of a GPU, from what `plan` reckons that it costs.

Too small a request loses little: the job is stopped, asks again for more, and goes on from its checkpoint.
"""

import math
from typing import NamedTuple

from a2c.planning.cost import Times, job
from a2c.runs.layout import SeedBlock

RESERVE = 1.25  # for what is not counted: episodes, what an allocator holds back
SNAKEMAKE = 400 * 2**20  # bytes of the processes round the training, which read the paper again
CUDA = 2 * 2**30  # bytes of main memory for its libraries and context: a guess, no GPU was measured
SLOWER = 2  # times as slow as the machine of cost.json is still in time
STARTING = 600  # seconds to start on a node with a slow file system, and to replay a checkpoint's actions


class Request(NamedTuple):
    """In the units and names of Snakemake's resources."""

    mem_mb: int  # 2**20 bytes
    runtime: int  # minutes
    gres: str | None  # of SLURM: a whole GPU, or as many of its shards as there are runs


def request(block: SeedBlock, times: Times, source: str, runs_per_gpu: int, attempt: int) -> Request:
    """What the job of a seed block asks for at its n-th attempt, each time as much again.

    `times`: as `cost.known_times` has them. `source` names the paper in a ConfigError.
    """
    cost = job(block, source, times, factors={})
    on_gpu = block.configuration.device == "cuda"
    memory = RESERVE * cost.memory + SNAKEMAKE + (CUDA if on_gpu else 0)
    return Request(
        mem_mb=attempt * math.ceil(memory / 2**20),
        runtime=attempt * math.ceil((SLOWER * cost.seconds + STARTING) / 60),
        gres=_share(len(block.seeds), runs_per_gpu) if on_gpu else None,
    )


def _share(n_runs: int, runs_per_gpu: int) -> str:
    """A whole GPU needs no shards, which few sites make."""
    return "gpu:1" if n_runs >= runs_per_gpu else f"shard:{n_runs}"
