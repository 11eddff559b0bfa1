"""Reading the CSV tables of a study, which have to be the ones that were aggregated."""

import hashlib
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from a2c import untrusted
from a2c.config import ConfigError
from a2c.runs.files import DamagedError, one_line, read_sealed

LINEAGE = "lineage.json"  # has the checksum of every table of its study
DATA = "data, each made from all runs"  # the key in it

# Columns of text. Without this list pandas reads empty cells as missing numbers, and text of digits as numbers.
TEXT = (
    *("configuration", "baseline", "method", "label", "status", "setting", "best_for_all", "tuned_axes", "interval"),
    *("claim", "verdict", "says", "part", "where", "measure", "subject", "reference", "test", "why", "caveat"),
    *("figure", "seeds_needed", "centre", "how", "verdict_paper", "over_centres"),
)


def read_tables(folder: Path, names: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Tables of the study in `folder`. DamagedError unless they have the checksums that stand in lineage.json."""
    paths = {name: folder / f"{name}.csv" for name in names}
    contents = {
        name: untrusted.read(path, missing="missing; the aggregation of the study writes it")
        for name, path in paths.items()
    }
    checksums = read_sealed(folder / LINEAGE)[DATA] if paths else {}
    for name, content in contents.items():
        if hashlib.sha256(content).hexdigest() != checksums.get(paths[name].name):
            raise DamagedError(f"{paths[name]}: damaged (its checksum is not that of {LINEAGE})")
    return {name: parse_table(content, paths[name]) for name, content in contents.items()}


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """One table of the study in `folder`. DamagedError as above."""
    return read_tables(folder, [name])[name]


@contextmanager
def tables_fit(folder: Path) -> Iterator[None]:
    """DamagedError where something cannot be made of the tables in `folder`, although they fit their checksums.

    A column is missing, or has text in place of numbers: another version or another person wrote them.
    """
    try:
        yield
    except (ConfigError, DamagedError):
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        why = f"{type(error).__name__}: {one_line(error)}"
        raise DamagedError(
            f"{folder}: damaged or of another version (its tables do not fit each other; {why})"
        ) from error


def parse_table(content: bytes, path: Path) -> pd.DataFrame:
    """The table in the bytes of a CSV file. DamagedError, naming the file `path`, if they are none."""
    try:
        # Only an empty cell is missing: by default pandas takes a label such as "None" or "NA" for missing, too.
        table = pd.read_csv(io.BytesIO(content), dtype=dict.fromkeys(TEXT, str), keep_default_na=False, na_values=[""])
    except (ValueError, OverflowError) as error:  # pandas' own errors among them
        raise DamagedError(f"{path}: damaged ({one_line(error)})") from None
    if not len(table):  # pandas takes a column without rows for one of objects
        table = table.astype({name: float for name in table if name not in TEXT})
    return table.copy()  # columns of a type side by side: rows are selected several times as fast
