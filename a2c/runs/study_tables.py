"""Reading the CSV tables of a study, which have to be the ones that were aggregated."""

import hashlib
import io
from pathlib import Path

import pandas as pd

from a2c import untrusted
from a2c.runs.files import DamagedError, one_line, read_sealed

LINEAGE = "lineage.json"  # has the checksum of every table of its study
DATA = "data, each made from all runs"  # the key in it

# Columns of text. Without this list pandas reads empty cells as missing numbers, and text of digits as numbers.
TEXT = (
    *("configuration", "baseline", "method", "label", "status", "setting", "best_for_all", "tuned_axes", "interval"),
    *("claim", "verdict", "says", "part", "where", "measure", "subject", "reference", "test", "why", "caveat"),
    *("figure", "seeds_needed", "centre", "how", "verdict_paper", "over_centres"),
)


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """One table of the study in `folder`. DamagedError unless it has the checksum that stands in lineage.json."""
    path = folder / f"{name}.csv"
    content = untrusted.read(path, missing="missing; the aggregation of the study writes it")
    if hashlib.sha256(content).hexdigest() != read_sealed(folder / LINEAGE)[DATA].get(path.name):
        raise DamagedError(f"{path}: damaged (its checksum is not that of {LINEAGE})")
    return parse_table(content, path)


def parse_table(content: bytes, path: Path) -> pd.DataFrame:
    """The table in the bytes of a CSV file. DamagedError, naming the file `path`, if they are none."""
    try:
        table = pd.read_csv(io.BytesIO(content), dtype=dict.fromkeys(TEXT, str))
    except (ValueError, OverflowError) as error:  # pandas' own errors among them
        raise DamagedError(f"{path}: damaged ({one_line(error)})") from None
    empty = [name for name in table if name not in TEXT and table[name].isna().all()]
    return table.astype(dict.fromkeys(empty, float))  # pandas takes a column without rows for one of objects
