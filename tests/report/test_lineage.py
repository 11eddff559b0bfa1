"""The lineage of figures and tables, down to the checksums of their runs."""

import json
import shutil
from pathlib import Path

from a2c.report.catalogue import data_of
from a2c.report.kinds import STUDIES
from a2c.report.lineage import lineage
from a2c.runs import manifest
from a2c.runs.study import ConfigurationRecord, StudyRecord
from a2c.untrusted import checksum


def study_of(trained: Path, runs: Path) -> StudyRecord:
    shutil.copytree(trained, runs / "env" / "block")
    name = manifest.read(trained)["name"]
    one = ConfigurationRecord(name, "CartPole-v1", {"gamma": 0.99}, 475.0, {}, ["env/block"])
    axes, baseline = {"gamma": [0.99]}, {"gamma": 0.99}
    return StudyRecord("s", "S", "", {}, axes, baseline, {}, 4000, [0, 1, 2], [], [one, one], [])


def test_every_figure_and_table_names_the_data_it_is_made_from(trained: Path, tmp_path: Path) -> None:
    study = study_of(trained, tmp_path)
    found = lineage(study, dict.fromkeys((f"{name}.csv" for name in data_of(study)), b"a,b\n"), tmp_path)
    assert set(found["figures and tables"]) == set(STUDIES.sources_of(study))
    data = set(found["data, each made from all runs"])
    assert all(sources and set(sources) <= data for sources in found["figures and tables"].values())


def test_every_block_is_listed_once_with_its_files_checksums_seeds_and_code(trained: Path, tmp_path: Path) -> None:
    (block,) = lineage(study_of(trained, tmp_path), {}, tmp_path)["runs"]
    held = json.loads((trained / "manifest.json").read_text())
    assert block["sha256"] == {name: checksum(trained / name) for name in held["files"]}
    assert (block["configuration"], block["seeds"], block["code"]) == (held["name"], [0, 1, 2], held["code"])
