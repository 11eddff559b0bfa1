"""A benchmark's trainings in two processes. What is done is kept, so that the same command goes on after a stop."""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from a2c.runs.sources import sources_hash

KEPT = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "a2c-bench" / "benchmarks"


def results(name: str, train: Callable[[Any], Any], jobs: Sequence[Any], settings: Any, kept: Path = KEPT) -> list[Any]:
    """What `train` gives of each job, as JSON has it.

    A result is kept below `kept` until the job, the settings of all jobs, or the code that trains changes.
    """
    places = [kept / name / f"{_key(job, settings)}.json" for job in jobs]
    missing = [(job, place) for job, place in zip(jobs, places, strict=True) if not place.exists()]
    (kept / name).mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(2) as processes:
        done = processes.map(train, [job for job, _ in missing])
        for number, ((_, place), result) in enumerate(zip(missing, done, strict=True), start=1):
            _write(place, result)
            print(f"{name}: {number} of {len(missing)} done", file=sys.stderr, flush=True)
    return [json.loads(place.read_text()) for place in places]


def _key(job: Any, settings: Any) -> str:
    return hashlib.sha256(repr((job, settings, sources_hash())).encode()).hexdigest()[:32]


def _write(place: Path, result: Any) -> None:
    """Whole or not at all."""
    beside = place.with_suffix(f".{os.getpid()}")
    beside.write_text(json.dumps(result))
    os.replace(beside, place)
