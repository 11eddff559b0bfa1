"""Damaged and absurd files of results, and the commands that read them: no traceback, no hang, nothing executed.

A file is damaged at random, or keeps its form and gets absurd content. The checksums that stand in other files are
then made to fit, so that readers come to the content.
"""

import hashlib
import json
import os
import random
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from a2c.runs import manifest
from a2c.runs.files import SEAL, read_arrays, sealed, write_arrays
from a2c.runs.study_tables import DATA, LINEAGE
from tests.fuzz.absurd import changed, damaged, text
from tests.runs.other_runs import seal

STUDY = "results/studies/rates"
READERS: dict[str, list[tuple[str, ...]]] = {
    "runs": [
        ("audit", "results", "--cores", "1"),
        ("doctor", "results"),
        ("tensorboard", "results/runs", "--out", "events"),
        ("aggregate", STUDY),
        ("films", STUDY, "CartPole-v1"),
        ("publish", "paper.yaml"),
        ("export", "results", "--out", "crate.zip"),
        ("verify", "results", "--seeds", "0", "--sample", "1", "--cores", "1"),
    ],
    "published": [
        ("audit", "results/published", "--cores", "1"),
        ("audit", "results/published", "--retrain", "--cores", "1"),
        ("publish", "paper.yaml"),
        ("doctor", "results/published"),
    ],
    "studies": [
        ("aggregate", STUDY),
        ("draw", STUDY),
        ("films", STUDY, "CartPole-v1"),
        ("verdicts", "results"),
        ("page", "results"),
        ("export", "results", "--out", "crate.zip"),
        ("plan", "--effect", "50", "--pilot", f"{STUDY}/runs.csv"),
    ],
    "films": [("films", STUDY, "CartPole-v1"), ("page", "results"), ("publish", "paper.yaml")],
    "": [("page", "results"), ("verdicts", "results"), ("export", "results", "--out", "crate.zip")],
}
HUGE = 10 * 2**30  # bytes of a sparse file
SLOW = ("draw", "verify")  # tried a tenth as often


def copy_paper(paper: Path, place: Path) -> None:
    """A copy of a finished paper whose files are the same ones on the disk: a trial replaces files, and writes none."""
    shutil.copytree(
        paper, place, copy_function=os.link, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".snakemake")
    )


def change_one(place: Path, choice: random.Random) -> Path:
    """Change one file of the results in `place`."""
    victim = choice.choice(sorted(path for path in (place / "results").rglob("*") if path.is_file()))
    what = choice.random()
    if what < 0.35:
        replace(victim, damaged(victim.read_bytes(), choice))
    elif what < 0.43:
        something_else(victim, choice)
    else:
        absurd_content(victim, choice)
    if choice.random() < 0.7 and can_be_read(victim):
        fit_checksums(victim)
    return victim


def can_be_read(path: Path) -> bool:
    """Whether reading it here ends soon: not so of a pipe, a device and the sparse file."""
    return path.is_file() and path.stat().st_size < HUGE


def commands_for(victim: Path, place: Path, choice: random.Random) -> list[tuple[str, ...]]:
    part = victim.relative_to(place / "results").parts[0]
    readers = READERS.get(part, READERS[""])
    weights = [0.1 if any(word in reader for word in SLOW) else 1.0 for reader in readers]
    return list(dict.fromkeys(choice.choices(readers, weights, k=2)))


def replace(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def something_else(path: Path, choice: random.Random) -> None:
    """Something that is no file of reasonable size in the place of a file."""
    held = path.read_bytes()
    path.unlink()
    kind = choice.choice(["nothing", "folder", "pipe", "socket", "loop", "device", "link", "huge", "another"])
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            here = os.getcwd()
            os.chdir(path.parent)
            server.bind(path.name)
            os.chdir(here)
    elif kind in ("loop", "device", "link"):
        path.symlink_to({"loop": path.name, "device": "/dev/zero", "link": "/etc/hostname"}[kind])
    elif kind == "huge":
        path.write_bytes(held)
        os.truncate(path, HUGE)
    elif kind == "another":
        shutil.copy(
            choice.choice(sorted(one for one in path.parent.iterdir() if one.is_file()) or [Path(__file__)]), path
        )


def absurd_content(path: Path, choice: random.Random) -> None:
    ways: dict[str, Callable[[Path, random.Random], None]] = {
        ".json": absurd_json,
        ".parquet": absurd_table,
        ".npz": absurd_arrays,
        ".csv": absurd_csv,
    }
    change = ways.get(path.suffix)
    if change:
        change(path, choice)
    else:
        replace(path, damaged(path.read_bytes(), choice))


def absurd_json(path: Path, choice: random.Random) -> None:
    held = json.loads(path.read_text(encoding="utf-8"))
    held.pop(SEAL, None)
    content = changed(held, choice)
    written = json.dumps(content, default=str)
    if isinstance(content, dict):
        written = sealed(json.loads(written), sort_keys=path.name == manifest.NAME)
    replace(path, written.encode("utf-8", "surrogatepass"))


def absurd_table(path: Path, choice: random.Random) -> None:
    table = pq.read_table(path)
    for _ in range(choice.randint(1, 2)):
        name = choice.choice(table.schema.names)
        place, held = table.schema.get_field_index(name), table.column(name).to_pylist()
        what = choice.randrange(6)
        if what == 0:
            table = table.remove_column(place)
        elif what == 1:
            table = table.slice(choice.randrange(len(table) + 1), choice.choice([0, 1, len(table)]))
        elif what == 2:
            table = pa.concat_tables([table] * choice.choice([2, 20]))
        elif what == 3:
            table = table.set_column(
                place, name, pa.array([choice.choice([float("nan"), float("inf"), -1e308])] * len(table))
            )
        else:
            if held:
                held[choice.randrange(len(held))] = choice.choice([None, -1, 0, 2**62, 1 << 31])
            try:
                table = table.set_column(place, table.schema.field(name), pa.array(held, table.schema.field(name).type))
            except (pa.ArrowException, OverflowError, TypeError):
                table = table.set_column(place, name, pa.nulls(len(table)))
        if not table.schema.names:
            break
    path.unlink()
    pq.write_table(table, path, compression="zstd")


def absurd_arrays(path: Path, choice: random.Random) -> None:
    arrays: dict[str, Any] = dict(read_arrays(path))
    name = choice.choice(list(arrays))
    array = arrays[name]
    kinds: list[Callable[[], Any]] = [
        lambda: array[:-1],
        lambda: array.astype(choice.choice([np.float64, np.int8, np.uint64, np.complex64, "U8", "M8[s]"])),
        lambda: np.full_like(array, choice.choice([0, 1, 127])),
        lambda: np.where(np.ones(array.shape, bool), np.nan, array),
        lambda: np.concatenate([array, array]),
        lambda: array.reshape(-1),
        lambda: np.zeros((0, *array.shape[1:]), array.dtype),
    ]
    what = choice.randrange(len(kinds) + 2)
    if what < len(kinds):
        arrays[name] = choice.choice(kinds)()
    elif what == len(kinds):
        del arrays[name]
    else:
        arrays[choice.choice(["9/x", "../x", "0//", "é/1", name + "/x"])] = array
    path.unlink()
    write_arrays(path, arrays, compress=False)


def absurd_csv(path: Path, choice: random.Random) -> None:
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()] or [[""]]
    for _ in range(choice.randint(1, 3)):
        row = choice.choice(rows)
        what = choice.random()
        if what < 0.8 and row:
            row[choice.randrange(len(row))] = text(choice)
        elif what < 0.9:
            rows.append(list(row) * choice.choice([1, 3]))
        else:
            rows.remove(row)
            rows = rows or [[""]]
    written = "\n".join(",".join(row) for row in rows) + "\n"
    replace(path, written.encode("utf-8", "surrogatepass"))


def fit_checksums(victim: Path) -> None:
    """Have the manifest or the lineage beside a changed file accept it, where that is possible."""
    try:
        if (victim.parent / manifest.NAME).is_file() and victim.name != manifest.NAME:
            renewed(victim.parent / manifest.NAME, lambda: seal(victim.parent))
        elif (victim.parent / LINEAGE).is_file() and victim.suffix == ".csv":
            content = json.loads((victim.parent / LINEAGE).read_text())
            content.pop(SEAL)
            content[DATA][victim.name] = hashlib.sha256(victim.read_bytes()).hexdigest()
            replace(victim.parent / LINEAGE, sealed(content).encode())
    except Exception:  # whatever the change has made impossible
        return


def renewed(path: Path, write: Callable[[], None]) -> None:
    """Write a file anew in place of one that other folders share."""
    held = path.read_bytes()
    replace(path, held)
    write()
