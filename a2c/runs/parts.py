"""A part of a result: the files that training some of its seeds would have left."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from a2c.runs import manifest, parquet
from a2c.runs.files import SEAL, write_arrays
from a2c.runs.names import ACTIONS_FILE, THIN, THIN_FILE, WEIGHTS_FILE, WHOLE_FILES
from a2c.runs.records import EPISODES_FILE, EVALUATION_FILE, METRICS_FILE, save_table
from a2c.runs.result import Result
from a2c.runs.thin import ThinRun, write_thin

KEPT_APART = (SEAL, "files", "left_out", "left_out_content")  # what the manifest of a part does not share


def write_part(result: Result, seeds: Sequence[int], folder: Path) -> None:
    """Write the whole runs of `seeds` of a whole result with its weights, in its order, into `folder`."""
    tables = {EPISODES_FILE: result.episodes, METRICS_FILE: result.metrics, EVALUATION_FILE: result.evaluation}
    for name, table in tables.items():
        rows = parquet.select(table, "seed", seeds).combine_chunks()
        save_table(folder / name, rows)
    weights = {key: array for key, array in (result.weights or {}).items() if int(key.split("/")[0]) in seeds}
    actions = {str(seed): result.actions[str(seed)] for seed in seeds}
    write_arrays(folder / ACTIONS_FILE, actions, compress=True)
    write_arrays(folder / WEIGHTS_FILE, weights, compress=False)
    manifest.write(folder, WHOLE_FILES, _content(result, seeds))


def write_thin_part(result: Result, seeds: Sequence[int], thin: Mapping[int, ThinRun], folder: Path) -> None:
    """Write the runs of `seeds` of a result as thin ones into `folder`; `thin`: what is kept of all its runs."""
    write_thin(folder / THIN_FILE, [thin[seed] for seed in seeds])
    manifest.write(folder, (THIN_FILE,), {**_content(result, seeds), "kind": THIN})


def _content(result: Result, seeds: Collection[int]) -> dict[str, Any]:
    """The manifest of some seeds; its timings are those of the whole seed block, whose seeds are `trained_together`."""
    content = {key: value for key, value in result.manifest.items() if key not in KEPT_APART}
    runs: Mapping[str, Any] = {str(seed): content["runs"][str(seed)] for seed in seeds}
    return {"trained_together": f"{result.seeds[0]}-{result.seeds[-1]}", **content, "seeds": list(seeds), "runs": runs}
