"""The plan of the pipeline's work, for the display."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from a2c.display.pipeline import Plan
from a2c.display.trainings import Job, Trainings
from a2c.pipeline.paper import Results
from a2c.planning.cost import block_cost


def plan_of(
    results: Results, manifests: Sequence[str], times: Callable[[], Mapping[str, float]], source: str, log: str
) -> Plan:
    """What is to be done. `manifests`: of the trainings among it. `times`: seconds of each unit of work.

    `source` names the paper in a ConfigError; `log`: Snakemake's own log file.
    """
    seconds = times()
    folder = Path(results.folder, "runs")
    jobs = {}
    for manifest in manifests:
        path = os.path.relpath(os.path.dirname(manifest), folder)
        block = results.blocks[path]
        cost = block_cost(block, source, seconds, {})
        jobs[path] = Job(folder / path, len(block.seeds), block.configuration.total_steps, cost.seconds)
    studies = {
        os.path.relpath(os.path.dirname(file), folder): name
        for name in reversed(results.studies)
        for file in results.manifests(name)
    }
    title = f"{results.paper.title} ({source})"
    return Plan(title, Trainings(jobs), studies, step_seconds=seconds["study"] / 2, log=log)
