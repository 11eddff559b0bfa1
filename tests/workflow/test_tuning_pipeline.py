"""The jobs of a tuning in the pipeline, in real processes."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.processes import run_snakemake
from tests.tuning.small import ENTRY

TUNING: dict[str, Any] = {**ENTRY, "tuners": ["tpe", "asha"], "test_seeds": "100-101", "small_budgets": []}


def paper(folder: Path, **keys: Any) -> list[str]:
    """Write the paper; the arguments of Snakemake that run it."""
    folder.mkdir(exist_ok=True)
    tuning = {**TUNING, **keys}
    (folder / "paper.yaml").write_text(yaml.safe_dump({"title": "t", "results": "results", "tunings": [tuning]}))
    jobs = [(tuner, repeat) for tuner in tuning["tuners"] for repeat in range(tuning["repeats"])]
    targets = [f"results/tunings/small/{tuner}/repeat-{repeat}/repeat.json" for tuner, repeat in jobs]
    return [
        "--configfile",
        str(folder / "paper.yaml"),
        "--",
        *targets,
        "results/tunings/small/references/repeat-0/repeat.json",
    ]


def tables(folder: Path) -> dict[str, bytes]:
    results = folder / "results" / "tunings"
    return {str(path.relative_to(results)): path.read_bytes() for path in sorted(results.rglob("*.parquet"))}


@pytest.mark.slow
def test_a_tuning_has_the_same_bytes_on_one_core_and_two_and_more_repeats_keep_what_is_there(tmp_path: Path) -> None:
    for name, cores in (("one", "1"), ("two", "2")):
        done = run_snakemake(tmp_path / name, "--cores", cores, *paper(tmp_path / name))
        assert done.returncode == 0, done.stdout + done.stderr
    one, two = tables(tmp_path / "one"), tables(tmp_path / "two")
    assert len(one) == 2 * 2 * 2 + 1
    assert one == two
    made = json.loads((tmp_path / "one/results/tunings/small/tpe/repeat-1/repeat.json").read_text())
    assert (made["tuner"], made["repeat"]) == ("tpe", 1)

    done = run_snakemake(tmp_path / "one", "--cores", "2", *paper(tmp_path / "one", repeats=3))
    assert done.returncode == 0, done.stdout + done.stderr
    after = tables(tmp_path / "one")
    assert {name: after[name] for name in one} == one
    assert len(after) == 3 * 2 * 2 + 1
    log = tmp_path / "one" / "results" / "logs" / "tunings" / "small" / "tpe-0.log"
    assert "already tuned" in log.read_text()


@pytest.mark.slow
def test_a_mistake_in_a_tuning_is_one_line_before_anything_runs(tmp_path: Path) -> None:
    done = run_snakemake(tmp_path, "--cores", "1", *paper(tmp_path, space={"gama": {"low": 0.9, "high": 1}}))
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("a2c:")]
    assert "tunings.small.space.gama: unknown key; did you mean gamma?" in line
    assert not (tmp_path / "results").exists()
