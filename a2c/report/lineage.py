"""The chain from each figure and table of a study to its tables, runs, configuration, seeds and code."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from a2c.report.catalogue import sources_of
from a2c.runs import manifest
from a2c.runs.files import sealed, write_text
from a2c.runs.study import StudyRecord
from a2c.runs.study_tables import DATA, LINEAGE


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
    blocks = [place for one in study.configurations for place in one.blocks]
    return {
        "study": study.name,
        "figures and tables": {file: [f"{name}.csv" for name in names] for file, names in sources_of(study).items()},
        DATA: {file: hashlib.sha256(text.encode()).hexdigest() for file, text in data.items()},
        "runs": [_block(runs / place, place) for place in dict.fromkeys(blocks)],
    }


def _block(folder: Path, place: str) -> dict[str, Any]:
    content = manifest.read(folder)
    return {
        "folder": place,
        "configuration": content["name"],
        "seeds": content["seeds"],
        "code": content["code"],
        "container": content["container"],
        "sha256": {name: file["sha256"] for name, file in content["files"].items()},
    }
