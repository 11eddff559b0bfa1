"""The chain from each figure and table of a study to its tables, runs, configuration, seeds and code."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from a2c.report.figure import Study
from a2c.report.kinds import GRADIENTS, STUDIES, TUNINGS, Kind
from a2c.runs import manifest
from a2c.runs.files import read_sealed, sealed, write_bytes, write_text
from a2c.runs.gradient_study import GradientRecord, part_of
from a2c.runs.names import THIN, WHOLE
from a2c.runs.study import ConfigurationRecord, StudyRecord, seeds_taken
from a2c.runs.study_tables import DATA, LINEAGE
from a2c.runs.tuning_study import REPEAT, TuningRecord, place_of


def write_data(study: StudyRecord, data: Mapping[str, bytes], folder: Path, runs: Path) -> None:
    """Write a study's `data`, contents by file name, into its `folder`; last of all the lineage with their checksums.

    `runs` is the folder of all runs. Readers compare the data with these checksums.
    """
    _write(data, folder, lineage(study, data, runs))


def lineage(study: StudyRecord, data: Mapping[str, bytes], runs: Path) -> dict[str, Any]:
    """The files of the study with what they are made from, down to the manifests of its seed blocks in `runs`.

    The `data` (as in `write_data`) have their checksums, each block those that its manifest has of its files: the
    chain can be checked to the last byte.
    """
    blocks = {block["folder"]: block for one in study.configurations for block in _blocks(one, study, runs)}
    return {"study": study.name, **_files(STUDIES, study, data), "runs": list(blocks.values())}


def _files(kind: Kind[Study], study: Study, data: Mapping[str, bytes]) -> dict[str, Any]:
    """The figures and tables with what they are made from, and the checksums of that."""
    return {
        "figures and tables": {
            file: [f"{name}.csv" for name in names] for file, names in kind.sources_of(study).items()
        },
        DATA: {file: hashlib.sha256(content).hexdigest() for file, content in data.items()},
    }


def _write(data: Mapping[str, bytes], folder: Path, chain: Mapping[str, Any]) -> None:
    for file, content in data.items():
        write_bytes(folder / file, content)
    write_text(folder / LINEAGE, sealed(chain))


def _blocks(one: ConfigurationRecord, study: StudyRecord, runs: Path) -> list[dict[str, Any]]:
    """The blocks of a configuration, each with the seeds that the study takes from it."""
    blocks = {place: _block(runs / place, place) for place in one.blocks}
    taken = seeds_taken({place: block["seeds"] for place, block in blocks.items()}, [*study.seeds, *study.tuning_seeds])
    return [{**block, "seeds": taken[place]} for place, block in blocks.items()]


def write_gradient_data(record: GradientRecord, data: Mapping[str, bytes], folder: Path, runs: Path) -> None:
    """The same of a gradient study, down to the estimates of its runs."""
    parts = [part_of(seed) for seed in record.study.seeds]
    chain = {
        "study": record.name,
        **_files(GRADIENTS, record, data),
        "estimates of runs": {f"{part}.parquet": read_sealed(folder / f"{part}.json")["estimates"] for part in parts},
        "runs": [_block(runs / place, place) for place in record.blocks],
    }
    _write(data, folder, chain)


def write_tuning_data(record: TuningRecord, data: Mapping[str, bytes], folder: Path) -> None:
    """The same of a tuning, down to its jobs."""
    jobs = {place_of(*job): read_sealed(folder / place_of(*job) / REPEAT) for job in record.tuning.jobs}
    chain = {
        "tuning": record.name,
        **_files(TUNINGS, record, data),
        "jobs": {
            place: {"code": made["code"], "container": made["container"], "sha256": made["files"]}
            for place, made in jobs.items()
        },
    }
    _write(data, folder, chain)


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
