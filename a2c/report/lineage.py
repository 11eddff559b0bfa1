"""The chain from each figure and table of a study to its tables, runs, configuration, seeds and code."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from a2c.report.catalogue import sources_of
from a2c.report.gradients import sources_of as gradient_sources
from a2c.report.tunings import sources_of as tuning_sources
from a2c.runs import manifest
from a2c.runs.files import read_sealed, sealed, write_bytes, write_text
from a2c.runs.gradient_study import GradientRecord, part_of
from a2c.runs.names import THIN, WHOLE
from a2c.runs.study import ConfigurationRecord, StudyRecord, seeds_taken
from a2c.runs.study_tables import DATA, LINEAGE
from a2c.runs.tuning_study import REPEAT, TuningRecord, place_of


def write_data(study: StudyRecord, data: Mapping[str, str], folder: Path, runs: Path) -> None:
    """Write a study's `data`, texts by file name, into its `folder`; last of all the lineage with their checksums.

    `runs` is the folder of all runs. Readers compare the data with these checksums.
    """
    for file, text in data.items():
        write_text(folder / file, text)
    write_text(folder / LINEAGE, sealed(lineage(study, data, runs)))


def lineage(study: StudyRecord, data: Mapping[str, str], runs: Path) -> dict[str, Any]:
    """The files of the study with what they are made from, down to the manifests of its seed blocks in `runs`.

    The `data` (as in `write_data`) have their checksums, each block those that its manifest has of its files: the
    chain can be checked to the last byte.
    """
    return {
        "study": study.name,
        "figures and tables": {file: [f"{name}.csv" for name in names] for file, names in sources_of(study).items()},
        DATA: {file: hashlib.sha256(text.encode()).hexdigest() for file, text in data.items()},
        "runs": list({b["folder"]: b for one in study.configurations for b in _blocks(one, study, runs)}.values()),
    }


def _blocks(one: ConfigurationRecord, study: StudyRecord, runs: Path) -> list[dict[str, Any]]:
    """The blocks of a configuration, each with the seeds that the study takes from it."""
    blocks = {place: _block(runs / place, place) for place in one.blocks}
    taken = seeds_taken({place: block["seeds"] for place, block in blocks.items()}, [*study.seeds, *study.tuning_seeds])
    return [{**block, "seeds": taken[place]} for place, block in blocks.items()]


def write_gradient_data(record: GradientRecord, data: Mapping[str, bytes], folder: Path, runs: Path) -> None:
    """Write a gradient study's `data`, contents by file name, into its `folder`; last of all the lineage."""
    for file, content in data.items():
        write_bytes(folder / file, content)
    chain = {
        "study": record.name,
        "figures and tables": {
            file: [f"{name}.csv" for name in names] for file, names in gradient_sources(record).items()
        },
        DATA: {file: hashlib.sha256(content).hexdigest() for file, content in data.items()},
        "estimates of runs": {
            f"{part_of(seed)}.parquet": read_sealed(folder / f"{part_of(seed)}.json")["estimates"]
            for seed in record.study.seeds
        },
        "runs": [_block(runs / place, place) for place in record.blocks],
    }
    write_text(folder / LINEAGE, sealed(chain))


def write_tuning_data(record: TuningRecord, data: Mapping[str, bytes], folder: Path) -> None:
    """Write a tuning's `data`, contents by file name, into its `folder`; last of all the lineage, down to its jobs."""
    for file, content in data.items():
        write_bytes(folder / file, content)
    jobs = {place_of(*job): read_sealed(folder / place_of(*job) / REPEAT) for job in record.tuning.jobs}
    chain = {
        "tuning": record.name,
        "figures and tables": {
            file: [f"{name}.csv" for name in names] for file, names in tuning_sources(record).items()
        },
        DATA: {file: hashlib.sha256(content).hexdigest() for file, content in data.items()},
        "jobs": {
            place: {"code": made["code"], "container": made["container"], "sha256": made["files"]}
            for place, made in jobs.items()
        },
    }
    write_text(folder / LINEAGE, sealed(chain))


def thin_words(folder: Path, study: StudyRecord) -> str:
    """How many runs of the study in `folder` are thin, in a sentence; empty if none is."""
    blocks = read_sealed(folder / LINEAGE)["runs"]
    seeds = {*study.seeds, *study.tuning_seeds}
    counts = {
        kind: sum(len(seeds & set(b["seeds"])) for b in blocks if b.get("kind") == kind) for kind in (THIN, WHOLE)
    }
    if not counts[THIN]:
        return ""
    return (
        f"Published whole: {counts[WHOLE]} runs. Published thin: {counts[THIN]}, of which there are the numbers that "
        f"are drawn and the checksums of all that was recorded; training them again gives the rest. {LINEAGE} has both."
    )


def _block(folder: Path, place: str) -> dict[str, Any]:
    content = manifest.read(folder)
    return {
        "folder": place,
        "configuration": content["name"],
        "kind": content.get("kind", WHOLE),
        "seeds": content["seeds"],
        "code": content["code"],
        "container": content["container"],
        "sha256": {name: file["sha256"] for name, file in content["files"].items()},
    }
