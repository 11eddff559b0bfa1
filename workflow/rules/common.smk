# The paper, expanded and checked before anything runs; what the rules ask of it.

import os
import re
import sys
from functools import cache
from pathlib import Path

from a2c.config import ConfigError
from a2c.pipeline.locks import check_owner, claim_folder
from a2c.runs.monitor import Job, Monitor
from a2c.pipeline.paper import read_folders
from a2c.runs.files import DamagedError

SOURCE = ", ".join(os.path.relpath(file) for file in workflow.configfiles)


def end(error, code=2):
    """One line and an exit code, where an exception would become a traceback."""
    print(f"a2c: {error}", file=sys.stderr, flush=True)
    os._exit(code)


try:
    TRAINED, PUBLISHED = read_folders(workflow.configfiles, config, SOURCE)
except ConfigError as error:
    end(error)
except DamagedError as error:
    end(error, 1)

# Both folders are made by the same rules; only the first is trained into.
RESULTS = TRAINED.folder
FOLDERS = {results.folder: results for results in (TRAINED, PUBLISHED)}


def results_of(wildcards):
    """The folder of results of a job."""
    return FOLDERS[wildcards.results]


def block_of(wildcards):
    """The seed block of a job."""
    return TRAINED.blocks[
        f"{wildcards.env}/{wildcards.configuration}/seeds-{wildcards.first}-{wildcards.last}"
    ]


def registration_option():
    """The option by which a training names the registered tests that it is for; none if the paper has none."""
    return [f"--registration={TRAINED.registration}"] if TRAINED.registration else []


@cache
def times():
    """Seconds of each unit of work."""
    from a2c.planning.times import known_times

    return known_times(TRAINED.blocks.values(), SOURCE)


def requested(resource, default):
    """What a job requests of a cluster; the default on this machine, where nobody reads it."""

    def value(wildcards, attempt):
        if workflow.local_exec or workflow.remote_exec:
            return default
        from a2c.pipeline.requests import request

        per_gpu = TRAINED.paper.runs_per_gpu
        requests = request(block_of(wildcards), times(), SOURCE, per_gpu, attempt)
        return getattr(requests, resource)

    return value


def cores_of(wildcards):
    """The cores of a training: one, more for the emulators beside a GPU."""
    from a2c.pipeline.requests import cores

    paper = TRAINED.paper
    return cores(block_of(wildcards), paper.runs_per_gpu, paper.cores_per_gpu)


def marked(results, name):
    """The files that the drawing of a study makes, its pictures marked for Snakemake's report."""
    files = {path: path for path in results.drawn_files(name)}
    for path, mark in results.marks(name).items():
        files[path] = report(path, **mark._asdict())
    return list(files.values())


wildcard_constraints:
    results="|".join(map(re.escape, FOLDERS)),
    study="|".join(study.name for study in TRAINED.paper.studies),


onstart:
    try:
        claim_folder(Path(RESULTS))
        check_owner(Path(RESULTS), TRAINED.config)
    except ConfigError as error:
        end(error)
    Monitor(
        [
            Job(
                Path(RESULTS, "runs", place),
                len(block.seeds),
                block.configuration.total_steps,
            )
            for place, block in TRAINED.blocks.items()
        ]
    ).start()
