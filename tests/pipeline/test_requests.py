"""A job requests enough for its estimated cost, and more at each attempt."""

from typing import Any

import pytest

from a2c.config import configuration
from a2c.config.gradients import expand_gradients
from a2c.pipeline.requests import (
    CUDA_BYTES,
    SNAKEMAKE_BYTES,
    Request,
    cores,
    gradients_request,
    request,
    tuning_request,
)
from a2c.planning.cost import Cost, block_cost
from a2c.planning.times import known_times
from a2c.planning.tunings import job_cost
from a2c.runs.layout import SeedBlock
from tests.processes import SMALL
from tests.tuning.small import tuning_of

MIB = 2**20


def block(seeds: int = 2, **fields: Any) -> SeedBlock:
    return SeedBlock(configuration({**SMALL, **fields}, "paper.yaml"), 0, seeds - 1)


def cost(of: SeedBlock) -> Cost:
    return block_cost(of, "paper.yaml", known_times([of], "paper.yaml"), factors={})


def requested(of: SeedBlock, runs_per_gpu: int = 1, attempt: int = 1) -> Request:
    return request(of, known_times([of], "paper.yaml"), "paper.yaml", runs_per_gpu, attempt)


@pytest.mark.parametrize("fields", [{}, {"hidden_sizes": [2048, 2048]}, {"n_envs": 1024}])
def test_the_request_has_memory_for_the_training_and_for_snakemake(fields: dict[str, Any]) -> None:
    assert requested(block(**fields)).mem_mb * MIB >= cost(block(**fields)).memory + SNAKEMAKE_BYTES


def test_the_request_has_time_for_a_training_twice_as_slow_as_estimated() -> None:
    long = block(total_steps=50_000_000)
    assert requested(long).runtime * 60 >= 2 * cost(long).seconds


def test_the_nth_attempt_requests_n_times_as_much() -> None:
    first, third = requested(block()), requested(block(), attempt=3)
    assert (third.mem_mb, third.runtime) == (3 * first.mem_mb, 3 * first.runtime)


def test_a_cpu_job_requests_no_gpu() -> None:
    assert requested(block(), runs_per_gpu=4).gres is None


@pytest.mark.parametrize(
    ("seeds", "runs_per_gpu", "gres"),
    [(1, 1, "gpu:1"), (10, 1, "gpu:1"), (1, 4, "shard:1"), (3, 4, "shard:3"), (4, 4, "gpu:1")],
)
def test_runs_that_do_not_fill_a_gpu_request_a_shard_each(seeds: int, runs_per_gpu: int, gres: str) -> None:
    assert requested(block(seeds, device="cuda"), runs_per_gpu).gres == gres


@pytest.mark.parametrize(
    ("seeds", "runs_per_gpu", "cores_per_gpu", "expected"),
    [(8, 1, 16, 16), (1, 1, 16, 2), (8, 8, 16, 16), (2, 8, 16, 4), (9, 8, 16, 16), (1, 4, 3, 1), (8, 1, 32, 16)],
)
def test_a_gpu_job_requests_the_cores_of_its_share_that_its_emulators_can_use(
    seeds: int, runs_per_gpu: int, cores_per_gpu: int, expected: int
) -> None:
    fields = {"env_id": "ALE/Pong-v5", "network": "cnn", "n_envs": 2, "device": "cuda"}
    assert cores(block(seeds, **fields), runs_per_gpu, cores_per_gpu) == expected


@pytest.mark.parametrize("fields", [{}, {"env_id": "ALE/Pong-v5", "network": "cnn"}, {"device": "cuda"}])
def test_a_job_without_gpu_or_emulators_has_one_core(fields: dict[str, Any]) -> None:
    assert cores(block(4, **fields), runs_per_gpu=1, cores_per_gpu=16) == 1


def test_a_gpu_job_has_main_memory_for_the_libraries() -> None:
    on_gpu = block(device="cuda")
    assert requested(on_gpu).mem_mb * MIB >= cost(on_gpu).memory + SNAKEMAKE_BYTES + CUDA_BYTES


def test_a_gradient_study_requests_memory_for_its_samples_and_time_for_every_snapshot() -> None:
    def of(**keys: Any) -> Request:
        (study,) = expand_gradients([{"name": "g", "seeds": 0, "base": SMALL, **keys}], "paper.yaml")
        return gradients_request(study, known_times([block()], "paper.yaml"), "paper.yaml", 1)

    assert of(n_envs=[256]).mem_mb > of().mem_mb > SNAKEMAKE_BYTES / MIB
    assert of(reference_steps=100_000_000).runtime > of().runtime
    assert of().gres is None


def test_a_job_of_a_tuning_requests_the_time_of_its_budget_and_more_at_each_attempt() -> None:
    small = tuning_of(base={"total_steps": 200_000})
    times = known_times([SeedBlock(small.base_configuration, 0, 0)], "paper.yaml")
    first, second = (tuning_request(small, "tpe", times, "paper.yaml", attempt) for attempt in (1, 2))
    cost = job_cost(small, "tpe", "paper.yaml", times)
    assert first.runtime * 60 >= 2 * cost.seconds
    assert first.mem_mb * MIB >= cost.memory + SNAKEMAKE_BYTES
    assert (second.mem_mb, second.runtime) == (2 * first.mem_mb, 2 * first.runtime)
    longer = tuning_of(base={"total_steps": 200_000}, trials=600)
    assert tuning_request(longer, "tpe", times, "paper.yaml", 1).runtime > first.runtime
