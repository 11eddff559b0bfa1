"""Training seed blocks again, several processes at a time."""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path

from a2c.config import ConfigError
from a2c.display.trainings import Job, Trainings, screen
from a2c.envs import check
from a2c.planning.memory import check_memory
from a2c.runs import manifest
from a2c.runs.files import DamagedError
from a2c.runs.layout import SeedBlock
from a2c.runs.training import train
from a2c.verify.bitwise import origin_here
from a2c.verify.processes import worker_processes
from a2c.verify.selection import Retraining


def train_again(retrainings: Sequence[Retraining], out: Path, cores: int, modules: Sequence[str] = ()) -> None:
    """Train the blocks into `out`, `cores` processes at a time. Shows progress; reuses what `out` holds already.

    `modules`: those that the environments of the runs may import. A training that is stopped leaves its checkpoint.
    Raises ConfigError if `out` holds runs of other code, machine or seeds, or the published runs themselves.
    DamagedError if a training fails. ConfigError also if the environment of a published run cannot be had here, or
    registers itself by a module that the user has not allowed.
    """
    for retraining in retrainings:
        check(retraining.block.configuration, str(retraining.published.manifest_path), "configuration")
    waiting = [retraining.block for retraining in retrainings if not _is_trained(retraining, out)]
    trainings = Trainings(
        {block.path: Job(out / block.path, len(block.seeds), block.configuration.total_steps) for block in waiting}
    )
    running: dict[Future[None], SeedBlock] = {}
    with worker_processes(cores, modules, f"{out}: a training") as processes, screen(trainings, cores):
        while waiting or running:
            while waiting and len(running) < cores:
                block = waiting.pop(0)
                trainings.start(block.path)
                running[processes.submit(_train, block, out / block.path)] = block
            for training in wait(running, return_when=FIRST_COMPLETED).done:
                training.result()
                trainings.finish(running.pop(training).path)


def _is_trained(retraining: Retraining, out: Path) -> bool:
    """Whether `out` holds the block, trained by this code on this machine."""
    folder = out / retraining.block.path
    if not (folder / manifest.NAME).exists():
        return False
    if folder.resolve() == retraining.published.folder.resolve():
        raise ConfigError(f"--out {out}: holds the published runs; allowed: another folder")
    content = manifest.read(folder)
    same_origin = manifest.origin(content) == manifest.origin(origin_here(retraining.block.configuration))
    if not same_origin or content["seeds"] != list(retraining.block.seeds):
        raise ConfigError(f"--out {out}: {folder} is of other code, machine or seeds; allowed: an empty folder")
    return True


def _train(block: SeedBlock, folder: Path) -> None:
    """Train a block in a worker process."""
    try:
        facts = check(block.configuration, str(folder), "configuration")
        check_memory(block.configuration, len(block.seeds), facts, str(folder), "configuration")
        train(block.configuration, block.seeds, facts, folder, checkpoint_every=30, say=lambda line: None)
    except ConfigError as error:
        raise ConfigError(f"{folder}: training failed: {error}") from None
    except DamagedError as error:
        raise DamagedError(f"{folder}: training failed: {error}") from None
    except OSError as error:
        raise DamagedError(f"{folder}: training failed: {error.filename}: {error.strerror}") from None
