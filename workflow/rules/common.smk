# The paper, expanded and checked before anything runs; what the rules ask of it.

import os
import re
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from snakemake.logging import logger

from a2c.config import ConfigError
from a2c.pipeline.locks import check_owner, claim_folder
from a2c.pipeline.reading import read_folders
from a2c.report.drawn import DRAWN
from a2c.report.kinds import GRADIENTS, STUDIES, TUNINGS
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

# Of published runs Snakemake has no metadata, so that it does not see a change of the paper: records that differ from it
# get the paper as input, and a time before any.
OUTDATED = set(PUBLISHED.outdated_records())
for path in OUTDATED:
    with suppress(OSError):  # who may not touch them may not write them either
        os.utime(path, (1, 1))


def paper_if_outdated(record):
    """The input of the rule that writes a record of the paper."""
    return [PUBLISHED.config] if record in OUTDATED else []


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

    return known_times(TRAINED.timed_blocks, SOURCE)


def requested(resource, of_job, default=0):
    """What a job requests of a cluster; the default on this machine, where nobody reads it.

    `of_job`: from wildcards and attempt, all that the job requests.
    """

    def value(wildcards, attempt):
        if workflow.local_exec or workflow.remote_exec:
            return default
        return getattr(of_job(wildcards, attempt), resource)

    return value


def by_training(wildcards, attempt):
    """The request of the training of a seed block."""
    from a2c.pipeline.requests import request

    per_gpu = TRAINED.paper.runs_per_gpu
    return request(block_of(wildcards), times(), SOURCE, per_gpu, attempt)


def by_gradients(wildcards, attempt):
    """The request of a job that measures a run of a gradient study."""
    from a2c.pipeline.requests import gradients_request

    study = TRAINED.gradients[wildcards.gradients].study
    return gradients_request(study, times(), SOURCE, attempt)


def by_tuning(wildcards, attempt):
    """The request of a job of a tuning."""
    from a2c.pipeline.requests import tuning_request

    tuning = TRAINED.tunings[wildcards.tuning].tuning
    return tuning_request(tuning, wildcards.tuner, times(), SOURCE, attempt)


def cores_of(wildcards):
    """The cores of a training: one, more for the emulators beside a GPU."""
    from a2c.pipeline.requests import cores

    paper = TRAINED.paper
    return cores(block_of(wildcards), paper.runs_per_gpu, paper.cores_per_gpu)


def show_progress(log):
    """Send the display the plan of the work. Snakemake's logger plugin `a2c` shows it."""
    from a2c.pipeline.display import plan_of

    needed = workflow.dag.needrun_jobs()
    files = [str(job.output[0]) for job in needed if job.rule.name == "train"]
    plan = plan_of(TRAINED, files, times, SOURCE, ", ".join(log))
    logger.info(plan.title, extra={"a2c_plan": plan})


def say_at_the_end():
    """The last lines on the screen where all is done: those of the folder whose page was asked for."""
    from a2c.report.ending import last_lines

    targets = set(workflow.dag_settings.targets) or {"all"}
    pages = {"all": RESULTS, "report": RESULTS, "published": PUBLISHED.folder}
    return [
        line
        for target, folder in pages.items()
        if target in targets
        for line in last_lines(Path(folder))
    ]


def names_of(kind):
    """The names of the studies of a kind in both folders, as a regular expression."""
    return "|".join(
        sorted(
            {
                study.name
                for results in FOLDERS.values()
                for study in getattr(results.paper, kind)
            }
        )
    )


def drawn_by(results, kind, name):
    """The files that the drawing of a study makes, its pictures marked for Snakemake's report.

    The last record of what was drawn is kept until the drawing has removed what only the last one had.
    """
    paths = results.drawn_files(kind, name)
    files = {path: update(path) if Path(path).name == DRAWN else path for path in paths}
    for path, mark in results.marks(kind, name).items():
        files[path] = report(path, **mark._asdict())
    return list(files.values())


wildcard_constraints:
    results="|".join(map(re.escape, FOLDERS)),
    study=names_of("studies") or "none",
    gradients=names_of("gradients") or "none",
    tuning=names_of("tunings") or "none",
    tuner="[a-z]+",
    repeat="[0-9]+",
    seed="[0-9]+",


logger.info(f"{SOURCE}: results in {RESULTS}", extra={"a2c_ending": say_at_the_end})


onstart:
    try:
        claim_folder(Path(RESULTS))
        check_owner(Path(RESULTS), TRAINED.config)
        # Paths of published runs are relative to it.
        Path(RESULTS, "runs").mkdir(exist_ok=True)
        show_progress(log)
    except ConfigError as error:
        end(error)
    # A limit of job starts per second, on by default: for it Snakemake looks at the inputs of all waiting jobs again
    # every second, once more with every job that has ended. On one machine the cores limit the starts.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
