# The paper, expanded and checked before anything runs; what the rules ask of it.

import os
import sys
from functools import cache
from pathlib import Path

from a2c.config import ConfigError, expand, read_mapping
from a2c.envs import check
from a2c.report.catalogue import (
    TITLES,
    data_of,
    files_of,
    figure_files,
    figures_of,
    table_files,
    tables_of,
)
from a2c.runs.files import DamagedError, sealed
from a2c.runs.layout import describe, describe_paper, manifests, plan
from a2c.exchange.publish import published_part
from a2c.pipeline.locks import claim_folder
from a2c.pipeline.monitor import Job, Monitor

SOURCE = ", ".join(os.path.relpath(file) for file in workflow.configfiles)


def read_paper():
    """The paper of the config files and --config values, and the facts of its environments."""
    for (
        file
    ) in (
        workflow.configfiles
    ):  # finds what Snakemake's reading lets pass: a key written twice
        read_mapping(Path(file))
    paper = expand(dict(config), SOURCE, Path(workflow.configfiles[-1]).parent)
    environments = {}
    for study in paper.studies:
        for point in study.points:
            environments[point.configuration.env_id] = check(
                point.configuration, SOURCE, f"studies.{study.name}"
            )
    return paper, environments


def end(mistake, code=2):
    """One line and an exit code, where an exception would become a traceback."""
    print(f"a2c: {mistake}", file=sys.stderr, flush=True)
    os._exit(code)


PUBLISHED = f"results/published/{Path(workflow.configfiles[-1]).stem}"

try:
    PAPER, ENVIRONMENTS = read_paper()
    PUBLISHED_PAPER = published_part(PAPER, Path(PUBLISHED))
except ConfigError as mistake:
    end(mistake)
except DamagedError as damage:
    end(damage, 1)

RESULTS = PAPER.results

# Both folders are made by the same rules; only the first is trained into.
PLANS = {folder: plan(PAPER, Path(folder, "runs")) for folder in (RESULTS, PUBLISHED)}
BLOCKS = {block.path: block for blocks in PLANS[RESULTS].values() for block in blocks}
PAPERS = {RESULTS: PAPER, PUBLISHED: PUBLISHED_PAPER}
STUDIES = {
    folder: {
        study.name: describe(paper, study, PLANS[folder], ENVIRONMENTS)
        for study in paper.studies
    }
    for folder, paper in PAPERS.items()
}


def block_of(wildcards):
    """The seed block of a job."""
    return BLOCKS[
        f"{wildcards.env}/{wildcards.configuration}/seeds-{wildcards.first}-{wildcards.last}"
    ]


@cache
def times():
    """Seconds of each unit of work."""
    from a2c.planning.times import known_times

    return known_times(BLOCKS.values(), SOURCE)


def asked(resource, nothing):
    """What a job asks of a cluster; `nothing` where it runs on this machine, as PyTorch is needed to reckon it."""

    def value(wildcards, attempt):
        if workflow.local_exec or workflow.remote_exec:
            return nothing
        from a2c.pipeline.requests import request

        block = block_of(wildcards)
        asks = request(block, times(), SOURCE, PAPER.runs_per_gpu, attempt)
        return getattr(asks, resource)

    return value


def rule_name(step, results, study):
    """A rule's name: `draw_n_envs`, or `draw_published_n_envs` for what is made of the published runs."""
    return f"{step}_{study}" if results == RESULTS else f"{step}_published_{study}"


def study_files(results, name, files):
    """Paths of a study's files."""
    return [f"{results}/studies/{name}/{file}" for file in files]


def manifests_of(results, name):
    """The manifests of the seed blocks that a study takes runs from."""
    study = next(study for study in PAPER.studies if study.name == name)
    return [f"{results}/runs/{file}" for file in manifests(study, PLANS[results])]


def data_files(results, name):
    """What the aggregation of a study makes."""
    tables = [f"{table}.csv" for table in data_of(STUDIES[results][name])]
    return study_files(results, name, [*tables, "lineage.json"])


def drawn_files(results, name):
    """The files that `draw` makes of a study, the PNG figures marked for Snakemake's report."""
    study = STUDIES[results][name]
    folder = f"{results}/studies/{name}"
    marked = {
        f"{figure}.png": report(
            f"{folder}/{figure}.png",
            category=f"{list(STUDIES[results]).index(name) + 1:02} {study['title']}",
            caption=f"../report/{figure}.rst",
            labels={"figure": TITLES[figure]},
        )
        for figure in figures_of(study)
    }
    return [marked.get(file, f"{folder}/{file}") for file in files_of(study)]


def of_all_studies(results, names, files):
    """The files of what `names` gives of each study: `figures_of`, `tables_of`."""
    return [
        path
        for name, study in STUDIES[results].items()
        for one in names(study)
        for path in study_files(results, name, files(one))
    ]


wildcard_constraints:
    results=f"{RESULTS}|{PUBLISHED}",
    study="|".join(study.name for study in PAPER.studies),


onstart:
    try:
        claim_folder(Path(RESULTS))
    except ConfigError as mistake:
        end(mistake)
    Monitor(
        [
            Job(
                Path(RESULTS, "runs", place),
                len(block.seeds),
                block.configuration.total_steps,
            )
            for place, block in BLOCKS.items()
        ]
    ).start()
