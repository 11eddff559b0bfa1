"""Where each figure and table of a study came from: figure, tables, runs, configuration, seeds, code."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from a2c.report.catalogue import figure_files, figures_of, sources_of, table_files, tables_of
from a2c.runs import manifest
from a2c.runs.files import sealed, write_text

NAME = "lineage.json"
DATA = "data, each made from all runs"


def write_data(study: Mapping[str, Any], data: Mapping[str, str], folder: Path, runs: Path) -> None:
    """Write a study's `data`, texts by file name, into its `folder`; last of all the lineage with their checksums.

    `runs` is the folder of all runs. Whoever reads the data holds them against these checksums.
    """
    for file, text in data.items():
        write_text(folder / file, text)
    write_text(folder / NAME, sealed(lineage(study, data, runs)))


def lineage(study: Mapping[str, Any], data: Mapping[str, str], runs: Path) -> dict[str, Any]:
    """Files of the study by what they are made from, down to the manifests of its seed blocks in the folder `runs`.

    The `data` (as in `write_data`) stand with their checksums, each block with those that its manifest has of its
    files: the chain can be checked to the last byte.
    """
    shown = {file: sources_of(name) for name in figures_of(study) for file in figure_files(name)}
    shown |= {file: sources_of(name) for name in tables_of(study) for file in table_files(name)}
    blocks = [place for entry in study["configurations"] for place in entry["blocks"]]
    return {
        "study": study["name"],
        "figures and tables": {file: [f"{name}.csv" for name in names] for file, names in shown.items()},
        DATA: {file: hashlib.sha256(text.encode()).hexdigest() for file, text in data.items()},
        "runs": [_block(runs / place, place) for place in dict.fromkeys(blocks)],
    }


def _block(folder: Path, place: str) -> dict[str, Any]:
    held = manifest.read(folder)
    return {
        "folder": place,
        "configuration": held["name"],
        "seeds": held["seeds"],
        "code": held["code"],
        "container": held["container"],
        "sha256": {name: file["sha256"] for name, file in held["files"].items()},
    }
