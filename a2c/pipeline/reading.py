"""Reading a paper for the workflow: its two folders of results, with every environment tried."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from a2c.config import Paper, expand, read_mapping
from a2c.config.checks import check_thresholds
from a2c.config.errors import mistake
from a2c.config.expansion import folder_name
from a2c.config.registration import file_of, history_of, removed_tests
from a2c.envs import Facts, check
from a2c.envs.probe import probe
from a2c.envs.registry import modules_of, trust
from a2c.exchange.publish import published_part
from a2c.learn.trainer import same_bits_anywhere
from a2c.pipeline.paper import Results
from a2c.runs.layout import plan
from a2c.runs.small import SmallPaper, small_paper

FULL = "full"  # key of --config: whether a paper with a small part is trained whole


def read_folders(files: Sequence[str], content: Mapping[str, Any], source: str) -> tuple[Results, Results]:
    """The folder that a paper is trained into, and the one of its published runs.

    Of a paper with the key `small`, only that part is trained unless `content` has `full: true`. Its environments are
    tried, see `a2c.envs.probe`. `files`: the paper's config files, whose last one gives the published folder its name;
    `content`: what they and --config say together. ConfigError at a mistake in them, DamagedError at a damaged list of
    published studies.
    """
    for file in files:
        read_mapping(Path(file))  # finds keys that are written twice, which Snakemake accepts
    last = Path(files[-1])
    content = dict(content)
    full = str(content.pop(FULL, False)).lower()  # Snakemake reads `true` as text and `True` as a truth value
    if full not in ("true", "false"):
        raise mistake(source, FULL, full, "true or false")
    paper = expand(content, source, last.parent)
    _check_results(paper, source)
    trust(paper.configurations, last.parent)
    facts = _facts(paper, source)
    modules = sorted({name for one in paper.configurations for name in modules_of(one)})
    python_path = filter(os.path.isdir, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    folders = [os.path.realpath(folder) for folder in (str(last.parent), *python_path)]
    check_thresholds(paper, {env_id: one.reward_threshold for env_id, one in facts.items()}, source)
    history = history_of(last)
    besides: dict[str, Any] = {
        "config": os.path.relpath(last),
        "history": history,
        "registration": os.path.realpath(file_of(last)) if history else "",
        "removed": removed_tests(paper, history),
        "modules": modules,
        "module_folders": folders if modules else [],
    }
    published = folder_name(f"results/published/{last.stem}", source, "(its name)")
    runs, published_runs = Path(paper.results, "runs"), Path(published, "runs")
    if paper.small is None or full == "true":
        trained = SmallPaper(paper, plan(paper, runs), [])
    else:
        trained = small_paper(paper, runs, published_runs)
    part = published_part(paper, Path(published))
    shown = SmallPaper(part, plan(part, published_runs), [])
    return (
        Results(paper.results, False, *trained, facts, **besides),
        Results(published, True, *shown, facts, **besides),
    )


def _check_results(paper: Paper, source: str) -> None:
    """ConfigError if a file is where the folder of results is to be."""
    folder = Path(paper.results)
    nearest = next((path for path in (folder, *folder.parents) if path.exists()), Path())
    if not nearest.is_dir():
        raise mistake(source, "results", paper.results, f"a folder; {nearest} is a file")


def _facts(paper: Paper, source: str) -> dict[str, Facts]:
    """The facts of every environment of a paper, each environment tried once with each of its arguments."""
    facts, tried = {}, set()
    points = [(f"studies.{study.name}", point.configuration) for study in paper.studies for point in study.points]
    points += [(f"gradients.{one.name}.base", one.configuration) for one in paper.gradients]
    points += [(f"tunings.{one.name}.base", one.base_configuration) for one in paper.tunings]
    for at, config in points:
        facts[config.env_id] = check(config, source, at)
        environment = (config.env_id, json.dumps(config.env_kwargs, sort_keys=True))
        if environment not in tried and not same_bits_anywhere(config):
            probe(config, facts[config.env_id], source, at)
        tried.add(environment)
    return facts
