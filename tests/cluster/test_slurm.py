"""The pipeline on a real SLURM of two nodes on this machine (slurm.py), undisturbed and disturbed."""

import errno
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from a2c.config import configuration
from a2c.runs.layout import SeedBlock
from tests.cluster.slurm import (
    EXCEEDED,
    STEPS,
    STUDY,
    UNTIL_TABLES,
    Pipeline,
    assert_as_if_nothing_had_happened,
    block,
    hold,
    jobs,
    own_memory,
    said_on_nodes,
    script,
    seeds_in_tables,
    sessions,
    signal_training,
    trainings,
    wait_for,
    went_on,
    write_paper,
)
from tests.processes import contents, run_snakemake, start_training

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200), pytest.mark.usefixtures("slurm")]


# ------------------------------------------------------------------------------------------- a paper on four jobs


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The paper, made on one machine."""
    folder = tmp_path_factory.mktemp("undisturbed")
    done = run_snakemake(folder, "--cores", "2", "--configfile", write_paper(folder, "0-3"), timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """The paper, made by SLURM: a job cancelled, a node lost, a time limit exceeded; and the seeds of these jobs."""
    folder = tmp_path_factory.mktemp("disturbed")
    pipeline = Pipeline(folder, write_paper(folder, "0-3"))
    held = hold(folder, 0, 1, 2)
    lost = next(job for job in held.values() if [other.node for other in held.values()].count(job.node) == 1)
    cancelled, late = (job for job in held.values() if job is not lost)
    subprocess.run(["scontrol", "update", f"JobId={late.number}", "TimeLimit=1"], check=True)
    subprocess.run(["scancel", cancelled.number], check=True)
    script("crash", lost.node)
    ends = {"CANCELLED": cancelled, "NODE_FAIL": lost, "TIMEOUT": late}
    for state, job in ends.items():
        wait_for(lambda job=job, state=state: (job.number, state) in [ended[:2] for ended in jobs(folder)])
    script("revive", lost.node)
    pipeline.finish()
    return folder, {state: next(seed for seed in held if held[seed] is job) for state, job in ends.items()}


def test_slurm_gives_the_same_bytes_as_one_machine(undisturbed: Path, disturbed: tuple[Path, dict[str, int]]) -> None:
    assert contents(disturbed[0] / "results", ["logs"]) == contents(undisturbed / "results", ["logs"])


@pytest.mark.parametrize("end", ["CANCELLED", "NODE_FAIL", "TIMEOUT"])
def test_another_job_resumes_an_ended_one_from_its_checkpoint(end: str, disturbed: tuple[Path, dict[str, int]]) -> None:
    folder, seeds = disturbed
    assert went_on(folder, seeds[end])


def test_every_seed_is_in_the_tables_once(disturbed: tuple[Path, dict[str, int]]) -> None:
    assert seeds_in_tables(disturbed[0]) == ["0", "1", "2", "3"]


# ------------------------------------------------------------------------------------------------- on two jobs each


def leave_checkpoint(folder: Path, seed: int) -> int:
    """Start a training on this machine, kill it after it has written a checkpoint; return its own memory in MiB."""
    fields = {**STUDY["base"], **{axis: values[0] for axis, values in STUDY["grid"].items()}}
    place = SeedBlock(configuration(fields, "the test"), seed, seed).path
    process = start_training(folder / "results" / "runs" / place, str(seed), fields)
    wait_for((folder / "results" / "runs" / place / "checkpoint.npz").exists)
    memory = own_memory(process.pid)
    process.kill()
    process.wait()
    return memory


# SLURM checks the memory before the first checkpoint is due, so a checkpoint is left beforehand. The memory of a
# training depends on the machine, so the limit is three quarters of what was measured. SLURM checks every few seconds,
# so the training is stopped above the limit until SLURM ends it.
def test_a_job_over_its_memory_limit_is_submitted_again_with_more_memory(undisturbed: Path, tmp_path: Path) -> None:
    config = write_paper(tmp_path, "0-1")
    limit = leave_checkpoint(tmp_path, 0) * 3 // 4

    def is_above() -> bool:
        if any(own_memory(process) > limit for process in trainings(tmp_path, 0)):
            signal_training(tmp_path, 0, signal.SIGSTOP)
            return True
        return EXCEEDED in said_on_nodes(tmp_path)

    less_memory = ("--set-resources", f"train:mem_mb={limit} * 4 ** (attempt - 1)")
    pipeline = Pipeline(tmp_path, config, *less_memory, *UNTIL_TABLES)
    wait_for(is_above)
    pipeline.finish()
    assert EXCEEDED in said_on_nodes(tmp_path)
    assert went_on(tmp_path, 0)
    assert_as_if_nothing_had_happened(tmp_path, undisturbed, 0, 1)


def test_a_killed_pipeline_trains_nothing_twice_when_it_is_started_again(undisturbed: Path, tmp_path: Path) -> None:
    config = write_paper(tmp_path, "0-1")
    killed = Pipeline(tmp_path, config, *UNTIL_TABLES)
    hold(tmp_path, 0)
    killed.process.send_signal(signal.SIGKILL)
    assert killed.end() == -signal.SIGKILL
    again = Pipeline(tmp_path, config, *UNTIL_TABLES)
    place = block(tmp_path, 0).relative_to(tmp_path / "results" / "runs")
    log = tmp_path / "results" / "logs" / "train" / f"{place}.log"
    wait_for(lambda: log.exists() and "another process is training here" in log.read_text())
    signal_training(tmp_path, 0, signal.SIGCONT)
    again.finish()
    assert [(one["from_step"], one["to_step"]) for one in sessions(tmp_path, 0)] == [(0, STEPS)]
    assert_as_if_nothing_had_happened(tmp_path, undisturbed, 0, 1)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with its results on a disk of 64 megabytes."""
    folder = tmp_path / "small"
    (folder / "results").mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "a2c", folder / "results"], check=True)
    yield folder
    subprocess.run(["umount", folder / "results"], check=True)


def fill(disk: Path) -> None:
    """Fill the disk to the last page."""
    filling = os.open(disk / "filling", os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(filling, bytes(4096)):
            pass
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
    finally:
        os.close(filling)


def test_after_a_full_disk_the_same_command_resumes(undisturbed: Path, small_disk: Path) -> None:
    config = write_paper(small_disk, "0-1")
    pipeline = Pipeline(small_disk, config, "--retries", "0", *UNTIL_TABLES)
    hold(small_disk, 0)
    fill(small_disk / "results")
    signal_training(small_disk, 0, signal.SIGCONT)
    assert pipeline.end() == 1
    assert "No space left on device" in said_on_nodes(small_disk)
    (small_disk / "results" / "filling").unlink()
    Pipeline(small_disk, config, *UNTIL_TABLES).finish()
    assert went_on(small_disk, 0)
    assert_as_if_nothing_had_happened(small_disk, undisturbed, 0, 1)


# ------------------------------------------------------------------------------------------------- in the container


@pytest.mark.skipif(shutil.which("apptainer") is None, reason="no apptainer; see install-apptainer.sh")
@pytest.mark.timeout(4000)  # the image may have to be built
@pytest.mark.usefixtures("image")
def test_nodes_give_the_same_bytes_in_the_container(undisturbed: Path, tmp_path: Path) -> None:
    Pipeline(tmp_path, write_paper(tmp_path, "0-1"), "--sdm", "apptainer", *UNTIL_TABLES).finish()
    for seed in (0, 1):
        assert json.loads((block(tmp_path, seed) / "manifest.json").read_text())["container"].startswith("sha256:")
        inside, outside = (contents(block(folder, seed), ["manifest.json"]) for folder in (tmp_path, undisturbed))
        assert inside == outside


# ------------------------------------------------------------------------------------------------------------- GPUs


@pytest.mark.parametrize(("runs_per_gpu", "asked"), [(1, "gres:gpu:1"), (4, "gres:shard:1")])
def test_a_gpu_job_requests_a_gpu_or_shards_of_one(runs_per_gpu: int, asked: str, tmp_path: Path) -> None:
    config = write_paper(tmp_path, "0-1", device="cuda", total_steps=4000)  # within the partition's time limit
    pipeline = Pipeline(tmp_path, config, "--config", f"runs_per_gpu={runs_per_gpu}", "--retries=0", *UNTIL_TABLES)
    wait_for(lambda: len(jobs(tmp_path)) == 2)
    number = jobs(tmp_path)[0].number
    told = subprocess.run(["scontrol", "show", "job", number], capture_output=True, text=True, check=True).stdout
    assert f"TresPerNode={asked}\n" in told
    if pipeline.end():  # no CUDA device is behind what is pretended
        assert "as no CUDA device was found" in said_on_nodes(tmp_path)


@pytest.mark.parametrize(("asked", "given"), [("gpu:1", ["0", "1"]), ("shard:1", ["0", "0"])])
def test_slurm_assigns_each_job_its_gpu(asked: str, given: list[str]) -> None:
    """The first job keeps its GPU until the second has printed its own."""
    show = "echo $CUDA_VISIBLE_DEVICES; cat"
    command = ["srun", "--nodelist=n1", "--mem=50", f"--gres={asked}", "sh", "-c", show]
    pipe = subprocess.PIPE
    both = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
    said = [process.stdout.readline().strip() for process in both if process.stdout]
    for process in both:
        process.communicate()
    assert sorted(said) == given
