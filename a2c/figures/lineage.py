"""Where each figure and table of a study came from: figure, tables, runs, configuration, seeds, code."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from a2c.figures.catalogue import data_of, figure_files, figures_of, sources_of, table_files, tables_of
from a2c.runs import manifest
from a2c.runs.files import write_text


def lineage(study: Mapping[str, Any], runs: Path) -> dict[str, Any]:
    """Files of the study by what they are made from, down to the manifests of its seed blocks in the folder `runs`.

    Each block stands with the checksums that its manifest has of its files: the chain can be checked to the last byte.
    """
    shown = {file: sources_of(name) for name in figures_of(study) for file in figure_files(name)}
    shown |= {file: sources_of(name) for name in tables_of(study) for file in table_files(name)}
    blocks = [place for entry in study["configurations"] for place in entry["blocks"]]
    return {
        "study": study["name"],
        "figures and tables": {file: [f"{name}.csv" for name in names] for file, names in shown.items()},
        "data, each made from all runs": [f"{name}.csv" for name in data_of(study)],
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


def write_lineage(study: Mapping[str, Any], runs: Path, path: Path) -> None:
    """Write the lineage of a study as JSON."""
    write_text(path, json.dumps(lineage(study, runs), indent=1) + "\n")
