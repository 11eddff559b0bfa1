"""Real runs, copied under other seeds and with other manifests, in place of runs that another machine published."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from a2c.runs import manifest
from a2c.runs.files import read_arrays, sealed, write_arrays
from a2c.runs.records import TABLES, read_table, write_table
from a2c.untrusted import checksum

Change = Callable[[dict[str, Any]], None]


def relabelled(source: Path, to: Path, seeds: Mapping[int, int], change: Change = lambda content: None) -> Path:
    """Write the runs of `source` into `to` under other seeds (old: new), and apply `change` to the manifest."""
    content = {key: value for key, value in manifest.read(source).items() if key not in ("sha256", "files", "left_out")}
    for name in TABLES:
        table = read_table(source / name)
        table = pa.concat_tables([_of_seed(table, old, new) for old, new in seeds.items()])
        write_table(to / name, [tuple(row.values()) for row in table.to_pylist()], "a2c")
    for name in ("actions.npz", "weights.npz"):
        arrays = read_arrays(source / name)
        chosen = {_renamed(key, seeds): array for key, array in arrays.items() if int(key.split("/")[0]) in seeds}
        write_arrays(to / name, chosen, compress=name == "actions.npz")
    content["seeds"] = list(seeds.values())
    content["runs"] = {str(new): content["runs"][str(old)] for old, new in seeds.items()}
    change(content)
    manifest.write(to, (*TABLES, "actions.npz", "weights.npz"), content)
    return to


def seal(folder: Path, change: Change = lambda content: None) -> None:
    """Write the manifest of `folder` again with `change` made to it and checksums that fit the files."""
    content = {key: value for key, value in manifest.read(folder).items() if key != "sha256"}
    for name in content["files"]:
        if (path := folder / name).exists():
            content["files"][name] = {"bytes": path.stat().st_size, "sha256": checksum(path)}
    change(content)
    (folder / manifest.NAME).write_text(sealed(content, sort_keys=True))


def by_another_arithmetic(content: dict[str, Any]) -> None:
    """As if an earlier version had trained, on another machine: other bits are to be expected."""
    content["platform"] |= {"cpu": "Another"}
    content["bits"] = 1


def _of_seed(table: pa.Table, old: int, new: int) -> pa.Table:
    rows = table.filter(pc.field("seed") == old)
    return rows.set_column(0, rows.schema.field("seed"), pa.array([new] * len(rows), pa.int64()))


def _renamed(key: str, seeds: Mapping[int, int]) -> str:
    seed, slash, rest = key.partition("/")
    return f"{seeds[int(seed)]}{slash}{rest}"
